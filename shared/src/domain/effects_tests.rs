//! What follows from what, and that it ends.

use super::*;
use crate::{
    domain::{
        ContactId, ConversationId, MessageId,
        contact::AddressHash,
        conversation::{Answered, LastIn},
        message::{OutboundBody, Via},
        outcome::{Failure, FailureKind},
        sending::{Answer, Attempt},
    },
    seal::Sealed,
};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn head(last_in: Option<i64>) -> Head {
    let mut head = Head::new("demo".parse().unwrap(), "wa".parse().unwrap(), ContactId::from_bits(1), at(0));
    head.last_in = last_in.map(|minute| LastIn { at: at(minute), address: AddressHash("a".into()) });
    head
}

fn message(purpose: Purpose) -> Outbound {
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
        id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(at(1)) },
        account: "demo".parse().unwrap(),
        channel: "wa".parse().unwrap(),
        contact: ContactId::from_bits(1),
        purpose,
        via: Via::Auto,
        accepted_at: at(1),
        expires_at: at(100),
        sealed: Sealed::<OutboundBody>::from_bytes(vec![]),
        state: SenderState::Queued,
        attempt: 0,
        attempts: vec![],
        way: None,
        reason: None,
        planned_with: Some(at(0)),
        changed_at: at(1),
    }
}

fn template() -> Purpose {
    Purpose::WindowTemplate { last_in: Some(at(0)), step: "fallback".into() }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "1".into() }
}

/// `message` after its first attempt got `answer`, and a later report of failure.
fn tried(mut message: Outbound, answer: Option<Answer>, failed: Option<FailureKind>) -> Outbound {
    message.attempt = 1;
    message.state = match answer {
        None => SenderState::Claimed { until: at(2) },
        Some(Answer::Accepted | Answer::WindowClosed(_)) => SenderState::Accepted,
        Some(Answer::Refused(_)) => SenderState::Failed,
        Some(Answer::Unknown) => SenderState::Unknown { until: at(20) },
    };
    let mut attempt = Attempt::new(1);
    attempt.answer = answer;
    attempt.failed = failed.map(|kind| (failure(kind), at(3)));
    message.attempts = vec![attempt];
    message
}

fn outbound(old: Option<&Outbound>, new: &Outbound) -> Vec<Effect> {
    effects(&Change::Outbound { old: old.cloned().map(Box::new), new: Box::new(new.clone()) }, at(5))
}

fn on_head(old: Option<Head>, new: Head) -> Vec<Effect> {
    effects(&Change::Head { old: old.map(Box::new), new: Box::new(new) }, at(5))
}

#[test]
fn a_new_intent_rings_for_itself_and_a_claim_causes_nothing() {
    let new = message(Purpose::Reply);
    assert_eq!(outbound(None, &new), [Effect::Ring { cause: Some(new.id.key) }]);
    assert_eq!(outbound(Some(&new), &tried(new.clone(), None, None)), []);
}

/// (Fault matrix D8, E15.)
#[test]
fn an_accepted_reply_answers_the_customer_and_a_failure_takes_that_back() {
    let claimed = tried(message(Purpose::Reply), None, None);
    let sent = tried(message(Purpose::Reply), Some(Answer::Accepted), None);
    assert_eq!(outbound(Some(&claimed), &sent), [Effect::RecordAnswer { last_in: at(0) }]);
    let failed = tried(message(Purpose::Reply), Some(Answer::Accepted), Some(FailureKind::RecipientUnreachable));
    assert_eq!(outbound(Some(&sent), &failed), [Effect::WithdrawAnswer { last_in: at(0) }]);
}

#[test]
fn an_asynchronous_window_closed_closes_the_window_before_it_rings() {
    let sent = tried(message(Purpose::Reply), Some(Answer::Accepted), None);
    let back = tried(message(Purpose::Reply), Some(Answer::Accepted), Some(FailureKind::WindowClosed));
    assert_eq!(
        outbound(Some(&sent), &back),
        [
            Effect::CloseWindow { last_in: Some(at(0)) },
            Effect::WithdrawAnswer { last_in: at(0) },
            Effect::Ring { cause: Some(back.id.key) }
        ]
    );
}

#[test]
fn a_held_reply_invites_the_customer_once() {
    let queued = message(Purpose::Reply);
    let mut held = queued.clone();
    held.state = SenderState::Waiting;
    held.reason = Some(Reason::WindowClosed);
    assert_eq!(outbound(Some(&queued), &held), [Effect::InviteToWrite]);
    assert_eq!(outbound(Some(&held), &held), []);
    held.reason = Some(Reason::PairLimit);
    assert_eq!(outbound(Some(&queued), &held), []);
}

#[test]
fn an_unknown_outcome_gets_a_time_at_which_it_is_settled() {
    let claimed = tried(message(Purpose::Reply), None, None);
    let unknown = tried(message(Purpose::Reply), Some(Answer::Unknown), None);
    assert_eq!(outbound(Some(&claimed), &unknown), [Effect::ArmUnknownSettles { until: at(20) }]);
}

