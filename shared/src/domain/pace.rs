//! How fast messages may go to one customer. Meta: one per six seconds, with a burst of 45 that borrows from the
//! future (Meta, "pair rate limit", error 131056). Derived from the conversation's own messages: no counter is kept.

use super::{Timestamp, time::SignedDuration};

const EVERY: SignedDuration = SignedDuration::from_secs(6);
const BURST: i32 = 45;

/// For how long a conversation's own past matters: after this, the whole burst is free again.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_secs(6 * 45);

/// When the next message may leave, given when earlier ones left (in order). `None`: now.
///
/// A bucket of 45 that refills by one every six seconds.
pub fn next_allowed(earlier: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    // The "theoretical arrival time" form of a token bucket: one number instead of a counter.
    let mut full_again: Option<Timestamp> = None;
    for &at in earlier {
        full_again = Some(full_again.map_or(at, |full| full.max(at)) + EVERY);
    }
    let allowed = full_again? - EVERY * (BURST - 1);
    (allowed > now).then_some(allowed)
}

/// The longest wait between two tries.
const LONGEST_PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// How long to wait at least after an attempt that certainly did not go out. Grows with the number of attempts: a queue
/// takes a job for broken after a thousand receives, which short waits would use up within an hour of an outage.
pub fn patience_after(attempt: u32) -> SignedDuration {
    let quarter = SignedDuration::from_millis(250);
    let squared = i32::try_from(attempt).unwrap_or(i32::MAX).saturating_mul(i32::try_from(attempt).unwrap_or(i32::MAX));
    quarter.checked_mul(squared).map_or(LONGEST_PATIENCE, |wait| wait.min(LONGEST_PATIENCE))
}

/// How long to wait before what people must set right is looked at again, for a message of this age.
pub fn patience_at(age: SignedDuration) -> SignedDuration {
    (age / 20).clamp(SignedDuration::from_mins(1), LONGEST_PATIENCE)
}

/// How long to wait at least before a message of this age asks again for room under its channel's limit.
pub fn patience_for_room(age: SignedDuration) -> SignedDuration {
    (age / 20).clamp(SignedDuration::from_secs(1), LONGEST_PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sending::DEFAULT_LIFE;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_burst_goes_at_once_and_then_one_every_six_seconds() {
        let burst = vec![at(0); 44];
        assert_eq!(next_allowed(&burst, at(0)), None);
        let burst = vec![at(0); 45];
        assert_eq!(next_allowed(&burst, at(0)), Some(at(6)));
        assert_eq!(next_allowed(&burst, at(5)), Some(at(6)));
        assert_eq!(next_allowed(&burst, at(6)), None);
    }

    #[test]
    fn the_first_waits_are_short_and_a_thousand_outlast_a_messages_life() {
        assert_eq!(patience_after(1), SignedDuration::from_millis(250));
        assert_eq!(patience_after(10), SignedDuration::from_secs(25));
        assert_eq!(patience_after(u32::MAX), LONGEST_PATIENCE);
        let by_attempts = (1..1000).map(patience_after).fold(SignedDuration::ZERO, |sum, wait| sum + wait);
        assert!(by_attempts > DEFAULT_LIFE);
        let by_age = (1..1000).fold(SignedDuration::ZERO, |age, _| age + patience_at(age));
        assert!(by_age > DEFAULT_LIFE);
        let by_room = (1..1000).fold(SignedDuration::ZERO, |age, _| age + patience_for_room(age));
        assert!(by_room > DEFAULT_LIFE);
        assert_eq!(patience_for_room(SignedDuration::from_secs(5)), SignedDuration::from_secs(1));
    }

    #[test]
    fn an_idle_conversation_has_its_whole_burst_back() {
        let burst = vec![at(0); 45];
        assert_eq!(next_allowed(&burst, at(270)), None);
        assert_eq!(next_allowed(&[], at(0)), None);
        let spread: Vec<_> = (0..100).map(|n| at(n * 6)).collect();
        assert_eq!(next_allowed(&spread, at(600)), None);
    }
}
