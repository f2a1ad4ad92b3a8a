//! What follows from a change of the work, or of its head. Each may be done any number of times.

use super::{AskedBy, Entry, Holder, Ticket, Work, WorkChange};
use crate::domain::{StaffId, TeamId, Timestamp, conversation::Head};

/// What the work needs to know about its conversation. Of a person with several heads, the newest facts of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Closed or archived.
    pub ended: bool,
    /// The customer wrote, and nobody answered.
    pub customer_waits: bool,
    /// The customer's newest message.
    pub last_in: Option<Timestamp>,
    /// The team that the account's rules want for it.
    pub team: Option<TeamId>,
}

impl Facts {
    pub fn of(head: &Head, team: Option<TeamId>) -> Self {
        use crate::domain::conversation::Tray;
        let ended = match head.tray() {
            Tray::Closed | Tray::Archived => true,
            Tray::Initiated | Tray::Waiting | Tray::Open => false,
        };
        let last_in = head.last_in.as_ref().map(|last| last.at);
        Self { ended, customer_waits: head.customer_waits(), last_in, team }
    }

    /// Since when it wants somebody, if it does so from now on.
    pub fn wants_since(&self, now: Timestamp) -> Timestamp {
        self.last_in.filter(|_| self.customer_waits).map_or(now, |since| since.min(now))
    }
}

/// What the work lacks, if anything: to be applied by [`super::Actor::Rules`], and looked at once more after that.
pub fn settle(work: &Work, facts: &Facts, now: Timestamp) -> Option<WorkChange> {
    if facts.ended {
        let idle = work.holder == Holder::Nobody && work.asked.is_none() && work.snooze.is_none();
        return (!idle).then_some(WorkChange::End);
    }
    if let Some(snooze) = work.snooze {
        let wakes = facts.last_in > snooze.seen || snooze.until <= now;
        return wakes.then_some(WorkChange::Wake);
    }
    match work.asked {
        Some(asked) if asked.by == AskedBy::Customer && !facts.customer_waits => Some(WorkChange::Answered),
        None if facts.customer_waits && work.owner().is_none() && work.lease(now).is_none() => {
            Some(WorkChange::Ask { since: facts.wants_since(now), team: facts.team.clone() })
        }
        Some(_) | None => None,
    }
}

/// Something to do because the work changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follow {
    /// The slot goes, on condition of its ticket; then whoever waits for this person is served.
    GiveBack { staff: StaffId, ticket: Ticket },
    /// The entry goes, if it is not newer than this `rev`.
    LeaveQueue(Entry),
    /// It wants somebody.
    FindSomebody,
    /// To be looked at then: a snooze or a lease ends.
    LookAt(Timestamp),
}

