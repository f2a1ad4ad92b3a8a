//! Rows of messages on their way out of the table, and back from a line of the archive.

use async_trait::async_trait;
use serde_dynamo::{AttributeValue, Item};

use super::{
    DynamoStore, Table,
    keys::{Key, Place, Range},
    read::{Consistency, Order, key_of},
    rows::{Body, MessageRow},
    write::text,
};
use crate::{
    domain::{
        AccountId, ConversationId, MessageId, Timestamp, ids::MessageKey, message::Message, sending::SenderState,
    },
    ports::{
        StoreError,
        store::{Archiving, RowToKeep, Step, Stored},
    },
};

/// A row as a line: DynamoDB's own JSON, bytes in base64.
///
/// # Errors
/// [`StoreError::BadRow`] if the row has no such form.
pub fn line_of(item: &Item) -> Stored<String> {
    let key = key_of(item)?;
    serde_json::to_string(item).map_err(|error| key.unreadable(error.to_string()))
}

/// The message that a line of the archive holds. Content that was kept in parts when it was written there is empty.
///
/// # Errors
/// [`StoreError::BadRow`] if it is no message, or of a version to come.
pub fn message_of_line(line: &str) -> Stored<Message> {
    let unreadable = |why: String| StoreError::BadRow { key: "(a line of the archive)".to_owned(), why };
    let item: Item = serde_json::from_str(line).map_err(|error| unreadable(error.to_string()))?;
    message_of_item(item)
}

/// The message that a row holds.
///
/// # Errors
/// As [`message_of_line`].
pub fn message_of_item(item: Item) -> Stored<Message> {
    let key = key_of(&item)?;
    let Place::Message { account, id } = key.place()? else { return Err(key.unreadable("not a message")) };
    Ok(match MessageRow::read(&key, item, account, id)? {
        MessageRow::Inbound(message, _) => Message::Inbound(message),
        MessageRow::Outbound(message, _) => Message::Outbound(message),
    })
}

fn is_settled(message: &MessageRow) -> bool {
    match message {
        MessageRow::Inbound(..) => true,
        MessageRow::Outbound(message, _) => match message.state {
            SenderState::Queued | SenderState::Waiting | SenderState::Claimed { .. } | SenderState::Unknown { .. } => {
                false
            }
            SenderState::Accepted
            | SenderState::Undetermined
            | SenderState::Refused
            | SenderState::Failed
            | SenderState::Expired
            | SenderState::Cancelled => true,
        },
    }
}

#[async_trait]
impl Archiving for DynamoStore {
    async fn rows_before(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        before: Timestamp,
        limit: usize,
    ) -> Stored<Vec<RowToKeep>> {
        let Some(range) = Range::messages(account, conversation, Some(MessageKey::first_at(before))) else {
            return Ok(Vec::new());
        };
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("list old messages", Table::Main, &range, consistency, order, limit).await?;
        let mut rows = Vec::with_capacity(items.len());
        for mut item in items {
            let key = key_of(&item)?;
            let Place::Message { account, id } = key.place()? else { continue };
            let message = MessageRow::read(&key, item.clone(), account, id)?;
            let (MessageRow::Inbound(_, parts) | MessageRow::Outbound(_, parts)) = &message;
            if let Some(parts) = parts {
                let whole = self.fetch_parts(&key, parts).await?;
                Body::put_together(&mut item, whole);
            }
            rows.push(RowToKeep { id, line: line_of(&item)?, is_settled: is_settled(&message) });
        }
        Ok(rows)
    }

    async fn note_archived(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        until: MessageKey,
    ) -> Stored<Step> {
        self.update(Table::Main, Key::head(account, conversation))
            .set("au", text(until))
            .when("attribute_exists(#pk)")
            .when("attribute_not_exists(#au) OR #au < :au")
            .go("note what is archived")
            .await
            .map(Step::from)
    }

    async fn drop_rows(&self, account: &AccountId, rows: &[MessageId]) -> Stored<()> {
        const DOING: &str = "take an archived message away";
        for id in rows {
            let key = Key::message(account, *id);
            let Some(item) = self.get(DOING, Table::Main, key.clone(), Consistency::Strong).await? else { continue };
            let (MessageRow::Inbound(_, parts) | MessageRow::Outbound(_, parts)) =
                MessageRow::read(&key, item, account.clone(), *id)?;
            if let Some(parts) = parts {
                self.drop_parts(&key, &parts).await?;
            }
            self.delete(DOING, Table::Main, key).await?;
        }
        Ok(())
    }

    fn message_of(&self, line: &str) -> Stored<Message> {
        message_of_line(line)
    }
}

impl Body {
    /// A row's content in its place, instead of what leads to its parts.
    fn put_together(item: &mut Item, whole: Vec<u8>) {
        let attributes = item.inner_mut();
        attributes.insert("b".to_owned(), AttributeValue::B(whole));
        attributes.remove("bn");
        attributes.remove("bt");
    }
}
