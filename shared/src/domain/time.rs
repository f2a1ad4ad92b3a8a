//! Instants and spans, and how far two clocks may disagree.

pub use jiff::{SignedDuration, Timestamp};

/// How far a provider's clock and ours may differ before a time is not believed. Smaller than the guard
/// band of the service window, so that a message planned inside the window also arrives inside it.
pub const SKEW_ALLOWANCE: SignedDuration = SignedDuration::from_mins(2);

/// Nothing that a provider reports can be older than this (2020-01-01T00:00:00Z): an earlier time is a
/// mistake of unit or a missing value, not an old message.
const OLDEST_BELIEVABLE_MS: i64 = 1_577_836_800_000;

/// What a provider's own time is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderTime {
    /// It is used as it is.
    Raw(Timestamp),
    /// Absent, in the future or absurd: the time at which we first saw the fact is used, on every repeat.
    FirstSeen,
}

/// Decides whether a provider's time can be used as it is. `now` is our clock at receipt.
pub fn believe(reported: Option<Timestamp>, now: Timestamp) -> ProviderTime {
    match reported {
        Some(at) if at.as_millisecond() >= OLDEST_BELIEVABLE_MS && at <= now + SKEW_ALLOWANCE => ProviderTime::Raw(at),
        Some(_) | None => ProviderTime::FirstSeen,
    }
}

/// The instant of a count of milliseconds since 1970. Counts outside the representable years become the
/// nearest end, so that a damaged row cannot stop a reader.
pub fn from_millis(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at` rounded down to whole milliseconds, the resolution of every stored time.
pub fn to_millis(at: Timestamp) -> Timestamp {
    from_millis(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reported: Option<&str>, believed: bool) {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let reported = reported.map(|at| at.parse().unwrap());
        let expected = if believed { ProviderTime::Raw(reported.unwrap()) } else { ProviderTime::FirstSeen };
        assert_eq!(believe(reported, now), expected);
    }

    #[test]
    fn a_plausible_provider_time_is_used_raw_and_any_other_is_not() {
        check(Some("2026-03-01T11:59:58Z"), true);
        check(Some("2026-02-22T12:00:00Z"), true); // Providers redeliver for days.
        check(Some("2026-03-01T12:02:00Z"), true);
        check(Some("2026-03-01T12:02:00.001Z"), false);
        check(Some("1970-01-01T00:00:00Z"), false);
        check(Some("9999-01-01T00:00:00Z"), false);
        check(None, false);
    }
}
