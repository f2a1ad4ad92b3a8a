//! A message as a client asks for it, in the body of `POST /v1/messages` and `POST /v1/plan`.

use std::collections::BTreeMap;

use serde::Deserialize;
use transom::{
    app::accept::{Recipient, Request},
    domain::{
        ChannelId, ContactId, ConversationId, Phone, Timestamp, TraceId,
        contact::Address,
        content::{Content, TemplateContent},
        message::{OnHeld, Purpose, Via},
    },
};

use crate::{check, problem::Problem};

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageBody {
    channel: Option<ChannelId>,
    to: ToBody,
    content: ContentBody,
    #[serde(default)]
    via: Via,
    /// What becomes of it if it may not go out free-form: what the ladder says, or else.
    #[serde(default)]
    on_held: OnHeld,
    expires_at: Option<Timestamp>,
    /// For a plan: the moment to plan for.
    pub at: Option<Timestamp>,
}

/// Exactly one of these.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToBody {
    phone: Option<String>,
    user_id: Option<String>,
    contact: Option<ContactId>,
    conversation: Option<ConversationId>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ContentKind {
    Text,
    Template,
}

/// Read flat, so that an error names the field and not only the whole.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentBody {
    r#type: ContentKind,
    body: Option<String>,
    name: Option<String>,
    language: Option<String>,
    values: Option<BTreeMap<String, String>>,
}

impl MessageBody {
    /// What it asks for, as part of this trace.
    pub fn request(self, trace: Option<TraceId>) -> Result<Request, Problem> {
        Ok(Request {
            channel: self.channel,
            to: self.to.recipient()?,
            content: self.content.content()?,
            via: self.via,
            on_held: self.on_held,
            purpose: Purpose::Reply,
            expires_at: self.expires_at,
            trace,
        })
    }
}

impl ToBody {
    fn recipient(self) -> Result<Recipient, Problem> {
        match (self.phone, self.user_id, self.contact, self.conversation) {
            (Some(phone), None, None, None) => phone_address(&phone, "to.phone").map(Recipient::Address),
            (None, Some(id), None, None) => user_id_address(&id, "to.user_id").map(Recipient::Address),
            (None, None, Some(id), None) => Ok(Recipient::Contact(id)),
            (None, None, None, Some(id)) => Ok(Recipient::Conversation(id)),
            _ => Err(Problem::invalid("to", "name exactly one of phone, user_id, contact and conversation")),
        }
    }
}

impl ContentBody {
    pub fn content(self) -> Result<Content, Problem> {
        let needed = |field: &'static str| move || Problem::invalid(format!("content.{field}"), "is needed");
        let stray = |field: &str, there: bool, of: &str| {
            let words = || Problem::invalid(format!("content.{field}"), format!("is not a field of a {of}"));
            if there { Err(words()) } else { Ok(()) }
        };
        match self.r#type {
            ContentKind::Text => {
                stray("name", self.name.is_some(), "text")?;
                stray("language", self.language.is_some(), "text")?;
                stray("values", self.values.is_some(), "text")?;
                Ok(Content::Text { body: self.body.ok_or_else(needed("body"))? })
            }
            ContentKind::Template => {
                stray("body", self.body.is_some(), "template")?;
                if let Some(language) = &self.language {
                    check::language_code("content.language", language)?;
                }
                Ok(Content::Template(TemplateContent {
                    name: self.name.ok_or_else(needed("name"))?,
                    // Left out: the customer's own.
                    language: self.language.unwrap_or_default(),
                    values: self.values.unwrap_or_default(),
                }))
            }
        }
    }
}

/// A phone number as people type it.
pub fn phone_address(text: &str, field: &str) -> Result<Address, Problem> {
    Phone::parse(text).map(Address::Phone).map_err(|error| Problem::invalid(field, error.to_string()))
}

