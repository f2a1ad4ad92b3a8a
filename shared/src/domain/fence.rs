//! What a sender must not do by itself after the table was taken back to an earlier state, or after another generation of
//! the system has taken over. One row, read with every job.

use super::{Timestamp, message::Outbound, reason::Reason, sending::Stage};

/// Nothing on it: a table that was never restored, for every generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fence {
    /// The table is a copy of another, and nobody has put the fence up around it since.
    pub missing: bool,
    /// The table was live until then, and restored to some earlier time: what was to be sent by then may have been.
    pub live_until: Option<Timestamp>,
    /// Generations older than this send nothing.
    pub epoch: u64,
}

impl Fence {
    /// Whether this generation may send nothing: it is an older one, or what left the table that this is a copy of is
    /// not known yet.
    pub fn shuts_out(self, epoch: u64) -> bool {
        self.missing || epoch < self.epoch
    }

    /// Whether a message that a sender could take up may have gone out before the restore.
    ///
    /// Its key's time counts as well as that of its acceptance: what follows from a fact has its id and its time from
    /// that fact, so a restored system makes anew what the lost one may have made and sent already.
    pub fn holds(self, message: &Outbound, now: Timestamp) -> bool {
        let Some(live_until) = self.live_until else { return false };
        let wanted_at = message.accepted_at.min(message.id.key.at());
        wanted_at <= live_until && message.reason != Some(Reason::Restored) && message.stage(now) != Stage::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sending::{SenderState, sample};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn b9_whatever_was_to_go_before_the_end_of_the_lost_time_is_held() {
        let fence = Fence { live_until: Some(at(100)), ..Fence::default() };
        let holds = |accepted, state| {
            let message = Outbound { accepted_at: at(accepted), state, ..sample() };
            fence.holds(&message, at(200))
        };
        for state in [SenderState::Queued, SenderState::Waiting, SenderState::Claimed { until: at(300) }] {
            assert!(holds(100, state), "{state:?}");
            assert!(!Fence::default().holds(&Outbound { accepted_at: at(100), state, ..sample() }, at(200)));
        }
        for state in [SenderState::Failed, SenderState::Cancelled, SenderState::Unknown { until: at(300) }] {
            assert!(!holds(100, state), "{state:?}");
        }
        // Held once already: it stays as it is.
        let held = Outbound { accepted_at: at(100), reason: Some(Reason::Restored), ..sample() };
        assert!(!fence.holds(&held, at(200)));
    }

    #[test]
    fn d24_an_older_generation_is_shut_out_and_no_other() {
        let fence = Fence { epoch: 2, ..Fence::default() };
        assert!(fence.shuts_out(1));
        assert!(!fence.shuts_out(2));
        assert!(!fence.shuts_out(3));
        assert!(!Fence::default().shuts_out(0));
    }

    #[test]
    fn b9_a_copy_of_a_table_sends_nothing_before_its_fence_is_up() {
        assert!(Fence { missing: true, ..Fence::default() }.shuts_out(9));
    }
}
