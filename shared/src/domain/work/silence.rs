//! Owners who are silent, and what becomes of their conversations.

use serde::{Deserialize, Serialize};

use super::{Found, Presence, Work, WorkChange, WorkSettings};
use crate::domain::{Timestamp, time::SignedDuration};

/// Who wrote last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastWords {
    /// The customer's first message that nobody answered, or the last one where the first is not known: who writes again
    /// must not wait longer for that.
    pub customer: Option<Timestamp>,
    pub staff: Option<Timestamp>,
}

/// Why somebody else is to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The owner is there, and does not answer.
    OwnerSilent,
    OwnerGone,
}

/// Whether the customer has waited too long for the owner, by the account's settings.
pub fn silent(
    work: &Work,
    words: LastWords,
    owner: Option<&Presence>,
    settings: &WorkSettings,
    now: Timestamp,
) -> Option<Silence> {
    let minutes = settings.reassign_after_minutes?;
    let since = work.owner().filter(|_| !work.is_snoozed(now))?.since;
    let asked = words.customer.filter(|customer| words.staff.is_none_or(|staff| staff < *customer))?;
    if now.duration_since(asked.max(since)) < SignedDuration::from_mins(i64::from(minutes)) {
        return None;
    }
    let there = owner.is_some_and(|presence| presence.is_online(now));
    Some(if there { Silence::OwnerSilent } else { Silence::OwnerGone })
}

/// What is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterSilence {
    /// Given to somebody else, whose slot is taken first; or let go, so that it waits for whoever comes.
    Change(WorkChange),
    /// There is nobody else, and the owner is there: with them it is in the best hands.
    Leave,
}

/// From what [`super::choose`] found with the owner as the one who was passed over. `since`: when the customer began to wait.
pub fn after_silence(work: &Work, why: Silence, found: &Found, since: Timestamp) -> AfterSilence {
    let owner = work.owner().map(|owner| owner.staff);
    match (found, why) {
        (Found::Somebody { staff, .. }, _) if Some(*staff) != owner => {
            AfterSilence::Change(WorkChange::Assign { to: *staff })
        }
        (Found::Somebody { .. } | Found::Nobody { .. }, Silence::OwnerSilent) => AfterSilence::Leave,
        (Found::Somebody { .. } | Found::Nobody { .. }, Silence::OwnerGone) => {
            AfterSilence::Change(WorkChange::Release { since })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ConversationId, StaffId,
        work::{Actor, NobodyWhy, Said, Why},
    };

    const ANNA: StaffId = StaffId::from_bits(1);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn owned() -> Work {
        let new = Work::new(ConversationId::from_bits(1));
        new.apply(&WorkChange::Take, &Actor::Staff(ANNA), at(10)).unwrap()
    }

    #[track_caller]
    fn check(customer: i64, staff: Option<i64>, seen: i64, now: i64, expected: Option<Silence>) {
        let words = LastWords { customer: Some(at(customer)), staff: staff.map(at) };
        let presence = Presence { said: Said::Online, last_seen: at(seen) };
        let settings = WorkSettings { reassign_after_minutes: Some(30), ..WorkSettings::default() };
        assert_eq!(silent(&owned(), words, Some(&presence), &settings, at(now)), expected);
        assert_eq!(silent(&owned(), words, Some(&presence), &WorkSettings::default(), at(now)), None);
    }

    #[test]
    fn an_owner_has_so_many_minutes_from_the_message_or_from_taking_it() {
        check(20, None, 50, 49, None);
        check(20, None, 50, 50, Some(Silence::OwnerSilent));
        check(5, None, 39, 39, None);
        check(5, None, 40, 40, Some(Silence::OwnerSilent));
        check(20, None, 44, 50, Some(Silence::OwnerGone));
        check(20, Some(21), 50, 90, None);
        check(20, Some(19), 50, 90, Some(Silence::OwnerGone));
    }

    #[test]
    fn nothing_is_taken_from_whoever_snoozed_it_or_where_nobody_asked() {
        let settings = WorkSettings { reassign_after_minutes: Some(30), ..WorkSettings::default() };
        let words = LastWords { customer: Some(at(5)), staff: None };
        let snooze = WorkChange::Snooze { until: at(500), seen: Some(at(5)) };
        let snoozed = owned().apply(&snooze, &Actor::Staff(ANNA), at(11)).unwrap();
        assert_eq!(silent(&snoozed, words, None, &settings, at(499)), None);
        assert_eq!(silent(&snoozed, words, None, &settings, at(500)), Some(Silence::OwnerGone));
        assert_eq!(silent(&owned(), LastWords::default(), None, &settings, at(500)), None);
        assert_eq!(silent(&Work::new(ConversationId::from_bits(1)), words, None, &settings, at(500)), None);
    }

    #[test]
    fn it_goes_to_somebody_else_or_waits_and_stays_with_whoever_is_there() {
        let found = |staff| Found::Somebody { staff: StaffId::from_bits(staff), why: Why::LeastLoad };
        let nobody = Found::Nobody { why: NobodyWhy::AllFull };
        let after = |why, found: &Found| after_silence(&owned(), why, found, at(20));
        let to_ben = AfterSilence::Change(WorkChange::Assign { to: StaffId::from_bits(2) });
        let waits = AfterSilence::Change(WorkChange::Release { since: at(20) });
        assert_eq!(after(Silence::OwnerSilent, &found(2)), to_ben);
        assert_eq!(after(Silence::OwnerGone, &found(2)), to_ben);
        for found in [found(1), nobody] {
            assert_eq!(after(Silence::OwnerSilent, &found), AfterSilence::Leave);
            assert_eq!(after(Silence::OwnerGone, &found), waits);
        }
    }
}
