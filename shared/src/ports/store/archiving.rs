//! Moving rows of messages out of the table, as they are.

use async_trait::async_trait;

use super::{Step, Stored};
use crate::domain::{AccountId, ConversationId, MessageId, Timestamp, ids::MessageKey, message::Message};

/// A message's row on its way to the archive.
#[derive(Debug, Clone, PartialEq)]
pub struct RowToKeep {
    pub id: MessageId,
    /// The whole row as a line of JSON, content included where the row has it in parts.
    pub line: String,
    /// Nothing more will become of it: it was received, or its way is over.
    pub is_settled: bool,
}

#[async_trait]
pub trait Archiving {
    /// Rows of messages before `before`, oldest first; strongly consistent.
    async fn rows_before(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        before: Timestamp,
        limit: usize,
    ) -> Stored<Vec<RowToKeep>>;

    /// Notes that messages up to this one lie in the archive; never lowers it. `Lost`: that is noted already.
    async fn note_archived(&self, account: &AccountId, conversation: ConversationId, until: MessageKey)
    -> Stored<Step>;

    /// Takes rows away, with their parts.
    async fn drop_rows(&self, account: &AccountId, rows: &[MessageId]) -> Stored<()>;

    /// The message that a line of the archive holds.
    fn message_of(&self, line: &str) -> Stored<Message>;
}
