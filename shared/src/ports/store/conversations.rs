//! The heads of conversations, and the inbox index.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::domain::{
    AccountId, ConversationId, Timestamp,
    conversation::{Head, LastIn, Tray},
    ids::MessageKey,
};

/// One line of the inbox index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxLine {
    pub conversation: ConversationId,
    /// The sort key: the time of the last activity in minutes, and the conversation.
    pub sort: String,
}

#[async_trait]
pub trait Conversations {
    /// Strongly consistent.
    async fn head(&self, account: &AccountId, id: ConversationId) -> Stored<Option<Head>>;

    /// Several heads at once, eventually consistent, for lists. Missing ones are left out.
    async fn heads(&self, account: &AccountId, ids: &[ConversationId]) -> Stored<Vec<Head>>;

    /// Puts the head of a conversation that the business begins, if there is none.
    async fn begin(&self, head: &Head) -> Stored<Put>;

    /// Raises the head to a newer inbound message, creating it if it is missing. Never lowers it.
    async fn raise(&self, head: &Head, last_in: &LastIn) -> Stored<Step>;

    /// Records which message answers the customer, unless an answer to the same or a newer message is recorded.
    async fn record_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        last_in: Timestamp,
    ) -> Stored<Step>;

    /// Takes the record back if it names this message; `instead` takes its place if another answer stands.
    async fn withdraw_answer(
        &self,
        account: &AccountId,
        id: ConversationId,
        message: MessageKey,
        instead: Option<MessageKey>,
    ) -> Stored<Step>;

    /// The provider said "closed" for the window of this inbound time.
    async fn close_window(&self, account: &AccountId, id: ConversationId, last_in: Option<Timestamp>) -> Stored<()>;

    /// Closes the conversation by hand.
    async fn close(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Takes back that it was closed and archived, if both are still as on the head that was read.
    async fn reopen(&self, read: &Head) -> Stored<Step>;
    /// Archives the conversation by hand.
    async fn archive(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Sets `waiting_from` (to `from` if that is older) and a fresh `rev`, on condition that `last_in` and
    /// `survivor` are still those of `planned`. `Lost`: plan again.
    async fn wait_from(&self, planned: &Head, from: MessageKey, rev: &str) -> Stored<Step>;

    /// Clears `waiting_from`, on condition that `wait_rev` is the one read before listing.
    async fn nothing_waits(&self, listed: &Head) -> Stored<Step>;

    /// Touches the head so that it rings.
    async fn wake(&self, account: &AccountId, id: ConversationId, at: Timestamp) -> Stored<Step>;

    /// Points a former conversation to its survivor and back. Doing it again completes what a crash left.
    async fn join_heads(&self, survivor: &Head, former: ConversationId) -> Stored<()>;

    /// Takes the pointers away again.
    async fn part_heads(&self, account: &AccountId, survivor: ConversationId, former: ConversationId) -> Stored<()>;

    /// Files the conversation in the inbox index, unless a newer version of the head is filed.
    async fn file(&self, head: &Head) -> Stored<Step>;

    /// Lines of one tray, newest activity first, before `before` if given.
    /// `range` bounds the last activity: at or after `.0`, before `.1`.
    async fn inbox(
        &self,
        account: &AccountId,
        tray: Tray,
        range: (Option<Timestamp>, Option<Timestamp>),
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<InboxLine>>;
}
