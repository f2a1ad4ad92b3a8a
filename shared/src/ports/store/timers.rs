//! Timers, and how far the sweep has come.

use async_trait::async_trait;

use super::Stored;
use crate::domain::{
    AccountId, Timestamp,
    timer::{SHARDS, Timer},
};

/// A timer that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedTimer {
    /// How often it has failed by now.
    pub tries: u32,
    pub account: Option<AccountId>,
    /// Its kind as it is stored; empty if there is none.
    pub kind: String,
}

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
    /// Names a timer's row, as the error of one that cannot be read does.
    fn place_of(&self, timer: &Timer) -> String;
    /// Counts that the timer there failed, and says what can be told of it. `None`: it is gone.
    async fn timer_tried(&self, place: &str) -> Stored<Option<TriedTimer>>;
    /// Takes away the timer there.
    async fn discard(&self, place: &str) -> Stored<()>;
    async fn disarm(&self, timer: &Timer) -> Stored<()>;
    /// The last minute that was swept whole, for each shard. One that cannot be read is an error in its place.
    async fn cursors(&self) -> Stored<[Stored<Option<i64>>; SHARDS as usize]>;
    /// Only ever moves forward.
    async fn advance_cursor(&self, shard: u8, minute: i64) -> Stored<()>;
}
