//! What could not be handled and waits for a person.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Put, Stored};
use crate::{
    domain::{AccountId, EndpointId, Timestamp},
    seal::{Sealed, sha256_hex},
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
    /// Sealed under the account's own key.
    pub sealed: Sealed<ParkedBody>,
}

/// The id of a record about `name`, first met at `at`: `{day}.{time}.{hash}`, the day as in `2026-03-01`.
pub fn parked_id(at: Timestamp, name: &str) -> String {
    let hash = sha256_hex(name.as_bytes());
    format!("{}.{:013}.{}", at.strftime("%Y-%m-%d"), at.as_millisecond(), &hash[..32])
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ParkedKind {
    /// A webhook, or a part of one.
    Webhook { endpoint: EndpointId },
    /// A change that `react` could not follow.
    Change { key: String },
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
    async fn unpark(&self, account: &AccountId, id: &str) -> Stored<()>;
}
