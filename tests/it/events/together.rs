//! Several events in one call, and filters by expression.

use serde_json::{Value, json};

use super::Subscriber;
use crate::world::{ANA, BEN, World};

fn kinds_in(batch: &Value) -> Vec<&str> {
    batch["data"]["events"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_happens_within_the_time_comes_together_and_never_more_than_asked_for() {
    let world = World::new().await;
    let batch = json!({ "events": 3, "seconds": 30 });
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"], "batch": batch })).await;
    let other = Subscriber::new(&world, "other", json!({ "types": ["message.received"] })).await;
    for number in 0..5 {
        world.writes(ANA, &format!("number {number}")).await;
    }
    assert_eq!((crm.posted().await.len(), other.posted().await.len()), (0, 5), "it waits, and others do not");
    world.turn("PT30S").await;
    let posted = crm.posted().await;
    let mut sizes: Vec<usize> = posted.iter().map(|(_, body)| kinds_in(body).len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 3]);
    assert!(posted.iter().all(|(id, body)| id.starts_with("bat_") && body["type"] == "batch"));
    // Each has the id that it would have by itself.
    let mut of_batch: Vec<Value> = Vec::new();
    for (_, body) in &posted {
        of_batch.extend(body["data"]["events"].as_array().unwrap().iter().map(|it| it["data"]["id"].clone()));
    }
    let mut alone: Vec<Value> = other.posted().await.into_iter().map(|(id, _)| json!(id)).collect();
    of_batch.sort_by_key(ToString::to_string);
    alone.sort_by_key(ToString::to_string);
    assert_eq!(of_batch, alone);
    // One by itself is a batch of one: who takes batches always gets one.
    world.writes(BEN, "late").await;
    world.turn("PT30S").await;
    assert_eq!(kinds_in(&crm.posted().await[2].1), ["message.received"]);
}

/// (Fault matrix G1.)
#[tokio::test]
async fn a_batch_that_fails_comes_again_whole_and_each_can_be_told_again() {
    let world = World::new().await;
    let batch = json!({ "events": 10, "seconds": 5 });
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"], "batch": batch })).await;
    crm.answers(500);
    world.writes(ANA, "one").await;
    world.writes(BEN, "two").await;
    world.turn("PT5S").await;
    let first = crm.posted().await;
    assert_eq!(first.len(), 1);
    crm.answers(200);
    world.turn("PT1M").await;
    world.turn("PT10M").await;
    let told: Vec<Value> = crm
        .posted()
        .await
        .into_iter()
        .skip(1)
        .flat_map(|(_, body)| body["data"]["events"].as_array().unwrap().clone())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let (_, lines) = world.api("GET", "/v1/subscriptions/crm/deliveries", Value::Null).await;
    assert_eq!(lines["data"].as_array().unwrap().len(), 2, "a line for each");
}

#[tokio::test]
async fn an_expression_lets_pass_what_it_is_true_of() {
    let world = World::new().await;
    let filter = r#"event.type == "message.received" && event.data.message.content.body.contains("taxi")"#;
    let taxis = Subscriber::new(&world, "taxis", json!({ "filter": filter })).await;
    let filter = r#"has(event.data.message) && event.data.message.direction == "outbound""#;
    let answers = Subscriber::new(&world, "answers", json!({ "filter": filter, "types": ["message.accepted"] })).await;
    world.writes(ANA, "A taxi, please").await;
    world.writes(ANA, "And breakfast").await;
    world.say(ANA, "At once").await;
    world.settle().await;
    let taxis = taxis.posted().await;
    assert_eq!(taxis.len(), 1);
    assert!(taxis[0].1["data"]["message"]["content"].is_null(), "a filter shows nothing: the payload is thin");
    assert_eq!(answers.kinds().await, ["message.accepted"]);
}
