//! Not more often than: how many templates for one purpose go to one customer within a time.

use serde::{Deserialize, Serialize};

use super::{
    super::{Timestamp, ids::MessageKey, time::SignedDuration},
    ConsentPurpose,
};

/// At most so many within so many hours, to one person and whichever channel they go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ConsentCap")]
#[serde(deny_unknown_fields)]
pub struct Cap {
    pub purpose: ConsentPurpose,
    pub most: u32,
    pub per_hours: u32,
}

/// A message that has a place under a cap, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CappedSend {
    pub message: MessageKey,
    pub at: Timestamp,
}

/// Whether a message has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapRoom {
    /// It has its place already: it is tried again.
    Had,
    /// It may take one.
    Free,
    /// Not before then.
    Full { until: Timestamp },
}

impl Cap {
    fn lasts(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.per_hours))
    }

    /// Those that still count, in the order of their times.
    pub fn counting(&self, sends: &[CappedSend], now: Timestamp) -> Vec<CappedSend> {
        let mut counting: Vec<CappedSend> = sends.iter().copied().filter(|send| send.at + self.lasts() > now).collect();
        counting.sort_by_key(|send| (send.at, send.message));
        counting
    }

    /// Whether one more may go now, after these.
    pub fn room(&self, sends: &[CappedSend], message: MessageKey, now: Timestamp) -> CapRoom {
        // Its place is its own for as long as it takes to leave.
        if sends.iter().any(|send| send.message == message) {
            return CapRoom::Had;
        }
        let counting = self.counting(sends, now);
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        // Once this one counts no more, there are fewer than `most`.
        match counting.len().checked_sub(most).and_then(|last| counting.get(last)) {
            Some(last) => CapRoom::Full { until: last.at + self.lasts() },
            None => CapRoom::Free,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn send(number: u128, minutes: i64) -> CappedSend {
        CappedSend { message: MessageKey::from_bits(number), at: at(minutes) }
    }

    const TWO_A_DAY: Cap = Cap { purpose: ConsentPurpose::Marketing, most: 2, per_hours: 24 };

    #[test]
    fn the_third_waits_until_the_first_counts_no_more() {
        let sends = [send(1, 0), send(2, 60)];
        let third = MessageKey::from_bits(3);
        assert_eq!(TWO_A_DAY.room(&sends[..1], third, at(60)), CapRoom::Free);
        assert_eq!(TWO_A_DAY.room(&sends, third, at(61)), CapRoom::Full { until: at(24 * 60) });
        assert_eq!(TWO_A_DAY.room(&sends, third, at(24 * 60)), CapRoom::Free);
    }

    #[test]
    fn a_message_that_has_its_place_keeps_it() {
        let sends = [send(1, 0), send(2, 60)];
        assert_eq!(TWO_A_DAY.room(&sends, MessageKey::from_bits(2), at(61)), CapRoom::Had);
    }

    proptest! {
        /// However messages come, no stretch of the cap's length sees more than it allows.
        #[test]
        fn no_stretch_has_more_than_the_cap_allows(
            gaps in prop::collection::vec(0..2_000_i64, 1..60), most in 1..5_u32, per_hours in 1..100_u32,
        ) {
            let cap = Cap { purpose: ConsentPurpose::Marketing, most, per_hours };
            let (mut sends, mut minute) = (Vec::<CappedSend>::new(), 0);
            for (number, gap) in gaps.into_iter().enumerate() {
                minute += gap;
                let message = MessageKey::from_bits(u128::try_from(number).unwrap());
                match cap.room(&sends, message, at(minute)) {
                    CapRoom::Free => sends.push(CappedSend { message, at: at(minute) }),
                    CapRoom::Full { until } => {
                        prop_assert!(until > at(minute));
                        prop_assert_eq!(cap.room(&sends, message, until), CapRoom::Free);
                    }
                    CapRoom::Had => prop_assert!(false, "it never had a place"),
                }
            }
            for (index, first) in sends.iter().enumerate() {
                let within = sends[index..].iter().filter(|it| it.at < first.at + cap.lasts()).count();
                prop_assert!(within <= usize::try_from(most).unwrap());
            }
        }
    }
}
