//! Old messages move to the archive and are read from there as before; what was kept long enough is forgotten.

use serde_json::{Value, json};

use super::text_of;
use crate::world::{ANA, BEN, World};

async fn texts(world: &World, customer: &str) -> Vec<String> {
    world.messages(customer).await.iter().map(|it| text_of(it).to_owned()).collect()
}

/// How many rows of messages the table holds.
async fn rows(world: &World) -> usize {
    let scan = world.local.engine.dynamo().scan().table_name(transom_local::local::TABLE).send().await.unwrap();
    let is_message = |row: &&std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        row["sk"].as_s().unwrap().starts_with("M#")
    };
    scan.items.unwrap_or_default().iter().filter(is_message).count()
}

/// Protection: stored before it is noted, noted before it is taken away (`threads::archive`).
#[tokio::test]
async fn old_messages_leave_the_table_and_the_thread_reads_as_before() {
    let world = World::new().await;
    for number in 0..5 {
        world.writes(ANA, &format!("old {number}")).await;
        world.say(ANA, &format!("answer {number}")).await;
        world.turn("PT1M").await;
    }
    let before = world.messages(ANA).await;
    assert_eq!(before.len(), 10);
    world.keeps(json!({ "archive_after_days": 30 })).await;
    world.days(33).await;
    assert!(!world.objects("threads/").await.is_empty());
    assert!(rows(&world).await < 10);
    let (old, after): (Vec<_>, Vec<_>) = (before, world.messages(ANA).await);
    let ids = |list: &[Value]| list.iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&after)[after.len() - 10..], ids(&old)[..], "in the same order");
    let texts: Vec<&str> = after.iter().map(text_of).collect();
    assert!(texts.contains(&"old 0") && texts.contains(&"answer 4"), "and can be read: {texts:?}");

    // New ones join the old ones, page by page.
    world.writes(ANA, "new").await;
    let id = world.family(ANA).await.unwrap().survivor.id;
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/v1/conversations/{id}/messages?limit=3{cursor}");
        let (status, page) = world.api("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(page["data"].as_array().unwrap().iter().map(|it| it["id"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids(&world.messages(ANA).await));
    // One by itself, with its history.
    let one = world.get_message(old[1]["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(one["state"], old[1]["state"]);
    assert!(!one["history"].as_array().unwrap().is_empty());
    // And whoever is handed everything is handed these, too.
    let contact = world.contact_of(ANA).await;
    let export = world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    let lines = world.file(&export, "messages-000001.jsonl").await;
    assert_eq!(lines.lines().count(), seen.len());
    assert!(lines.contains("old 0") && lines.contains("new"));
}

/// A message that an old webhook brings again is the one that was moved, not another. (Fault matrix K2.)
#[tokio::test]
async fn a_webhook_that_is_replayed_after_its_message_moved_brings_nothing_back() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "hello").await;
    let calls = world.outside.take_due(world.now()).unwrap();
    world.receive_again(&world.parts, &calls).await;
    for call in &calls {
        world.outside.webhook_done(call.id, 200).unwrap();
    }
    world.settle().await;
    world.keeps(json!({ "archive_after_days": 30, "messages_days": 40 })).await;
    world.days(33).await;
    let before = (texts(&world, ANA).await, rows(&world).await);
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert_eq!((texts(&world, ANA).await, rows(&world).await), before);
    world.days(10).await;
    assert!(!texts(&world, ANA).await.contains(&"hello".to_owned()), "and forgotten is forgotten");
    world.receive_again(&world.parts, &calls).await;
    world.settle().await;
    assert!(!texts(&world, ANA).await.contains(&"hello".to_owned()));
}

