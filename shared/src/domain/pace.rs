//! How fast messages may go to one customer. Meta: one per six seconds, with a burst of 45 that borrows from the
//! future (Meta, "pair rate limit", error 131056). Derived from the conversation's own messages: no counter is kept.

use super::{Timestamp, time::SignedDuration};

const EVERY: SignedDuration = SignedDuration::from_secs(6);
const BURST: i32 = 45;

/// After a pause of this length, the whole burst is free again.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_secs(6 * 45);

/// How much of the allowance is in use, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InUse {
    /// The first message since the allowance was last whole, as an index of those that left.
    pub first: usize,
    /// When it is whole again.
    pub whole_at: Timestamp,
}

impl InUse {
    /// How many messages it stands for at this time.
    pub fn messages(self, now: Timestamp) -> i64 {
        self.whole_at.duration_since(now).as_secs() / EVERY.as_secs()
    }
}

/// What is in use of the allowance, given when earlier messages left (in order). `None`: it is whole.
///
/// A bucket of 45 that refills by one every six seconds, in the "theoretical arrival time" form: one number instead of a
/// counter.
pub fn in_use(earlier: &[Timestamp], now: Timestamp) -> Option<InUse> {
    let mut known: Option<InUse> = None;
    for (index, &at) in earlier.iter().enumerate() {
        known = Some(match known {
            Some(in_use) if in_use.whole_at > at => InUse { whole_at: in_use.whole_at + EVERY, ..in_use },
            Some(_) | None => InUse { first: index, whole_at: at + EVERY },
        });
    }
    known.filter(|in_use| in_use.whole_at > now)
}

/// When the next message may leave. `None`: now.
pub fn next_allowed(earlier: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let allowed = in_use(earlier, now)?.whole_at - EVERY * (BURST - 1);
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
    fn the_allowance_is_in_use_since_the_first_message_after_it_was_whole() {
        assert_eq!(in_use(&[], at(0)), None);
        assert_eq!(in_use(&[at(0)], at(6)), None);
        // One, a pause, then three within the time of two.
        let left = [at(0), at(60), at(63), at(66)];
        assert_eq!(in_use(&left, at(66)), Some(InUse { first: 1, whole_at: at(78) }));
        assert_eq!(in_use(&left, at(66)).unwrap().messages(at(66)), 2);
        assert_eq!(in_use(&left, at(78)), None);
    }

    #[test]
    fn the_first_waits_are_short_and_a_thousand_outlast_a_messages_life() {
        assert_eq!(patience_after(1), SignedDuration::from_millis(250));
        assert_eq!(patience_after(10), SignedDuration::from_secs(25));
        assert_eq!(patience_after(u32::MAX), LONGEST_PATIENCE);
        let by_attempts = (1..1000).map(patience_after).fold(SignedDuration::ZERO, |sum, wait| sum + wait);
        assert!(by_attempts > DEFAULT_LIFE);
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
