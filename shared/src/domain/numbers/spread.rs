//! Many lengths of time as few counts: their median and the longest of them are told without any being kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::time::SignedDuration;

/// Each doubling of a length is divided into so many steps, so that a middle of a step is at most a 32nd (3.2 %) off.
const STEPS: u64 = 16;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// How lengths of time, in whole seconds, are spread. Spreads of several days are added; what is told of the sum is told of all
/// lengths, as no mean of medians could.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// How many lengths lie within each step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    steps: BTreeMap<u64, u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<Ends>,
}

/// The shortest and the longest, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Ends {
    shortest: u64,
    longest: u64,
}

impl Spread {
    /// A negative length is none at all.
    pub fn add(&mut self, length: SignedDuration) {
        let seconds = u64::try_from(length.as_secs()).unwrap_or(0);
        *self.steps.entry(step_of(seconds)).or_insert(0) += 1;
        self.widen(Ends { shortest: seconds, longest: seconds });
    }

    pub fn merge(&mut self, other: &Self) {
        for (step, count) in &other.steps {
            *self.steps.entry(*step).or_insert(0) += count;
        }
        if let Some(ends) = other.ends {
            self.widen(ends);
        }
    }

    fn widen(&mut self, by: Ends) {
        let had = self.ends.unwrap_or(by);
        self.ends = Some(Ends { shortest: had.shortest.min(by.shortest), longest: had.longest.max(by.longest) });
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn count(&self) -> u64 {
        self.steps.values().sum()
    }

    pub fn longest(&self) -> Option<u64> {
        self.ends.map(|ends| ends.longest)
    }

    /// The length that so many of a hundred do not exceed (by nearest rank), in seconds. `None`: there is none.
    pub fn percentile(&self, of_hundred: u64) -> Option<u64> {
        let ends = self.ends?;
        let rank = (self.count() * of_hundred).div_ceil(100).max(1);
        let mut seen = 0;
        let within = self.steps.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        let (step, _) = within?;
        // What a step says is never beyond what is known exactly.
        Some(middle_of(*step).clamp(ends.shortest, ends.longest))
    }

    pub fn median(&self) -> Option<u64> {
        self.percentile(50)
    }
}

/// Lengths below [`STEPS`] have a step each; every doubling above is divided evenly.
fn step_of(seconds: u64) -> u64 {
    if seconds < STEPS {
        return seconds;
    }
    let shift = seconds.ilog2() - STEP_BITS;
    STEPS * u64::from(shift) + (seconds >> shift)
}

fn middle_of(step: u64) -> u64 {
    if step < STEPS {
        return step;
    }
    let shift = step / STEPS - 1;
    let from = (step - STEPS * shift) << shift;
    from + ((1 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(lengths: &[u64]) -> Spread {
        let mut spread = Spread::default();
        for seconds in lengths {
            spread.add(SignedDuration::from_secs(i64::try_from(*seconds).unwrap()));
        }
        spread
    }

    fn exact(lengths: &[u64], of_hundred: usize) -> u64 {
        let mut sorted = lengths.to_vec();
        sorted.sort_unstable();
        sorted[(sorted.len() * of_hundred).div_ceil(100).max(1) - 1]
    }

    #[test]
    fn nothing_has_no_median_and_one_length_is_exactly_itself() {
        let none = Spread::default();
        assert_eq!((none.count(), none.median(), none.percentile(95), none.longest()), (0, None, None, None));
        for seconds in [0, 1, 15, 16, 17, 599, 86_399, 1_000_003] {
            let one = of(&[seconds]);
            assert_eq!(
                (one.median(), one.percentile(95), one.longest()),
                (Some(seconds), Some(seconds), Some(seconds))
            );
        }
    }

    #[test]
    fn short_lengths_are_told_exactly() {
        let spread = of(&[3, 1, 2, 15, 9]);
        assert_eq!((spread.count(), spread.median(), spread.percentile(95)), (5, Some(3), Some(15)));
        assert_eq!(of(&[1, 2, 3, 4]).median(), Some(2), "of two in the middle, the shorter");
    }

    #[test]
    fn a_median_of_days_is_no_median_of_medians() {
        let mut all = of(&[10, 10, 10, 10, 10]);
        all.merge(&of(&[3600]));
        assert_eq!((all.median(), all.longest()), (Some(10), Some(3600)));
    }

    #[test]
    fn a_clock_that_went_back_counts_as_at_once() {
        let mut spread = Spread::default();
        spread.add(SignedDuration::from_secs(-5));
        assert_eq!((spread.count(), spread.median()), (1, Some(0)));
    }

    proptest! {
        #[test]
        fn what_is_told_is_at_most_5_percent_off(lengths in prop::collection::vec(0..40_000_000_u64, 1..200)) {
            let spread = of(&lengths);
            for of_hundred in [1, 50, 95, 100] {
                let told = spread.percentile(of_hundred as u64).unwrap();
                let exact = exact(&lengths, of_hundred);
                prop_assert!(told.abs_diff(exact) * 20 <= exact, "{told} for {exact}");
            }
            prop_assert_eq!(spread.longest(), lengths.iter().copied().max());
        }

        #[test]
        fn added_days_are_as_one(
            one in prop::collection::vec(0..9_000_000_u64, 0..60), other in prop::collection::vec(0..9_000_000_u64, 0..60)
        ) {
            let mut both = of(&one);
            both.merge(&of(&other));
            prop_assert_eq!(&both, &of(&[one, other].concat()));
            let text = serde_json::to_string(&both).unwrap();
            prop_assert_eq!(serde_json::from_str::<Spread>(&text).unwrap(), both);
        }
    }
}
