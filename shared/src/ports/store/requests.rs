//! Requests of a conversation's guest.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::{
    domain::{AccountId, ConversationId, ids::RequestId, request::Request},
    seal::Sealed,
};

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    pub request: Request,
    /// Sealed under the key of the conversation's contact.
    pub note: Option<Sealed<String>>,
}

#[async_trait]
pub trait Requests {
    /// Puts a request if there is none of its id.
    async fn open_request(&self, account: &AccountId, row: &RequestRow) -> Stored<Put>;
    /// Strongly consistent.
    async fn request(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        id: RequestId,
    ) -> Stored<Option<RequestRow>>;
    /// Newest first.
    async fn requests(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        limit: usize,
    ) -> Stored<Vec<RequestRow>>;
    /// On condition that it is still as `seen`.
    async fn write_request(&self, account: &AccountId, seen: &Request, new: &RequestRow) -> Stored<Step>;
}
