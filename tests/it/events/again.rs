//! Telling of a time once more.

use serde_json::{Value, json};

use super::Subscriber;
use crate::world::{ANA, BEN, World};

/// Protection: `app/jobs/replay.rs`. (Fault matrix G11.)
#[tokio::test]
async fn g11_a_time_is_told_again_under_the_same_ids_at_its_own_rate_and_marked() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"] })).await;
    let other = Subscriber::new(&world, "other", json!({})).await;
    for number in 0..6 {
        world.writes(ANA, &format!("number {number}")).await;
        world.turn("PT1M").await;
    }
    let until = world.now();
    world.turn("PT2H").await;
    world.writes(BEN, "later").await;
    let (told, others) = (crm.posted().await, other.posted().await.len());
    assert_eq!(told.len(), 7);
    let range = json!({ "from": "2026-03-01T09:01:00Z", "until": until, "per_second": 2 });
    let (status, job) = world.api("POST", "/v1/subscriptions/crm/replay", range).await;
    assert_eq!(status, 202, "{job}");
    world.settle().await;
    assert_eq!(crm.posted().await.len(), 7 + 2, "two at once, and the others wait");
    world.turn("PT1S").await;
    assert_eq!(crm.posted().await.len(), 7 + 4);
    for _ in 0..4 {
        world.turn("PT1S").await;
    }
    let again: Vec<(String, Value)> = crm.posted().await.split_off(7);
    let ids = |list: &[(String, Value)]| {
        let mut ids: Vec<String> = list.iter().map(|(id, _)| id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&again), ids(&told[1..6]), "what happened in that time, under the ids that it had");
    assert!(again.iter().all(|(_, body)| body["data"]["replay"] == true), "and marked");
    assert!(told.iter().all(|(_, body)| body["data"].get("replay").is_none()));
    assert_eq!(other.posted().await.len(), others, "nobody else is told");
    let (_, shown) = world.api("GET", &format!("/v1/jobs/{}", job["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!((&shown["state"], &shown["progress"]), (&json!("done"), &json!({ "events": 5 })));
}

/// What happened while nobody could be told is not lost. (Fault matrix G3.)
#[tokio::test]
async fn g3_what_happened_while_a_subscription_was_disabled_can_be_told() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"], "enabled": false })).await;
    world.writes(ANA, "while it was off").await;
    assert!(crm.posted().await.is_empty());
    let range = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    assert_eq!(world.api("POST", "/v1/subscriptions/crm/replay", range.clone()).await.0, 409);
    let body = json!({ "url": crm.server.uri(), "types": ["message.received"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 200);
    assert_eq!(world.api("POST", "/v1/subscriptions/crm/replay", range).await.0, 202);
    world.settle().await;
    assert_eq!(crm.kinds().await, ["message.received"]);
}

/// The history has a message; that it was a wish, or had a file, is found again. Protection: `may_be_wanted`, `by_content`.
#[tokio::test]
async fn what_else_a_message_was_is_told_again() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["contact.opted_out"] })).await;
    world.writes(ANA, "STOP").await;
    assert_eq!(crm.kinds().await, ["contact.opted_out"]);
    let range = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    assert_eq!(world.api("POST", "/v1/subscriptions/crm/replay", range).await.0, 202);
    world.settle().await;
    assert_eq!(crm.kinds().await, ["contact.opted_out"; 2]);
    let posted = crm.posted().await;
    assert_eq!(posted[0].0, posted[1].0, "under the same id");
}

/// What no row shows is kept for a subscription that is disabled, too. Protection: `asks_for`. (Fault matrix G3.)
#[tokio::test]
async fn an_erasure_while_a_subscription_was_disabled_can_be_told() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["contact.erased"], "enabled": false })).await;
    world.writes(ANA, "Good morning").await;
    let contact = world.contact_of(ANA).await;
    assert_eq!(world.api("POST", &format!("/v1/contacts/{contact}/erase"), json!({})).await.0, 202);
    world.turn("PT3M").await;
    let body = json!({ "url": crm.server.uri(), "types": ["contact.erased"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 200);
    let range = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    assert_eq!(world.api("POST", "/v1/subscriptions/crm/replay", range).await.0, 202);
    world.settle().await;
    assert_eq!(crm.kinds().await, ["contact.erased"]);
}
