//! When a conversation goes out of sight by itself.

use super::{Holder, Work, WorkSettings};
use crate::domain::{
    Timestamp,
    conversation::{Head, Tray},
    time::SignedDuration,
};

/// When a conversation that stays as it is is archived; `None`: never. One that is closed, some days after that; one in which
/// nobody has anything to do, some days after the last thing that happened. A customer who waits is never put out of sight.
pub fn archive_due_at(head: &Head, work: &Work, settings: &WorkSettings) -> Option<Timestamp> {
    let days = settings.archive_after_days?;
    let idle = work.holder == Holder::Nobody && work.asked.is_none() && work.snooze.is_none();
    if head.waiting_from.is_some() || !idle {
        return None;
    }
    quiet_since(head)?.checked_add(SignedDuration::from_hours(24) * i32::try_from(days).ok()?).ok()
}

/// When the last thing happened in a conversation that may be archived: the time that it is archived with, so that whatever a
/// customer writes after that opens it again, also if it was not known yet. `None`: it may not.
pub fn quiet_since(head: &Head) -> Option<Timestamp> {
    let answered_at = head.answered.map(|answered| answered.message.at());
    match head.tray() {
        Tray::Closed => head.closed_at,
        Tray::Initiated | Tray::Open => Some(head.last_activity_at().max(answered_at.unwrap_or(head.created_at))),
        Tray::Waiting | Tray::Archived => None,
    }
}

pub fn archive_due(head: &Head, work: &Work, settings: &WorkSettings, now: Timestamp) -> bool {
    archive_due_at(head, work, settings).is_some_and(|due| due <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ContactId, StaffId,
        contact::AddressHash,
        conversation::{Answered, LastIn},
        ids::MessageKey,
        work::{Actor, WorkChange},
    };

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn waiting() -> Head {
        let mut head = Head::new("demo".parse().unwrap(), "demo-wa".parse().unwrap(), ContactId::from_bits(7), at(0));
        head.last_in = Some(LastIn { at: at(1), address: AddressHash("a".into()) });
        head
    }

    fn due(head: &Head, work: &Work, day: i64) -> bool {
        let settings = WorkSettings { archive_after_days: Some(10), ..WorkSettings::default() };
        assert!(!archive_due(head, work, &WorkSettings { archive_after_days: None, ..settings.clone() }, at(day)));
        archive_due(head, work, &settings, at(day))
    }

    #[test]
    fn what_is_closed_or_done_goes_after_days_and_who_waits_never() {
        let idle = Work::new(waiting().id);
        assert!(!due(&waiting(), &idle, 999));
        let closed = Head { closed_at: Some(at(3)), ..waiting() };
        assert!(!due(&closed, &idle, 12) && due(&closed, &idle, 13));
        let answer = Answered { message: MessageKey::first_at(at(4)), last_in: at(1) };
        let answered = Head { answered: Some(answer), ..waiting() };
        assert!(!due(&answered, &idle, 13) && due(&answered, &idle, 14));
        assert!(!due(&Head { archived_at: Some(at(5)), ..answered.clone() }, &idle, 99));
        let held = Head { waiting_from: Some(MessageKey::first_at(at(4))), ..answered.clone() };
        assert!(!due(&held, &idle, 99));
        let anna = StaffId::from_bits(1);
        let owned = idle.apply(&WorkChange::Take, &Actor::Staff(anna), at(4)).unwrap();
        assert!(!due(&answered, &owned, 99));
    }

    #[test]
    fn a_conversation_that_nobody_answered_goes_too_if_the_business_wrote_first() {
        let initiated = Head { last_in: None, ..waiting() };
        assert!(!due(&initiated, &Work::new(initiated.id), 9));
        assert!(due(&initiated, &Work::new(initiated.id), 10));
    }
}
