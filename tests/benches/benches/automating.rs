//! What rules take of a processor: a batch of 100 messages from the stream, under 50 rules. Goal: 20 ms.
//!
//! Each message's words are opened and looked at, its rules decided, and what they did is noted and written as JSON: all but the
//! calls to the database.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]

use benches::machine::process_time;
use serde_json::json;
use transom::{
    domain::{
        AccountId, ChannelId, ConversationId, MessageId, Timestamp,
        automation::{
            Arrival, AutomationState, Automations, Cause, Clock, Compiled, Customer, Facts, Said, State, Thread,
            decide, looks_automatic, urgent,
        },
        contact::Profile,
        content::Content,
        ids::MessageKey,
        time::SignedDuration,
        window::WindowState,
    },
    seal::{Sealed, SubjectKey},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MESSAGES: usize = 100;
const RULES: usize = 50;
const ROUNDS: u32 = 50;

/// What a front desk is written: short, and now and then long.
const TEXTS: [&str; 6] = [
    "Hello! Is my room ready? We land at four and would be with you by six.",
    "Thank you so much, that was quick",
    "¿Podríamos salir más tarde el domingo? Nuestro vuelo es por la noche.",
    "The air conditioning does not work and it is getting quite warm in here",
    "Could you please send two more towels and a crib to room 214?",
    "We are looking forward to our stay. Some questions: is there parking, can we bring our dog, which we have told you about in an \
     earlier message, and would it be possible to have a table for six at eight in the evening on Saturday? Thank you!",
];

fn rules() -> Vec<serde_json::Value> {
    let conditions = [
        "contact.vip && conversation.waiting_minutes > 5",
        "message.text.contains(\"towel\") && !conversation.assigned",
        "\"returning\" in contact.tags && now.hour >= 18",
        "message.language.startsWith(\"es\") || contact.language == \"es\"",
        "conversation.window == \"open\" && conversation.minutes_left < 240 && !contact.opted_out",
    ];
    (0..RULES)
        .map(|number| {
            let when = conditions[number % conditions.len()];
            let trigger = if number % 3 == 0 {
                json!({ "on": "keyword", "words": [format!("word{number}"), "towels", "air conditioning", format!("late check-out {number}")] })
            } else {
                json!({ "on": "inbound" })
            };
            json!({ "id": format!("rule-{number}"), "trigger": trigger, "when": when,
                "actions": [{ "do": "label", "add": [format!("label-{number}")] }, { "do": "notify", "note": "look" }] })
        })
        .collect()
}

fn main() {
    let account: AccountId = "demo".parse().expect("an account");
    let channel: ChannelId = "front-desk".parse().expect("a channel");
    let automations: Automations = serde_json::from_value(json!({ "rules": rules() })).expect("automations");
    let before = process_time();
    let compiled = Compiled::new(account.clone(), &automations);
    let compiling = process_time().saturating_sub(before);
    assert!(compiled.broken.is_empty(), "{:?}", compiled.broken);
    let key = SubjectKey { id: [1; 8], key: [7; 32] };
    let sealed: Vec<Sealed<Content>> =
        TEXTS.iter().map(|text| Sealed::new(&Content::text(*text), &key, [3; 12])).collect();
    let at: Timestamp = "2026-10-01T19:00:00Z".parse().expect("a time");
    let profile = Profile { language: Some("en".to_owned()), ..Profile::default() };
    let tags = ["returning".to_owned()];
    let (mut effects, mut looked_at, mut bytes) = (0, 0, 0);
    let before = process_time();
    for round in 0..ROUNDS {
        for number in 0..MESSAGES {
            let content = sealed[number % sealed.len()].open(&key).expect("it opens");
            let mut said = Said::of(&content);
            said.language = Some("en".to_owned());
            said.automatic = looks_automatic(&content, &Arrival { at, our_last: None, before: None }).is_some();
            let is_urgent = urgent(&said.text, said.language.as_deref()).is_some();
            let conversation = ConversationId::from_bits(number as u128);
            let id = MessageId { conversation, key: MessageKey::new(at, u128::from(round)) };
            let cause = Cause::message(&account, id, at);
            let thread = Thread {
                state: State::Waiting,
                team: None,
                assigned: false,
                lent: false,
                labels: &[],
                waiting_since: Some(at),
                window: WindowState::Open,
                window_closes_at: Some(at + SignedDuration::from_hours(24)),
                window_opened_at: None,
                last_in: Some(at),
                last_business: None,
                ended_at: None,
            };
            let facts = Facts {
                clock: Clock::at(at, &jiff::tz::TimeZone::UTC, None),
                channel: &channel,
                message: Some(&said),
                customer: Customer { profile: &profile, tags: &tags, opted_out: false },
                thread,
            };
            let state = AutomationState::default();
            let decision = decide(&compiled, &cause, &facts, &state, at);
            let state = state.after(&cause, &decision, at);
            bytes += serde_json::to_string(&state).expect("JSON").len();
            effects += decision.effects.len() + usize::from(is_urgent);
            looked_at += decision.why.len();
        }
    }
    let took = process_time().saturating_sub(before).as_secs_f64() * 1e3 / f64::from(ROUNDS);
    let all = f64::from(ROUNDS) * MESSAGES as f64;
    println!(
        "a batch of {MESSAGES} messages under {RULES} rules: {took:.2} ms of CPU (goal: 20); for each message {:.1} µs, {:.1} rules looked at, {:.1} effects, {:.0} bytes noted",
        took * 1e3 / MESSAGES as f64,
        looked_at as f64 / all,
        effects as f64 / all,
        bytes as f64 / all,
    );
    println!("to compile the rules, once in ten seconds: {:.2} ms", compiling.as_secs_f64() * 1e3);
}
