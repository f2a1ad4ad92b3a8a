//! Laws of what a message's row means, for any row. (Fault matrix C3, D1, E15, F1, F5, F10; invariants I4, I7.)

use proptest::prelude::*;

use super::values::{failures, instants, noon, outbounds};
use crate::domain::{
    Timestamp,
    answer::answers,
    effects::{Change, Effect, effects},
    message::{Outbound, Way},
    outcome::{Failure, FailureKind},
    sending::{Attempt, Delivery, SenderState, Stage},
};

/// One more fact about an attempt, as a receipt brings it.
#[derive(Debug, Clone)]
enum Fact {
    Sent(Timestamp),
    Delivered(Timestamp),
    Read(Timestamp),
    Failed(Failure, Timestamp),
}

fn facts() -> impl Strategy<Value = Fact> {
    prop_oneof![
        instants().prop_map(Fact::Sent),
        instants().prop_map(Fact::Delivered),
        instants().prop_map(Fact::Read),
        (failures(), instants()).prop_map(|(failure, at)| Fact::Failed(failure, at)),
    ]
}

fn with(message: &Outbound, number: u32, fact: &Fact) -> Outbound {
    let mut message = message.clone();
    if let Some(attempt) = message.attempts.iter_mut().find(|attempt| attempt.number == number) {
        match fact {
            Fact::Sent(at) => attempt.sent = attempt.sent.max(Some(*at)),
            Fact::Delivered(at) => attempt.delivered = attempt.delivered.max(Some(*at)),
            Fact::Read(at) => attempt.read = attempt.read.max(Some(*at)),
            Fact::Failed(failure, at) => {
                if attempt.failed.as_ref().is_none_or(|(_, known)| known < at) {
                    attempt.failed = Some((failure.clone(), *at));
                }
            }
        }
    }
    message
}

fn arrived(message: &Outbound) -> bool {
    message.attempts.iter().any(|attempt| attempt.delivered.is_some() || attempt.read.is_some())
}

