//! Lists of conversations: the rows that carry the inbox index, and what is read from it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;

use super::{
    DynamoStore, Table,
    keys::{self, INBOX, INBOX_PARTITION, INBOX_SORT, Key, Range},
    read::{Consistency, Order, key_of},
    rows::{self, WorkRow},
    unavailable,
    write::{number, text},
};
use crate::{
    domain::{
        AccountId, ConversationId, Timestamp,
        inbox::{Drawer, Place, Shelf, Sorting},
        work::Work,
    },
    ports::{
        StoreError,
        store::{Filed, FiledAt, Filings, InboxLine, Step, Stored},
    },
};

/// A place in the inbox index. Beside it lies the head's version, `hv`, by which an earlier version files.
#[derive(Debug, Deserialize)]
struct FiledRow {
    #[serde(default)]
    ip: Option<String>,
    #[serde(default)]
    is: Option<String>,
    /// Counts the writes.
    #[serde(default)]
    fv: u64,
}

fn count(rev: u64) -> AttributeValue {
    number(i64::try_from(rev).unwrap_or(i64::MAX))
}

impl DynamoStore {
    pub(super) async fn read_filings(&self, account: &AccountId, id: ConversationId) -> Stored<Filings> {
        let range = Range::filings(account, id);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items =
            self.range("read a conversation's places", Table::Main, &range, consistency, order, usize::MAX).await?;
        let mut filings = Filings { work: Work::new(id), places: BTreeMap::new() };
        let work = Key::work(account, id);
        for item in items {
            let key = key_of(&item)?;
            if key == work {
                filings.work = rows::read::<WorkRow>(&key, item.clone())?.into_work(&key, id)?;
            }
            let row: FiledRow = rows::read(&key, item)?;
            if let (Some(partition), Some(sort)) = (row.ip, row.is) {
                filings.places.insert(key.sk, FiledAt { partition, sort, rev: row.fv });
            }
        }
        Ok(filings)
    }

    pub(super) async fn write_filings(&self, account: &AccountId, read: &Filings, places: &[Place]) -> Stored<Filed> {
        let id = read.work.conversation;
        let mut filed = Filed::Stands;
        let mut left = read.places.clone();
        left.remove(&Key::work(account, id).sk);
        for place in places {
            let key = Key::filing(account, id, &place.shelf);
            left.remove(&key.sk);
            let partition = keys::inbox_partition(account, &place.shelf, place.drawer, id);
            let sort = keys::inbox_sort(place.last_activity_at, id);
            let stands = read.places.get(&key.sk);
            // Most changes of a head move nothing, and a read costs a fraction of a write.
            if stands.is_some_and(|it| it.partition == partition && it.sort == sort) {
                continue;
            }
            let rev = stands.map_or(0, |it| it.rev);
            let step = self
                .update(Table::Main, key)
                .set(INBOX_PARTITION, text(partition))
                .set(INBOX_SORT, text(sort))
                .set("hv", count(place.version))
                .set("fv", count(rev + 1))
                .when_is("fv", (rev > 0).then(|| count(rev)))
                .go("file a conversation")
                .await
                .map(Step::from)?;
            filed = after(filed, step);
        }
        for (sk, it) in left {
            let key = Key { pk: Key::work(account, id).pk, sk };
            let step = self.delete_when_is("file a conversation", Table::Main, key, ("fv", count(it.rev))).await?;
            filed = after(filed, step);
        }
        Ok(filed)
    }

    pub(super) async fn inbox_lines(
        &self,
        account: &AccountId,
        (of, drawer, sorting): (&Shelf, Drawer, Sorting),
        range: (Option<Timestamp>, Option<Timestamp>),
        after: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<InboxLine>> {
        // The index knows minutes: a range takes in the whole minute of each of its ends.
        let mut from = range.0.map_or_else(|| "0".to_owned(), keys::inbox_minute);
        let mut to = range.1.map_or_else(|| ":".to_owned(), keys::inbox_minute_after);
        match (sorting, after) {
            (_, None) => {}
            (Sorting::Activity, Some(after)) => to = to.min(after.to_owned()),
            (Sorting::Waiting, Some(after)) => from = from.max(after.to_owned()),
        }
        if from > to {
            return Ok(Vec::new());
        }
        let partitions = keys::inbox_partitions(account, of, drawer);
        // One more, since the range includes `after` itself.
        let asked = limit.saturating_add(1);
        let shards = partitions.iter().map(|partition| self.inbox_shard(partition, (&from, &to), sorting, asked));
        let mut lines: Vec<_> = futures::future::try_join_all(shards).await?.into_iter().flatten().collect();
        lines.retain(|line| after != Some(line.sort.as_str()));
        match sorting {
            Sorting::Activity => lines.sort_by(|a, b| b.sort.cmp(&a.sort)),
            Sorting::Waiting => lines.sort_by(|a, b| a.sort.cmp(&b.sort)),
        }
        lines.truncate(limit);
        Ok(lines)
    }

    /// One partition of a drawer, sort keys from `from` to `to`.
    async fn inbox_shard(
        &self,
        partition: &str,
        (from, to): (&str, &str),
        sorting: Sorting,
        limit: usize,
    ) -> Stored<Vec<InboxLine>> {
        let doing = "read the inbox";
        let mut lines = Vec::new();
        let mut go_on_after = None;
        loop {
            let left = limit.saturating_sub(lines.len());
            if left == 0 {
                return Ok(lines);
            }
            let request = self
                .client
                .query()
                .table_name(self.name(Table::Main))
                .index_name(INBOX)
                .key_condition_expression("#p = :p AND #s BETWEEN :from AND :to")
                .expression_attribute_names("#p", INBOX_PARTITION)
                .expression_attribute_names("#s", INBOX_SORT)
                .expression_attribute_values(":p", text(partition))
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to))
                .scan_index_forward(sorting == Sorting::Waiting)
                .set_limit(i32::try_from(left).ok())
                .set_exclusive_start_key(go_on_after);
            let output = request.send().await.map_err(unavailable(doing))?;
            for item in output.items.unwrap_or_default() {
                let Some(AttributeValue::S(sort)) = item.get(INBOX_SORT) else { continue };
                let conversation = keys::conversation_in(sort).ok_or_else(|| StoreError::BadRow {
                    key: format!("{partition}/{sort}"),
                    why: "not a line of the inbox".to_owned(),
                })?;
                lines.push(InboxLine { conversation, sort: sort.clone() });
            }
            match output.last_evaluated_key {
                Some(key) => go_on_after = Some(key),
                None => return Ok(lines),
            }
        }
    }
}

/// What came of several places: where somebody was faster in one, all is looked at anew.
fn after(filed: Filed, step: Step) -> Filed {
    match (filed, step) {
        (Filed::Lost, _) | (_, Step::Lost) => Filed::Lost,
        (Filed::Stands | Filed::Moved, Step::Done) => Filed::Moved,
    }
}
