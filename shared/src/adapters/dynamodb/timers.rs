//! Timers in their hours' buckets, and how far the sweep has come.

use async_trait::async_trait;
use aws_sdk_dynamodb::{error::SdkError, types::ReturnValue};
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{self, Key, PK, Place, Range},
    read::{Consistency, Order, key_of},
    rows, unavailable,
    write::{key_item, number, to_item},
};
use crate::{
    domain::{
        AccountId, Timestamp,
        time::SignedDuration,
        timer::{SHARDS, Timer, TimerKind},
    },
    ports::{
        StoreError,
        store::{Stored, Timers, TriedTimer},
    },
};

/// A timer that was missed is kept this long after it was due, so that a sweep that stood still can catch up.
const KEPT_AFTER_DUE: SignedDuration = SignedDuration::from_hours(15 * 24);

#[derive(Debug, Serialize, Deserialize)]
struct TimerRow {
    ac: AccountId,
    /// The kind as JSON.
    j: String,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct CursorRow {
    mi: i64,
}

fn read_timer(item: Item) -> Stored<Timer> {
    let key = key_of(&item)?;
    let row: TimerRow = rows::read(&key, item)?;
    let due = keys::due_in(&key).ok_or_else(|| key.unreadable("no due time in the key"))?;
    let kind: TimerKind = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    Ok(Timer { due, account: row.ac, kind })
}

/// The key of a timer by its text.
fn timer_at(place: &str) -> Stored<Key> {
    let key = Key::from_text(place).filter(|key| matches!(key.place(), Ok(Place::Timer)));
    key.ok_or_else(|| StoreError::BadRow { key: place.to_owned(), why: "not the key of a timer".to_owned() })
}

#[async_trait]
impl Timers for DynamoStore {
    async fn arm(&self, timer: &Timer) -> Stored<()> {
        let key = Key::timer(timer);
        let json = serde_json::to_string(&timer.kind).map_err(|error| key.unreadable(error.to_string()))?;
        let ttl = (timer.due + KEPT_AFTER_DUE).as_second();
        let item = to_item(&TimerRow { ac: timer.account.clone(), j: json, ttl }, &key)?;
        // The same timer has the same key and the same row, so there is nothing to check.
        self.put(Table::Main, key, item).go("arm a timer").await.map(|_| ())
    }

    async fn due(
        &self,
        hour: i64,
        shard: u8,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Stored<Timer>>> {
        let range = Range::timers(hour, shard, from, until);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("read due timers", Table::Main, &range, consistency, order, limit).await?;
        Ok(items.into_iter().map(read_timer).collect())
    }

    fn place_of(&self, timer: &Timer) -> String {
        Key::timer(timer).to_string()
    }

    async fn timer_tried(&self, place: &str) -> Stored<Option<TriedTimer>> {
        let doing = "count a timer's tries";
        let key = timer_at(place)?;
        let request = self
            .client
            .update_item()
            .table_name(self.name(Table::Main))
            .set_key(Some(key_item(key.clone())))
            .update_expression("ADD #tr :one")
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#tr", "tr")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .set_return_consumed_capacity(self.wanted_capacity());
        let output = match request.send().await {
            Ok(output) => output,
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                return Ok(None);
            }
            Err(error) => return Err(unavailable(doing)(error)),
        };
        self.count(output.consumed_capacity.as_slice());
        let row = output.attributes.unwrap_or_default();
        let text = |name: &str| row.get(name).and_then(|value| value.as_s().ok()).cloned();
        Ok(Some(TriedTimer {
            tries: row.get("tr").and_then(|tries| tries.as_n().ok()?.parse().ok()).unwrap_or(0),
            account: text("ac").and_then(|account| account.parse().ok()),
            kind: text("j").unwrap_or_default(),
        }))
    }

    async fn discard(&self, place: &str) -> Stored<()> {
        self.delete("discard a timer", Table::Main, timer_at(place)?).await
    }

    async fn disarm(&self, timer: &Timer) -> Stored<()> {
        self.delete("disarm a timer", Table::Main, Key::timer(timer)).await
    }

    async fn cursors(&self) -> Stored<[Stored<Option<i64>>; SHARDS as usize]> {
        let keys: Vec<Key> = (0..SHARDS).map(Key::timer_cursor).collect();
        let items = self.many("read the sweep's cursors", Table::Main, keys.clone(), Consistency::Strong).await?;
        let mut cursors = std::array::from_fn(|_| Ok(None));
        for item in items {
            let key = key_of(&item)?;
            if let Some(shard) = keys.iter().position(|asked| *asked == key) {
                cursors[shard] = rows::read::<CursorRow>(&key, item).map(|row| Some(row.mi));
            }
        }
        Ok(cursors)
    }

    async fn advance_cursor(&self, shard: u8, minute: i64) -> Stored<()> {
        self.update(Table::Main, Key::timer_cursor(shard))
            .set("mi", number(minute))
            // Two sweeps may overlap; the slower one must not take the cursor back.
            .when("attribute_not_exists(#mi) OR #mi < :mi")
            .go("advance the sweep's cursor")
            .await
            .map(|_| ())
    }
}
