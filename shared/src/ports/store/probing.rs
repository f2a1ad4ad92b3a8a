//! Probes: rows that go the way of a message, from the table over the stream and the queue back to the table, and tell that
//! the way is open and how long it takes.

use async_trait::async_trait;

use super::Stored;
use crate::domain::Timestamp;

/// How far a probe has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    pub put_at: Timestamp,
    /// When `send` had it off the queue.
    pub arrived_at: Option<Timestamp>,
}

#[async_trait]
pub trait Probing {
    async fn put_probe(&self, id: &str, at: Timestamp) -> Stored<()>;
    /// The first time counts. A probe that is not there any more stays away.
    async fn probe_arrived(&self, id: &str, at: Timestamp) -> Stored<()>;
    async fn probe(&self, id: &str) -> Stored<Option<Probe>>;
}
