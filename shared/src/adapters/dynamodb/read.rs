//! Reads: one row, a range, or many rows at once.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, PK, Range, SK},
    unavailable,
    write::key_item,
};
use crate::ports::{StoreError, store::Stored};

/// DynamoDB's own limit (API Reference, BatchGetItem).
const MOST_KEYS_AT_ONCE: usize = 100;

/// How often keys that DynamoDB left out are asked for again.
const TRIES: u32 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consistency {
    Strong,
    Eventual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

impl DynamoStore {
    pub(super) async fn get(
        &self,
        doing: &'static str,
        table: Table,
        key: Key,
        consistency: Consistency,
    ) -> Stored<Option<Item>> {
        let request = self
            .client
            .get_item()
            .table_name(self.name(table))
            .set_key(Some(key_item(key)))
            .consistent_read(consistency == Consistency::Strong);
        let output = request.send().await.map_err(unavailable(doing))?;
        Ok(output.item.map(Item::from))
    }

    /// At most `limit` rows of a range.
    pub(super) async fn range(
        &self,
        doing: &'static str,
        table: Table,
        range: &Range,
        consistency: Consistency,
        order: Order,
        limit: usize,
    ) -> Stored<Vec<Item>> {
        let mut rows = Vec::new();
        let mut go_on_after = None;
        loop {
            let left = limit.saturating_sub(rows.len());
            if left == 0 {
                return Ok(rows);
            }
            let request = self
                .client
                .query()
                .table_name(self.name(table))
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":pk", AttributeValue::S(range.pk.clone()))
                .expression_attribute_values(":from", AttributeValue::S(range.from.clone()))
                .expression_attribute_values(":to", AttributeValue::S(range.to.clone()))
                .consistent_read(consistency == Consistency::Strong)
                .scan_index_forward(order == Order::OldestFirst)
                .set_limit(i32::try_from(left).ok())
                .set_exclusive_start_key(go_on_after);
            let output = request.send().await.map_err(unavailable(doing))?;
            rows.extend(output.items.unwrap_or_default().into_iter().map(Item::from));
            match output.last_evaluated_key {
                Some(key) => go_on_after = Some(key),
                None => return Ok(rows),
            }
        }
    }

    /// Many rows, in any order; missing ones are left out.
    pub(super) async fn many(
        &self,
        doing: &'static str,
        table: Table,
        mut keys: Vec<Key>,
        consistency: Consistency,
    ) -> Stored<Vec<Item>> {
        // The same key twice in one request is an error.
        keys.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        keys.dedup();
        let mut rows = Vec::new();
        for keys in keys.chunks(MOST_KEYS_AT_ONCE) {
            let mut asked = keys.iter().cloned().map(key_item).collect::<Vec<_>>();
            let mut tries = 0;
            while !asked.is_empty() {
                if tries == TRIES {
                    return Err(unavailable(doing)("the table went on leaving keys out"));
                }
                if tries > 0 {
                    back_off(tries).await;
                }
                tries += 1;
                let (answered, left_out) = self.batch(doing, table, asked, consistency).await?;
                rows.extend(answered);
                asked = left_out;
            }
        }
        Ok(rows)
    }

    async fn batch(
        &self,
        doing: &'static str,
        table: Table,
        keys: Vec<HashMap<String, AttributeValue>>,
        consistency: Consistency,
    ) -> Stored<(Vec<Item>, Vec<HashMap<String, AttributeValue>>)> {
        let name = self.name(table);
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(consistency == Consistency::Strong)
            .build()
            .map_err(unavailable(doing))?;
        let output =
            self.client.batch_get_item().request_items(name, wanted).send().await.map_err(unavailable(doing))?;
        let rows = output.responses.and_then(|mut tables| tables.remove(name)).unwrap_or_default();
        let left_out = output.unprocessed_keys.and_then(|mut tables| tables.remove(name));
        Ok((rows.into_iter().map(Item::from).collect(), left_out.map(|left| left.keys).unwrap_or_default()))
    }
}

/// The key of a row that was read.
pub(super) fn key_of(item: &Item) -> Result<Key, StoreError> {
    let part = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        Some(_) | None => None,
    };
    match (part(PK), part(SK)) {
        (Some(pk), Some(sk)) => Ok(Key { pk, sk }),
        (_, _) => Err(StoreError::BadRow { key: "(none)".to_owned(), why: "the row has no key".to_owned() }),
    }
}

#[expect(clippy::disallowed_methods, reason = "the table asks for a pause by leaving keys out")]
async fn back_off(tries: u32) {
    tokio::time::sleep(Duration::from_millis(10 << tries)).await;
}
