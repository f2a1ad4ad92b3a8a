//! The heads of conversations, and the inbox index.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::domain::{
    AccountId, ConversationId, Timestamp,
    conversation::{Head, LastIn},
    ids::MessageKey,
    inbox::{Drawer, Place, Shelf, Sorting},
    work::Work,
};

/// Where a conversation stands in lists, as it was read, with its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filings {
    pub work: Work,
    /// By the sort keys of their rows.
    pub places: BTreeMap<String, FiledAt>,
}

/// A place, as it lies in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledAt {
    pub partition: String,
    pub sort: String,
    /// Counts the writes.
    pub rev: u64,
}

/// What came of filing a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filed {
    /// It stood where it belongs.
    Stands,
    Moved,
    /// Somebody else filed it since it was read.
    Lost,
}

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
    /// Archives the conversation, if nothing was written on its head since it was read.
    async fn archive_quiet(&self, read: &Head, at: Timestamp) -> Stored<Step>;

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

    /// Strongly consistent.
    async fn filings(&self, account: &AccountId, id: ConversationId) -> Stored<Filings>;

    /// Files a conversation in these places and no other, each on condition that it is as it was read. A former conversation has
    /// none; its line among all stays, and is passed over.
    async fn file(&self, account: &AccountId, read: &Filings, places: &[Place]) -> Stored<Filed>;

    /// Lines of one drawer of a list, in this order, behind `after` if given.
    /// `range` bounds the last activity: at or after `.0`, before `.1`.
    async fn inbox(
        &self,
        account: &AccountId,
        list: (&Shelf, Drawer, Sorting),
        range: (Option<Timestamp>, Option<Timestamp>),
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<InboxLine>>;
}
