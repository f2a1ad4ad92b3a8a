//! Whether somebody of the staff is there.

use serde::{Deserialize, Serialize};

use crate::domain::{Timestamp, time::SignedDuration};

/// Who has not been seen for so long is not there, whatever they said.
pub const ONLINE_FOR: SignedDuration = SignedDuration::from_mins(5);
/// That somebody is still there is written once in so long.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What somebody said about themself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "Presence")]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Online,
    /// There, and given nothing new.
    Away,
    Offline,
}

/// A row of each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    pub said: Said,
    pub last_seen: Timestamp,
}

impl Presence {
    /// Whether automation may give them something.
    pub fn is_online(&self, now: Timestamp) -> bool {
        match self.said {
            Said::Online => now.duration_since(self.last_seen) < ONLINE_FOR,
            Said::Away | Said::Offline => false,
        }
    }
}

/// Whether it is worth a write that somebody was seen, saying this.
pub fn worth_noting(previous: Option<&Presence>, said: Said, now: Timestamp) -> bool {
    previous.is_none_or(|previous| previous.said != said || now.duration_since(previous.last_seen) >= NOTED_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn only_who_said_so_and_was_seen_is_online() {
        let online = Presence { said: Said::Online, last_seen: at(0) };
        assert!(online.is_online(at(0)) && online.is_online(at(299)));
        assert!(!online.is_online(at(300)));
        for said in [Said::Away, Said::Offline] {
            assert!(!Presence { said, ..online }.is_online(at(0)));
        }
    }

    #[test]
    fn being_seen_costs_a_write_a_minute_and_a_change_costs_one_at_once() {
        let seen = Presence { said: Said::Online, last_seen: at(0) };
        assert!(worth_noting(None, Said::Online, at(0)));
        assert!(!worth_noting(Some(&seen), Said::Online, at(59)));
        assert!(worth_noting(Some(&seen), Said::Online, at(60)));
        assert!(worth_noting(Some(&seen), Said::Away, at(1)));
        // Two clocks that differ.
        assert!(!worth_noting(Some(&seen), Said::Online, at(-5)));
    }

    #[test]
    fn who_is_seen_each_time_it_is_noted_stays_online() {
        assert!(NOTED_EVERY * 2 < ONLINE_FOR);
    }
}
