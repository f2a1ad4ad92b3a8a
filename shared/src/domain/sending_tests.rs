//! What receipts and answers make of a message, in whatever order they come.

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{
        ContactId, ConversationId, MessageId,
        ids::MessageKey,
        message::{OnHeld, OutboundBody, Purpose, Via},
    },
    seal::Sealed,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn message(state: SenderState, attempts: Vec<Attempt>) -> Outbound {
    Outbound {
        trace: None,
        template: None,
        language: None,
        on_held: OnHeld::Ladder,
        rank: None,
        edits: 0,
        quote: None,
        pricing: None,
        consent: None,
        provider_id: None,
        by: None,
        id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(at(0)) },
        account: "demo".parse().unwrap(),
        channel: "wa".parse().unwrap(),
        contact: ContactId::from_bits(1),
        purpose: Purpose::Reply,
        via: Via::Auto,
        accepted_at: at(0),
        expires_at: at(1000),
        sealed: Sealed::<OutboundBody>::from_bytes(vec![]),
        state,
        attempt: attempts.last().map_or(0, |attempt| attempt.number),
        attempts,
        way: None,
        reason: None,
        planned_with: None,
        changed_at: at(0),
    }
}

/// A reply that was just accepted.
pub fn sample() -> Outbound {
    message(SenderState::Queued, vec![])
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "1".into() }
}

fn attempt(number: u32, change: impl FnOnce(&mut Attempt)) -> Attempt {
    let mut attempt = Attempt::new(number);
    change(&mut attempt);
    attempt
}

const CLAIMED: SenderState = SenderState::Claimed { until: Timestamp::MAX };

/// Protection: `is_unreported`. (Fault matrix F8.)
#[test]
fn f8_what_the_provider_took_and_never_reported_on_is_told_apart() {
    let hour = REPORTED_WITHIN.as_secs();
    let taken = |change: fn(&mut Attempt)| {
        let made = attempt(1, |a| (a.answer, a.answered_at) = (Some(Answer::Accepted), Some(at(0))));
        let mut made = message(SenderState::Accepted, vec![made]);
        change(&mut made.attempts[0]);
        made
    };
    assert!(!taken(|_| ()).is_unreported(at(hour)));
    assert!(taken(|_| ()).is_unreported(at(hour + 1)));
    for reported in [
        taken(|a| a.sent = Some(at(1))),
        taken(|a| a.delivered = Some(at(1))),
        taken(|a| a.failed = Some((failure(FailureKind::Policy), at(1)))),
    ] {
        assert!(!reported.is_unreported(at(hour + 1)), "{reported:?}");
    }
    let unknown = message(SenderState::Undetermined, vec![attempt(1, |a| a.answered_at = Some(at(0)))]);
    assert!(!unknown.is_unreported(at(hour + 1)), "that has a word of its own");
}

#[test]
fn a_receipt_settles_an_unknown_outcome_and_its_absence_ends_undetermined() {
    let unknown = |attempt: Attempt| message(SenderState::Unknown { until: at(900) }, vec![attempt]);
    assert_eq!(unknown(Attempt::new(1)).delivery(), Delivery::Unknown);
    assert_eq!(unknown(attempt(1, |a| a.sent = Some(at(1)))).delivery(), Delivery::Sent);
    assert_eq!(unknown(attempt(1, |a| a.delivered = Some(at(1)))).delivery(), Delivery::Delivered);
    assert_eq!(message(SenderState::Undetermined, vec![Attempt::new(1)]).delivery(), Delivery::Undetermined);
    // Facts beat verdicts.
    let late = message(SenderState::Undetermined, vec![attempt(1, |a| a.read = Some(at(1)))]);
    assert_eq!(late.delivery(), Delivery::Read);
}

/// What failed may not have been the last attempt of the time that a restore took away. (Fault matrix B9.)
#[test]
fn b9_a_failure_brings_nothing_back_that_is_held_at_the_fence() {
    let failed = attempt(1, |a| a.failed = Some((failure(FailureKind::WindowClosed), at(9))));
    let unknown = message(SenderState::Unknown { until: at(900) }, vec![failed]);
    assert_eq!(unknown.stage(at(100)), Stage::Ready);
    let held = Outbound { reason: Some(Reason::Restored), ..unknown };
    assert_eq!(held.stage(at(100)), Stage::Done);
}

#[test]
fn a_late_failure_of_attempt_1_does_not_fail_attempt_2() {
    let first = attempt(1, |a| a.failed = Some((failure(FailureKind::Other), at(9))));
    let second = attempt(2, |a| a.answer = Some(Answer::Accepted));
    assert_eq!(message(SenderState::Accepted, vec![first, second]).delivery(), Delivery::Accepted);
}

/// (Fault matrix D8, F5.)
#[test]
fn a_failure_never_overrides_arrival_but_overrides_anything_less() {
    let failed = |change: fn(&mut Attempt)| {
        let mut it = attempt(1, change);
        it.answer = Some(Answer::Accepted);
        it.failed = Some((failure(FailureKind::Other), at(9)));
        message(SenderState::Accepted, vec![it]).delivery()
    };
    assert_eq!(failed(|a| a.delivered = Some(at(10))), Delivery::Delivered);
    assert_eq!(failed(|a| a.sent = Some(at(10))), Delivery::Failed { failure: failure(FailureKind::Other) });
}

