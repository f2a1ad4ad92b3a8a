//! A message as clients see it.

use serde::Serialize;
use serde_json::Value;
use transom::{
    app::costs::Tariff,
    domain::{
        ChannelId, ConversationId, MessageId, Timestamp,
        access::Actor,
        content::{Content, Context, TemplateContent},
        cost::Money,
        event::Direction,
        ids::OptInLinkId,
        message::{InboundBody, Message, Outbound, OutboundBody, Purpose, Via, Way},
        opt_in::Basis,
        sending::{Delivery, MessageState},
        template::Template,
    },
    seal::SubjectKey,
};

use super::{FailureView, ReasonView};

/// A message with its content opened, as far as it can be.
#[derive(Debug)]
pub struct Opened<'a> {
    message: &'a Message,
    content: Option<Content>,
    context: Option<Context>,
    referral: Option<Value>,
}

/// One message, either way.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct MessageView {
    id: MessageId,
    conversation: ConversationId,
    channel: ChannelId,
    direction: Direction,
    /// When the customer wrote it, or Transom accepted it.
    at: Timestamp,
    content: Option<Content>,
    /// The content is kept but cannot be opened: the person was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unreadable: bool,
    /// The business wrote it from the phone app.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_phone_app: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referral: Option<Value>,
    #[schemars(with = "MessageState")]
    state: &'static str,
    /// The provider accepted it long ago and has not reported on it: whether it arrived is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unreported: bool,
    way: Option<Way>,
    reason: Option<ReasonView>,
    failure: Option<FailureView>,
    #[schemars(extend("enum" = ["reply", "window_template", "sms_invite", "holding_message", "consent_confirmation", "opt_in_ask", "auto_reply", "auto_template", null]))]
    purpose: Option<&'static str>,
    /// Of an SMS that asks for an opt-in: the link in it, and how the number came to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    opt_in: Option<OptInView>,
    /// Who wrote an outbound one: `stf_…`, `tok_…`, `operator`, `automation:…` or `system`.
    by: Option<Actor>,
    via: Option<Via>,
    expires_at: Option<Timestamp>,
    /// A template as the customer reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<String>,
    /// Of an outbound message that an attempt was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostView>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
struct OptInView {
    link: OptInLinkId,
    basis: Basis,
}

/// What a message costs.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct CostView {
    /// What the latest attempt was expected to cost; `null`: the price list had no price.
    expected: Option<Money>,
    /// What it did cost, by its receipt; `null`: nothing says it, or not yet. Which service messages are free in a month only
    /// a report knows.
    actual: Option<Money>,
}

impl CostView {
    fn of(outbound: &Outbound, tariff: Option<&Tariff>) -> Option<Self> {
        let was_claimed = outbound.quote.is_some() || outbound.current().is_some();
        was_claimed.then(|| Self {
            expected: outbound.quote.and_then(|quote| quote.amount),
            actual: tariff.and_then(|tariff| tariff.actual(outbound)),
        })
    }
}

impl<'a> Opened<'a> {
    /// Opens what `key` opens.
    pub fn new(message: &'a Message, key: Option<&SubjectKey>) -> Self {
        match message {
            Message::Inbound(inbound) => match key.and_then(|key| inbound.sealed.open(key).ok()) {
                Some(InboundBody { content, context, referral, .. }) => {
                    Self { message, content: Some(content), context, referral }
                }
                None => Self { message, content: None, context: None, referral: None },
            },
            Message::Outbound(outbound) => {
                let body = key.and_then(|key| outbound.sealed.open(key).ok());
                let content = body.map(|OutboundBody { content, .. }| content);
                Self { message, content, context: None, referral: None }
            }
        }
    }

    /// The template that the content names.
    pub fn template(&self) -> Option<&TemplateContent> {
        match &self.content {
            Some(Content::Template(template)) => Some(template),
            Some(_) | None => None,
        }
    }

    /// Only an outbound message that was claimed costs anything.
    pub fn may_have_cost(&self) -> bool {
        matches!(self.message, Message::Outbound(outbound) if outbound.quote.is_some() || outbound.current().is_some())
    }

