//! What may be done to a conversation's work, and what may not.

use proptest::prelude::*;

use super::*;
use crate::domain::ConversationId;

const ANNA: StaffId = StaffId::from_bits(1);
const BEN: StaffId = StaffId::from_bits(2);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn new() -> Work {
    Work::new(ConversationId::from_bits(1))
}

fn bot() -> AutomationId {
    "bot".parse().unwrap()
}

fn ask(minute: i64) -> WorkChange {
    WorkChange::Ask { since: at(minute), team: None }
}

#[track_caller]
fn done(work: &Work, change: &WorkChange, by: &Actor) -> Work {
    let next = work.apply(change, by, at(10)).unwrap();
    assert_eq!(next.rev, work.rev + 1);
    next
}

#[track_caller]
fn refused(work: &Work, change: &WorkChange, by: &Actor, why: &WorkRefused) {
    assert_eq!(work.apply(change, by, at(10)).as_ref(), Err(why));
}

#[track_caller]
fn unchanged(work: &Work, change: &WorkChange, by: &Actor) {
    assert_eq!(work.apply(change, by, at(10)).as_ref(), Ok(work));
}

#[test]
fn whoever_takes_a_conversation_has_it_and_nobody_takes_it_from_them() {
    let taken = done(&done(&new(), &ask(1), &Actor::Rules), &WorkChange::Take, &Actor::Staff(ANNA));
    let owner = taken.owner().unwrap();
    assert_eq!((owner.staff, owner.how, owner.ticket, owner.since), (ANNA, How::ByHand, Ticket(2), at(10)));
    assert_eq!(taken.asked, None);
    unchanged(&taken, &WorkChange::Take, &Actor::Staff(ANNA));
    refused(&taken, &WorkChange::Take, &Actor::Staff(BEN), &WorkRefused::Owned { by: ANNA });
    refused(&taken, &WorkChange::Take, &Actor::Client, &WorkRefused::NotAPerson);
    // Who means it says whose it is to be.
    let given = done(&taken, &WorkChange::Assign { to: BEN }, &Actor::Staff(BEN));
    assert_eq!((given.owner().unwrap().staff, given.passed_over), (BEN, Some(ANNA)));
}

#[test]
fn two_who_saw_the_same_do_not_overwrite_each_other() {
    let seen = done(&new(), &ask(1), &Actor::Rules);
    assert_eq!(seen.check_rev(Some(1)), Ok(()));
    let taken = done(&seen, &WorkChange::Take, &Actor::Staff(ANNA));
    assert_eq!(taken.check_rev(Some(seen.rev)), Err(WorkRefused::Changed { rev: 2 }));
    assert_eq!(taken.check_rev(None), Ok(()));
}

#[test]
fn rules_give_only_what_is_asked_for() {
    let give = WorkChange::Assign { to: ANNA };
    refused(&new(), &give, &Actor::Rules, &WorkRefused::NotAsked);
    let asked = done(&new(), &ask(1), &Actor::Rules);
    assert_eq!(done(&asked, &give, &Actor::Rules).owner().unwrap().how, How::Automatic);
    assert_eq!(asked.needs_slot(&give, &Actor::Rules), Some((ANNA, How::Automatic)));
    assert_eq!(asked.needs_slot(&give, &Actor::Client), Some((ANNA, How::ByHand)));
    assert_eq!(asked.needs_slot(&WorkChange::Take, &Actor::Staff(BEN)), Some((BEN, How::ByHand)));
    assert_eq!(asked.needs_slot(&WorkChange::Wake, &Actor::Rules), None);
    let snooze = WorkChange::Snooze { until: at(99), seen: None };
    let snoozed = done(&asked, &snooze, &Actor::Staff(BEN));
    refused(&snoozed, &give, &Actor::Rules, &WorkRefused::NotAsked);
    let given = done(&snoozed, &give, &Actor::Client);
    assert_eq!(given.needs_slot(&give, &Actor::Client), None);
}

