//! An order to send, for the tests of all providers.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::{
    domain::{
        ConversationId, MessageId, Phone,
        channel::{Channel, Medium, ProviderKind},
        contact::Address,
        content::TemplateContent,
        ids::{CallbackData, MessageKey},
        template::{Definition, ParameterFormat, Template},
    },
    ports::{Outgoing, SendOrder},
};

#[derive(Debug, Clone)]
pub(super) struct SampleOrder {
    pub channel: Channel,
    pub credential: SecretString,
    pub to: Address,
    /// A text if there is no template.
    pub template: Option<(Template, TemplateContent)>,
    pub callback: CallbackData,
    pub report_to: String,
}

impl SampleOrder {
    pub fn by(provider: ProviderKind, medium: Medium, number: &str) -> Self {
        let message = MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::from_bits(2) };
        Self {
            channel: Channel {
                id: "demo".parse().unwrap(),
                medium,
                provider,
                endpoint: "demo".parse().unwrap(),
                number: number.into(),
                phone: Phone::from_e164("+15550783881").unwrap(),
                credentials: "token".parse().unwrap(),
                provider_account: Some("AC00000000000000000000000000000000".into()),
                sms: None,
                display_name: "Demo Hotel".into(),
                messages_per_second: 80,
            },
            credential: SecretString::from("a-token"),
            to: Address::Phone(Phone::from_e164("+16505551234").unwrap()),
            template: None,
            callback: CallbackData { account: "demo".parse().unwrap(), message, attempt: 1 },
            report_to: "https://hotel.example/webhooks/demo".into(),
        }
    }

    /// Sends a template instead of the text.
    pub fn with_template(mut self, parameters: ParameterFormat, values: &[(&str, &str)]) -> Self {
        let definition = Definition::of("Hello {{guest}}, room {{room}} is ready.").living(3600);
        let references = BTreeMap::from([(ProviderKind::Twilio, "HX00000000000000000000000000000000".into())]);
        let template = Template { parameters, references, ..Template::declared("room_ready", "en_US", definition) };
        let values = values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let content = TemplateContent { name: "room_ready".into(), language: "en_US".into(), values };
        self.template = Some((template, content));
        self
    }

    pub fn order(&self) -> SendOrder<'_> {
        let what = match &self.template {
            Some((template, content)) => Outgoing::Template { template, content },
            None => Outgoing::Text("Your room is ready"),
        };
        SendOrder {
            channel: &self.channel,
            credential: &self.credential,
            to: &self.to,
            what,
            callback: &self.callback,
            report_to: &self.report_to,
            trace: "5759e988bd862e3fe1be46a994272793".parse().ok(),
        }
    }
}