/// Somebody else may be at work on the current attempt, or it may have gone out.
fn may_be_out(message: &Outbound) -> bool {
    let current = message.attempts.iter().find(|attempt| attempt.number == message.attempt);
    let began = !matches!(message.state, SenderState::Queued | SenderState::Waiting);
    began && current.is_none_or(|attempt| attempt.failure().is_none())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 6, ..ProptestConfig::default() })]

    #[test]
    fn what_may_have_gone_out_is_never_ready_and_may_not_be_claimed(message in outbounds(), now in instants()) {
        let ready = matches!(message.stage(now), Stage::Ready | Stage::ReadyFrom(_));
        if may_be_out(&message) || arrived(&message) {
            prop_assert!(!ready, "{:?}", message.stage(now));
        }
        if may_be_out(&message) {
            prop_assert!(!message.may_be_claimed());
        }
        // What the sender takes up it can also claim.
        prop_assert!(!ready || message.may_be_claimed());
        let over = matches!(
            message.state,
            SenderState::Refused | SenderState::Failed | SenderState::Expired | SenderState::Cancelled
        );
        prop_assert!(!ready || !over);
    }

    #[test]
    fn a_claim_is_somebodys_until_its_end_and_overdue_from_there(message in outbounds(), now in instants()) {
        match (message.stage(now), message.state) {
            (Stage::Claimed { until }, SenderState::Claimed { until: claimed }) => {
                prop_assert_eq!(until, claimed);
                prop_assert!(until > now);
            }
            (Stage::Overdue, SenderState::Claimed { until }) => {
                prop_assert!(until <= now && !arrived(&message));
                let taken = message.current().is_some_and(Attempt::taken);
                prop_assert!(!taken);
            }
            (Stage::Claimed { .. } | Stage::Overdue, other) => prop_assert!(false, "{:?}", other),
            (Stage::Done | Stage::Ready | Stage::ReadyFrom(_), SenderState::Claimed { until }) => {
                let said = message.current().is_some_and(|attempt| attempt.taken() || attempt.failure().is_some());
                prop_assert!(arrived(&message) || (until <= now && said));
            }
            (Stage::Done | Stage::Ready | Stage::ReadyFrom(_), _) => {}
        }
    }

    #[test]
    fn what_arrived_has_arrived_whatever_else_is_said(message in outbounds(), number in 1..3_u32, fact in facts()) {
        let after = with(&message, number, &fact);
        let rank = |message: &Outbound| match message.delivery() {
            Delivery::Read => 2,
            Delivery::Delivered => 1,
            _ => 0,
        };
        prop_assert!(rank(&after) >= rank(&message));
        prop_assert!(!arrived(&message) || arrived(&after));
        prop_assert_eq!(arrived(&message), matches!(message.delivery(), Delivery::Delivered | Delivery::Read));
    }

    #[test]
    fn what_the_provider_took_is_never_shown_as_less(message in outbounds()) {
        let tried = matches!(
            message.state,
            SenderState::Claimed { .. } | SenderState::Accepted | SenderState::Unknown { .. } | SenderState::Undetermined
        );
        if tried && message.current().is_some_and(|attempt| attempt.taken() && attempt.failure().is_none()) {
            prop_assert!(message.stands(), "{:?}", message.delivery());
        }
    }

    #[test]
    fn a_late_failure_of_an_older_attempt_changes_nothing(message in outbounds(), why in failures(), at in instants()) {
        let message = Outbound { attempt: 2, ..message };
        let after = with(&message, 1, &Fact::Failed(why, at));
        prop_assert_eq!(after.delivery(), message.delivery());
        prop_assert_eq!(after.stage(noon()), message.stage(noon()));
        prop_assert_eq!(after.met_a_closed_window(), message.met_a_closed_window());
    }

    #[test]
    fn reports_in_any_order_give_the_same_row(
        message in outbounds(),
        reports in prop::collection::vec((1..3_u32, facts()), 0..8),
        again in prop::collection::vec(0..8_usize, 0..4),
    ) {
        // Two reports of one kind at one time are the store's to order (shared/tests/store).
        let failed = reports.iter().filter_map(|(number, fact)| match fact {
            Fact::Failed(_, at) => Some((*number, *at)),
            _ => None,
        });
        let known = message.attempts.iter().filter_map(|a| a.failed.as_ref().map(|(_, at)| (a.number, *at)));
        let mut times: Vec<_> = failed.chain(known).collect();
        times.sort_unstable();
        if times.windows(2).any(|pair| pair[0] == pair[1]) {
            return Ok(());
        }
        let take = |message: &Outbound, (number, fact): &(u32, Fact)| with(message, *number, fact);
        let forwards = reports.iter().fold(message.clone(), |message, report| take(&message, report));
        let backwards = reports.iter().rev().fold(message.clone(), |message, report| take(&message, report));
        prop_assert_eq!(&forwards, &backwards);
        let repeated = again.iter().filter_map(|n| reports.get(*n)).fold(forwards.clone(), |m, report| take(&m, report));
        prop_assert_eq!(forwards, repeated);
    }

    /// Fault matrix E15.
    #[test]
    fn only_what_stands_answers_the_customer(message in outbounds()) {
        let stands = matches!(
            message.delivery(),
            Delivery::Accepted | Delivery::Sent | Delivery::Delivered | Delivery::Read
        );
        let may = message.purpose.is_reply() || matches!(message.purpose, crate::domain::message::Purpose::AutoReply { answers: true, .. });
        prop_assert_eq!(answers(&message), stands && may);
    }

    #[test]
    fn a_closed_window_is_met_only_by_free_form_that_did_not_arrive(message in outbounds()) {
        if message.met_a_closed_window() {
            prop_assert!(!arrived(&message) && !matches!(message.way, Some(Way::Template | Way::Sms)));
            let failure = message.current().and_then(Attempt::failure).map(|failure| failure.kind);
            prop_assert_eq!(failure, Some(FailureKind::WindowClosed));
        }
    }

    /// No effect repeats for the same state, and a change to itself causes nothing: no chain can feed itself.
    #[test]
    fn a_row_that_does_not_change_causes_nothing(message in outbounds(), now in instants()) {
        let same = Change::Outbound { old: Some(Box::new(message.clone())), new: Box::new(message.clone()) };
        prop_assert_eq!(effects(&same, now), vec![]);
        let new = Change::Outbound { old: None, new: Box::new(message.clone()) };
        prop_assert_eq!(effects(&new, now), vec![Effect::Ring { cause: Some(message.id.key) }]);
    }

    #[test]
    fn an_effect_of_a_message_writes_a_later_fact(old in outbounds(), new in outbounds(), now in instants()) {
        use crate::domain::{effects::Fact as Written, message::Purpose};
        let new = Outbound { purpose: old.purpose.clone(), ..new };
        let about = match old.purpose {
            Purpose::Reply
            | Purpose::ConsentConfirmation { .. }
            | Purpose::AutoReply { .. }
            | Purpose::AutoTemplate { .. }
            | Purpose::OptInAsk { .. } => Written::Outcome,
            Purpose::WindowTemplate { .. } => Written::TemplateOutcome,
            Purpose::SmsInvite { .. } | Purpose::HoldingMessage { .. } => Written::SmsInvite,
        };
        for effect in effects(&Change::Outbound { old: Some(Box::new(old)), new: Box::new(new) }, now) {
            // Closing the window may follow a template's outcome only by a row that no sender writes.
            let guarded = matches!(effect, Effect::CloseWindow { .. });
            prop_assert!(effect.writes() > about || guarded, "{:?} follows from {:?}", effect, about);
        }
    }
}