#[test]
fn what_is_let_go_waits_from_when_the_customer_began_to_wait() {
    let taken = done(&new(), &WorkChange::Take, &Actor::Staff(ANNA));
    let released = done(&taken, &WorkChange::Release { since: at(3) }, &Actor::Staff(ANNA));
    assert_eq!(released.asked, Some(Asked { since: at(3), by: AskedBy::Staff }));
    assert_eq!(released.passed_over, Some(ANNA));
    unchanged(&released, &WorkChange::Release { since: at(5) }, &Actor::Staff(ANNA));
    let handed = WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: at(8) };
    let handed = done(&released, &handed, &Actor::Staff(BEN));
    assert_eq!((handed.asked.unwrap().since, handed.team), (at(3), Some("spa".parse().unwrap())));
    let future = done(&taken, &WorkChange::Release { since: at(99) }, &Actor::Client);
    assert_eq!(future.asked.unwrap().since, at(10));
}

#[test]
fn labels_are_words_at_most_twenty() {
    let label = |number: usize| WorkChange::Label { label: format!("l{number}").parse().unwrap() };
    let full = (0..MOST_LABELS).fold(new(), |work, number| done(&work, &label(number), &Actor::Client));
    refused(&full, &label(MOST_LABELS), &Actor::Client, &WorkRefused::TooManyLabels);
    unchanged(&full, &label(0), &Actor::Client);
    let fewer = done(&full, &WorkChange::Unlabel { label: "l0".parse().unwrap() }, &Actor::Client);
    unchanged(&fewer, &WorkChange::Unlabel { label: "l0".parse().unwrap() }, &Actor::Client);
}

#[test]
fn a_snooze_lies_ahead_and_within_a_year() {
    let snooze = |until| WorkChange::Snooze { until, seen: None };
    for until in [at(10), at(9), at(10) + LONGEST_SNOOZE + SignedDuration::from_secs(1)] {
        refused(&new(), &snooze(until), &Actor::Client, &WorkRefused::SnoozeTime);
    }
    let snoozed = done(&new(), &snooze(at(10) + LONGEST_SNOOZE), &Actor::Client);
    assert!(snoozed.is_snoozed(at(10)));
    assert!(!done(&snoozed, &WorkChange::Wake, &Actor::Rules).is_snoozed(at(10)));
    unchanged(&new(), &WorkChange::Wake, &Actor::Rules);
}

#[test]
fn a_program_acts_only_under_its_lease_and_a_person_ends_it() {
    let loan = WorkChange::Lend { to: bot(), until: at(20) };
    let lent = done(&done(&new(), &ask(1), &Actor::Rules), &loan, &Actor::Rules);
    let ticket = lent.lease(at(10)).unwrap().ticket;
    assert!(lent.lets_act(ticket, at(19)) && !lent.lets_act(ticket, at(20)) && !lent.lets_act(Ticket(1), at(19)));
    assert_eq!(lent.entry(at(10)), None);
    unchanged(&lent, &ask(9), &Actor::Rules);
    let other = WorkChange::Lend { to: "other".parse().unwrap(), until: at(20) };
    refused(&lent, &other, &Actor::Rules, &WorkRefused::Lent { to: bot() });
    refused(&lent, &WorkChange::Assign { to: ANNA }, &Actor::Rules, &WorkRefused::Lent { to: bot() });
    let me = Actor::Automation(bot(), ticket);
    let renewed = done(&lent, &WorkChange::Renew { until: at(30) }, &me);
    assert!(renewed.lets_act(ticket, at(29)));
    let taken = done(&renewed, &WorkChange::Take, &Actor::Staff(ANNA));
    for late in [WorkChange::Renew { until: at(40) }, WorkChange::HandBack, WorkChange::Release { since: at(1) }] {
        refused(&taken, &late, &me, &WorkRefused::LeaseLost);
    }
    refused(&taken, &loan, &Actor::Rules, &WorkRefused::Owned { by: ANNA });
    refused(&lent, &WorkChange::HandBack, &Actor::Client, &WorkRefused::NotAProgram);
    assert_eq!(done(&lent, &WorkChange::HandBack, &me).holder, Holder::Nobody);
}

