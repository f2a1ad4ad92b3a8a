//! What is decided: each effect once, however often and in whatever order records come, and no loop without an end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    ChannelId, ConversationId,
    automation::{
        Asked, Automations, Clock, Customer, Holder, LabelId, Resume, Said, Score, Since, State, Switch, Thread,
    },
    contact::Profile,
    hours::BusinessHours,
};

/// A conversation as the rules see it; effects are done to it.
struct World {
    compiled: Compiled,
    state: AutomationState,
    said: Said,
    profile: Profile,
    tags: Vec<String>,
    opted_out: bool,
    channel: ChannelId,
    labels: Vec<LabelId>,
    hours: Option<BusinessHours>,
    waits: bool,
    last_in: Option<Timestamp>,
    last_business: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    lent: bool,
    /// What was done, by its id, as a store would keep it.
    done: BTreeMap<EffectId, Intended>,
}

/// A Wednesday, a quarter past two in Madrid.
fn at(minute: i64) -> Timestamp {
    "2026-03-04T13:15:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

fn world(rules: serde_json::Value) -> World {
    let automations = Automations { rules: serde_json::from_value(rules).unwrap(), ..Automations::default() };
    of(&without_builtin(automations))
}

fn without_builtin(mut automations: Automations) -> Automations {
    automations.builtin =
        crate::domain::automation::builtin::rules().into_iter().map(|rule| (rule.id, Switch { on: false })).collect();
    automations
}

fn of(automations: &Automations) -> World {
    let compiled = Compiled::new("demo".parse().unwrap(), automations);
    assert!(compiled.broken.is_empty(), "{:?}", compiled.broken);
    World {
        compiled,
        state: AutomationState::default(),
        said: Said { kind: "text", ..Said::default() },
        profile: Profile::default(),
        tags: vec![],
        opted_out: false,
        channel: "front-desk".parse().unwrap(),
        labels: vec![],
        hours: None,
        waits: true,
        last_in: None,
        last_business: None,
        ended_at: None,
        lent: false,
        done: BTreeMap::new(),
    }
}

fn cause(id: u128, minute: i64, happened: Happened, by: Origin) -> Cause {
    let conversation = ConversationId::from_bits(1);
    Cause { id: EventId::from_bits(id), conversation, at: at(minute), happened, by }
}

fn wrote(id: u128, minute: i64) -> Cause {
    cause(id, minute, Happened::Message {}, Origin::Customer {})
}

impl World {
    fn decide(&self, cause: &Cause, now: Timestamp) -> Decision {
        let zone = self.hours.as_ref().map_or(TimeZone::UTC, |hours| hours.time_zone().clone());
        let message = matches!(cause.happened, Happened::Message {}).then_some(&self.said);
        let facts = Facts {
            clock: Clock::at(cause.at, &zone, self.hours.as_ref()),
            channel: &self.channel,
            message,
            customer: Customer { profile: &self.profile, tags: &self.tags, opted_out: self.opted_out },
            thread: Thread {
                state: if self.waits { State::Waiting } else { State::Open },
                team: None,
                assigned: false,
                lent: self.lent,
                labels: &self.labels,
                waiting_since: self.last_in.filter(|_| self.waits),
                window: WindowState::Open,
                window_closes_at: None,
                window_opened_at: None,
                last_in: self.last_in,
                last_business: self.last_business,
                ended_at: self.ended_at,
            },
        };
        decide(&self.compiled, cause, &facts, &self.state, now)
    }

    /// Handles a record of the stream: decides, notes, does. Answers what its effects are the cause of.
    fn handle(&mut self, cause: &Cause, now: Timestamp) -> Vec<Cause> {
        let decision = self.decide(cause, now);
        self.state = self.state.after(cause, &decision, now);
        self.carry_out(&decision)
    }

    fn carry_out(&mut self, decision: &Decision) -> Vec<Cause> {
        let mut follows = Vec::new();
        for effect in &decision.effects {
            if effect.fence.is_some_and(|fence| !self.state.floor.admits(fence)) {
                continue;
            }
            if let Action::Label { add, remove } = &effect.action {
                self.labels.retain(|label| !remove.contains(label));
                for label in add {
                    if !self.labels.contains(label) {
                        self.labels.push(label.clone());
                    }
                    let id = effect.id.bits() ^ u128::from(label.as_str().len() as u64);
                    let happened = Happened::Labelled { label: label.clone() };
                    follows.push(Cause { at: effect.at, ..cause(id, 0, happened, effect.by.clone()) });
                }
            }
            self.done.insert(effect.id, effect.clone());
        }
        follows
    }

    fn says(&mut self, text: &str, minute: i64) {
        text.clone_into(&mut self.said.text);
        self.last_in = Some(at(minute));
    }

    fn deeds(&self) -> Vec<Deed> {
        let mut deeds: Vec<Deed> = self.done.values().map(|effect| effect.action.deed()).collect();
        deeds.sort_unstable();
        deeds
    }
}

fn outcomes(decision: &Decision) -> Vec<(&str, Outcome)> {
    decision.why.iter().map(|it| (it.rule.as_str(), it.outcome)).collect()
}

fn reply(id: &str, text: &str) -> serde_json::Value {
    serde_json::json!({ "id": id, "trigger": { "on": "inbound" }, "actions": [{ "do": "reply", "text": text }] })
}

#[test]
fn a_rule_is_taken_when_its_trigger_and_condition_are_true_and_says_why_not() {
    let mut world = world(serde_json::json!([
        { "id": "vip", "trigger": { "on": "keyword", "words": ["urgent"], "languages": ["en"] },
          "when": "contact.vip && waiting_minutes > 5", "actions": [{ "do": "escalate", "to": "manager" }] },
        { "id": "other", "trigger": { "on": "keyword", "words": ["taxi"] }, "actions": [{ "do": "notify", "note": "x" }] },
    ]));
    world.says("This is URGENT!", 0);
    let late = Cause { at: at(6), ..wrote(1, 0) };
    assert_eq!(outcomes(&world.decide(&late, at(6))), [("vip", Outcome::ConditionFalse)]);
    world.profile.vip = true;
    assert_eq!(outcomes(&world.decide(&wrote(1, 5), at(6))), [("vip", Outcome::ConditionFalse)]);
    let decision = world.decide(&late, at(6));
    assert_eq!(outcomes(&decision), [("vip", Outcome::Taken)]);
    assert_eq!(decision.effects[0].by, Origin::Automation { chain: vec!["vip".parse().unwrap()] });
    // In another language it is another word.
    world.said.language = Some("fr".into());
    assert_eq!(outcomes(&world.decide(&late, at(6))), []);
    world.said.language = Some("en_GB".into());
    assert_eq!(outcomes(&world.decide(&late, at(6))), [("vip", Outcome::Taken)]);
}

#[test]
fn triggers_look_at_what_they_name() {
    let triggers = [
        (r#"{"on":"inbound","kinds":["image"]}"#, false),
        (r#"{"on":"inbound","kinds":["text"]}"#, true),
        (r#"{"on":"inbound","first":true}"#, false),
        (r#"{"on":"keyword","words":["late check-out"]}"#, true),
        (r#"{"on":"keyword","words":["late check-out"],"alone":true}"#, false),
        (r#"{"on":"keyword","words":["late check-out please"],"alone":true}"#, true),
        (r#"{"on":"keyword","words":["check"]}"#, true),
        (r#"{"on":"keyword","words":["heck"]}"#, false),
        (r#"{"on":"button"}"#, true),
        (r#"{"on":"button","ids":["no"]}"#, false),
        (r#"{"on":"flow_answer"}"#, false),
        (r#"{"on":"template_answered","templates":["welcome"]}"#, true),
        (r#"{"on":"template_answered","templates":["other"]}"#, false),
        (r#"{"on":"sla_breached"}"#, false),
    ];
    for (trigger, expected) in triggers {
        let trigger: serde_json::Value = serde_json::from_str(trigger).unwrap();
        let mut world =
            world(serde_json::json!([{ "id": "a", "trigger": trigger, "actions": [{ "do": "notify", "note": "x" }] }]));
        world.says("Late check-out, please", 0);
        world.said.button = Some("yes".into());
        world.said.template = Some("welcome".into());
        assert_eq!(world.decide(&wrote(1, 0), at(0)).effects.len() == 1, expected, "{trigger}");
    }
}

#[test]
fn what_happens_beside_messages_triggers_rules_too() {
    let closed = Happened::State { from: State::Open, to: State::Closed };
    let label = |it: &str| Happened::Labelled { label: it.parse().unwrap() };
    let timer = |minutes| Happened::Timer { since: Since::Waiting, minutes };
    let score = |value| Happened::Scored { score: Score::new(value).unwrap() };
    for (trigger, happened, expected) in [
        (r#"{"on":"state","to":["closed"]}"#, closed.clone(), true),
        (r#"{"on":"state","from":["waiting"]}"#, closed.clone(), false),
        (r#"{"on":"label","added":["vip"]}"#, label("vip"), true),
        (r#"{"on":"label","added":["vip"]}"#, label("other"), false),
        (r#"{"on":"timer","since":"waiting","minutes":30}"#, timer(30), true),
        (r#"{"on":"timer","since":"waiting","minutes":20}"#, timer(30), false),
        (r#"{"on":"timer","since":"answered","minutes":30}"#, timer(30), false),
        (r#"{"on":"scored","at_most":2}"#, score(2), true),
        (r#"{"on":"scored","at_most":2}"#, score(3), false),
        (r#"{"on":"scored","at_least":4}"#, score(4), true),
        (r#"{"on":"sla_breached"}"#, Happened::SlaBreached {}, true),
        (r#"{"on":"inbound"}"#, closed, false),
    ] {
        let json: serde_json::Value = serde_json::from_str(trigger).unwrap();
        let mut world =
            world(serde_json::json!([{ "id": "a", "trigger": json, "actions": [{ "do": "notify", "note": "x" }] }]));
        world.last_in = Some(at(-30));
        let cause = cause(1, 0, happened, Origin::Nobody {});
        assert_eq!(world.decide(&cause, at(0)).effects.len() == 1, expected, "{trigger}");
        // A timer that rings when nobody waits any more is over.
        world.waits = false;
        let still = !matches!(cause.happened, Happened::Timer { .. });
        assert_eq!(world.decide(&cause, at(0)).effects.len() == 1, expected && still, "{trigger}");
    }
}

#[test]
fn rules_are_looked_at_in_their_order_and_one_may_be_the_last() {
    let mut world = world(serde_json::json!([
        { "id": "late", "order": 5, "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "false", "order": -1, "trigger": { "on": "inbound" }, "when": "1 > 2", "stop_after": true,
          "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "off", "on": false, "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "last", "trigger": { "on": "inbound" }, "stop_after": true, "actions": [{ "do": "notify", "note": "x" }] },
    ]));
    world.says("hi", 0);
    let decision = world.decide(&wrote(1, 0), at(0));
    let expected = [("false", Outcome::ConditionFalse), ("last", Outcome::Taken), ("late", Outcome::StoppedBefore)];
    assert_eq!(outcomes(&decision), expected);
}

#[test]
fn a_field_that_is_missing_makes_a_condition_unknown_and_not_true() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "when": "contact.fields.room != \"12\"",
          "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "b", "trigger": { "on": "inbound" }, "when": "has(contact.fields.room) && contact.fields.room == \"12\"",
          "actions": [{ "do": "notify", "note": "x" }] },
    ]));
    assert_eq!(
        outcomes(&world.decide(&wrote(1, 0), at(0))),
        [("a", Outcome::ConditionUnknown), ("b", Outcome::ConditionFalse)]
    );
    world.profile.fields.insert("room".into(), "12".into());
    assert_eq!(outcomes(&world.decide(&wrote(1, 0), at(0))), [("a", Outcome::ConditionFalse), ("b", Outcome::Taken)]);
}

#[test]
fn the_same_record_gives_the_same_ids_and_changes_of_a_rule_do_not_change_them() {
    let mut world = world(serde_json::json!([reply("a", "Hello")]));
    world.says("hi", 0);
    let first = world.decide(&wrote(1, 0), at(0));
    assert_eq!(world.decide(&wrote(1, 0), at(3)).effects[0].id, first.effects[0].id);
    assert_ne!(world.decide(&wrote(2, 0), at(0)).effects[0].id, first.effects[0].id);
    // Other words, and an action before it.
    let mut changed = self::world(serde_json::json!([{ "id": "a", "trigger": { "on": "inbound" }, "actions": [
        { "do": "label", "add": ["new"] }, { "do": "reply", "text": "Good day" }, { "do": "reply", "text": "Bye" }] }]));
    changed.says("hi", 0);
    let later = changed.decide(&wrote(1, 0), at(0));
    assert_eq!(later.effects[1].id, first.effects[0].id);
    assert_eq!(later.effects.iter().map(|effect| effect.id).collect::<BTreeSet<_>>().len(), 3);
    // In another account they are others.
    let other = effect_id(&"other".parse().unwrap(), &"a".parse().unwrap(), EventId::from_bits(1), Deed::Reply, 0);
    assert_ne!(other, first.effects[0].id);
}

/// The first rule's own effect makes its condition false: a second look would take the second rule instead.
#[test]
fn a_record_that_comes_again_does_the_same_and_nothing_else_whatever_the_facts_have_become() {
    let mut world = world(serde_json::json!([
        { "id": "first", "trigger": { "on": "inbound" }, "when": "!(\"seen\" in conversation.labels)", "stop_after": true,
          "actions": [{ "do": "label", "add": ["seen"] }, { "do": "reply", "text": "Welcome" }] },
        { "id": "second", "trigger": { "on": "inbound" }, "actions": [{ "do": "reply", "text": "Welcome back" }] },
    ]));
    world.says("hi", 0);
    world.handle(&wrote(1, 0), at(0));
    let once = world.done.clone();
    for minute in 0..5 {
        let again = world.decide(&wrote(1, 0), at(minute));
        assert_eq!(outcomes(&again), [("first", Outcome::TakenBefore), ("first", Outcome::TakenBefore)]);
        world.handle(&wrote(1, 0), at(minute));
    }
    assert_eq!(world.done, once);
    // And the next message is another cause.
    world.says("hi again", 10);
    world.handle(&wrote(2, 10), at(10));
    assert_eq!(world.done.len(), once.len() + 1);
}

#[test]
fn what_was_decided_of_a_rule_that_is_gone_is_not_done() {
    let mut world = world(serde_json::json!([reply("a", "Hello")]));
    world.says("hi", 0);
    world.handle(&wrote(1, 0), at(0));
    world.compiled = self::world(serde_json::json!([reply("b", "Hello")])).compiled;
    let again = world.decide(&wrote(1, 0), at(1));
    assert_eq!((outcomes(&again), again.effects.len()), (vec![("a", Outcome::Gone)], 0));
}

#[test]
fn what_is_too_old_or_may_be_forgotten_is_not_decided() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }, { "do": "reply", "text": "x" }] },
    ]));
    world.says("hi", 0);
    let day = 24 * 60;
    assert_eq!(world.decide(&wrote(1, 0), at(day)).effects.len(), 1);
    assert_eq!(world.decide(&wrote(1, 0), at(121)).why[1].outcome, Outcome::TooLate);
    assert_eq!(world.decide(&wrote(1, 0), at(120)).effects.len(), 2);
    assert_eq!(world.decide(&wrote(1, 0), at(day + 1)).nothing, Some(Nothing::TooOld));
    // A conversation in which more is done than is remembered.
    for n in 0..200_i64 {
        let minute = n * 20;
        world.last_in = Some(at(minute));
        world.handle(&wrote(1000 + u128::try_from(n).unwrap(), minute), at(minute));
    }
    let last = at(199 * 20);
    let known = world.decide(&wrote(1000 + 199, 199 * 20), last);
    assert!(known.why.iter().all(|it| it.outcome == Outcome::TakenBefore));
    let forgotten = world.decide(&wrote(1000 + 130, 130 * 20), last);
    assert_eq!(forgotten.nothing, Some(Nothing::MayBeForgotten));
    assert!(serde_json::to_string(&world.state).unwrap().len() < 20_000);
}

#[test]
fn an_automation_does_not_trigger_itself_and_a_chain_is_short() {
    let labels = |from: &str, to: &str| {
        serde_json::json!({ "id": format!("{from}-{to}"), "trigger": { "on": "label", "added": [from] },
            "actions": [{ "do": "label", "add": [to], "remove": [from] }] })
    };
    // It labels what it is triggered by.
    let mut own = world(serde_json::json!([labels("a", "a")]));
    let begin = |by| cause(1, 0, Happened::Labelled { label: "a".parse().unwrap() }, by);
    let follows = own.handle(&begin(Origin::Staff {}), at(0));
    assert_eq!(outcomes(&own.decide(&follows[0], at(0))), [("a-a", Outcome::OwnEffect)]);
    // Round by two others: the third step would be its own.
    let mut round = world(serde_json::json!([labels("a", "b"), labels("b", "c"), labels("c", "d"), labels("d", "a")]));
    let (mut queue, mut handled) = (vec![begin(Origin::Staff {})], 0);
    while let Some(cause) = queue.pop() {
        queue.extend(round.handle(&cause, at(0)));
        handled += 1;
        assert!(handled < 20);
    }
    assert_eq!(round.done.len(), Origin::LONGEST_CHAIN);
}

/// A loop on purpose: labels in circles, replies to each, records that come again, and another program that answers every one of ours
/// without looking like one.
#[test]
fn a_loop_on_purpose_stays_within_its_budget() {
    let mut world = world(serde_json::json!([
        reply("echo", "ping"),
        { "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "label", "add": ["x"] }] },
        { "id": "b", "trigger": { "on": "label" }, "actions":
            [{ "do": "label", "add": ["y"] }, { "do": "reply", "text": "again" }, { "do": "escalate", "to": "team" }] },
        { "id": "c", "trigger": { "on": "label" }, "actions": [{ "do": "label", "add": ["x"] }, { "do": "reply", "text": "more" }] },
    ]));
    let (mut minute, mut record) = (0, 1_u128);
    while minute < 180 {
        world.says(&format!("pong {record}"), minute);
        let mut queue = vec![wrote(record, minute)];
        while let Some(cause) = queue.pop() {
            let before = world.done.len();
            let follows = world.handle(&cause, at(minute));
            let more = world.done.len();
            world.handle(&cause, at(minute));
            assert_eq!(world.done.len(), more, "what comes again does nothing more");
            if more > before {
                queue.extend(follows);
            }
        }
        let since = |from: i64| world.done.values().filter(|it| it.at >= at(from) && it.action.deed().writes()).count();
        assert!(since(minute) <= MOST_MESSAGES);
        let hour = world.done.values().filter(|it| it.at > at(minute - 60)).count();
        assert!(hour <= MOST_EFFECTS, "{hour}");
        minute += 1;
        record += 1;
    }
    let all = world.done.len();
    assert!((20..=3 * MOST_EFFECTS + MOST_EFFECTS).contains(&all), "{all}");
}

#[test]
fn some_of_the_budget_is_kept_for_telling_somebody() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "b", "trigger": { "on": "inbound" }, "when": "message.urgent", "actions": [{ "do": "escalate", "to": "team" }] },
    ]));
    for n in 0..20 {
        world.says("hello", n);
        world.handle(&wrote(n.unsigned_abs().into(), n), at(n));
    }
    assert_eq!(world.done.len(), MOST_EFFECTS - KEPT_FOR_ESCALATION);
    world.says("there is a fire", 30);
    world.handle(&wrote(100, 30), at(30));
    assert_eq!(world.deeds().iter().filter(|deed| **deed == Deed::Escalate).count(), 1);
    // An hour later all of it is there again.
    world.says("hello", 91);
    assert_eq!(world.decide(&wrote(101, 91), at(91)).effects.len(), 1);
}

#[test]
fn rules_are_silent_while_a_person_takes_part_and_what_they_decided_before_is_not_done() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "actions":
            [{ "do": "reply", "text": "x" }, { "do": "label", "add": ["y"] }, { "do": "escalate", "to": "team" }] },
    ]));
    world.says("hi", 0);
    // Decided and noted; before it is done, a person writes.
    let decision = world.decide(&wrote(1, 0), at(0));
    world.state = world.state.after(&wrote(1, 0), &decision, at(0));
    world.state.floor = world.state.floor.after_person(at(1));
    world.carry_out(&decision);
    assert_eq!(world.deeds(), [Deed::Label, Deed::Escalate]);
    // The same when the record comes again, even after rules have taken over.
    world.handle(&wrote(1, 0), at(90));
    assert_eq!(world.deeds(), [Deed::Label, Deed::Escalate]);
    world.says("and?", 20);
    let during = world.decide(&wrote(2, 20), at(20));
    assert_eq!(during.why[0].outcome, Outcome::PersonHasIt);
    assert_eq!((during.effects.len(), during.floor), (2, None));
    // An hour after the person's last word.
    world.says("hello?", 61);
    world.handle(&wrote(3, 61), at(61));
    assert_eq!(world.state.floor.holder, Holder::Rules);
    assert!(world.deeds().contains(&Deed::Reply));
}

#[test]
fn nothing_is_written_to_a_program_to_whom_it_is_unwelcome_or_when_it_is_not_free() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "reply", "text": "x" }, { "do": "notify", "note": "y" }] },
    ]));
    world.says("Automatic reply", 0);
    world.said.automatic = true;
    assert_eq!(world.decide(&wrote(1, 0), at(0)).why[0].outcome, Outcome::AutomaticMessage);
    assert_eq!(world.decide(&wrote(1, 0), at(0)).effects.len(), 1);
    world.said.automatic = false;
    world.opted_out = true;
    assert_eq!(world.decide(&wrote(1, 0), at(0)).why[0].outcome, Outcome::OptedOut);
}

