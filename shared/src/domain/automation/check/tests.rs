//! What may not be stored, each with its field.

use serde_json::{Value, json};

use super::*;
use crate::domain::template::{Definition, Template};

fn templates() -> Vec<Template> {
    vec![
        Template::declared("welcome", "en", Definition::of("Welcome to {{hotel_name}}, {{guest_name}}")),
        Template::declared("hola", "es", Definition::of("Hola")),
    ]
}

fn checked(automations: &Automations) -> Result<(), Vec<Problem>> {
    let (teams, skills) = (["front-desk".parse().unwrap()], ["billing".parse().unwrap()]);
    let (staff, subscriptions) = ([StaffId::from_bits(1)], ["desk".parse().unwrap()]);
    let templates = templates();
    automations.check(&Known {
        teams: &teams,
        skills: &skills,
        staff: &staff,
        subscriptions: &subscriptions,
        templates: Standings { templates: &templates, languages: &[], sendable: &|_| Ok(()) },
        default_language: "en",
    })
}

fn rule() -> Value {
    json!({ "id": "a", "trigger": { "on": "inbound" }, "actions": [{ "do": "notify", "note": "x" }] })
}

/// The rule with one part replaced.
fn with(part: &str, value: Value) -> Value {
    let mut it = rule();
    it[part] = value;
    it
}

#[track_caller]
fn refused(rules: &[Value], field: &str) -> String {
    let automations: Automations = serde_json::from_value(json!({ "rules": rules })).unwrap();
    let problems = checked(&automations).unwrap_err();
    let found: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(found, [field], "{problems:?}");
    problems[0].message.clone()
}

#[test]
fn the_example_of_the_documentation_is_taken_and_survives_json() {
    let json = json!({
        "rules": [
            { "id": "urgent-vip", "trigger": { "on": "keyword", "words": ["urgent"], "languages": ["en"] },
              "when": "contact.vip && waiting_minutes > 5", "actions": [{ "do": "escalate", "to": "manager" }] },
            { "id": "all", "name": "Everything", "on": false, "order": 3, "stop_after": true, "within": "business_hours",
              "once": { "per": "turn", "hours": 12 }, "trigger": { "on": "timer", "since": "answered", "minutes": 60 },
              "actions": [
                { "do": "reply", "text": "Hi", "languages": { "es": "Hola" } },
                { "do": "template", "template": "welcome", "values": { "guest_name": "guest" } },
                { "do": "route", "team": "front-desk", "skill": "billing" },
                { "do": "assign", "to": StaffId::from_bits(1).to_string() },
                { "do": "label", "add": ["a"], "remove": ["b"] },
                { "do": "open_request", "kind": "towels" },
                { "do": "escalate", "to": { "other_team": "front-desk" } },
                { "do": "webhook", "subscription": "desk" },
                { "do": "start_sequence", "sequence": "after-stay" },
                { "do": "close" },
              ] },
        ],
        "escalation": { "reasons": ["urgent"], "steps": [{ "name": "one", "after_minutes": 0, "to": "owner" }] },
        "resume": { "is": "on_close" },
    });
    let automations: Automations = serde_json::from_value(json).unwrap();
    assert_eq!(checked(&automations), Ok(()));
    let again: Automations = serde_json::from_str(&serde_json::to_string(&automations).unwrap()).unwrap();
    assert_eq!(again, automations);
}

