//! What could not be handled and waits for a person.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Put, Stored};
use crate::{
    domain::{AccountId, ConversationId, EndpointId, Timestamp},
    seal::{Sealed, WrappedKey, sha256_hex},
};

/// Something that could not be handled and waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// `{day}.{time}.{hash}`: locates the record.
    pub id: String,
    pub account: AccountId,
    pub at: Timestamp,
    /// Why, for people.
    pub why: String,
    pub what: ParkedKind,
    /// Sealed under a key of its own, so that what is taken away can be read nowhere any more. Earlier versions sealed it
    /// under the account's.
    pub sealed: Sealed<ParkedBody>,
}

/// The id of a record about `name`, first met at `at`: `{day}.{time}.{hash}`, the day as in `2026-03-01`.
pub fn parked_id(at: Timestamp, name: &str) -> String {
    let hash = sha256_hex(name.as_bytes());
    format!("{}.{:013}.{}", at.strftime("%Y-%m-%d"), at.as_millisecond(), &hash[..32])
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParkedKind {
    /// A webhook, or a part of one.
    Webhook { endpoint: EndpointId },
    /// A change that `react` could not follow.
    Change {
        key: String,
        /// What it belongs to. Earlier versions did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
    },
    /// A job of the queue that could not be read, or was tried too often.
    Job,
    /// A timer that could not be read, or always failed.
    Timer { key: String },
    /// A kind of a version to come.
    #[serde(other)]
    Unknown,
}

/// Something that belongs to no account that is known, for operators. Not sealed: there is no key for it, and queues and
/// keys hold nothing personal.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// As that of a parked record.
    pub id: String,
    pub at: Timestamp,
    pub why: String,
    pub what: ParkedKind,
    pub element: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedBody {
    /// The element that could not be handled; enough to try again.
    pub element: Value,
}

#[async_trait]
pub trait Parking {
    async fn park(&self, record: &Parked) -> Stored<Put>;
    async fn parked(&self, account: &AccountId, id: &str) -> Stored<Option<Parked>>;
    /// Newest first, over the last `days` days before `now`.
    async fn parked_list(
        &self,
        account: &AccountId,
        now: Timestamp,
        days: u32,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<Parked>>;
    /// Keeps the key of a record, unless it has one; answers the one that it has.
    async fn put_parked_key(
        &self,
        account: &AccountId,
        id: &str,
        key: &WrappedKey,
        at: Timestamp,
    ) -> Stored<WrappedKey>;
    async fn parked_key(&self, account: &AccountId, id: &str) -> Stored<Option<WrappedKey>>;
    /// Drops keys of records that are gone: a backup may have brought them back. Answers how many there were.
    async fn drop_orphaned_keys(&self, account: &AccountId) -> Stored<usize>;
    /// Takes a record away, its key first.
    async fn unpark(&self, account: &AccountId, id: &str) -> Stored<()>;

    async fn keep_stray(&self, stray: &Stray) -> Stored<Put>;
    /// Newest first, over the last `days` days before `now`.
    async fn strays(&self, now: Timestamp, days: u32, limit: usize) -> Stored<Vec<Stray>>;
}
