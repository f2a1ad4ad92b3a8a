//! Timers, and how far the sweep has come.

use async_trait::async_trait;

use super::Stored;
use crate::domain::{Timestamp, timer::Timer};

#[async_trait]
pub trait Timers {
    /// The same timer twice is one timer.
    async fn arm(&self, timer: &Timer) -> Stored<()>;
    /// Timers of one hour's bucket that are due from `from` to `until`, both included, in order; at most `limit`. One
    /// that cannot be read is an error in its place.
    async fn due(
        &self,
        hour: i64,
        shard: u8,
        from: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Stored<Vec<Stored<Timer>>>;
    async fn disarm(&self, timer: &Timer) -> Stored<()>;
    /// The last minute that was swept whole in this shard.
    async fn cursor(&self, shard: u8) -> Stored<Option<i64>>;
    /// Only ever moves forward.
    async fn advance_cursor(&self, shard: u8, minute: i64) -> Stored<()>;
}
