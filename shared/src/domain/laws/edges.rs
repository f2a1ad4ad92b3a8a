//! Edges that no law names: the limits of a ladder, ties between conversations, what an inbound message causes.

use std::collections::BTreeMap;

use serde_json::json;

use super::values::{hash, noon};
use crate::{
    domain::{
        ContactId, ConversationId, MessageId, Timestamp,
        conversation::{Answered, Family, Head, LastIn},
        effects::{Change, Effect, effects},
        ids::MessageKey,
        ladder::{Action, Ladder, Moment, Standings, Step},
        message::{Inbound, InboundBody},
        template::{Definition, Template},
        time::{SignedDuration, from_millis},
    },
    seal::Sealed,
};

fn templates() -> Vec<Template> {
    let short = |name: &str| Template::declared(name, "en", Definition::of("Hello").living(60));
    vec![short("fallback"), short("answer_waiting")]
}

fn step(name: &str, when: Moment, action: Action) -> Step {
    Step { name: name.into(), when, only_if: vec![], action }
}

/// Whether a ladder of these steps can be saved; else the field that is wrong.
fn wrong(steps: Vec<Step>) -> Option<String> {
    Ladder { steps, ..Ladder::default() }
        .check(&Standings { templates: &templates(), languages: &[], sendable: &|_| Ok(()) })
        .err()
        .map(|bad| bad.field)
}

#[test]
fn a_ladder_has_twenty_steps_at_most_each_with_a_name_of_forty_letters_at_most() {
    let reminders = |count: u32| {
        (1..=count).map(|n| step(&n.to_string(), Moment::BeforeEnd { minutes: n }, Action::Remind {})).collect()
    };
    assert_eq!(wrong(vec![]), None);
    assert_eq!(wrong(reminders(20)), None);
    assert_eq!(wrong(reminders(21)).as_deref(), Some("steps"));
    let named = |name: &str| wrong(vec![step(name, Moment::BeforeEnd { minutes: 1 }, Action::Remind {})]);
    assert_eq!(named(&"a".repeat(40)), None);
    assert_eq!(named(&"a".repeat(41)).as_deref(), Some("steps[0].name"));
    assert_eq!(named("").as_deref(), Some("steps[0].name"));
}

#[test]
fn a_steps_time_lies_within_what_its_moment_allows() {
    let before = |minutes| wrong(vec![step("a", Moment::BeforeEnd { minutes }, Action::Remind {})]);
    let after = |minutes| {
        wrong(vec![step(
            "a",
            Moment::AfterTemplate { minutes },
            Action::SmsInvite { text: "Write to us:".into(), languages: BTreeMap::new() },
        )])
    };
    let held = |hours| wrong(vec![step("a", Moment::HeldFor { hours }, Action::GiveUp { ticket: false })]);
    for fine in [before(1), before(1439), after(1), after(10_080), held(1), held(720)] {
        assert_eq!(fine, None);
    }
    for bad in [before(0), before(1440), after(0), after(10_081)] {
        assert_eq!(bad.as_deref(), Some("steps[0].when.minutes"));
    }
    assert_eq!([held(0), held(721)], [Some("steps[0].when.hours".into()), Some("steps[0].when.hours".into())]);
}

#[test]
fn a_steps_text_is_neither_empty_nor_too_long() {
    let invite = |text: String| {
        wrong(vec![step("a", Moment::TemplateFailed {}, Action::SmsInvite { text, languages: BTreeMap::new() })])
    };
    let hold = |text: String| {
        wrong(vec![step(
            "a",
            Moment::BeforeEnd { minutes: 60 },
            Action::HoldingMessage { text, languages: BTreeMap::new() },
        )])
    };
    assert_eq!(
        [invite("é".repeat(60)), hold("é".repeat(1024)), invite("x".into()), hold("x".into())],
        [const { None }; 4]
    );
    for bad in [invite("é".repeat(61)), hold("é".repeat(1025)), invite(" ".into()), hold(" ".into())] {
        assert_eq!(bad.as_deref(), Some("steps[0].do.text"));
    }
}

#[test]
fn a_template_that_the_ladder_does_not_send_may_live_as_long_as_it_likes() {
    let long = |name: &str| Template::declared(name, "en", Definition::of("Hello").living(2_592_000));
    assert!(Ladder::default().outlived_by(&long("room_ready")).is_ok());
    assert!(Ladder::default().outlived_by(&long("fallback")).is_err());
    let alone = Ladder { steps: vec![], ..Ladder::default() };
    assert!(alone.outlived_by(&long("fallback")).is_ok());
}

