//! What a provider tells us, in our own words, and which kinds of it open the service window.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Timestamp,
    consent::{Choice, Scope},
    contact::Address,
    content::{Content, Context},
    cost::Pricing,
    template::News,
};

/// One fact out of a webhook body. A body becomes a list of these; none is dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ProviderEvent {
    /// The customer wrote.
    Message(Box<InboundMessage>),
    /// The business wrote from the phone app (numbers shared with it). Counts as an answer, opens nothing.
    Echo(Box<InboundMessage>),
    /// A report on a message of ours.
    Receipt(ProviderReceipt),
    /// An element that could not be read, or that needs a person. Kept whole, shown, never refused.
    Unreadable(Unreadable),
    /// What a customer told the provider about being written to.
    Preference(Preference),
    /// Something that is neither a message nor a receipt (template and account news). Kept whole.
    Notice(Notice),
}

/// A wish of a customer's that the provider heard of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// Who, by every identity that the provider gave. Never empty.
    pub from: Vec<Address>,
    pub choice: Choice,
    pub scope: Scope,
    /// The provider's word for it.
    pub source: String,
    /// When, by the provider's clock; `None` where it gives none.
    pub at: Option<Timestamp>,
    /// The provider's id of what says so, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
}

/// One inbound message as the provider gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundMessage {
    /// The provider's name of the number that it was sent to: a phone number id at Meta, an address at Twilio.
    pub number: String,
    /// The provider's id of the message. Storing the same id twice is impossible.
    pub provider_id: String,
    /// When, by the provider's clock; `None` where it gives none.
    pub at: Option<Timestamp>,
    /// Who wrote, by every identity that the provider gave. The one to answer to comes first.
    /// Never empty: a message without any becomes [`Unreadable`].
    pub from: Vec<Address>,
    /// The customer's own name for themselves.
    pub profile_name: Option<String>,
    pub content: Content,
    pub context: Option<Context>,
    /// The advertisement or post that the customer came from, as the provider gives it.
    pub referral: Option<Value>,
}

/// What a provider reports about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderReceipt {
    pub number: String,
    pub provider_id: String,
    /// Our callback data, as it came back; not yet trusted.
    pub callback: Option<String>,
    pub status: ReceiptStatus,
    /// When, by the provider's clock; `None` where it gives none.
    pub at: Option<Timestamp>,
    /// What it is charged as, where the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
}

/// The states that receipts report, whatever a provider calls them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptStatus {
    /// Handed to the network.
    Sent,
    /// On the device.
    Delivered,
    /// Shown to the customer.
    Read,
    /// It will not arrive.
    Failed(super::outcome::Failure),
    /// On its way within the provider, or a word that we do not know: nothing to record.
    InProgress,
}

/// When a report was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedAt {
    /// By the provider's clock. Of two reports of one kind, the newer one stays.
    Provider(Timestamp),
    /// The provider does not say: when we hear of it. The first stays, so that a repeat changes nothing.
    Heard(Timestamp),
}

impl ReportedAt {
    pub fn moment(self) -> Timestamp {
        match self {
            Self::Provider(at) | Self::Heard(at) => at,
        }
    }
}

/// An element of a body that became neither a message nor a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The number that it was for, where that could be read.
    pub number: Option<String>,
    /// What is wrong, for people: names the field.
    pub why: String,
    /// The element, or the whole body as text.
    pub raw: Value,
}

/// Other news from the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's name for the kind, such as `message_template_status_update`.
    pub field: String,
    pub raw: Value,
    /// What it says of a template, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<News>,
}

/// Whether an inbound message opens or extends the service window.
///
/// Meta: "a user message or call"; taps, list and flow replies, orders, contacts and locations are messages.
/// Reactions, system notices, edits and revocations are not stated, so they are not relied on
/// (Meta, "customer service windows").
pub fn opens_window(content: &Content) -> bool {
    match content {
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location(_)
        | Content::Contacts { .. }
        | Content::Interactive(_)
        | Content::Button { .. }
        | Content::Order { .. }
        | Content::Unsupported { .. } => true,
        Content::Reaction(_)
        | Content::System(_)
        | Content::Edit { .. }
        | Content::Revoke { .. }
        | Content::Template(_)
        // An unknown kind may or may not count at the provider; a message sent on a wrong guess would be refused.
        | Content::Opaque { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::content::{InteractiveReply, Reaction, SystemNotice};

    /// (Fault matrix A21.)
    #[test]
    fn messages_open_the_window_and_notices_about_them_do_not() {
        let opens = [
            Content::text("hi"),
            Content::Button { payload: None, text: Some("Yes".into()) },
            Content::Interactive(InteractiveReply::ButtonReply { id: "a".into(), title: "A".into() }),
            Content::Order { order: json!({}) },
            Content::Contacts { contacts: vec![] },
            Content::Unsupported { kind: None, errors: vec![] },
        ];
        for content in opens {
            assert!(opens_window(&content), "{content:?}");
        }
        let leaves = [
            Content::Reaction(Reaction { message_id: "m".into(), emoji: Some("👍".into()) }),
            Content::System(SystemNotice {
                kind: None,
                body: None,
                wa_id: None,
                user_id: None,
                previous_user_id: None,
            }),
            Content::Edit { original_message_id: "m".into(), message: json!({}) },
            Content::Revoke { original_message_id: "m".into() },
            Content::Opaque { kind: Some("poll".into()), raw: json!({}) },
        ];
        for content in leaves {
            assert!(!opens_window(&content), "{content:?}");
        }
    }
}
