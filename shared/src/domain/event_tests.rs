//! What subscribers are told of a change, and that it is the same whenever it is told.

use super::*;
use crate::domain::{
    contact::AddressHash,
    conversation::{Answered, LastIn},
    ids::MessageKey,
    outcome::FailureKind,
    sending::{Answer, sample},
    time::SignedDuration,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn told(old: &Outbound, new: &Outbound) -> Vec<EventKind> {
    kinds(&Change::Outbound { old: Some(Box::new(old.clone())), new: Box::new(new.clone()) })
}

fn kinds(change: &Change) -> Vec<EventKind> {
    events(change, at(50), "7").into_iter().map(|event| event.kind).collect()
}

fn with(change: impl FnOnce(&mut Outbound)) -> Outbound {
    let mut message = sample();
    change(&mut message);
    message
}

fn accepted() -> Outbound {
    with(|message| {
        message.state = SenderState::Accepted;
        message.attempt = 1;
        message.attempts =
            vec![Attempt { answer: Some(Answer::Accepted), answered_at: Some(at(3)), ..Attempt::new(1) }];
    })
}

#[test]
fn an_intent_is_no_event_and_each_fact_of_its_way_is_one() {
    let intent = sample();
    assert_eq!(kinds(&Change::Outbound { old: None, new: Box::new(intent.clone()) }), []);
    let claimed = with(|message| {
        message.state = SenderState::Claimed { until: at(60) };
        message.attempt = 1;
        message.attempts = vec![Attempt { claimed_at: Some(at(1)), ..Attempt::new(1) }];
    });
    assert_eq!(told(&intent, &claimed), [], "a claim is nobody's business");
    assert_eq!(told(&claimed, &accepted()), [EventKind::MessageAccepted]);
    let mut delivered = accepted();
    delivered.attempts[0].delivered = Some(at(5));
    assert_eq!(told(&accepted(), &delivered), [EventKind::MessageDelivered]);
    let mut read = delivered.clone();
    read.attempts[0].read = Some(at(9));
    assert_eq!(told(&delivered, &read), [EventKind::MessageRead]);
    // Late, and out of order: still a fact, told once.
    let mut sent_too = read.clone();
    sent_too.attempts[0].sent = Some(at(4));
    assert_eq!(told(&read, &sent_too), [EventKind::MessageSent]);
    assert_eq!(told(&read, &read), []);
    let all = told(&claimed, &sent_too);
    let in_order = ["message.accepted", "message.sent", "message.delivered", "message.read"];
    assert_eq!(all.into_iter().map(EventKind::word).collect::<Vec<_>>(), in_order);
}

#[test]
fn a_message_that_waits_is_held_and_then_released() {
    let held = with(|message| {
        message.state = SenderState::Waiting;
        message.reason = Some(Reason::WindowClosed);
        message.changed_at = at(4);
    });
    assert_eq!(told(&sample(), &held), [EventKind::MessageHeld]);
    let mut released = held.clone();
    released.state = SenderState::Claimed { until: at(60) };
    released.attempt = 1;
    assert_eq!(told(&held, &released), [EventKind::MessageReleased]);
    // Held once more, it is held anew.
    let mut again = held.clone();
    again.changed_at = at(70);
    let id = |new: &Outbound| {
        let change = Change::Outbound { old: Some(Box::new(sample())), new: Box::new(new.clone()) };
        events(&change, at(0), "1")[0].id
    };
    assert_ne!(id(&held), id(&again));
}

#[test]
fn every_end_is_told_with_its_reason() {
    let ends = [
        (SenderState::Expired, EventKind::MessageExpired),
        (SenderState::Cancelled, EventKind::MessageCancelled),
        (SenderState::Undetermined, EventKind::MessageUndetermined),
        (SenderState::Refused, EventKind::MessageFailed),
        (SenderState::Failed, EventKind::MessageFailed),
        (SenderState::Unknown { until: at(900) }, EventKind::MessageUnknown),
    ];
    for (state, kind) in ends {
        let ended = with(|message| {
            message.state = state;
            message.reason = Some(Reason::TooOld);
        });
        let change = Change::Outbound { old: Some(Box::new(sample())), new: Box::new(ended) };
        let events = events(&change, at(0), "1");
        assert_eq!(events.len(), 1, "{state:?}");
        let About::Message(facts) = &events[0].about else { panic!("it is about a message") };
        assert_eq!((events[0].kind, facts.reason), (kind, Some(Reason::TooOld)));
    }
}

#[test]
fn a_report_of_failure_is_told_with_the_providers_code_and_its_time() {
    let mut failed = accepted();
    let failure = Failure { kind: FailureKind::RecipientUnreachable, code: "131026".into() };
    failed.attempts[0].failed = Some((failure.clone(), at(8)));
    let change = Change::Outbound { old: Some(Box::new(accepted())), new: Box::new(failed) };
    let events = events(&change, at(50), "1");
    assert_eq!((events[0].kind, events[0].at), (EventKind::MessageFailed, at(8)));
    let About::Message(facts) = &events[0].about else { panic!("it is about a message") };
    assert_eq!((&facts.failure, facts.state.as_str()), (&Some(failure), "failed"));
}

#[test]
fn what_goes_out_by_itself_at_a_closed_window_is_told_as_that() {
    let of = |purpose| {
        let mut old = sample();
        old.purpose = purpose;
        let mut new = accepted();
        new.purpose = old.purpose.clone();
        told(&old, &new)
    };
    assert_eq!(of(Purpose::Reply), [EventKind::MessageAccepted]);
    let template = Purpose::WindowTemplate { last_in: Some(at(0)), step: "fallback".into() };
    assert_eq!(of(template), [EventKind::MessageAccepted, EventKind::FallbackSent]);
    let sms = Purpose::SmsInvite { last_in: Some(at(0)), step: "sms".into() };
    assert_eq!(of(sms), [EventKind::MessageAccepted, EventKind::FallbackSent]);
}

fn sample_head(last_in: Option<i64>) -> Head {
    let mut head = Head::new("demo".parse().unwrap(), "desk".parse().unwrap(), ContactId::from_bits(7), at(0));
    head.last_in = last_in.map(|second| LastIn { at: at(second), address: AddressHash("a".into()) });
    head
}

fn head_kinds(old: Option<&Head>, new: &Head) -> Vec<EventKind> {
    kinds(&Change::Head { old: old.map(|old| Box::new(old.clone())), new: Box::new(new.clone()) })
}

#[test]
fn a_window_opens_when_it_was_not_open_and_a_state_changes_when_it_is_another() {
    use EventKind::{ConversationChanged, WindowOpened};
    let day = SignedDuration::from_hours(24).as_secs();
    assert_eq!(head_kinds(None, &sample_head(None)), [ConversationChanged]);
    assert_eq!(head_kinds(None, &sample_head(Some(1))), [WindowOpened, ConversationChanged]);
    assert_eq!(head_kinds(Some(&sample_head(Some(1))), &sample_head(Some(2))), [], "it is open and goes on");
    assert_eq!(head_kinds(Some(&sample_head(Some(1))), &sample_head(Some(day))), []);
    assert_eq!(head_kinds(Some(&sample_head(Some(1))), &sample_head(Some(1 + day))), [WindowOpened]);
    let mut shut = sample_head(Some(1));
    shut.closed_for = Some(at(1));
    assert_eq!(head_kinds(Some(&shut), &sample_head(Some(2))), [WindowOpened], "the provider had closed it");
    let mut answered = sample_head(Some(1));
    answered.answered = Some(Answered { message: MessageKey::first_at(at(2)), last_in: at(1) });
    assert_eq!(head_kinds(Some(&sample_head(Some(1))), &answered), [ConversationChanged]);
    let mut merged = sample_head(Some(9));
    merged.survivor = Some(ConversationId::from_bits(5));
    assert_eq!(head_kinds(None, &merged), [], "its survivor speaks for it");
}

/// (Fault matrix G12, F4.)
#[test]
fn the_same_thing_has_the_same_id_however_often_and_in_whatever_order_it_is_told() {
    let mut delivered = accepted();
    delivered.attempts[0].delivered = Some(at(5));
    let of = |old: &Outbound, sequence: &str, stored: i64| {
        let change = Change::Outbound { old: Some(Box::new(old.clone())), new: Box::new(delivered.clone()) };
        let events = events(&change, at(stored), sequence);
        events.into_iter().find(|event| event.kind == EventKind::MessageDelivered).unwrap()
    };
    let (once, again) = (of(&accepted(), "100", 50), of(&sample(), "100000000000000000000200", 99));
    assert_eq!((once.id, once.at), (again.id, again.at));
    assert!(once.sequence < again.sequence, "numbers of any length compare as text");
    assert_ne!(once.id, of(&accepted(), "1", 1).of_media().id);
}

#[test]
fn an_event_on_the_queue_is_read_back_as_it_was_and_every_kind_has_a_word_and_a_meaning() {
    let change = Change::Outbound { old: Some(Box::new(sample())), new: Box::new(accepted()) };
    for event in events(&change, at(0), "1") {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
    }
    for kind in EventKind::ALL {
        assert_eq!(serde_json::to_string(kind).unwrap(), format!("{:?}", kind.word()));
        assert!(kind.about().ends_with('.') && kind.word().contains('.'), "{kind:?}");
    }
}
