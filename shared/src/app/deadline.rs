//! The time that a call of a function has. It ends before the function's own, so that there is an answer, and nothing is
//! begun that could not be brought to its end. The one place that waits against time.
//!
//! Measured by a clock that only ever goes forward: the machine's time may jump (fault matrix H2).

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::Timestamp;

/// For how long whoever calls by HTTP waits for an answer at most, unless the settings say otherwise: seven tenths of the
/// longest that the template lets a function take. One that may take less answers within seven tenths of its own time.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// For how long a function that is fed by a queue, the stream or the schedule begins new work: seven tenths of a minute.
/// What it began last has the rest: a call to a provider takes at most a quarter of a minute.
pub const WORK_WITHIN: Duration = Duration::from_secs(42);

/// Until when there is time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

/// The time was over before the work was done. What was begun may have taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there was not enough time")]
pub struct OutOfTime;

impl Deadline {
    #[expect(clippy::disallowed_methods, reason = "the one place that measures the time that work takes")]
    fn now() -> Instant {
        Instant::now()
    }

    pub fn after(time: Duration) -> Self {
        Self(Self::now() + time)
    }

    /// `most`, or less if the function itself ends sooner. `ends_at`: when it does, in milliseconds since 1970; 0 where
    /// nobody says.
    pub fn within(most: Duration, ends_at: u64, now: Timestamp) -> Self {
        Self::after(most.min(time_to_use(ends_at, now).unwrap_or(most)))
    }

    pub fn passed(self) -> bool {
        Self::now() >= self.0
    }

    /// The share of one of `among` who are still to be served, so that the first does not use up the time of all.
    pub fn shared_by(self, among: u32) -> Self {
        Self::after(self.0.saturating_duration_since(Self::now()) / among.max(1))
    }

    /// Does the work unless that takes too long. What was begun then is dropped where it stands: everything that is
    /// written may be written again.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits against time")]
    pub async fn hold<T>(self, work: impl Future<Output = T>) -> Result<T, OutOfTime> {
        tokio::time::timeout_at(self.0, work).await.map_err(|_| OutOfTime)
    }
}

/// Of the time that is left, three tenths are kept for coming to an end.
fn time_to_use(ends_at: u64, now: Timestamp) -> Option<Duration> {
    let ends_at = i64::try_from(ends_at).ok().filter(|at| *at > 0)?;
    let left = u64::try_from(ends_at.saturating_sub(now.as_millisecond())).unwrap_or(0);
    Some(Duration::from_millis(left) * 7 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_tenths_of_a_functions_time_are_kept_for_its_end() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let millis = u64::try_from(now.as_millisecond()).unwrap();
        assert_eq!(time_to_use(millis + 10_000, now), Some(Duration::from_secs(7)));
        assert_eq!(time_to_use(millis - 1, now), Some(Duration::ZERO));
        assert_eq!(time_to_use(0, now), None);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_takes_too_long_is_given_up_and_other_work_is_not() {
        let deadline = Deadline::after(Duration::from_secs(7));
        assert_eq!(deadline.hold(async { 5 }).await, Ok(5));
        assert!(!deadline.passed());
        assert_eq!(deadline.hold(std::future::pending::<()>()).await, Err(OutOfTime));
        assert!(deadline.passed());
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_several_has_its_share() {
        let all = Deadline::after(Duration::from_secs(8));
        assert_eq!(all.shared_by(8), Deadline::after(Duration::from_secs(1)));
        assert_eq!(all.shared_by(1), all);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(all.shared_by(2).passed());
    }
}
