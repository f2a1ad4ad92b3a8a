//! What follows from a row as it stands, whatever led there: for a table whose stream was lost, or whose queues or timers
//! were. The counterpart of [`super::effects`], with the same effects; each may be done any number of times, and where
//! it was done already it changes nothing.

use super::{
    Timestamp,
    answer::answers,
    conversation::Head,
    effects::{Effect, template_failed, told_opt_out, waits_for_customer},
    message::{OnHeld, Outbound, Purpose},
    sending::{DEFAULT_LIFE, Delivery, SenderState, Stage},
};

/// What was due longer ago than a message may wait is history: nobody is written to about it now (fault matrix E8).
const HISTORY_AFTER: super::time::SignedDuration = DEFAULT_LIFE;

pub fn is_history(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > HISTORY_AFTER
}

pub fn of_head(head: &Head, now: Timestamp) -> Vec<Effect> {
    let mut effects = vec![Effect::File, Effect::IndexContact];
    let window_end = head.window().fallback_from().filter(|end| !is_history(*end, now));
    let matters = |end: Timestamp| end > now || head.customer_waits() || head.waiting_from.is_some();
    if window_end.is_some_and(matters) {
        effects.push(Effect::ArmWindowEnd);
    }
    if head.waiting_from.is_some() {
        effects.push(Effect::Ring { cause: None });
    }
    effects
}

