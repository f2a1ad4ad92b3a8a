//! Messages as they are kept: inbound facts, and outbound intents with everything that became of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AccountId, ChannelId, ContactId, MessageId, Timestamp, TraceId,
    access::Actor,
    consent::Consent,
    contact::AddressHash,
    content::{Content, Context},
    conversation::Head,
    cost::{Pricing, Quote},
    ids::{MessageKey, OptInLinkId},
    opt_in::Basis,
    reason::Reason,
    sending::{Attempt, SenderState},
};
use crate::seal::Sealed;

/// A message of a conversation, either way.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Inbound(Box<Inbound>),
    Outbound(Box<Outbound>),
}

impl Message {
    pub fn id(&self) -> MessageId {
        match self {
            Self::Inbound(message) => message.id,
            Self::Outbound(message) => message.id,
        }
    }
}

/// What a customer sent, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    pub id: MessageId,
    pub account: AccountId,
    /// The channel that it came in by; an SMS may be a row of a WhatsApp conversation's contact, never of its channel.
    pub channel: ChannelId,
    pub contact: ContactId,
    /// The provider's time, or the time at which we first saw it.
    pub at: Timestamp,
    /// The address that it came from.
    pub from: AddressHash,
    /// Whether it opens the service window (see [`super::inbound::opens_window`]).
    pub opens_window: bool,
    /// The business wrote it, from the phone app: it answers the customer.
    pub echo: bool,
    pub received_at: Timestamp,
    pub sealed: Sealed<InboundBody>,
    /// Another contact that turned out to be the same person: `react` merges it into `contact`.
    pub same_person: Option<ContactId>,
    /// The trace of the call that it came with.
    pub trace: Option<TraceId>,
    /// What it is besides a message, beside the sealed content since it is counted.
    pub gesture: Option<Gesture>,
}

/// What an inbound message does, as far as templates and invitations are judged by it. One that does several things is the
/// first of these that it does: who comes back by a link is counted so, whatever else the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gesture {
    /// Its text holds an invitation's token, which led back to a conversation.
    CameBack,
    /// A word that ends consent, or that to marketing.
    OptOut,
    /// A word that takes an opt-out back.
    OptIn,
    /// A tap on a button.
    Tap,
}

/// The sealed part of an inbound message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboundBody {
    /// The provider's id: needed to quote it, to react to it, to mark it as read.
    pub provider_id: String,
    pub content: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
}

/// Which way a client wants a message to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The best way open at that moment.
    #[default]
    Auto,
    #[serde(rename = "whatsapp")]
    WhatsApp,
    Sms,
}

/// By which way a message goes, or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    FreeForm,
    Template,
    Sms,
}

/// Why a message exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// A person or a program wrote it.
    Reply,
    /// The one template of a closed window: the fallback for a customer left waiting, or "an answer is waiting".
    WindowTemplate {
        /// The last inbound message of that window; `None` if the customer never wrote.
        last_in: Option<Timestamp>,
        step: String,
    },
    /// The SMS that invites the customer back, after the window's template did not reach them.
    SmsInvite { last_in: Option<Timestamp>, step: String },
    /// A word to a customer who waits, while the window is still open. No answer.
    HoldingMessage { last_in: Option<Timestamp>, step: String },
    /// Says once that a word about consent was understood. It goes although the customer opted out: it is what they asked
    /// for.
    ConsentConfirmation {
        /// The message with the word, of the same conversation.
        of: MessageKey,
    },
    /// Asks by SMS whether they want to be written to, with an opt-in link.
    OptInAsk {
        link: OptInLinkId,
        /// How their number came to the account.
        basis: Basis,
    },
    /// A rule of the account's says this to a customer who just wrote: it goes at once or never.
    AutoReply {
        rule: String,
        /// It is what the customer waits for.
        answers: bool,
    },
    /// A template that a rule of the account's sends, or a step of a sequence. It can wait for the morning.
    AutoTemplate { rule: String },
}

/// What is to become of a message that may not go out free-form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnHeld {
    /// What the ladder says.
    #[default]
    Ladder,
    /// It waits for the customer, and nobody is written to because of it.
    Hold,
    /// It goes out by SMS, as it is.
    Sms,
}

