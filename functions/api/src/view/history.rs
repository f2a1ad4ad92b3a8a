//! What happened to a message, from its facts alone, in order of time.

use serde::Serialize;
use transom::domain::{
    Timestamp,
    message::{Inbound, Message, Outbound},
    sending::{Answer, Attempt, SenderState},
};

use super::{FailureView, ReasonView};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HistoryLine {
    pub at: Timestamp,
    /// A word for programs.
    #[schemars(extend("enum" = ["written", "received", "accepted", "attempted", "taken", "turned_down", "window_closed", "unanswered", "sent", "delivered", "read", "failed", "queued_again", "held", "refused", "expired", "cancelled", "undetermined"]))]
    pub event: &'static str,
    /// The number of the attempt that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// A sentence for people.
    pub in_words: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
}

impl HistoryLine {
    fn new(at: Timestamp, event: &'static str, in_words: &'static str) -> Self {
        Self { at, event, attempt: None, in_words, reason: None, failure: None }
    }
}

/// The history of a message. Facts of the same instant stand in the order in which they follow from one another.
pub fn history(message: &Message) -> Vec<HistoryLine> {
    let mut lines = match message {
        Message::Inbound(inbound) => of_inbound(inbound),
        Message::Outbound(outbound) => of_outbound(outbound),
    };
    lines.sort_by_key(|line| line.at);
    lines
}

fn of_inbound(message: &Inbound) -> Vec<HistoryLine> {
    let written = if message.echo { "The business wrote it from the phone app." } else { "The customer wrote it." };
    vec![
        HistoryLine::new(message.at, "written", written),
        HistoryLine::new(message.received_at, "received", "Transom received it."),
    ]
}

fn of_outbound(message: &Outbound) -> Vec<HistoryLine> {
    let mut lines = vec![HistoryLine::new(message.accepted_at, "accepted", "Transom accepted it.")];
    for attempt in &message.attempts {
        of_attempt(message, attempt, &mut lines);
    }
    if let Some((event, in_words)) = verdict(message) {
        let reason = message.reason.map(ReasonView::from);
        lines.push(HistoryLine { reason, ..HistoryLine::new(message.changed_at, event, in_words) });
    }
    lines
}

fn of_attempt(message: &Outbound, attempt: &Attempt, lines: &mut Vec<HistoryLine>) {
    let mut add = |at: Option<Timestamp>, event, in_words, failure: Option<FailureView>| {
        if let Some(at) = at {
            let attempt = Some(attempt.number);
            lines.push(HistoryLine { attempt, failure, ..HistoryLine::new(at, event, in_words) });
        }
    };
    add(attempt.claimed_at, "attempted", "Transom called the provider.", None);
    // An answer whose time is not kept still belongs to the history.
    let answered_at = attempt.answered_at.or(attempt.claimed_at).unwrap_or(message.changed_at);
    match &attempt.answer {
        Some(Answer::Accepted) => add(Some(answered_at), "taken", "The provider took it.", None),
        Some(Answer::Refused(failure)) => {
            add(Some(answered_at), "turned_down", "The provider turned it down.", Some(failure.into()));
        }
        Some(Answer::WindowClosed(failure)) => {
            let words = "The provider says that the 24-hour window is closed.";
            add(Some(answered_at), "window_closed", words, Some(failure.into()));
        }
        Some(Answer::Unknown) => {
            add(Some(answered_at), "unanswered", "The provider did not answer: it may have gone out.", None);
        }
        None => {}
    }
    add(attempt.sent, "sent", "It was handed to the network.", None);
    add(attempt.delivered, "delivered", "It is on the customer's device.", None);
    add(attempt.read, "read", "The customer has seen it.", None);
    if let Some((failure, at)) = &attempt.failed {
        add(Some(*at), "failed", "The provider reports that it will not arrive.", Some(failure.into()));
    }
}

/// What the sender decided last, where that is not told by an attempt already.
fn verdict(message: &Outbound) -> Option<(&'static str, &'static str)> {
    match message.state {
        SenderState::Queued if message.attempt > 0 => {
            Some(("queued_again", "It certainly did not go out and will be tried again."))
        }
        SenderState::Waiting => Some(("held", "It is held.")),
        SenderState::Refused => Some(("refused", "It may not go out.")),
        SenderState::Expired => Some(("expired", "Its time ran out before it could go.")),
        SenderState::Cancelled => Some(("cancelled", "It was taken back before it left.")),
        SenderState::Undetermined => {
            Some(("undetermined", "No report came in time: whether it arrived is not known, and it is not sent again."))
        }
        // A claim that ran out becomes unknown without an answer of the call.
        SenderState::Unknown { .. } if message.current().is_none_or(|attempt| attempt.answer.is_none()) => {
            Some(("unanswered", "The call broke off: it may have gone out."))
        }
        SenderState::Queued
        | SenderState::Claimed { .. }
        | SenderState::Accepted
        | SenderState::Unknown { .. }
        | SenderState::Failed => None,
    }
}

