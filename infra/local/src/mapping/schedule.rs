//! The schedule: `expire` once for each minute of the clock.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::functions::Functions;

/// A failed call is made this often in all (Lambda, "asynchronous invocation": two retries).
const TRIES: u32 = 3;

/// Remembers the minute that was swept last. A minute that nobody was there for is not made up for: `expire` knows
/// itself how far it has come.
#[derive(Debug, Default)]
pub struct Schedule {
    swept: Mutex<Option<i64>>,
}

impl Schedule {
    /// Sweeps, unless this minute has been swept. Says whether it did.
    pub async fn step(&self, functions: &dyn Functions, now: Timestamp) -> bool {
        let minute = minute_of(now);
        if self.swept() == Some(minute) {
            return false;
        }
        for tried in 1..=TRIES {
            match functions.expire(event(minute)).await {
                Ok(_) => break,
                Err(error) => tracing::error!(error = &*error, tried, "expire failed"),
            }
        }
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = Some(minute);
        true
    }

    /// When the next sweep is due.
    pub fn next_due(&self, now: Timestamp) -> Timestamp {
        match self.swept() {
            Some(minute) if minute == minute_of(now) => start_of(minute + 1),
            Some(_) | None => now,
        }
    }

    fn swept(&self) -> Option<i64> {
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn start_of(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_mins(minute)).unwrap_or(Timestamp::MAX)
}

/// What EventBridge Scheduler sends when it is given no input of its own.
fn event(minute: i64) -> Value {
    json!({
        "version": "0",
        "id": format!("sweep-{minute}"),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": start_of(minute).to_string(),
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/expire"],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{Called, FakeFunctions};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn each_minute_is_swept_once_and_a_leap_of_days_once_too() {
        let functions = FakeFunctions::default();
        let schedule = Schedule::default();
        assert!(schedule.step(&functions, at("2026-03-01T09:00:59Z")).await);
        assert!(!schedule.step(&functions, at("2026-03-01T09:00:59.9Z")).await);
        assert_eq!(schedule.next_due(at("2026-03-01T09:00:59.9Z")), at("2026-03-01T09:01:00Z"));
        assert!(schedule.step(&functions, at("2026-03-01T09:01:00Z")).await);
        assert_eq!(schedule.next_due(at("2026-03-09T09:00:00Z")), at("2026-03-09T09:00:00Z"));
        assert!(schedule.step(&functions, at("2026-03-09T09:00:00Z")).await);
        let times: Vec<_> = functions.events(Called::Expire).iter().map(|event| event["time"].clone()).collect();
        assert_eq!(times, ["2026-03-01T09:00:00Z", "2026-03-01T09:01:00Z", "2026-03-09T09:00:00Z"]);
    }

    #[tokio::test]
    async fn a_failing_sweep_is_tried_three_times_and_then_left_to_the_next_minute() {
        let functions = FakeFunctions::default();
        functions.answer(Called::Expire, |_| Err("broken".into()));
        let schedule = Schedule::default();
        assert!(schedule.step(&functions, at("2026-03-01T09:00:00Z")).await);
        assert!(!schedule.step(&functions, at("2026-03-01T09:00:01Z")).await);
        assert_eq!(functions.events(Called::Expire).len(), 3);
    }
}