impl Purpose {
    pub fn is_reply(&self) -> bool {
        matches!(self, Self::Reply)
    }

    /// Whether somebody asked for it just now. The rest is what Transom sends by itself.
    pub fn is_asked_for(&self) -> bool {
        matches!(self, Self::Reply | Self::ConsentConfirmation { .. } | Self::AutoReply { .. })
    }
}

/// What is to be sent, sealed on the row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboundBody {
    pub content: Content,
    /// The address to use, where the client named one that the contact has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AddressHash>,
}

/// An outbound message: intent, attempts, outcome and receipts in one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbound {
    pub id: MessageId,
    pub account: AccountId,
    /// The conversation's channel; an SMS of it leaves by that channel's SMS channel.
    pub channel: ChannelId,
    pub contact: ContactId,
    pub purpose: Purpose,
    pub via: Via,
    pub accepted_at: Timestamp,
    /// After this it is not sent any more.
    pub expires_at: Timestamp,
    pub sealed: Sealed<OutboundBody>,
    pub state: SenderState,
    /// The number of the latest attempt; 0 before the first.
    pub attempt: u32,
    /// Attempts that may have gone out, oldest first. Those that certainly did not leave no trace here.
    pub attempts: Vec<Attempt>,
    /// The way and the reason of the latest plan.
    pub way: Option<Way>,
    pub reason: Option<Reason>,
    /// `last_in` as the latest plan saw it: the inbound message that this one answers.
    pub planned_with: Option<Timestamp>,
    /// When the state last changed.
    pub changed_at: Timestamp,
    /// The trace of the call that asked for it, or of what the customer wrote that led to it.
    pub trace: Option<TraceId>,
    /// The name of the template that it is. Beside the sealed content, since a template is nobody's personal data.
    pub template: Option<String>,
    /// The language of that template.
    pub language: Option<String>,
    pub on_held: OnHeld,
    /// Where people put it among what waits: before everything whose rank, or key where it has none, is greater.
    pub rank: Option<MessageKey>,
    /// How often people changed it.
    pub edits: u32,
    /// What the latest attempt was expected to cost.
    pub quote: Option<Quote>,
    /// What the provider says that it is charged as.
    pub pricing: Option<Pricing>,
    /// The person's wishes as they were when the latest attempt was claimed; `None` before, and of earlier versions.
    pub consent: Option<Consent>,
    /// The provider's name of the latest attempt that it took, sealed.
    pub provider_id: Option<Sealed<String>>,
    /// Who wrote it: somebody of the staff, a program, a rule, or Transom by itself. `None`: an earlier version did not note it.
    pub by: Option<Actor>,
}

impl Outbound {
    /// The same, known to be of this content.
    #[must_use]
    pub fn of_content(mut self, content: &Content) -> Self {
        let template = match content {
            Content::Template(template) => Some((template.name.clone(), template.language.clone())),
            _ => None,
        };
        (self.template, self.language) = template.unzip();
        self
    }

    /// The same, written by this one.
    #[must_use]
    pub fn written_by(mut self, by: Actor) -> Self {
        self.by = Some(by);
        self
    }

    /// Its place among what waits.
    pub fn place(&self) -> MessageKey {
        self.rank.unwrap_or(self.id.key)
    }

    /// A new intent in a conversation, not tried yet.
    pub fn queued(
        head: &Head,
        id: MessageId,
        purpose: Purpose,
        via: Via,
        sealed: Sealed<OutboundBody>,
        accepted_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id,
            account: head.account.clone(),
            channel: head.channel.clone(),
            contact: head.contact,
            purpose,
            via,
            accepted_at,
            expires_at,
            sealed,
            state: SenderState::Queued,
            attempt: 0,
            attempts: Vec::new(),
            way: None,
            reason: None,
            planned_with: None,
            changed_at: accepted_at,
            trace: head.trace,
            template: None,
            language: None,
            on_held: OnHeld::default(),
            rank: None,
            edits: 0,
            quote: None,
            pricing: None,
            consent: None,
            provider_id: None,
            by: None,
        }
    }
}