#[test]
fn an_unknown_outcome_that_turns_out_not_to_have_left_rings() {
    let unknown = tried(message(Purpose::Reply), Some(Answer::Unknown), None);
    let mut freed = message(Purpose::Reply);
    freed.attempt = 1;
    assert_eq!(outbound(Some(&unknown), &freed), [Effect::Ring { cause: Some(freed.id.key) }]);
    let claimed = tried(message(Purpose::Reply), None, None);
    assert_eq!(outbound(Some(&claimed), &freed), [], "its sender still has the job");
}

#[test]
fn a_template_that_fails_is_followed_by_the_next_step_and_one_that_left_by_the_later_ones() {
    let claimed = tried(message(template()), None, None);
    let sent = tried(message(template()), Some(Answer::Accepted), None);
    let failed = tried(message(template()), Some(Answer::Accepted), Some(FailureKind::RecipientUnreachable));
    let refused = tried(message(template()), Some(Answer::Refused(failure(FailureKind::Template))), None);
    assert_eq!(outbound(Some(&claimed), &sent), [Effect::ArmAfterTemplate]);
    assert_eq!(outbound(Some(&sent), &failed), [Effect::TemplateFailed]);
    assert_eq!(outbound(Some(&claimed), &refused), [Effect::TemplateFailed]);
    let mut opted_out = message(template());
    opted_out.state = SenderState::Refused;
    opted_out.reason = Some(Reason::OptedOut);
    assert_eq!(outbound(Some(&message(template())), &opted_out), []);
}

#[test]
fn a_template_that_nobody_agreed_to_is_followed_by_the_next_step() {
    let mut sells = message(template());
    sells.state = SenderState::Refused;
    sells.reason = Some(Reason::NoMarketingOptIn);
    assert_eq!(outbound(Some(&message(template())), &sells), [Effect::TemplateFailed]);
}

#[test]
fn a_providers_word_that_they_opted_out_is_heeded_once_whether_it_comes_at_once_or_late() {
    let opted_out = Failure { kind: FailureKind::RecipientOptedOut, code: "131050".into() };
    let scope = crate::domain::consent::told_by(&opted_out).unwrap();
    let claimed = tried(message(Purpose::Reply), None, None);
    let refused = tried(message(Purpose::Reply), Some(Answer::Refused(opted_out.clone())), None);
    let heed = |at| Effect::HeedOptOut { scope, at };
    assert_eq!(outbound(Some(&claimed), &refused), [heed(at(1))], "its answer has no time of its own here");
    assert_eq!(outbound(Some(&refused), &refused), []);
    let sent = tried(message(Purpose::Reply), Some(Answer::Accepted), None);
    let mut failed = sent.clone();
    failed.attempts[0].failed = Some((opted_out, at(3)));
    assert_eq!(outbound(Some(&sent), &failed), [heed(at(3)), Effect::WithdrawAnswer { last_in: at(0) }]);
    let blocked = tried(message(Purpose::Reply), Some(Answer::Accepted), Some(FailureKind::RecipientOptedOut));
    assert_eq!(outbound(Some(&sent), &blocked), [Effect::WithdrawAnswer { last_in: at(0) }]);
}

fn wrote(gesture: Option<Gesture>, echo: bool) -> Inbound {
    Inbound {
        id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(at(1)) },
        account: "demo".parse().unwrap(),
        channel: "wa".parse().unwrap(),
        contact: ContactId::from_bits(1),
        at: at(1),
        from: AddressHash("a".into()),
        opens_window: !echo,
        echo,
        received_at: at(1),
        sealed: Sealed::from_bytes(vec![]),
        same_person: None,
        trace: None,
        gesture,
    }
}

#[test]
fn a_word_about_consent_is_confirmed_and_nothing_else_is() {
    let follows = |message: Inbound| effects(&Change::Inbound { new: Box::new(message) }, at(5));
    for gesture in [Gesture::OptOut, Gesture::OptIn] {
        assert_eq!(follows(wrote(Some(gesture), false)), [Effect::CheckHead, Effect::ConfirmConsent, Effect::Automate]);
    }
    for gesture in [None, Some(Gesture::Tap), Some(Gesture::CameBack)] {
        assert_eq!(follows(wrote(gesture, false)), [Effect::CheckHead, Effect::Automate]);
    }
    assert!(!follows(wrote(Some(Gesture::OptOut), true)).contains(&Effect::ConfirmConsent));
}

#[test]
fn a_rise_arms_the_windows_timer_unless_one_is_certain_to_fire() {
    assert_eq!(
        on_head(None, head(Some(1))),
        [
            Effect::ArmWindowEnd,
            Effect::File,
            Effect::JoinFamily,
            Effect::IndexContact,
            Effect::LookAtWork,
            Effect::Automate,
        ]
    );
    let arms = |old, new| on_head(Some(head(Some(old))), head(Some(new))).contains(&Effect::ArmWindowEnd);
    assert!(!arms(1, 2));
    assert!(arms(-24 * 60 + 5, 2));
}