#[test]
fn a_field_that_nobody_knows_is_refused() {
    for (part, value) in [
        ("nope", json!(1)),
        ("trigger", json!({ "on": "inbound", "x": 1 })),
        ("trigger", json!({ "on": "nothing" })),
        ("actions", json!([{ "do": "close", "x": 1 }])),
        ("actions", json!([{ "do": "reply", "words": "x" }])),
        ("once", json!({ "per": "day" })),
        ("once", json!({ "per": "window", "hours": 3 })),
        ("within", json!("night")),
        ("trigger", json!({ "on": "scored", "at_most": 9 })),
    ] {
        assert!(serde_json::from_value::<Rule>(with(part, value.clone())).is_err(), "{part} {value}");
    }
    assert!(serde_json::from_value::<Rule>(rule()).is_ok());
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let action = |it: Value| with("actions", json!([{ "do": "notify", "note": "x" }, it]));
    let trigger = |it: Value| with("trigger", it);
    for (rule, field) in [
        (with("name", json!("x".repeat(81))), "rules[0].name"),
        (with("actions", json!([])), "rules[0].actions"),
        (with("actions", json!(vec![json!({ "do": "close" }); 11])), "rules[0].actions"),
        (with("once", json!({ "per": "hours", "hours": 0 })), "rules[0].once.hours"),
        (with("when", json!("contact.vipp")), "rules[0].when"),
        (with("when", json!("booking.event == \"booked\"")), "rules[0].when"),
        (with("when", json!("score > 3")), "rules[0].when"),
        (trigger(json!({ "on": "inbound", "kinds": ["text", "letter"] })), "rules[0].trigger.kinds[1]"),
        (trigger(json!({ "on": "keyword", "words": [] })), "rules[0].trigger.words"),
        (trigger(json!({ "on": "keyword", "words": ["a", "?!"] })), "rules[0].trigger.words[1]"),
        (trigger(json!({ "on": "keyword", "words": ["a"], "languages": ["english"] })), "rules[0].trigger.languages"),
        (trigger(json!({ "on": "template_answered", "templates": ["nope"] })), "rules[0].trigger.templates[0]"),
        (trigger(json!({ "on": "button", "ids": [""] })), "rules[0].trigger"),
        (trigger(json!({ "on": "timer", "since": "waiting", "minutes": 0 })), "rules[0].trigger.minutes"),
        (trigger(json!({ "on": "state", "from": ["open"], "to": ["open"] })), "rules[0].trigger.to"),
        (trigger(json!({ "on": "scored", "at_least": 4, "at_most": 2 })), "rules[0].trigger.at_least"),
        (action(json!({ "do": "reply", "text": " " })), "rules[0].actions[1].text"),
        (action(json!({ "do": "reply", "text": "x".repeat(1025) })), "rules[0].actions[1].text"),
        (action(json!({ "do": "reply", "text": "Dear {{guest_name}}" })), "rules[0].actions[1].text"),
        (action(json!({ "do": "reply", "text": "Dear {{guest" })), "rules[0].actions[1].text"),
        (action(json!({ "do": "reply", "text": "x", "languages": { "es": "" } })), "rules[0].actions[1].languages.es"),
        (action(json!({ "do": "reply", "text": "x", "languages": { "x": "x" } })), "rules[0].actions[1].languages"),
        (action(json!({ "do": "template", "template": "nope" })), "rules[0].actions[1].template"),
        (action(json!({ "do": "template", "template": "hola" })), "rules[0].actions[1].template"),
        (action(json!({ "do": "template", "template": "welcome" })), "rules[0].actions[1].values"),
        (
            action(json!({ "do": "template", "template": "welcome", "values": { "x": "y" } })),
            "rules[0].actions[1].values",
        ),
        (action(json!({ "do": "route", "team": "nope" })), "rules[0].actions[1].team"),
        (action(json!({ "do": "route", "team": "front-desk", "skill": "nope" })), "rules[0].actions[1].skill"),
        (action(json!({ "do": "assign", "to": StaffId::from_bits(9).to_string() })), "rules[0].actions[1].to"),
        (action(json!({ "do": "label" })), "rules[0].actions[1].add"),
        (action(json!({ "do": "label", "add": ["a"], "remove": ["a"] })), "rules[0].actions[1].remove"),
        (action(json!({ "do": "open_request", "kind": "" })), "rules[0].actions[1].kind"),
        (action(json!({ "do": "escalate", "to": { "other_team": "nope" } })), "rules[0].actions[1].to"),
        (action(json!({ "do": "notify", "note": "" })), "rules[0].actions[1].note"),
        (action(json!({ "do": "webhook", "subscription": "nope" })), "rules[0].actions[1].subscription"),
        (action(json!({ "do": "start_sequence", "sequence": "nope" })), "rules[0].actions[1].sequence"),
    ] {
        refused(&[rule], field);
    }
    refused(&[rule(), rule()], "rules[1].id");
    let message = refused(&[with("when", json!("contact.vipp"))], "rules[0].when");
    assert!(message.contains("there are language, vip"), "{message}");
}

#[test]
fn a_condition_about_a_message_needs_one() {
    let mut it = with("trigger", json!({ "on": "timer", "since": "waiting", "minutes": 5 }));
    it["when"] = json!("message.urgent");
    let message = refused(&[it], "rules[0].when");
    assert!(message.contains("no message"), "{message}");
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let rules = [with("when", json!("nope")), with("actions", json!([]))];
    let automations: Automations =
        serde_json::from_value(json!({ "rules": rules, "builtin": { "nope": { "on": true } },
        "resume": { "is": "after_minutes", "minutes": 0 } }))
        .unwrap();
    let fields: Vec<String> = checked(&automations).unwrap_err().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["rules[0].when", "rules[1].id", "rules[1].actions", "builtin.nope", "resume.minutes"]);
}

