//! How far a provider's clock is from ours, told from the `Date` of its answers: a time of whole seconds that lies between
//! the moment at which we asked and the one at which we had the answer. (Fault matrix H1.)

use std::collections::VecDeque;

use super::{
    Timestamp,
    time::{SKEW_ALLOWANCE, SignedDuration},
};

/// For how long an observation counts. The worst of them holds: a clock that was set right is believed only afterwards.
const COUNTS_FOR: SignedDuration = SignedDuration::from_mins(10);
/// A `Date` that is further away is nonsense: the store would long have refused our signatures. Reckoned with as this
/// much, so that one bad header neither stops what may go nor sends what may not.
const MOST_BELIEVED: SignedDuration = SignedDuration::from_hours(1);
/// More would say nothing new.
const MOST_KEPT: usize = 64;
/// How often a skew is worth a line in the log.
const WARN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// What was observed lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skew {
    /// When, and by how much the clocks differ at least.
    seen: VecDeque<(Timestamp, SignedDuration)>,
    warned_at: Option<Timestamp>,
}

/// By how much the clocks differ at least, whatever time the answer took: positive where the provider's is ahead.
fn certain_skew(asked: Timestamp, answered: Timestamp, date: Timestamp) -> SignedDuration {
    // The date was cut down to its second, so the server's clock said a time in [date, date + 1 s).
    let most = date.duration_since(asked) + SignedDuration::from_secs(1);
    let least = date.duration_since(answered);
    let skew = SignedDuration::ZERO.max(least).min(MOST_BELIEVED);
    if most < SignedDuration::ZERO { most.max(-MOST_BELIEVED) } else { skew }
}

impl Skew {
    /// Takes in one answer. Says the skew if somebody should hear of it now.
    pub fn observe(&mut self, asked: Timestamp, answered: Timestamp, date: Timestamp) -> Option<SignedDuration> {
        // A clock that jumped back within the call has measured nothing.
        if answered < asked {
            return None;
        }
        self.seen.push_back((answered, certain_skew(asked, answered, date)));
        if self.seen.len() > MOST_KEPT {
            self.seen.pop_front();
        }
        let worst = self.worst(answered);
        let quiet = self.warned_at.is_some_and(|at| at <= answered && answered.duration_since(at) < WARN_EVERY);
        if worst.abs() <= SKEW_ALLOWANCE / 2 || quiet {
            return None;
        }
        self.warned_at = Some(answered);
        Some(worst)
    }

    /// The worst of the last minutes.
    pub fn worst(&self, now: Timestamp) -> SignedDuration {
        let counts = |at: &Timestamp| now.duration_since(*at).abs() <= COUNTS_FOR;
        let worst = self.seen.iter().filter(|(at, _)| counts(at)).max_by_key(|(_, skew)| skew.abs());
        worst.map_or(SignedDuration::ZERO, |(_, skew)| *skew)
    }

    /// What a plan has to reckon with, either way: nothing within the allowance, which the guard band covers.
    pub fn doubt(&self, now: Timestamp) -> SignedDuration {
        let worst = self.worst(now).abs();
        if worst > SKEW_ALLOWANCE { worst } else { SignedDuration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    proptest! {
        /// However long the call took and wherever in it the server looked at its clock: the skew is never overstated.
        #[test]
        fn h1_a_skew_is_never_overstated(skew in -600_000_i64..600_000, took in 0_i64..20_000, share in 0_i64..=100) {
            let looked = at(took * share / 100 + skew);
            let date = Timestamp::from_second(looked.as_second()).unwrap();
            let certain = certain_skew(at(0), at(took), date).as_millis();
            prop_assert!(certain == 0 || (certain.signum() == i128::from(skew.signum()) && certain.abs() <= i128::from(skew.abs())));
            prop_assert!(i128::from(skew.abs()) - certain.abs() <= i128::from(took) + 1000);
        }
    }

    #[test]
    fn h1_past_half_the_allowance_it_is_told_once_in_a_while_and_past_all_of_it_heeded() {
        let mut skew = Skew::default();
        let see = |skew: &mut Skew, second: i64, off: i64| {
            skew.observe(at(second * 1000), at(second * 1000), at((second + off) * 1000))
        };
        assert_eq!(see(&mut skew, 0, 30), None);
        assert_eq!(see(&mut skew, 1, 90), Some(SignedDuration::from_secs(90)));
        assert_eq!(skew.doubt(at(1000)), SignedDuration::ZERO);
        assert_eq!(see(&mut skew, 2, 180), None, "it was told a moment ago");
        assert_eq!(skew.doubt(at(2000)), SignedDuration::from_mins(3));
        assert_eq!(see(&mut skew, 400, -181), Some(SignedDuration::from_secs(180).saturating_mul(-1)));
        // It was set right: the worst counts for some minutes more.
        assert_eq!(see(&mut skew, 500, 0), None);
        assert_eq!(skew.doubt(at(500_000)), SignedDuration::from_mins(3));
        assert_eq!(skew.doubt(at(1_100_000)), SignedDuration::ZERO);
    }

    #[test]
    fn h1_a_date_that_is_nonsense_counts_as_an_hour() {
        for date in [Timestamp::MAX, Timestamp::MIN] {
            let mut skew = Skew::default();
            assert!(skew.observe(at(0), at(1), date).is_some());
            assert_eq!(skew.doubt(at(1)), SignedDuration::from_hours(1));
        }
    }

    #[test]
    fn h2_a_clock_that_jumps_back_measures_nothing() {
        let mut skew = Skew::default();
        assert_eq!(skew.observe(at(5000), at(0), at(900_000)), None);
        assert_eq!(skew, Skew::default());
    }
}
