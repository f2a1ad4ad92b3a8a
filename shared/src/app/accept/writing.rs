//! What a request says: in the customer's language, with the values that are known, and within what its way can carry.

use super::{NotAccepted, Request, SMS_LIMIT, TEXT_LIMIT, invalid};
use crate::{
    app::{Parts, Trouble, filling, people, steps},
    domain::{
        AccountId,
        channel::{Channel, Medium},
        content::{Content, TemplateContent},
        message::{OnHeld, Via},
        template::{Status, Template},
    },
};

/// What is to be said, as far as that depends on whom it is said to: a template's language, and values that are known.
pub(super) struct Writing<'a> {
    content: &'a Content,
    /// Of a template, all its languages.
    languages: Vec<Template>,
    default_language: String,
}

impl<'a> Writing<'a> {
    pub(super) async fn of(parts: &Parts, account: &AccountId, content: &'a Content) -> Result<Self, Trouble> {
        let Content::Template(wanted) = content else {
            return Ok(Self { content, languages: Vec::new(), default_language: String::new() });
        };
        let languages = parts.store.templates(account, Some(&wanted.name)).await?;
        let default_language = steps::ladder_of(parts, account).await?.default_language;
        Ok(Self { content, languages, default_language })
    }

    /// Whether there is a template of this name, in whatever language.
    pub(super) fn is_name_known(&self) -> bool {
        !self.languages.is_empty()
    }

    pub(super) fn to(&self, people: &[people::Known], channel: Option<&Channel>) -> (Content, Option<Template>) {
        let Content::Template(wanted) = self.content else { return (self.content.clone(), None) };
        let language = if wanted.language.is_empty() {
            steps::language_for(people, channel, &self.languages, &self.default_language)
        } else {
            wanted.language.clone()
        };
        let template = self.languages.iter().find(|template| template.language == language).cloned();
        let mut content = TemplateContent { language, ..wanted.clone() };
        if let Some(template) = &template {
            content.values = template.fill_from(&content.values, &filling::known(people, channel));
        }
        (Content::Template(content), template)
    }
}

pub(super) fn check_content(
    request: &Request,
    content: &Content,
    channel: Option<&Channel>,
    template: Option<&Template>,
    is_name_known: bool,
) -> Result<(), NotAccepted> {
    let by_sms = request.via == Via::Sms || channel.is_some_and(|channel| channel.medium == Medium::Sms);
    let may_go_by_sms = by_sms || (request.on_held == OnHeld::Sms && request.via == Via::Auto);
    match content {
        Content::Text { body } => {
            let (limit, what) = if may_go_by_sms { (SMS_LIMIT, "an SMS") } else { (TEXT_LIMIT, "a WhatsApp text") };
            if body.trim().is_empty() {
                return Err(invalid("content.body", "is empty"));
            }
            if body.encode_utf16().count() > limit {
                return Err(invalid("content.body", format!("is longer than {what} may be ({limit} characters)")));
            }
            Ok(())
        }
        Content::Template(content) => {
            if by_sms {
                return Err(invalid("content.type", "a template goes by WhatsApp; send a text by SMS"));
            }
            let template = template.ok_or_else(|| NotAccepted::NotFound {
                field: if is_name_known { "content.language" } else { "content.name" }.into(),
                message: format!("no template {:?} is known in language {:?}", content.name, content.language),
            })?;
            let status = channel.map_or(Status::Missing, |channel| template.status(&channel.place()));
            if status != Status::Approved {
                let words = format!(
                    "template {:?} in {:?} is not approved at the channel's provider ({})",
                    content.name,
                    content.language,
                    status.word()
                );
                return Err(invalid("content.name", words));
            }
            template.check(content).map_err(|error| invalid(format!("content.{}", error.field()), error.to_string()))
        }
        Content::Media(_)
        | Content::Location(_)
        | Content::Contacts { .. }
        | Content::Reaction(_)
        | Content::Interactive(_)
        | Content::Button { .. }
        | Content::Order { .. }
        | Content::System(_)
        | Content::Edit { .. }
        | Content::Revoke { .. }
        | Content::Unsupported { .. }
        | Content::Opaque { .. } => Err(invalid("content.type", "must be \"text\" or \"template\"")),
    }
}