#[test]
fn a_ladder_without_a_language_speaks_english() {
    let ladder: Ladder = serde_json::from_value(json!({ "steps": [] })).unwrap();
    assert_eq!(ladder.default_language, "en");
}

fn head(bits: u128) -> Head {
    let mut head = Head::new("demo".parse().unwrap(), "wa".parse().unwrap(), ContactId::from_bits(bits), noon());
    head.last_in = Some(LastIn { at: noon(), address: hash(u8::try_from(bits).unwrap()) });
    let message = MessageKey::first_at(noon() + SignedDuration::from_secs(i64::try_from(bits).unwrap()));
    head.answered = Some(Answered { message, last_in: noon() });
    head
}

#[test]
fn of_two_facts_of_one_time_the_survivors_stays() {
    let family = Family { survivor: head(1), former: vec![head(2), head(3)] };
    let merged = family.merged();
    assert_eq!(merged.last_in, family.survivor.last_in);
    assert_eq!(merged.answered, family.survivor.answered);
    assert_eq!(family.newest().id, family.survivor.id);
}

#[test]
fn the_inbox_moves_a_conversation_once_a_minute() {
    let files = |seconds: i64| {
        let mut new = head(1);
        new.last_in = Some(LastIn { at: noon() + SignedDuration::from_secs(seconds), address: hash(1) });
        new.answered = None;
        let mut old = head(1);
        old.answered = None;
        let change = Change::Head { old: Some(Box::new(old)), new: Box::new(new) };
        effects(&change, noon()).contains(&Effect::File)
    };
    assert_eq!([files(0), files(59), files(60)], [false, false, true]);
}

#[test]
fn a_message_checks_its_head_and_an_echo_is_an_answer() {
    let body = InboundBody {
        provider_id: "1".into(),
        content: crate::domain::content::Content::text("hi"),
        context: None,
        referral: None,
        profile_name: None,
    };
    assert_eq!(serde_json::to_value(&body).unwrap()["provider_id"], "1");
    let message = Inbound {
        trace: None,
        gesture: None,
        id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(noon()) },
        account: "demo".parse().unwrap(),
        channel: "wa".parse().unwrap(),
        contact: ContactId::from_bits(1),
        at: noon(),
        from: hash(1),
        opens_window: true,
        echo: false,
        received_at: noon(),
        sealed: Sealed::from_bytes(vec![]),
        same_person: None,
    };
    let caused = |message: Inbound| effects(&Change::Inbound { new: Box::new(message) }, noon());
    assert_eq!(caused(message.clone()), [Effect::CheckHead, Effect::Automate]);
    let echo = Inbound { echo: true, ..message.clone() };
    assert_eq!(caused(echo), [Effect::CheckHead, Effect::RecordAnswer { last_in: noon() }, Effect::Automate]);
    let moved = Inbound { same_person: Some(ContactId::from_bits(2)), ..message };
    assert_eq!(caused(moved), [Effect::MergeContacts, Effect::CheckHead, Effect::Automate]);
}

#[test]
fn a_key_is_its_bits_and_an_id_is_cut_only_between_its_halves() {
    assert_eq!(MessageKey::from_bits(7).bits(), 7);
    // As many bytes as an id has, with a letter across the middle.
    assert!(format!("msg_{}é{}", "0".repeat(25), "0".repeat(25)).parse::<MessageId>().is_err());
    assert!(format!("msg_{}", "0".repeat(53)).parse::<MessageId>().is_err());
    assert!(format!("msg_{}", "0".repeat(52)).parse::<MessageId>().is_ok());
}

#[test]
fn values_of_a_template_may_hold_four_spaces_in_a_row() {
    let one = Template::declared("fallback", "en", Definition::of("{{a}}").living(3600));
    let check = |value: &str| {
        one.check(&crate::domain::content::TemplateContent {
            name: "fallback".into(),
            language: "en".into(),
            values: BTreeMap::from([("a".to_owned(), value.to_owned())]),
        })
        .is_ok()
    };
    assert!(check("a    b") && !check("a     b") && !check("a\rb") && !check("a\tb"));
    assert_eq!(one.time_to_live(), SignedDuration::from_hours(1));
}

#[test]
fn a_damaged_time_is_the_nearest_end() {
    assert_eq!(from_millis(i64::MIN), Timestamp::MIN);
    assert_eq!(from_millis(i64::MAX), Timestamp::MAX);
    assert_eq!(from_millis(0), Timestamp::UNIX_EPOCH);
}