/// A business-scoped user id, as WhatsApp gives it.
pub fn user_id_address(text: &str, field: &str) -> Result<Address, Problem> {
    Address::from_user_id(text).ok_or_else(|| {
        Problem::invalid(field, "is not a business-scoped user id (two letters, a dot, letters and digits)")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{problem::Kind, request::parse};

    fn read(body: &Value) -> Result<Request, Problem> {
        parse::<MessageBody>(body.to_string().as_bytes())?.request(None)
    }

    fn text_to(to: &Value) -> Value {
        json!({ "channel": "front-desk", "to": to, "content": { "type": "text", "body": "hi" } })
    }

    #[track_caller]
    fn refused(body: &Value, field: &str) {
        let problem = read(body).unwrap_err();
        assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Invalid, field), "{problem:?}");
    }

    #[test]
    fn each_kind_of_recipient_is_read() {
        let contact = ContactId::from_bits(1);
        let conversation = ConversationId::from_bits(2);
        let phone = Address::Phone(Phone::from_e164("+16505551234").unwrap());
        let user = Address::UserId("US.13491208655302741918".into());
        let cases = [
            (json!({ "phone": "+1 650-555-1234" }), Recipient::Address(phone)),
            (json!({ "user_id": "US.13491208655302741918" }), Recipient::Address(user)),
            (json!({ "contact": contact }), Recipient::Contact(contact)),
            (json!({ "conversation": conversation }), Recipient::Conversation(conversation)),
        ];
        for (to, expected) in cases {
            assert_eq!(read(&text_to(&to)).unwrap().to, expected);
        }
    }

    #[test]
    fn a_wrong_recipient_is_named() {
        refused(&text_to(&json!({})), "to");
        refused(&text_to(&json!({ "phone": "+16505551234", "contact": ContactId::from_bits(1) })), "to");
        refused(&text_to(&json!({ "phone": "650 555 1234" })), "to.phone");
        refused(&text_to(&json!({ "phone": 16_505_551_234_i64 })), "to.phone");
        refused(&text_to(&json!({ "user_id": "13491208655302741918" })), "to.user_id");
        refused(&text_to(&json!({ "contact": "con_1" })), "to.contact");
        refused(&text_to(&json!({ "conversation": ContactId::from_bits(1) })), "to.conversation");
        refused(&text_to(&json!({ "email": "a@example.com" })), "to.email");
        refused(&json!({ "content": { "type": "text", "body": "hi" } }), "to");
    }

    #[test]
    fn content_is_a_text_or_a_template_and_never_a_mixture() {
        let with = |content: Value| json!({ "channel": "a", "to": { "phone": "+16505551234" }, "content": content });
        let template = json!({ "type": "template", "name": "welcome", "language": "en", "values": { "guest": "Ana" } });
        let values = BTreeMap::from([("guest".to_owned(), "Ana".to_owned())]);
        let expected = TemplateContent { name: "welcome".into(), language: "en".into(), values };
        assert_eq!(read(&with(template)).unwrap().content, Content::Template(expected));

        refused(&with(json!({})), "content.type");
        refused(&with(json!({ "type": "image" })), "content.type");
        refused(&with(json!({ "type": "text" })), "content.body");
        refused(&with(json!({ "type": "text", "body": 1 })), "content.body");
        refused(&with(json!({ "type": "text", "body": "hi", "name": "x" })), "content.name");
        refused(&with(json!({ "type": "text", "body": "hi", "bdy": "x" })), "content.bdy");
        let free = json!({ "type": "template", "name": "x" });
        assert!(matches!(read(&with(free)).unwrap().content, Content::Template(it) if it.language.is_empty()));
        refused(&with(json!({ "type": "template", "name": "x", "language": "" })), "content.language");
        refused(&with(json!({ "type": "template", "language": "en" })), "content.name");
        refused(&with(json!({ "type": "template", "name": "x", "language": "en", "body": "x" })), "content.body");
        refused(
            &with(json!({ "type": "template", "name": "x", "language": "en", "values": { "a": 1 } })),
            "content.values.a",
        );
    }

    #[test]
    fn a_wrong_way_end_or_channel_is_named() {
        let with = |field: &str, value: Value| {
            let mut body = text_to(&json!({ "phone": "+16505551234" }));
            body[field] = value;
            body
        };
        assert_eq!(read(&with("via", json!("sms"))).unwrap().via, Via::Sms);
        refused(&with("via", json!("fax")), "via");
        refused(&with("expires_at", json!("tomorrow")), "expires_at");
        refused(&with("channel", json!("Front Desk")), "channel");
        refused(&with("priority", json!(1)), "priority");
    }
}