#[test]
fn an_account_without_hours_is_neither_within_nor_outside_of_them() {
    let mut world = world(serde_json::json!([
        { "id": "in", "within": "business_hours", "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] },
        { "id": "out", "within": "outside_hours", "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] },
    ]));
    world.says("hi", 0);
    let taken = |world: &World, minute: i64| {
        let decision = world.decide(&wrote(1, minute), at(minute));
        decision.effects.iter().map(|effect| effect.rule.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(taken(&world, 0), [""; 0]);
    world.hours = Some(
        serde_json::from_str(r#"{"time_zone": "Europe/Madrid", "weekly": {"wednesday": [["09:00", "17:00"]]}}"#)
            .unwrap(),
    );
    assert_eq!(taken(&world, 0), ["in"]);
    assert_eq!(taken(&world, 180), ["out"]);
}

#[test]
fn once_is_once_for_a_message_a_turn_a_window_some_hours_or_ever() {
    let taken = |once: &str, change: &dyn Fn(&mut World), minute: i64| {
        let once: serde_json::Value = serde_json::from_str(once).unwrap();
        let mut world = world(serde_json::json!([{ "id": "a", "once": once, "trigger": { "on": "inbound" },
            "actions": [{ "do": "notify", "note": "x" }] }]));
        world.says("hi", 0);
        world.handle(&wrote(1, 0), at(0));
        change(&mut world);
        world.says("hi", minute);
        world.decide(&wrote(2, minute), at(minute)).effects.len() == 1
    };
    let nothing = |_: &mut World| {};
    let answered = |world: &mut World| world.last_business = Some(at(1));
    assert!(taken(r#"{"per":"message"}"#, &nothing, 5));
    assert!(!taken(r#"{"per":"turn","hours":12}"#, &nothing, 5));
    assert!(taken(r#"{"per":"turn","hours":12}"#, &answered, 5));
    assert!(taken(r#"{"per":"turn","hours":12}"#, &nothing, 720));
    assert!(!taken(r#"{"per":"hours","hours":12}"#, &answered, 719));
    assert!(taken(r#"{"per":"hours","hours":12}"#, &nothing, 720));
    assert!(!taken(r#"{"per":"window"}"#, &answered, 1439));
    assert!(taken(r#"{"per":"window"}"#, &nothing, 1440));
    assert!(!taken(r#"{"per":"conversation"}"#, &answered, 50_000));
}

#[test]
fn a_state_survives_json_and_an_empty_one_takes_no_room() {
    let mut world = world(serde_json::json!([reply("a", "Hello")]));
    assert_eq!(serde_json::to_string(&world.state).unwrap(), "{}");
    world.says("hi", 0);
    world.handle(&wrote(1, 0), at(0));
    let json = serde_json::to_string(&world.state).unwrap();
    assert_eq!(serde_json::from_str::<AutomationState>(&json).unwrap(), world.state);
    assert_eq!(world.state.after(&wrote(1, 0), &world.decide(&wrote(1, 0), at(9)), at(9)), world.state);
}

#[test]
fn a_resume_of_the_accounts_own_is_heeded() {
    let automations = Automations {
        rules: serde_json::from_value(serde_json::json!([reply("a", "x")])).unwrap(),
        resume: Resume::OnClose {},
        ..Automations::default()
    };
    let mut world = of(&without_builtin(automations));
    world.says("hi", 0);
    world.state.floor = world.state.floor.after_person(at(-500));
    assert_eq!(world.decide(&wrote(1, 0), at(0)).effects.len(), 0);
    world.ended_at = Some(at(-400));
    assert_eq!(world.decide(&wrote(1, 0), at(0)).effects.len(), 1);
}

proptest! {
    /// Records come in any order, any number of times; a process may die after noting and before doing. In the end each effect is
    /// there once, and no other than if each had come once.
    #[test]
    fn each_effect_is_done_once_however_records_come(
        order in prop::collection::vec((0..6_u128, any::<bool>()), 1..60),
    ) {
        let rules = serde_json::json!([
            { "id": "first", "trigger": { "on": "inbound" }, "when": "size(conversation.labels) < 3", "stop_after": true,
              "actions": [{ "do": "label", "add": ["one"] }, { "do": "notify", "note": "x" }] },
            { "id": "second", "trigger": { "on": "inbound" }, "actions": [{ "do": "label", "add": ["two"] }] },
            { "id": "third", "trigger": { "on": "label" }, "actions": [{ "do": "label", "add": ["three"] }] },
        ]);
        let mut world = world(rules);
        let mut decided: BTreeMap<EventId, Vec<EffectId>> = BTreeMap::new();
        let mut queue: Vec<(Cause, bool)> =
            order.into_iter().rev().map(|(record, dies)| (wrote(record, i64::try_from(record).unwrap()), dies)).collect();
        let mut handled = 0;
        while let Some((cause, dies)) = queue.pop() {
            handled += 1;
            prop_assert!(handled < 2000);
            world.says("hi", 0);
            let decision = world.decide(&cause, at(30));
            let ids: Vec<EffectId> = decision.effects.iter().map(|effect| effect.id).collect();
            if let Some(before) = decided.get(&cause.id).filter(|before| !before.is_empty()) {
                prop_assert_eq!(before, &ids);
            }
            decided.insert(cause.id, ids);
            world.state = world.state.after(&cause, &decision, at(30));
            if dies {
                // It comes again, later.
                queue.insert(0, (cause, false));
                continue;
            }
            let before = world.done.len();
            let follows = world.carry_out(&decision);
            if world.done.len() > before {
                queue.extend(follows.into_iter().map(|cause| (cause, false)));
            }
        }
        let all: BTreeSet<EffectId> = decided.values().flatten().copied().collect();
        prop_assert_eq!(all.len(), decided.values().map(Vec::len).sum::<usize>());
        prop_assert_eq!(&all, &world.done.keys().copied().collect::<BTreeSet<_>>());
    }
}

#[test]
fn what_is_done_is_done_and_a_program_with_a_lease_is_left_alone() {
    let mut world = world(serde_json::json!([reply("a", "Hello")]));
    world.says("hi", 0);
    world.handle(&wrote(1, 0), at(0));
    assert_eq!(world.decide(&wrote(1, 0), at(1)).effects.len(), 1, "once more, as long as it may not be done");
    world.state = world.state.when_done(EventId::from_bits(1));
    let again = world.decide(&wrote(1, 0), at(1));
    assert_eq!((again.effects.len(), again.nothing), (0, Some(Nothing::Done)));
    world.lent = true;
    world.says("hi", 5);
    assert_eq!(world.decide(&wrote(2, 5), at(5)).why[0].outcome, Outcome::ProgramHasIt);
}

#[test]
fn one_message_answers_a_question_of_how_satisfied_they_are() {
    let mut world = world(serde_json::json!([
        { "id": "ask", "trigger": { "on": "inbound" }, "actions": [{ "do": "ask_score", "text": "How was it?" }] },
    ]));
    let id = EventId::from_bits;
    assert_eq!(world.state.asked(id(1)), None);
    world.says("bye", 0);
    world.handle(&wrote(1, 0), at(0));
    let asked = |first| Some(Asked { at: at(0), first });
    assert_eq!(world.state.asked(id(2)), asked(true));
    world.state = world.state.heard(id(2), at(1), false);
    assert_eq!(
        (world.state.asked(id(2)), world.state.asked(id(3))),
        (asked(true), asked(false)),
        "told again, it is the first again"
    );
    world.state = world.state.heard(id(3), at(2), true);
    assert_eq!(
        (world.state.asked(id(3)), world.state.asked(id(4))),
        (asked(false), None),
        "a later number is no score"
    );
    assert_eq!(world.state.heard(id(3), at(2), true), world.state);
}

#[test]
fn what_a_row_shows_is_taken_for_the_rules_own_if_they_lately_decided_just_that() {
    let mut world = world(serde_json::json!([
        { "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "label", "add": ["x"] }, { "do": "close" }] },
    ]));
    world.says("hi", 0);
    world.handle(&wrote(1, 0), at(0));
    let label = |label: &str| Happened::Labelled { label: label.parse().unwrap() };
    let state = |from, to| Happened::State { from, to };
    let by =
        |happened: Happened, minute| world.state.origin_of(&happened, &world.compiled, at(minute)).chain().to_vec();
    let rule: Vec<RuleId> = vec!["a".parse().unwrap()];
    assert_eq!(by(label("x"), 1), rule);
    assert_eq!(by(state(State::Waiting, State::Closed), 1), rule);
    assert_eq!(by(label("y"), 1), []);
    assert_eq!(by(state(State::Waiting, State::Open), 1), [], "it wrote nothing");
    assert_eq!(by(label("x"), 61), [], "an hour later it is somebody else's doing");
}