pub fn of_outbound(message: &Outbound, now: Timestamp) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some((scope, at)) = told_opt_out(message) {
        effects.push(Effect::HeedOptOut { scope, at });
    }
    if message.met_a_closed_window() {
        effects.push(Effect::CloseWindow { last_in: message.planned_with });
    }
    match message.planned_with {
        Some(last_in) if answers(message) => effects.push(Effect::RecordAnswer { last_in }),
        // The head may still name it.
        Some(last_in) if message.attempt > 0 => effects.push(Effect::WithdrawAnswer { last_in }),
        Some(_) | None => {}
    }
    match message.stage(now) {
        Stage::Ready | Stage::ReadyFrom(_) | Stage::Claimed { .. } | Stage::Overdue => {
            effects.push(Effect::Ring { cause: Some(message.id.key) });
        }
        Stage::Done => {}
    }
    let held = message.purpose.is_reply()
        && message.state == SenderState::Waiting
        && message.reason.is_some_and(waits_for_customer);
    if held && message.expires_at > now && message.on_held != OnHeld::Hold {
        effects.push(Effect::InviteToWrite);
    }
    if let SenderState::Unknown { until } = message.state
        && message.delivery() == Delivery::Unknown
    {
        effects.push(Effect::ArmUnknownSettles { until });
    }
    let failed_at = message.current().and_then(|attempt| attempt.failed.as_ref()).map(|(_, at)| *at);
    let changed_at = failed_at.map_or(message.changed_at, |at| at.max(message.changed_at));
    if matches!(message.purpose, Purpose::WindowTemplate { .. }) && !is_history(changed_at, now) {
        if template_failed(message) {
            effects.push(Effect::TemplateFailed);
        }
        // Whether the customer came back is looked at when it fires.
        if message.stands() {
            effects.push(Effect::ArmAfterTemplate);
        }
    }
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ContactId,
        contact::AddressHash,
        conversation::{Answered, LastIn},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Answer, Attempt, sample},
        time::{SKEW_ALLOWANCE, SignedDuration},
    };

    #[test]
    fn a_message_that_may_still_go_rings_and_one_that_is_done_does_not() {
        let queued = sample();
        let now = queued.accepted_at + SignedDuration::from_secs(1);
        assert_eq!(of_outbound(&queued, now), [Effect::Ring { cause: Some(queued.id.key) }]);
        let until = now + SignedDuration::from_mins(1);
        let unknown = Outbound { state: SenderState::Unknown { until }, ..sample() };
        assert_eq!(of_outbound(&unknown, now), [Effect::ArmUnknownSettles { until }]);
        let cancelled = Outbound { state: SenderState::Cancelled, ..sample() };
        assert_eq!(of_outbound(&cancelled, now), []);
    }

    #[test]
    fn the_providers_word_closes_the_window_before_the_ring_and_what_is_no_answer_is_withdrawn() {
        let closed = Failure { kind: FailureKind::WindowClosed, code: "131047".into() };
        let attempt = Attempt { answer: Some(Answer::WindowClosed(closed)), ..Attempt::new(1) };
        let last_in = sample().accepted_at;
        let came_back = Outbound {
            state: SenderState::Accepted,
            attempt: 1,
            attempts: vec![attempt],
            planned_with: Some(last_in),
            ..sample()
        };
        assert_eq!(
            of_outbound(&came_back, last_in),
            [
                Effect::CloseWindow { last_in: Some(last_in) },
                Effect::WithdrawAnswer { last_in },
                Effect::Ring { cause: Some(came_back.id.key) },
            ]
        );
    }

    #[test]
    fn a_head_is_filed_its_window_ends_once_more_and_rings_for_what_waits() {
        let account = "demo".parse().unwrap();
        let at = sample().accepted_at;
        let mut head = Head::new(account, "wa".parse().unwrap(), ContactId::from_bits(1), at);
        assert_eq!(of_head(&head, at), [Effect::File, Effect::IndexContact]);
        head.last_in = Some(LastIn { at, address: AddressHash("phone".to_owned()) });
        assert_eq!(of_head(&head, at), [Effect::File, Effect::IndexContact, Effect::ArmWindowEnd]);
        head.waiting_from = Some(sample().id.key);
        assert_eq!(
            of_head(&head, at),
            [Effect::File, Effect::IndexContact, Effect::ArmWindowEnd, Effect::Ring { cause: None }]
        );
        let history = at + SignedDuration::from_hours(24) + SKEW_ALLOWANCE + HISTORY_AFTER;
        head.waiting_from = None;
        assert_eq!(of_head(&head, history), [Effect::File, Effect::IndexContact, Effect::ArmWindowEnd]);
        assert_eq!(of_head(&head, history + SignedDuration::from_millis(1)), [Effect::File, Effect::IndexContact]);
    }

    #[test]
    fn the_window_of_an_answered_customer_matters_until_its_end() {
        let at = sample().accepted_at;
        let mut head = Head::new("demo".parse().unwrap(), "wa".parse().unwrap(), ContactId::from_bits(1), at);
        head.last_in = Some(LastIn { at, address: AddressHash("phone".to_owned()) });
        head.answered = Some(Answered { message: sample().id.key, last_in: at });
        let end = head.window().fallback_from().unwrap();
        assert_eq!(
            of_head(&head, end - SignedDuration::from_millis(1)),
            [Effect::File, Effect::IndexContact, Effect::ArmWindowEnd]
        );
        assert_eq!(of_head(&head, end), [Effect::File, Effect::IndexContact]);
    }

    #[test]
    fn what_went_out_answers_and_a_windows_template_that_did_waits_for_its_next_step() {
        let last_in = sample().accepted_at;
        let accepted = Attempt { answer: Some(Answer::Accepted), ..Attempt::new(1) };
        let went_out = Outbound {
            state: SenderState::Accepted,
            attempt: 1,
            attempts: vec![accepted],
            planned_with: Some(last_in),
            ..sample()
        };
        assert_eq!(of_outbound(&went_out, last_in), [Effect::RecordAnswer { last_in }]);
        let purpose = Purpose::WindowTemplate { last_in: None, step: "fallback".into() };
        let template = Outbound { purpose, planned_with: None, ..went_out };
        assert_eq!(of_outbound(&template, last_in), [Effect::ArmAfterTemplate]);
    }

    #[test]
    fn a_held_reply_invites_until_its_end_and_nothing_else_does() {
        let now = sample().accepted_at;
        let reason = Some(Reason::WindowClosed);
        let held = Outbound { state: SenderState::Waiting, reason, planned_with: Some(now), ..sample() };
        let ring = || Effect::Ring { cause: Some(held.id.key) };
        // It was never tried, so there is no answer to withdraw.
        assert_eq!(of_outbound(&held, now), [ring(), Effect::InviteToWrite]);
        assert_eq!(
            of_outbound(&held, held.expires_at - SignedDuration::from_millis(1)),
            [ring(), Effect::InviteToWrite]
        );
        assert_eq!(of_outbound(&held, held.expires_at), [ring()]);
        let queued = Outbound { state: SenderState::Queued, ..held.clone() };
        let shut = Outbound { reason: Some(Reason::ProviderDown), ..held.clone() };
        let purpose = Purpose::WindowTemplate { last_in: None, step: "fallback".into() };
        let template = Outbound { purpose, ..held.clone() };
        for other in [queued, shut, template] {
            assert_eq!(of_outbound(&other, now), [ring()]);
        }
    }

    #[test]
    fn nobody_is_written_to_about_history() {
        let purpose = Purpose::WindowTemplate { last_in: None, step: "fallback".into() };
        let failed =
            Outbound { purpose, state: SenderState::Refused, reason: Some(Reason::TemplateUnknown), ..sample() };
        let then = failed.changed_at;
        assert_eq!(of_outbound(&failed, then + HISTORY_AFTER), [Effect::TemplateFailed]);
        assert_eq!(of_outbound(&failed, then + HISTORY_AFTER + SignedDuration::from_millis(1)), []);
    }
}
