//! Everything the core asks of the outside, on one page.
//!
//! The store's own traits are in [`store`], since they are many small promises; the rest is here.

pub mod administration;
pub mod events;
pub mod jobs;
pub mod objects;
pub mod sign_in;
pub mod store;
pub mod template_review;

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::domain::{
    AccountId, ConversationId, MessageId, Timestamp, TraceId,
    channel::{Channel, SecretName},
    contact::Address,
    content::TemplateContent,
    ids::{CallbackData, MessageKey},
    inbound::ProviderEvent,
    outcome::Outcome,
    template::Template,
};

pub use store::{Store, StoreError};

/// The one place that time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> Timestamp;
}

/// The one place that chance comes from.
pub trait Chance: Send + Sync + fmt::Debug {
    fn bytes(&self, into: &mut [u8]);
}

/// Secret values, by account and name.
#[async_trait]
pub trait Secrets: Send + Sync + fmt::Debug {
    /// All values accepted now, the one to use first; several during rotation. Empty if there is none.
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable>;
}

/// The secret store did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the secret store did not answer")]
pub struct SecretsUnavailable(#[source] pub BoxError);

/// Any error of a library below.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How a provider's webhooks behave (design: "providers differ").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Whether messages carry the provider's own time.
    pub clock: ProviderClock,
    /// For how long a webhook that we did not take is repeated.
    pub redelivery: Redelivery,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderClock {
    Provider,
    FirstSeen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redelivery {
    None,
    Seconds,
    Days,
}

/// One webhook call, as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct WebhookCall<'a> {
    pub headers: &'a http::HeaderMap,
    /// The query string as it was sent, without the question mark.
    pub query: &'a str,
    /// The raw bytes: what the signature covers.
    pub body: &'a [u8],
}

/// A provider's webhooks and its sending API, translated to and from our own words.
#[async_trait]
pub trait Provider: Send + Sync + fmt::Debug {
    fn habits(&self) -> Habits;

    /// Whether the call is signed with one of `secrets`, in constant time. `public_url` is the endpoint's address as
    /// the provider knows it, without the query.
    fn signed(&self, call: &WebhookCall<'_>, public_url: &str, secrets: &[SecretString]) -> bool;

    /// The answer to the provider's verification handshake (GET), if its token is one of `tokens`.
    fn handshake(&self, query: &str, tokens: &[SecretString]) -> Option<String>;

    /// Every event of a body. Never fails: what cannot be read becomes an event that says so.
    fn read(&self, call: &WebhookCall<'_>) -> Vec<ProviderEvent>;

    /// Makes one attempt. Never tries twice by itself.
    async fn send(&self, order: &SendOrder<'_>) -> Outcome;
}

/// One attempt to send, with all that the call needs.
#[derive(Debug)]
pub struct SendOrder<'a> {
    pub channel: &'a Channel,
    /// The first of the channel's secret values.
    pub credential: &'a SecretString,
    pub to: &'a Address,
    pub what: Outgoing<'a>,
    /// Comes back in every receipt.
    pub callback: &'a CallbackData,
    /// The endpoint's public address, for providers that are told where to report to.
    pub report_to: &'a str,
    /// Goes along, for whoever looks at what leaves the account (W3C Trace Context).
    pub trace: Option<TraceId>,
}

#[derive(Debug, Clone, Copy)]
pub enum Outgoing<'a> {
    Text(&'a str),
    Template { template: &'a Template, content: &'a TemplateContent },
}

/// The doorbell: conversation X has something to send. The table is the truth.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "v")]
pub enum Ring {
    #[serde(rename = "1")]
    V1 {
        account: AccountId,
        conversation: ConversationId,
        /// The message that caused it, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<MessageKey>,
        /// The trace of what made it ring.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace: Option<TraceId>,
    },
    /// An operator asks whether the way is open.
    #[serde(rename = "probe")]
    Probe { id: String },
}

/// A job that rings for nothing that we know.
#[derive(Debug, thiserror::Error)]
#[error("the job cannot be read")]
pub struct UnreadableRing {
    /// The account that it names all the same.
    pub account: Option<AccountId>,
    #[source]
    pub why: serde_json::Error,
}

impl Ring {
    /// Reads a job. One of a version to come rings as far as it names a conversation: the table says what is to be sent.
    pub fn read(text: &str) -> Result<Self, UnreadableRing> {
        #[derive(serde::Deserialize)]
        struct AnyVersion {
            account: AccountId,
            conversation: ConversationId,
            #[serde(default)]
            cause: Option<MessageKey>,
        }
        serde_json::from_str(text).or_else(|why| {
            let any: Result<AnyVersion, _> = serde_json::from_str(text);
            any.map(|AnyVersion { account, conversation, cause }| Self::V1 {
                account,
                conversation,
                cause,
                trace: None,
            })
            .map_err(|_| {
                let json: Result<serde_json::Value, _> = serde_json::from_str(text);
                let account = json.ok().and_then(|json| json["account"].as_str()?.parse().ok());
                UnreadableRing { account, why }
            })
        })
    }

    /// The FIFO group that it waits in.
    pub fn group(&self) -> String {
        match self {
            Self::V1 { conversation, .. } => conversation.to_string(),
            Self::Probe { .. } => "probe".to_owned(),
        }
    }

    pub fn for_message(account: AccountId, message: MessageId) -> Self {
        Self::V1 { account, conversation: message.conversation, cause: Some(message.key), trace: None }
    }
}

/// The queue of doorbells.
#[async_trait]
pub trait Doorbell: Send + Sync + fmt::Debug {
    /// Rings in the conversation's group. `once` names this ring: the same name within five minutes rings once, so it
    /// must differ for every cause (the stream's sequence number).
    async fn ring(&self, ring: &Ring, once: &str) -> Result<(), QueueUnavailable>;

    /// Lets a job that is being worked on come again after `seconds`, instead of after the queue's own time.
    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable>;
}

/// The queue did not take it.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take it")]
pub struct QueueUnavailable(#[source] pub BoxError);