#[cfg(test)]
mod tests {
    use transom::{
        domain::{
            ContactId, ConversationId, MessageId,
            content::Content,
            ids::MessageKey,
            message::{OnHeld, OutboundBody, Purpose, Via},
            outcome::{Failure, FailureKind},
            reason::Reason,
        },
        seal::{Sealed, SubjectKey},
    };

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
    }

    fn message(state: SenderState, attempts: Vec<Attempt>) -> Outbound {
        let body = OutboundBody { content: Content::text("hi"), to: None };
        Outbound {
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
            trace: None,
            id: MessageId { conversation: ConversationId::from_bits(5), key: MessageKey::new(at(0), 1) },
            account: "demo".parse().unwrap(),
            channel: "front-desk".parse().unwrap(),
            contact: ContactId::from_bits(1),
            purpose: Purpose::Reply,
            via: Via::Auto,
            accepted_at: at(0),
            expires_at: at(60),
            sealed: Sealed::new(&body, &SubjectKey { id: [1; 8], key: [1; 32] }, [0; 12]),
            state,
            attempt: attempts.last().map_or(0, |attempt| attempt.number),
            attempts,
            way: None,
            reason: None,
            planned_with: None,
            changed_at: at(50),
        }
    }

    #[track_caller]
    fn check(message: Outbound, expected: &[(&str, Option<u32>)]) {
        let lines = history(&Message::Outbound(Box::new(message)));
        let events: Vec<_> = lines.iter().map(|line| (line.event, line.attempt)).collect();
        assert_eq!(events, expected);
        assert!(lines.iter().all(|line| line.in_words.ends_with('.')));
    }

    #[test]
    fn receipts_stand_in_order_of_time_whatever_order_they_came_in() {
        let attempt = Attempt {
            claimed_at: Some(at(1)),
            answer: Some(Answer::Accepted),
            answered_at: Some(at(2)),
            sent: Some(at(3)),
            delivered: Some(at(4)),
            read: Some(at(5)),
            ..Attempt::new(1)
        };
        let one = Some(1);
        check(
            message(SenderState::Accepted, vec![attempt]),
            &[("accepted", None), ("attempted", one), ("taken", one), ("sent", one), ("delivered", one), ("read", one)],
        );
    }

    #[test]
    fn a_second_attempt_and_the_failure_of_the_first_are_told_apart() {
        let failure = Failure { kind: FailureKind::WindowClosed, code: "131047".into() };
        let first = Attempt {
            claimed_at: Some(at(1)),
            answer: Some(Answer::WindowClosed(failure.clone())),
            answered_at: Some(at(2)),
            failed: Some((failure, at(9))),
            ..Attempt::new(1)
        };
        let second = Attempt { claimed_at: Some(at(8)), sent: Some(at(10)), ..Attempt::new(2) };
        check(
            message(SenderState::Accepted, vec![first, second]),
            &[
                ("accepted", None),
                ("attempted", Some(1)),
                ("window_closed", Some(1)),
                ("attempted", Some(2)),
                ("failed", Some(1)),
                ("sent", Some(2)),
            ],
        );
    }

    #[test]
    fn a_verdict_stands_with_its_reason() {
        let mut held = message(SenderState::Waiting, vec![]);
        held.reason = Some(Reason::WindowClosed);
        let lines = history(&Message::Outbound(Box::new(held)));
        assert_eq!(lines[1].reason.unwrap().code, Reason::WindowClosed);
        check(message(SenderState::Cancelled, vec![]), &[("accepted", None), ("cancelled", None)]);
        check(message(SenderState::Expired, vec![]), &[("accepted", None), ("expired", None)]);
        check(message(SenderState::Queued, vec![]), &[("accepted", None)]);
        let broke_off = Attempt { claimed_at: Some(at(1)), ..Attempt::new(1) };
        check(
            message(SenderState::Unknown { until: at(55) }, vec![broke_off]),
            &[("accepted", None), ("attempted", Some(1)), ("unanswered", None)],
        );
    }
}
