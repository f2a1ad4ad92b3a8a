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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_idle_conversation_has_its_whole_burst_back() {
        let burst = vec![at(0); 45];
        assert_eq!(next_allowed(&burst, at(270)), None);
        assert_eq!(next_allowed(&[], at(0)), None);
        let spread: Vec<_> = (0..100).map(|n| at(n * 6)).collect();
        assert_eq!(next_allowed(&spread, at(600)), None);
    }
}
