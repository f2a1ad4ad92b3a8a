//! What reads that need not be consistent may still see: the row as it was just before its latest write.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::World;
use crate::{
    machine::{Machine, Millis},
    world::store::text_of,
};

/// For how long after a write the past may be seen.
const LASTS: Millis = 1500;

type Key = (String, String);

/// Rows before their latest write.
#[derive(Debug, Default)]
pub struct Past(Mutex<BTreeMap<Key, (Millis, Vec<u8>)>>);

fn key_of(body: &[u8]) -> Option<Key> {
    Some((text_of(body, "pk")?.to_owned(), text_of(body, "sk")?.to_owned()))
}

/// Rows on which decisions are made.
fn matters(key: &Key) -> bool {
    matches!(key.1.as_str(), "H" | "CONSENT")
}

impl Past {
    /// Called before a write.
    pub fn remember(&self, world: &World, machine: &Machine, body: &[u8]) {
        if world.faults().store_stale == 0 {
            return;
        }
        let Some(key) = key_of(body).filter(matters) else { return };
        let Ok(request) = serde_json::from_slice::<serde_json::Value>(body) else { return };
        let ask = serde_json::json!({ "TableName": request["TableName"], "Key": {
            "pk": { "S": key.0 }, "sk": { "S": key.1 } } });
        let (status, answer) = world.engine.perform("GetItem", ask.to_string().as_bytes());
        if status == 200 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (machine.now() + LASTS, answer));
        }
    }

    /// An answer from the past, for a read that may get one.
    pub fn answer(&self, world: &World, machine: &Machine, operation: &str, body: &[u8]) -> Option<Vec<u8>> {
        let stale = world.faults().store_stale;
        if stale == 0 || operation != "GetItem" {
            return None;
        }
        let key = key_of(body).filter(matters)?;
        if std::str::from_utf8(body).is_ok_and(|body| body.contains("\"ConsistentRead\":true")) {
            return None;
        }
        let past = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = past.get(&key)?;
        (machine.now() < *until && machine.happens(stale)).then(|| answer.clone())
    }
}