/// Protection: `Holds` in `app/jobs/upkeep.rs`.
#[tokio::test]
async fn what_was_kept_long_enough_is_forgotten_but_not_under_a_hold() {
    let world = World::new().await;
    world.writes(ANA, "of ana").await;
    world.writes(BEN, "of ben").await;
    let ben = world.contact_of(BEN).await;
    let (status, _) = world.api("PUT", &format!("/v1/contacts/{ben}/hold"), json!({ "why": "a dispute" })).await;
    assert_eq!(status, 200);
    let rules = json!({ "archive_after_days": 30, "messages_days": 40, "receipts_days": 40, "audit_days": 40 });
    world.keeps(rules.clone()).await;
    assert_eq!(world.api("GET", "/v1/retention", Value::Null).await.1["messages_days"], 40);
    world.days(35).await;
    assert!(world.objects("threads/").await.len() >= 2);
    let first_day = || async { world.objects("segments/account=demo/day=2026-03-01/").await.len() };
    assert!(first_day().await > 0);
    world.days(10).await;
    assert!(!texts(&world, ANA).await.contains(&"of ana".to_owned()));
    assert!(texts(&world, BEN).await.contains(&"of ben".to_owned()), "held");
    assert!(first_day().await > 0, "and so is the history, which holds what is of many");
    let upkeep = |list: Value| list["data"].as_array().unwrap().iter().any(|job| job["progress"]["held"] == true);
    let (_, jobs) = world.api("GET", "/v1/jobs?limit=100", Value::Null).await;
    assert!(upkeep(jobs.clone()), "it says that something was held: {jobs}");
    assert_eq!(world.api("DELETE", &format!("/v1/contacts/{ben}/hold"), Value::Null).await.0, 204);
    world.days(2).await;
    assert!(!texts(&world, BEN).await.contains(&"of ben".to_owned()));
    assert_eq!(first_day().await, 0);
}

/// The history holds what messages said: it is kept no longer than they are. Protection: `history_days` in `domain/retention.rs`.
#[tokio::test]
async fn what_a_message_said_is_forgotten_in_the_history_too() {
    let world = World::new().await;
    world.keeps(json!({ "messages_days": 30 })).await;
    world.writes(ANA, "the-blue-heron").await;
    assert!(world.readable("the-blue-heron").await > 1);
    world.days(33).await;
    assert_eq!(world.readable("the-blue-heron").await, 0);
}

/// Protection: `hold_output` and `erasures` in `app/jobs/upkeep.rs`.
#[tokio::test]
async fn what_is_kept_for_audits_stays_under_a_hold_of_the_account() {
    let world = World::new().await;
    world.keeps(json!({ "audit_days": 30 })).await;
    world.writes(ANA, "Hello").await;
    let contact = world.contact_of(ANA).await;
    world.turn("PT1H").await;
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": world.now() });
    let report = world.ask("/v1/reports/compliance", order).await;
    let erasure = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    assert_eq!(world.api("PUT", "/v1/hold", json!({ "why": "a dispute" })).await.0, 200);
    world.days(34).await;
    assert_eq!(world.job(&report).await["state"], "done");
    assert_eq!(world.job(&erasure).await["state"], "done");
    assert_eq!(world.objects("erasures/").await.len(), 1);
    assert!(!world.objects("outputs/").await.is_empty());
}

/// Reports and receipts of erasures go when the account says so, and not before.
#[tokio::test]
async fn what_is_kept_for_audits_goes_when_the_account_says_so() {
    let world = World::new().await;
    world.keeps(json!({ "audit_days": 30 })).await;
    world.writes(ANA, "Hello").await;
    let contact = world.contact_of(ANA).await;
    world.turn("PT1H").await;
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": world.now() });
    let report = world.ask("/v1/reports/compliance", order).await;
    let erasure = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.days(29).await;
    assert_eq!(world.job(&report).await["state"], "done");
    assert_eq!(
        (world.objects("erasures/").await.len(), world.job(&erasure).await["state"].clone()),
        (1, json!("done"))
    );
    world.days(4).await;
    for job in [&report, &erasure] {
        assert_eq!(world.api("GET", &format!("/v1/jobs/{job}"), Value::Null).await.0, 404);
    }
    assert!(world.objects("erasures/").await.is_empty() && world.objects("outputs/").await.is_empty());
}