#[test]
fn who_asked_for_people_is_not_lent_to_a_program() {
    let loan = WorkChange::Lend { to: bot(), until: at(20) };
    let lent = done(&new(), &loan, &Actor::Rules);
    let me = Actor::Automation(bot(), lent.lease(at(10)).unwrap().ticket);
    let handed = done(&lent, &WorkChange::HandTo { team: None, since: at(5) }, &me);
    assert!(handed.entry(at(10)).is_some());
    refused(&handed, &loan, &Actor::Rules, &WorkRefused::ForPeople);
    for until in [at(10), at(10) + LONGEST_LEASE + SignedDuration::from_secs(1)] {
        let loan = WorkChange::Lend { to: bot(), until };
        refused(&new(), &loan, &Actor::Rules, &WorkRefused::LeaseTime);
    }
}

fn changes() -> impl Strategy<Value = (WorkChange, Actor)> {
    let staff = || prop_oneof![Just(ANNA), Just(BEN)];
    let team = || prop::option::of(Just("spa".parse().unwrap()));
    let minute = || (0i64..60).prop_map(at);
    let change = prop_oneof![
        Just(WorkChange::Take),
        staff().prop_map(|to| WorkChange::Assign { to }),
        (team(), minute()).prop_map(|(team, since)| WorkChange::HandTo { team, since }),
        minute().prop_map(|since| WorkChange::Release { since }),
        Just(WorkChange::Label { label: "vip".parse().unwrap() }),
        minute().prop_map(|until| WorkChange::Snooze { until, seen: None }),
        Just(WorkChange::Wake),
        (minute(), team()).prop_map(|(since, team)| WorkChange::Ask { since, team }),
        Just(WorkChange::Answered),
        Just(WorkChange::End),
        minute().prop_map(|until| WorkChange::Lend { to: bot(), until }),
        minute().prop_map(|until| WorkChange::Renew { until }),
        Just(WorkChange::HandBack),
        Just(WorkChange::Touch),
    ];
    let actor = prop_oneof![
        staff().prop_map(Actor::Staff),
        Just(Actor::Client),
        (0u64..20).prop_map(|ticket| Actor::Automation(bot(), Ticket(ticket))),
        Just(Actor::Rules),
    ];
    (change, actor)
}

proptest! {
    #[test]
    fn whatever_is_done_one_holder_at_a_time_under_a_ticket_of_its_own(steps in prop::collection::vec(changes(), 1..40)) {
        let mut work = new();
        let mut tickets = Vec::new();
        let ticket = |work: &Work| match &work.holder {
            Holder::Nobody => None,
            Holder::Automation(lease) => Some(lease.ticket),
            Holder::Staff(owner) => Some(owner.ticket),
        };
        for (minute, (change, by)) in (0i64..).zip(steps) {
            let Ok(next) = work.apply(&change, &by, at(minute)) else { continue };
            // It counts up exactly when there is something to write.
            prop_assert_eq!(next.rev, work.rev + u64::from(next != work));
            prop_assert!(next.owner().is_none() || next.asked.is_none());
            prop_assert!(next.asked.is_none_or(|asked| asked.since <= at(minute)));
            if let Some(now) = ticket(&next).filter(|now| ticket(&work) != Some(*now)) {
                prop_assert_eq!(now, work.next_ticket());
                prop_assert!(!tickets.contains(&now));
                tickets.push(now);
            }
            if let Some(owner) = next.owner().filter(|owner| Some(owner.ticket) != ticket(&work)) {
                prop_assert_eq!(work.needs_slot(&change, &by), Some((owner.staff, owner.how)));
            }
            work = next;
        }
    }
}