    /// `templates`: those that are known, among them the one that the content names. `tariff`: where any message may have cost
    /// something.
    pub fn view(self, templates: &[Template], tariff: Option<&Tariff>, now: Timestamp) -> MessageView {
        let rendered = self.template().and_then(|wanted| {
            let known = templates.iter().find(|known| known.name == wanted.name && known.language == wanted.language);
            known.map(|known| known.render(wanted))
        });
        let unreadable = self.content.is_none();
        let id = self.message.id();
        match self.message {
            Message::Inbound(inbound) => MessageView {
                id,
                conversation: id.conversation,
                channel: inbound.channel.clone(),
                direction: if inbound.echo { Direction::Outbound } else { Direction::Inbound },
                at: inbound.at,
                content: self.content,
                unreadable,
                from_phone_app: inbound.echo,
                context: self.context,
                referral: self.referral,
                state: if inbound.echo { Delivery::Sent.word() } else { "received" },
                unreported: false,
                way: None,
                reason: None,
                failure: None,
                purpose: None,
                opt_in: None,
                by: None,
                via: None,
                expires_at: None,
                rendered,
                cost: None,
            },
            Message::Outbound(outbound) => {
                let delivery = outbound.delivery();
                let failure = match &delivery {
                    Delivery::Failed { failure } => Some(failure.into()),
                    Delivery::Queued
                    | Delivery::Held
                    | Delivery::Sending
                    | Delivery::Unknown
                    | Delivery::Accepted
                    | Delivery::Sent
                    | Delivery::Delivered
                    | Delivery::Read
                    | Delivery::Refused
                    | Delivery::Expired
                    | Delivery::Cancelled
                    | Delivery::Undetermined => None,
                };
                let purpose = match &outbound.purpose {
                    Purpose::Reply => "reply",
                    Purpose::WindowTemplate { .. } => "window_template",
                    Purpose::SmsInvite { .. } => "sms_invite",
                    Purpose::HoldingMessage { .. } => "holding_message",
                    Purpose::ConsentConfirmation { .. } => "consent_confirmation",
                    Purpose::OptInAsk { .. } => "opt_in_ask",
                    Purpose::AutoReply { .. } => "auto_reply",
                    Purpose::AutoTemplate { .. } => "auto_template",
                };
                let opt_in = match &outbound.purpose {
                    Purpose::OptInAsk { link, basis } => Some(OptInView { link: link.clone(), basis: *basis }),
                    _ => None,
                };
                MessageView {
                    id,
                    conversation: id.conversation,
                    channel: outbound.channel.clone(),
                    direction: Direction::Outbound,
                    at: outbound.accepted_at,
                    content: self.content,
                    unreadable,
                    from_phone_app: false,
                    context: None,
                    referral: None,
                    state: delivery.word(),
                    unreported: outbound.is_unreported(now),
                    way: outbound.way,
                    reason: outbound.reason.map(ReasonView::from),
                    failure,
                    purpose: Some(purpose),
                    opt_in,
                    by: outbound.by.clone(),
                    via: Some(outbound.via),
                    expires_at: Some(outbound.expires_at),
                    rendered,
                    cost: CostView::of(outbound, tariff),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use transom::domain::{
        ContactId,
        contact::AddressHash,
        ids::MessageKey,
        message::{Inbound, OnHeld},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Attempt, SenderState},
        template::Definition,
    };
    use transom::seal::Sealed;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
    }
    fn key(seed: u8) -> SubjectKey {
        SubjectKey { id: [seed; 8], key: [seed; 32] }
    }
    fn id() -> MessageId {
        MessageId { conversation: ConversationId::from_bits(5), key: MessageKey::new(at(0), 1) }
    }

    fn outbound(content: Content) -> Outbound {
        Outbound {
            trace: None,
            template: None,
            language: None,
            on_held: OnHeld::Ladder,
            rank: None,
            edits: 0,
            quote: None,
            pricing: None,
            consent: None,
            provider_id: None,
            by: None,
            id: id(),
            account: "demo".parse().unwrap(),
            channel: "front-desk".parse().unwrap(),
            contact: ContactId::from_bits(1),
            purpose: Purpose::Reply,
            via: Via::Auto,
            accepted_at: at(0),
            expires_at: at(60),
            sealed: Sealed::new(&OutboundBody { content, to: None }, &key(1), [0; 12]),
            state: SenderState::Queued,
            attempt: 0,
            attempts: vec![],
            way: None,
            reason: None,
            planned_with: None,
            changed_at: at(0),
        }
    }

    fn inbound(echo: bool) -> Message {
        let body = InboundBody {
            provider_id: "wamid.1".into(),
            content: Content::text("Is my room ready?"),
            context: Some(Context { message_id: Some("wamid.0".into()), ..Context::default() }),
            referral: Some(json!({ "source_type": "ad" })),
            profile_name: None,
        };
        Message::Inbound(Box::new(Inbound {
            gesture: None,
            trace: None,
            id: id(),
            account: "demo".parse().unwrap(),
            channel: "front-desk".parse().unwrap(),
            contact: ContactId::from_bits(1),
            at: at(0),
            from: AddressHash("a".into()),
            opens_window: true,
            echo,
            received_at: at(0),
            sealed: Sealed::new(&body, &key(1), [0; 12]),
            same_person: None,
        }))
    }

    fn shown(message: &Message, key: &SubjectKey) -> Value {
        serde_json::to_value(Opened::new(message, Some(key)).view(&[], None, at(0))).unwrap()
    }

    #[test]
    fn an_inbound_message_is_shown_with_what_it_refers_to() {
        let view = shown(&inbound(false), &key(1));
        let expected = json!({
            "id": id(),
            "conversation": id().conversation,
            "channel": "front-desk",
            "direction": "inbound",
            "at": at(0),
            "content": { "type": "text", "body": "Is my room ready?" },
            "context": { "message_id": "wamid.0" },
            "referral": { "source_type": "ad" },
            "state": "received",
            "way": null,
            "reason": null,
            "failure": null,
            "purpose": null,
            "by": null,
            "via": null,
            "expires_at": null,
        });
        assert_eq!(view, expected);
    }

    #[test]
    fn what_the_staff_wrote_from_the_phone_app_is_no_word_of_the_customers() {
        let view = shown(&inbound(true), &key(1));
        assert_eq!((&view["direction"], &view["state"]), (&json!("outbound"), &json!("sent")));
        assert_eq!(view["from_phone_app"], true);
    }

    #[test]
    fn content_that_cannot_be_opened_is_null_and_says_so() {
        let message = Message::Outbound(Box::new(outbound(Content::text("hi"))));
        assert!(shown(&message, &key(1)).get("unreadable").is_none());
        for view in [shown(&message, &key(2)), shown(&inbound(false), &key(2))] {
            assert_eq!((&view["content"], &view["unreadable"]), (&Value::Null, &json!(true)));
        }
        let without_key = serde_json::to_value(Opened::new(&message, None).view(&[], None, at(0))).unwrap();
        assert_eq!(without_key["unreadable"], true);
    }

    #[test]
    fn a_failed_message_says_why_in_words_and_by_the_providers_code() {
        let mut message = outbound(Content::text("hi"));
        let failure = Failure { kind: FailureKind::RecipientUnreachable, code: "131026".into() };
        message.state = SenderState::Accepted;
        message.attempt = 1;
        message.attempts = vec![Attempt { failed: Some((failure, at(2))), ..Attempt::new(1) }];
        message.way = Some(Way::FreeForm);
        message.reason = Some(Reason::WindowOpen);
        let view = shown(&Message::Outbound(Box::new(message)), &key(1));
        assert_eq!(view["state"], "failed");
        assert_eq!(view["way"], "free_form");
        assert_eq!(view["reason"]["code"], "window_open");
        let words = FailureKind::RecipientUnreachable.in_words();
        let expected = json!({ "kind": "recipient_unreachable", "code": "131026", "in_words": words });
        assert_eq!(view["failure"], expected);
    }

    #[test]
    fn a_known_template_is_shown_as_the_customer_reads_it() {
        let values = BTreeMap::from([("guest".to_owned(), "Ana".to_owned())]);
        let content = TemplateContent { name: "welcome".into(), language: "en".into(), values };
        let template = Template::declared("welcome", "en", Definition::of("Hello {{guest}}").living(60));
        let message = Message::Outbound(Box::new(outbound(Content::Template(content))));
        let view = |templates: &[Template]| {
            serde_json::to_value(Opened::new(&message, Some(&key(1))).view(templates, None, at(0))).unwrap()
        };
        assert_eq!(view(std::slice::from_ref(&template))["rendered"], "Hello Ana");
        assert_eq!(view(&[Template { language: "es".into(), ..template }]).get("rendered"), None);
    }
}