#[test]
fn a_rise_rings_only_while_something_may_wait() {
    let rings = |change: fn(&mut Head)| {
        let (mut old, mut new) = (head(Some(1)), head(Some(2)));
        change(&mut old);
        change(&mut new);
        on_head(Some(old), new).contains(&Effect::Ring { cause: None })
    };
    assert!(!rings(|_| {}));
    assert!(rings(|head| head.waiting_from = Some(MessageKey::first_at(at(0)))));
    // What waits may wait on another head of the same person.
    assert!(rings(|head| head.survivor = Some(ConversationId::from_bits(2))));
    assert!(rings(|head| head.former = vec![ConversationId::from_bits(2)]));
}

#[test]
fn a_merge_and_a_timers_touch_ring_without_a_rise() {
    let rings = |change: fn(&mut Head)| {
        let mut new = head(Some(1));
        change(&mut new);
        on_head(Some(head(Some(1))), new).contains(&Effect::Ring { cause: None })
    };
    assert!(rings(|head| head.survivor = Some(ConversationId::from_bits(2))));
    assert!(rings(|head| head.former = vec![ConversationId::from_bits(2)]));
    assert!(rings(|head| head.wake = Some(at(1))));
}

#[test]
fn marking_what_waits_rings_for_nothing() {
    let mut waiting = head(Some(1));
    waiting.waiting_from = Some(MessageKey::first_at(at(0)));
    waiting.wait_rev = Some("1".into());
    assert_eq!(on_head(Some(head(Some(1))), waiting), []);
}

#[test]
fn a_withdrawn_answer_arms_the_timer_again() {
    let mut answered = head(Some(1));
    answered.answered = Some(Answered { message: MessageKey::first_at(at(2)), last_in: at(1) });
    let looked_at = [Effect::ArmWindowEnd, Effect::File, Effect::LookAtWork, Effect::Automate];
    assert_eq!(on_head(Some(answered), head(Some(1))), looked_at);
}

/// Every kind of change with the fact that it is about: no effect writes a fact of the same or a lower rank, so no
/// chain of changes comes back to where it began.
#[test]
fn the_table_has_no_cycle() {
    let reply = message(Purpose::Reply);
    let mut held = reply.clone();
    held.state = SenderState::Waiting;
    held.reason = Some(Reason::WindowClosed);
    let accepted = |purpose| tried(message(purpose), Some(Answer::Accepted), None);
    let failed = |purpose, kind| tried(message(purpose), Some(Answer::Accepted), Some(kind));
    let mut answered = head(Some(1));
    answered.answered = Some(Answered { message: MessageKey::first_at(at(2)), last_in: at(1) });
    let mut closed = head(Some(1));
    closed.closed_for = Some(at(1));
    let change = |old: &Outbound, new: &Outbound| Change::Outbound {
        old: Some(Box::new(old.clone())),
        new: Box::new(new.clone()),
    };
    let heads = |old: &Head, new: &Head| Change::Head { old: Some(Box::new(old.clone())), new: Box::new(new.clone()) };
    let invite = Purpose::SmsInvite { last_in: Some(at(0)), step: "sms".into() };
    let confirms = Purpose::ConsentConfirmation { of: MessageKey::first_at(at(0)) };
    let changes = [
        (Fact::Inbound, Change::Inbound { new: Box::new(wrote(Some(Gesture::OptOut), false)) }),
        (Fact::Confirmation, Change::Outbound { old: None, new: Box::new(message(confirms.clone())) }),
        (Fact::Outcome, change(&accepted(confirms.clone()), &failed(confirms, FailureKind::WindowClosed))),
        (Fact::LastIn, heads(&head(None), &head(Some(1)))),
        (Fact::Answered, heads(&head(Some(1)), &answered)),
        (Fact::Answered, heads(&answered, &head(Some(1)))),
        (Fact::ClosedFor, heads(&head(Some(1)), &closed)),
        (Fact::Intent, Change::Outbound { old: None, new: Box::new(reply.clone()) }),
        (Fact::WindowTemplate, Change::Outbound { old: None, new: Box::new(message(template())) }),
        (Fact::SmsInvite, Change::Outbound { old: None, new: Box::new(message(invite.clone())) }),
        (Fact::Outcome, change(&reply, &held)),
        (Fact::Outcome, change(&reply, &accepted(Purpose::Reply))),
        (Fact::Outcome, change(&accepted(Purpose::Reply), &failed(Purpose::Reply, FailureKind::WindowClosed))),
        (Fact::Outcome, change(&accepted(Purpose::Reply), &failed(Purpose::Reply, FailureKind::PairLimit))),
        (Fact::TemplateOutcome, change(&message(template()), &accepted(template()))),
        (Fact::TemplateOutcome, change(&accepted(template()), &failed(template(), FailureKind::Template))),
        (Fact::SmsInvite, change(&message(invite.clone()), &failed(invite, FailureKind::Other))),
    ];
    for (fact, change) in changes {
        for effect in effects(&change, at(5)) {
            assert!(effect.writes() > fact, "{effect:?} follows from {fact:?}");
        }
    }
}
