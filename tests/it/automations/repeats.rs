//! Whatever comes again, in whatever state a process died: each effect once.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use transom_engine::Verdict;
use transom_local::{functions::Functions, handlers::Handlers, local::TABLE};

use crate::{
    events::Subscriber,
    operations::checkpoint,
    races::at_call,
    world::{ANA, World},
};

async fn with_rules(world: &World) -> Subscriber {
    world.api("PUT", "/v1/work-settings", json!({ "teams": [{ "id": "spa", "name": "Spa" }] })).await;
    let crm =
        Subscriber::new(world, "crm", json!({ "types": ["automation.notified", "conversation.escalated"] })).await;
    let sequence = json!({ "id": "later", "steps": [{ "name": "one", "after_days": 1, "at_hour": 11, "template": "fallback" }], "stop_on": ["opt_out"] });
    let rules = json!([
        { "id": "all", "trigger": { "on": "inbound" }, "actions": [
            { "do": "label", "add": ["seen"] }, { "do": "route", "team": "spa" },
            { "do": "reply", "text": "We come.", "answers": true }, { "do": "notify", "note": "all" },
            { "do": "escalate", "to": "manager" }, { "do": "start_sequence", "sequence": "later" },
        ] },
        { "id": "labelled", "trigger": { "on": "label" }, "actions": [{ "do": "notify", "note": "labelled" }] },
        { "id": "opened", "trigger": { "on": "state", "to": ["open"] }, "actions": [{ "do": "notify", "note": "opened" }] },
    ]);
    let plan = json!({ "on": false, "reasons": [], "steps": [] });
    world.automates(json!({ "rules": rules, "sequences": [sequence], "escalation": plan }), &[]).await;
    crm
}

/// What there is after all of it: texts, work, events by what they say, sequences.
async fn outcome(world: &World, crm: &Subscriber) -> Value {
    let id = world.id_of(ANA).await;
    let (_, work) = world.api("GET", &format!("/v1/conversations/{id}/work"), Value::Null).await;
    let (_, automation) = world.api("GET", &format!("/v1/conversations/{id}/automations"), Value::Null).await;
    let mut told: Vec<String> = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for (event, body) in crm.posted().await {
        // Told more than once, it has the same id: subscribers know it by that.
        if ids.insert(event) {
            told.push(format!("{} {}", body["type"], body["data"]["conversation"]["note"]));
        }
    }
    told.sort();
    json!({
        "texts": world.texts_sent_to(ANA), "team": work["team"], "labels": work["labels"], "told": told,
        "sequences": automation["sequences"].as_array().unwrap().len(), "templates": world.templates_sent_to(ANA),
    })
}

/// `templates`: so many of the sequence, by then.
fn expected(templates: usize) -> Value {
    json!({
        "texts": ["We come."], "team": "spa", "labels": ["seen"],
        "told": [
            "\"automation.notified\" \"all\"", "\"automation.notified\" \"labelled\"", "\"automation.notified\" \"opened\"",
            "\"conversation.escalated\" null",
        ],
        "sequences": 1, "templates": templates,
    })
}

/// Protection: `AutomationState::acted_on`, derived ids, and what `deeds.rs` looks at before it changes the work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_record_comes_again_and_each_effect_is_there_once() {
    let world = World::new().await;
    let crm = with_rules(&world).await;
    world.settle().await;
    let after = checkpoint(&world);
    world.writes(ANA, "A massage, please").await;
    world.turn("PT27H").await;
    assert_eq!(outcome(&world, &crm).await, expected(1));
    let records = world.local.engine.stream(TABLE, after.as_deref()).expect("a stream").next(1000).expect("records");
    assert!(records.len() > 10, "{} records", records.len());
    let event = json!({ "Records": records });
    let (one, other) = (Handlers::new(&world.parts), Handlers::new(&world.parts));
    let (one, other) = tokio::join!(one.react(event.clone()), other.react(event));
    for answer in [one, other] {
        let answer = answer.expect("an answer");
        assert!(answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty), "{answer}");
    }
    world.turn("PT30H").await;
    assert_eq!(outcome(&world, &crm).await, expected(1));
}

/// Protection: the state is written before anything is done, and `AutomationState::when_done` after. The process that follows the
/// message dies at each of its calls to the database, before it takes effect and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_dies_at_any_call_and_each_effect_is_there_once() {
    for verdict in [Verdict::FailBefore(500, "InternalServerError"), Verdict::FailAfter(500, "InternalServerError")] {
        // Each third call: each takes a world of its own.
        for number in (0..).step_by(3) {
            let world = World::new().await;
            let crm = with_rules(&world).await;
            world.settle().await;
            let after = checkpoint(&world);
            world.writes_unsettled(ANA, "A massage, please").await;
            world.deliver_webhooks().await;
            let records =
                world.local.engine.stream(TABLE, after.as_deref()).expect("a stream").next(1000).expect("records");
            let (hook, calls) = at_call(number, verdict);
            let dying = Handlers::new(&world.parts_with(hook));
            let _ = dying.react(json!({ "Records": records })).await;
            let whole = calls.load(Ordering::SeqCst) <= number;
            world.turn("PT5M").await;
            assert_eq!(outcome(&world, &crm).await, expected(0), "call {number}");
            if whole {
                assert!(number > 10, "to follow a message takes several calls: {number}");
                break;
            }
        }
    }
}
