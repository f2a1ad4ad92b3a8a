//! Records that could not be handled and wait for a person.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{self, Key, Range},
    read::{Consistency, Order, key_of},
    rows::{self, Body, Bytes},
    write::{Written, to_item},
};
use crate::{
    domain::{
        AccountId, Timestamp,
        time::{self, SignedDuration},
    },
    ports::{
        StoreError,
        store::{Parked, ParkedKind, Parking, Put, Stored, Stray},
    },
    seal::{Sealed, WrappedKey},
};

/// For how long a parked record is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Debug, Serialize, Deserialize)]
struct ParkedRow {
    id: String,
    ac: AccountId,
    /// Milliseconds since 1970.
    pa: i64,
    /// Why.
    wh: String,
    /// What, as JSON.
    j: String,
    #[serde(flatten)]
    body: Body,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct ParkedKeyRow {
    k: Bytes,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

/// What belongs to no account. It is small: queues and keys hold nothing large.
#[derive(Debug, Serialize, Deserialize)]
struct StrayRow {
    id: String,
    /// Milliseconds since 1970.
    pa: i64,
    /// Why.
    wh: String,
    /// What, as JSON.
    j: String,
    /// The element, as JSON.
    el: String,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

fn key_of_record(account: &AccountId, id: &str) -> Stored<Key> {
    Key::parked(account, id).ok_or_else(|| not_an_id(id))
}

fn not_an_id(id: &str) -> StoreError {
    StoreError::BadRow { key: id.to_owned(), why: "not the id of a parked record".to_owned() }
}

impl DynamoStore {
    async fn read_parked(&self, item: Item) -> Stored<Parked> {
        let key = key_of(&item)?;
        let row: ParkedRow = rows::read(&key, item)?;
        // A kind of a version to come hides no other record.
        let what = serde_json::from_str(&row.j).unwrap_or(ParkedKind::Unknown);
        let sealed = match row.body.parts() {
            Some(parts) => self.fetch_parts(&key, &parts).await?,
            None => row.body.b.0,
        };
        Ok(Parked {
            id: row.id,
            account: row.ac,
            at: time::from_millis(row.pa),
            why: row.wh,
            what,
            sealed: Sealed::from_bytes(sealed),
        })
    }
}

#[async_trait]
impl Parking for DynamoStore {
    async fn park(&self, record: &Parked) -> Stored<Put> {
        let key = key_of_record(&record.account, &record.id)?;
        let sealed = record.sealed.as_bytes();
        if self.large_and_there("park a record", &key, sealed).await? {
            return Ok(Put::Already);
        }
        let ttl = (record.at + KEPT).as_second();
        let stowed = self.stow(&key, sealed, Some(ttl)).await?;
        let row = ParkedRow {
            id: record.id.clone(),
            ac: record.account.clone(),
            pa: record.at.as_millisecond(),
            wh: record.why.clone(),
            j: serde_json::to_string(&record.what).map_err(|error| key.unreadable(error.to_string()))?,
            body: Body::new(&stowed),
            ttl,
        };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).if_absent().go("park a record").await.map(Put::from)
    }

    async fn parked(&self, account: &AccountId, id: &str) -> Stored<Option<Parked>> {
        let Some(key) = Key::parked(account, id) else { return Ok(None) };
        match self.get("read a parked record", Table::Main, key, Consistency::Strong).await? {
            Some(item) => self.read_parked(item).await.map(Some),
            None => Ok(None),
        }
    }

    async fn parked_list(
        &self,
        account: &AccountId,
        now: Timestamp,
        days: u32,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<Parked>> {
        let mut list = Vec::new();
        for ago in 0..i64::from(days) {
            let Ok(then) = now.checked_sub(SignedDuration::from_hours(24 * ago)) else { break };
            let day = keys::day(then);
            let before_day = before.and_then(keys::day_of);
            if before_day.is_some_and(|before_day| day.as_str() > before_day) {
                continue;
            }
            let before = before.filter(|_| before_day == Some(day.as_str()));
            let range = Range::parked(account, &day, before);
            let (consistency, order) = (Consistency::Eventual, Order::NewestFirst);
            // One more, since the range includes `before` itself.
            let most = limit.saturating_sub(list.len()).saturating_add(1);
            for item in self.range("list parked records", Table::Main, &range, consistency, order, most).await? {
                let record = self.read_parked(item).await?;
                if before != Some(record.id.as_str()) && list.len() < limit {
                    list.push(record);
                }
            }
            if list.len() == limit {
                break;
            }
        }
        Ok(list)
    }

    async fn put_parked_key(
        &self,
        account: &AccountId,
        id: &str,
        wrapped: &WrappedKey,
        at: Timestamp,
    ) -> Stored<WrappedKey> {
        let key = Key::parked_key(account, id);
        // It outlives its record, which is of no use without it.
        let ttl = (at + KEPT + SignedDuration::from_hours(24)).as_second();
        let item = to_item(&ParkedKeyRow { k: Bytes(wrapped.0.clone()), ttl }, &key)?;
        match self.put(Table::Contacts, key.clone(), item).if_absent().go("put the key of a parked record").await? {
            Written::Done => Ok(wrapped.clone()),
            Written::Refused(Some(row)) => Ok(WrappedKey(rows::read::<ParkedKeyRow>(&key, row)?.k.0)),
            Written::Refused(None) => Err(key.unreadable("the row was not shown")),
        }
    }

    async fn parked_key(&self, account: &AccountId, id: &str) -> Stored<Option<WrappedKey>> {
        let range = Range::parked_key(account, id);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let doing = "read the key of a parked record";
        let found = self.range(doing, Table::Contacts, &range, consistency, order, 1).await?;
        let read = |item: Item| Ok(WrappedKey(rows::read::<ParkedKeyRow>(&key_of(&item)?, item)?.k.0));
        found.into_iter().next().map(read).transpose()
    }

    async fn drop_orphaned_keys(&self, account: &AccountId) -> Stored<usize> {
        const DOING: &str = "drop keys of parked records that are gone";
        let range = Range::parked_keys(account);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let mut dropped = 0;
        for item in self.range(DOING, Table::Contacts, &range, consistency, order, usize::MAX).await? {
            let key = key_of(&item)?;
            let is_there = match Key::parked(account, &key.sk) {
                Some(record) => self.get(DOING, Table::Main, record, Consistency::Strong).await?.is_some(),
                None => false,
            };
            if !is_there {
                self.delete(DOING, Table::Contacts, key).await?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }

    async fn unpark(&self, account: &AccountId, id: &str) -> Stored<()> {
        let Some(key) = Key::parked(account, id) else { return Ok(()) };
        self.delete("drop the key of a parked record", Table::Contacts, Key::parked_key(account, id)).await?;
        let item = self.get("read a parked record", Table::Main, key.clone(), Consistency::Strong).await?;
        let Some(item) = item else { return Ok(()) };
        if let Some(parts) = rows::read::<ParkedRow>(&key, item)?.body.parts() {
            self.drop_parts(&key, &parts).await?;
        }
        self.delete("delete a parked record", Table::Main, key).await
    }

    async fn keep_stray(&self, stray: &Stray) -> Stored<Put> {
        let key = Key::stray(&stray.id).ok_or_else(|| not_an_id(&stray.id))?;
        let unwritable = |error: serde_json::Error| key.unreadable(error.to_string());
        let row = StrayRow {
            id: stray.id.clone(),
            pa: stray.at.as_millisecond(),
            wh: stray.why.clone(),
            j: serde_json::to_string(&stray.what).map_err(unwritable)?,
            el: serde_json::to_string(&stray.element).map_err(unwritable)?,
            ttl: (stray.at + KEPT).as_second(),
        };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).if_absent().go("keep a stray").await.map(Put::from)
    }

    async fn strays(&self, now: Timestamp, days: u32, limit: usize) -> Stored<Vec<Stray>> {
        let mut list = Vec::new();
        for ago in 0..i64::from(days) {
            let Ok(then) = now.checked_sub(SignedDuration::from_hours(24 * ago)) else { break };
            let (consistency, order) = (Consistency::Eventual, Order::NewestFirst);
            let left = limit.saturating_sub(list.len());
            let range = Range::strays(&keys::day(then));
            for item in self.range("list strays", Table::Main, &range, consistency, order, left).await? {
                let key = key_of(&item)?;
                let row: StrayRow = rows::read(&key, item)?;
                let what = serde_json::from_str(&row.j).unwrap_or(ParkedKind::Unknown);
                let element = serde_json::from_str(&row.el).map_err(|error| key.unreadable(error.to_string()))?;
                list.push(Stray { id: row.id, at: time::from_millis(row.pa), why: row.wh, what, element });
            }
        }
        Ok(list)
    }
}
