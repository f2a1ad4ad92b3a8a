//! Probes.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore, Table,
    keys::Key,
    read::Consistency,
    rows,
    write::{millis, to_item},
};
use crate::{
    domain::{
        Timestamp,
        time::{self, SignedDuration},
    },
    ports::store::{Probe, Probing, Stored},
};

/// For how long a probe lies in the table.
const LASTS: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Serialize, Deserialize)]
struct ProbeRow {
    /// Put, and arrived, in milliseconds since 1970.
    pa: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aa: Option<i64>,
    /// When it may be deleted, in seconds since 1970.
    ttl: i64,
}

#[async_trait]
impl Probing for DynamoStore {
    async fn put_probe(&self, id: &str, at: Timestamp) -> Stored<()> {
        let key = Key::probe(id);
        let row = ProbeRow { pa: at.as_millisecond(), aa: None, ttl: (at + LASTS).as_second() };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).if_absent().go("put a probe").await.map(|_| ())
    }

    async fn probe_arrived(&self, id: &str, at: Timestamp) -> Stored<()> {
        let update = self.update(Table::Main, Key::probe(id)).set_once("aa", millis(at));
        update.when("attribute_exists(#pk)").go("note that a probe arrived").await.map(|_| ())
    }

    async fn probe(&self, id: &str) -> Stored<Option<Probe>> {
        let key = Key::probe(id);
        let item = self.get("read a probe", Table::Main, key.clone(), Consistency::Strong).await?;
        let row: Option<ProbeRow> = item.map(|item| rows::read(&key, item)).transpose()?;
        Ok(row.map(|row| Probe { put_at: time::from_millis(row.pa), arrived_at: row.aa.map(time::from_millis) }))
    }
}