/// What follows from a write, from the row as it was and as it is.
pub fn follows(old: Option<&Work>, new: &Work, now: Timestamp) -> Vec<Follow> {
    let mut follows = Vec::new();
    let slot = |work: &Work| work.owner().map(|owner| (owner.staff, owner.ticket));
    if let Some((staff, ticket)) = old.and_then(slot).filter(|had| slot(new) != Some(*had)) {
        follows.push(Follow::GiveBack { staff, ticket });
    }
    let (was, is) = (old.and_then(|old| old.entry(now)), new.entry(now));
    let moved = was.as_ref().map(|entry| &entry.place) != is.as_ref().map(|entry| &entry.place);
    if let Some(was) = was.filter(|_| moved) {
        // As of this write it does not stand there.
        follows.push(Follow::LeaveQueue(Entry { rev: new.rev, ..was }));
    }
    if is.is_some() && moved {
        follows.push(Follow::FindSomebody);
    }
    let looked_at = |work: &Work| match (&work.snooze, &work.holder) {
        (Some(snooze), _) => Some(snooze.until),
        (None, Holder::Automation(lease)) => Some(lease.until),
        (None, Holder::Nobody | Holder::Staff(_)) => None,
    };
    if let Some(at) = looked_at(new).filter(|_| old.and_then(looked_at) != looked_at(new)) {
        follows.push(Follow::LookAt(at));
    }
    follows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ConversationId,
        time::SignedDuration,
        work::{Actor, Snooze},
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn facts(last_in: i64, customer_waits: bool) -> Facts {
        Facts { ended: false, customer_waits, last_in: Some(at(last_in)), team: Some("spa".parse().unwrap()) }
    }

    fn done(work: &Work, change: &WorkChange, minute: i64) -> Work {
        work.apply(change, &Actor::Rules, at(minute)).unwrap()
    }

    #[test]
    fn a_customer_who_waits_asks_for_somebody_and_an_answer_ends_that() {
        let new = Work::new(ConversationId::from_bits(1));
        let ask = settle(&new, &facts(3, true), at(4)).unwrap();
        let asked = done(&new, &ask, 4);
        assert_eq!(asked.asked.unwrap().since, at(3));
        assert_eq!(asked.team, Some("spa".parse().unwrap()));
        assert_eq!(settle(&asked, &facts(3, true), at(5)), None);
        assert_eq!(settle(&asked, &facts(3, false), at(5)), Some(WorkChange::Answered));
        assert_eq!(settle(&new, &facts(3, false), at(5)), None);
        let handed = done(&asked, &WorkChange::HandTo { team: None, since: at(9) }, 6);
        assert_eq!(settle(&handed, &facts(3, false), at(7)), None);
        assert_eq!(handed.asked.unwrap().since, at(3));
    }

    #[test]
    fn a_message_from_the_future_asks_from_now() {
        let ask = settle(&Work::new(ConversationId::from_bits(1)), &facts(90, true), at(4));
        assert!(matches!(ask, Some(WorkChange::Ask { since, .. }) if since == at(4)));
    }

    #[test]
    fn a_snoozed_conversation_wakes_at_its_time_or_when_the_customer_writes_and_asks_then() {
        let mut work = done(&Work::new(ConversationId::from_bits(1)), &WorkChange::Touch, 0);
        work.snooze = Some(Snooze { until: at(60), seen: Some(at(3)) });
        assert_eq!(settle(&work, &facts(3, true), at(59)), None);
        assert_eq!(settle(&work, &facts(3, true), at(60)), Some(WorkChange::Wake));
        assert_eq!(settle(&work, &facts(4, true), at(5)), Some(WorkChange::Wake));
        let awake = done(&work, &WorkChange::Wake, 60);
        assert!(matches!(settle(&awake, &facts(3, true), at(60)), Some(WorkChange::Ask { .. })));
        assert_eq!(follows(None, &work, at(0)), [Follow::LookAt(at(60))]);
        assert_eq!(follows(Some(&work), &work, at(1)), []);
    }

    #[test]
    fn what_is_closed_lets_go_of_all_once() {
        let work = done(&Work::new(ConversationId::from_bits(1)), &WorkChange::HandTo { team: None, since: at(1) }, 1);
        let owned = done(&work, &WorkChange::Assign { to: StaffId::from_bits(7) }, 2);
        let closed = Facts { ended: true, ..facts(1, false) };
        let end = settle(&owned, &closed, at(3)).unwrap();
        let ended = done(&owned, &end, 3);
        assert_eq!(settle(&ended, &closed, at(4)), None);
        assert_eq!(ended.previous, Some(StaffId::from_bits(7)));
        let ticket = owned.owner().unwrap().ticket;
        assert_eq!(follows(Some(&owned), &ended, at(3)), [Follow::GiveBack { staff: StaffId::from_bits(7), ticket }]);
    }

    #[test]
    fn who_comes_to_wait_is_looked_after_and_who_is_taken_leaves_the_queue() {
        let new = Work::new(ConversationId::from_bits(1));
        let asked = done(&new, &WorkChange::Ask { since: at(1), team: None }, 1);
        assert_eq!(follows(Some(&new), &asked, at(1)), [Follow::FindSomebody]);
        let labelled = done(&asked, &WorkChange::Label { label: "vip".parse().unwrap() }, 2);
        assert_eq!(follows(Some(&asked), &labelled, at(2)), []);
        let moved = done(&labelled, &WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: at(1) }, 3);
        let leave = |from: &Work, rev| Follow::LeaveQueue(Entry { rev, ..from.entry(at(3)).unwrap() });
        assert_eq!(follows(Some(&labelled), &moved, at(3)), [leave(&labelled, 3), Follow::FindSomebody]);
        let taken = done(&moved, &WorkChange::Assign { to: StaffId::from_bits(7) }, 4);
        assert_eq!(follows(Some(&moved), &taken, at(4)), [leave(&moved, 4)]);
    }

    #[test]
    fn when_a_program_falls_silent_the_customer_asks_for_somebody() {
        let new = Work::new(ConversationId::from_bits(1));
        let lent = done(&new, &WorkChange::Lend { to: "bot".parse().unwrap(), until: at(10) }, 1);
        assert_eq!(settle(&lent, &facts(1, true), at(9)), None);
        assert_eq!(follows(Some(&new), &lent, at(1)), [Follow::LookAt(at(10))]);
        let ask = settle(&lent, &facts(1, true), at(10)).unwrap();
        let asked = done(&lent, &ask, 10);
        assert_eq!(asked.holder, Holder::Nobody);
        assert_eq!(asked.entry(at(10) + SignedDuration::from_secs(1)).unwrap().place.since, at(1));
    }
}