#[test]
fn window_closed_on_the_current_attempt_makes_the_message_ready_again_and_on_an_older_one_does_not() {
    let back = attempt(1, |a| a.failed = Some((failure(FailureKind::WindowClosed), at(9))));
    let it = message(SenderState::Accepted, vec![back.clone()]);
    assert_eq!(it.stage(at(10)), Stage::Ready);
    assert!(it.met_a_closed_window());
    let again = message(SenderState::Accepted, vec![back, attempt(2, |a| a.answer = Some(Answer::Accepted))]);
    assert_eq!(again.stage(at(10)), Stage::Done);
    assert!(!again.met_a_closed_window());
}

#[test]
fn a_template_that_is_told_of_a_closed_window_has_failed() {
    let back = attempt(1, |a| a.failed = Some((failure(FailureKind::WindowClosed), at(9))));
    for way in [Way::Template, Way::Sms] {
        let it = Outbound { way: Some(way), ..message(SenderState::Accepted, vec![back.clone()]) };
        assert_eq!(it.stage(at(10)), Stage::Done);
        assert!(!it.met_a_closed_window());
        assert_eq!(it.delivery(), Delivery::Failed { failure: failure(FailureKind::WindowClosed) });
    }
}

/// (Fault matrix C3, F2.)
#[test]
fn a_claim_belongs_to_its_worker_until_it_ends_and_then_is_never_free() {
    let claimed = message(SenderState::Claimed { until: at(60) }, vec![Attempt::new(1)]);
    assert_eq!(claimed.stage(at(59)), Stage::Claimed { until: at(60) });
    assert_eq!(claimed.stage(at(60)), Stage::Overdue);
    // The receipt came before our own outcome: it went out.
    let settled = message(SenderState::Claimed { until: at(60) }, vec![attempt(1, |a| a.sent = Some(at(5)))]);
    assert_eq!(settled.stage(at(61)), Stage::Done);
}

#[test]
fn what_may_have_gone_out_is_never_ready() {
    for state in
        [SenderState::Unknown { until: at(0) }, SenderState::Undetermined, SenderState::Accepted, SenderState::Failed]
    {
        assert_eq!(message(state, vec![Attempt::new(1)]).stage(at(9999)), Stage::Done, "{state:?}");
    }
}

#[test]
fn a_limit_reported_later_is_tried_again_after_a_while_but_not_for_ever() {
    let turned_down = |number| {
        let it = attempt(number, |a| a.failed = Some((failure(FailureKind::PairLimit), at(9))));
        message(SenderState::Accepted, vec![it])
    };
    assert_eq!(turned_down(1).stage(at(10)), Stage::ReadyFrom(at(69)));
    assert_eq!(turned_down(MOST_ATTEMPTS).stage(at(10)), Stage::Done);
    assert!(matches!(turned_down(MOST_ATTEMPTS).delivery(), Delivery::Failed { .. }));
}

/// How far along a message is for people; what they see never falls.
fn rank(delivery: &Delivery) -> u8 {
    match delivery {
        Delivery::Sending => 0,
        Delivery::Accepted => 1,
        Delivery::Sent => 2,
        Delivery::Failed { .. } => 3,
        Delivery::Delivered => 4,
        Delivery::Read => 5,
        other => panic!("not in this law: {other:?}"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Fact {
    Accepted,
    Sent,
    Delivered,
    Read,
    Failed,
}

fn take(message: &mut Outbound, fact: Fact) {
    let it = &mut message.attempts[0];
    match fact {
        Fact::Accepted => {
            it.answer = Some(Answer::Accepted);
            message.state = SenderState::Accepted;
        }
        Fact::Sent => it.sent = Some(at(1)),
        Fact::Delivered => it.delivered = Some(at(2)),
        Fact::Read => it.read = Some(at(3)),
        Fact::Failed => it.failed = Some((failure(FailureKind::Other), at(4))),
    }
}

proptest! {
    #[test]
    fn any_order_of_facts_ends_the_same_and_never_moves_back(
        facts in proptest::sample::subsequence(vec![Fact::Accepted, Fact::Sent, Fact::Delivered, Fact::Read, Fact::Failed], 0..=5),
        order in any::<u64>(),
    ) {
        let mut straight = message(CLAIMED, vec![Attempt::new(1)]);
        for fact in &facts {
            take(&mut straight, *fact);
        }
        // A shuffle with repeats.
        let mut shuffled = message(CLAIMED, vec![Attempt::new(1)]);
        let mut rest = facts.clone();
        let mut order = order;
        let mut seen = rank(&shuffled.delivery());
        while !rest.is_empty() {
            let fact = rest.remove(usize::try_from(order % 7).unwrap() % rest.len());
            order /= 7;
            for _ in 0..2 {
                take(&mut shuffled, fact);
                let now = rank(&shuffled.delivery());
                prop_assert!(now >= seen);
                seen = now;
            }
        }
        prop_assert_eq!(shuffled.delivery(), straight.delivery());
    }
}

/// Fault matrix D9: a report on attempt 1 that comes late does not take back what is known of attempt 2.
#[test]
fn a_message_that_was_read_stays_read_when_an_older_attempt_is_reported_as_delivered() {
    let first = attempt(1, |a| a.delivered = Some(at(9)));
    let second = attempt(2, |a| a.read = Some(at(5)));
    assert_eq!(message(SenderState::Accepted, vec![first, second]).delivery(), Delivery::Read);
}
