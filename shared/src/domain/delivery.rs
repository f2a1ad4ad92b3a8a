//! When a delivery to a subscriber is tried again, and what its answer means (Standard Webhooks, "deliverability and
//! reliability").

use super::{Timestamp, time::SignedDuration};

/// The pauses before the second attempt and each later one: ten attempts over some three days.
pub const PAUSES: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];

/// A subscriber that asks for more time gets at most this.
const LONGEST_ASKED: SignedDuration = SignedDuration::from_hours(24);

/// An address that fails for so long is not told of anything any more.
pub const DISABLED_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// While an address fails, it is tried once in this time and not with every event: at first, and at last.
const REST: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(10);

/// What a subscriber's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has it.
    Delivered,
    /// To be tried again, not before this long if it said so.
    Again { after: Option<SignedDuration> },
    /// It wants nothing any more.
    Gone,
}

/// `after`: what `Retry-After` asked for. A redirect is no delivery: it would lead where nobody checked.
pub fn verdict(status: u16, after: Option<SignedDuration>) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone,
        _ => Verdict::Again { after: after.map(|after| after.clamp(SignedDuration::ZERO, LONGEST_ASKED)) },
    }
}

/// How long to wait before the attempt that follows attempt `number` (from 1). `None`: that was the last.
///
/// `chance` spreads attempts over a fifth of the pause, so that a subscriber that was down does not meet them all at once.
pub fn pause_after(number: u32, asked: Option<SignedDuration>, chance: u64) -> Option<SignedDuration> {
    let pause = *PAUSES.get(usize::try_from(number.checked_sub(1)?).ok()?)?;
    let fifth = u64::try_from(pause.as_millis() / 5).unwrap_or(0);
    let spread = SignedDuration::from_millis(i64::try_from(chance % (fifth + 1)).unwrap_or(0));
    Some((pause + spread).max(asked.unwrap_or(SignedDuration::ZERO)))
}

/// How an address has answered lately. Written only when that changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when every attempt failed.
    pub failing_since: Option<Timestamp>,
    /// Attempts that failed in a row, as far as they were made.
    pub failures: u32,
    /// While it fails, nothing is tried before this.
    pub rests_until: Option<Timestamp>,
}

impl Health {
    /// Another attempt failed.
    pub fn failed(self, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let rest = REST * 2_i32.saturating_pow(failures.saturating_sub(1).min(8));
        Self {
            failing_since: self.failing_since.or(Some(now)),
            failures,
            rests_until: Some(now + rest.min(LONGEST_REST)),
        }
    }

    /// Whether an attempt would only find out once more that it fails.
    pub fn rests(self, now: Timestamp) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    /// Whether it failed for too long.
    pub fn is_hopeless(self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.duration_since(since) >= DISABLED_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn ten_attempts_are_made_over_three_days_and_then_no_more() {
        let total =
            (1..10).map(|number| pause_after(number, None, 0).unwrap()).fold(SignedDuration::ZERO, |a, b| a + b);
        assert!(total > SignedDuration::from_hours(72) && total < SignedDuration::from_hours(80), "{total}");
        assert_eq!(pause_after(10, None, 0), None);
        assert_eq!(pause_after(0, None, 0), None);
    }

    /// (Fault matrix G1, G4.)
    #[test]
    fn g4_what_the_subscriber_asks_for_is_granted_within_bounds_and_attempts_are_spread() {
        let asked = |seconds| verdict(503, Some(SignedDuration::from_secs(seconds)));
        assert_eq!(asked(120), Verdict::Again { after: Some(SignedDuration::from_secs(120)) });
        assert_eq!(asked(999_999_999), Verdict::Again { after: Some(LONGEST_ASKED) });
        assert_eq!(asked(-5), Verdict::Again { after: Some(SignedDuration::ZERO) });
        assert_eq!(pause_after(1, Some(SignedDuration::from_secs(120)), 0), Some(SignedDuration::from_secs(120)));
        assert_eq!(pause_after(2, Some(SignedDuration::from_secs(1)), 0), Some(SignedDuration::from_mins(5)));
        for chance in [0, 1, 17_000, u64::MAX] {
            let pause = pause_after(2, None, chance).unwrap();
            assert!(pause >= PAUSES[1] && pause <= SignedDuration::from_mins(6), "{pause}");
        }
    }

    #[test]
    fn g4_only_two_hundreds_are_deliveries_and_only_410_ends_it() {
        for status in [200, 201, 204, 299] {
            assert_eq!(verdict(status, None), Verdict::Delivered);
        }
        for status in [100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 502, 503, 504, 599] {
            assert_eq!(verdict(status, None), Verdict::Again { after: None }, "{status}");
        }
        assert_eq!(verdict(410, None), Verdict::Gone);
    }

    /// (Fault matrix G3.)
    #[test]
    fn g3_an_address_that_fails_is_tried_less_and_less_and_given_up_after_five_days() {
        let first = Health::default().failed(at(0));
        assert!(first.rests(at(29)) && !first.rests(at(30)));
        let second = first.failed(at(100));
        assert_eq!((second.failing_since, second.failures), (Some(at(0)), 2));
        assert!(second.rests(at(159)) && !second.rests(at(160)));
        let late = (0..60).fold(second, |health, _| health.failed(at(1000)));
        assert!(late.rests(at(1599)) && !late.rests(at(1600)));
        assert!(!late.is_hopeless(at(432_000 - 1)) && late.is_hopeless(at(432_000)));
        assert!(!Health::default().is_hopeless(at(432_000)));
    }
}