#[test]
fn there_is_an_end_to_how_many_and_how_dear() {
    let many = |count: usize, when: Option<&str>| {
        let rules: Vec<Value> = (0..count)
            .map(|n| {
                let mut it = with("id", json!(format!("r{n}")));
                if let Some(when) = when {
                    it["when"] = json!(when);
                }
                it
            })
            .collect();
        checked(&serde_json::from_value(json!({ "rules": rules })).unwrap()).err().map(|problems| problems[0].clone())
    };
    assert_eq!(many(50, None), None);
    assert_eq!(many(51, None).unwrap().field, "rules");
    assert_eq!(many(50, Some("contact.vip && waiting_minutes > 5")), None);
    let dear = ["contact.tags.exists(t, t == \"a\")"; 4].join(" || ");
    assert!(many(50, Some(&dear)).unwrap().message.contains("together"));
}

#[test]
fn sequences_and_escalations_are_in_the_order_of_their_times() {
    let fields = |json: Value| {
        let automations: Automations = serde_json::from_value(json).unwrap();
        checked(&automations).unwrap_err().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    let step = |name: &str, after_days: u16, at_hour: u8| json!({ "name": name, "after_days": after_days, "at_hour": at_hour, "template": "welcome", "values": { "guest_name": "x" } });
    let sequence = |steps: Value| json!({ "sequences": [{ "id": "s", "steps": steps }] });
    assert_eq!(fields(sequence(json!([]))), ["sequences[0].steps"]);
    assert_eq!(fields(sequence(json!([step("a", 2, 9), step("b", 1, 9)]))), ["sequences[0].steps[1].after_days"]);
    assert_eq!(fields(sequence(json!([step("a", 1, 9), step("a", 1, 10)]))), ["sequences[0].steps[1].name"]);
    assert_eq!(fields(sequence(json!([step("a", 1, 24)]))), ["sequences[0].steps[0].at_hour"]);
    let up = |name: &str, after_minutes: u32, only_for: &[&str]| json!({ "name": name, "after_minutes": after_minutes, "to": "manager", "only_for": only_for });
    let plan = |steps: Value| json!({ "escalation": { "reasons": ["waiting"], "steps": steps } });
    assert_eq!(
        fields(plan(json!([up("a", 20, &[]), up("b", 10, &["waiting"])]))),
        ["escalation.steps[1].after_minutes"]
    );
    let apart: Automations =
        serde_json::from_value(plan(json!([up("a", 20, &["urgent"]), up("b", 10, &["waiting"])]))).unwrap();
    assert_eq!(checked(&apart), Ok(()));
}

#[test]
fn rules_that_may_go_round_are_warned_of_but_not_refused() {
    let labels = |id: &str, from: &str, to: &str| json!({ "id": id, "trigger": { "on": "label", "added": [from] }, "actions": [{ "do": "label", "add": [to] }] });
    let warned = |rules: Value| {
        let automations: Automations = serde_json::from_value(json!({ "rules": rules })).unwrap();
        assert_eq!(checked(&automations), Ok(()));
        automations.warnings()
    };
    assert_eq!(warned(json!([labels("a", "x", "y"), labels("b", "y", "z")])), []);
    let round = warned(json!([rule(), labels("b", "x", "y"), labels("c", "y", "z"), labels("d", "z", "x")]));
    assert_eq!(round.len(), 1);
    assert_eq!(round[0].field, "rules[1].actions");
    assert!(round[0].message.contains("b → c → d → b"), "{}", round[0].message);
    assert_eq!(warned(json!([labels("b", "x", "x")]))[0].field, "rules[0].actions");
    let close = json!({ "id": "c", "trigger": { "on": "state", "to": ["closed"] }, "actions": [{ "do": "close" }] });
    assert_eq!(warned(json!([close])).len(), 1);
    let answered = json!({ "id": "c", "trigger": { "on": "state", "from": ["waiting"], "to": ["open"] },
        "actions": [{ "do": "reply", "text": "x" }] });
    assert_eq!(warned(json!([answered])).len(), 1);
}
