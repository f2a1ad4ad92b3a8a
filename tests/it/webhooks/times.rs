//! Times and receipts: what a provider's clock is worth, and that the order of arrival is worth nothing.

use serde_json::{Value, json};
use transom::domain::Timestamp;

use super::everything_about;
use crate::{
    calls::{messages, status, statuses, text},
    world::{ANA, BEN, World},
};

/// Fault matrix A18.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_makes_no_sense_is_replaced_by_that_of_the_first_sight_for_good() {
    let world = World::new().await;
    let first_seen = world.now();
    let seconds = first_seen.as_second();
    let earlier = seconds - 600;
    let cases: [(Value, i64); 9] = [
        (json!(earlier.to_string()), earlier),
        (json!(earlier), earlier),
        (Value::Null, seconds),
        (json!(""), seconds),
        (json!("soon"), seconds),
        (json!("0"), seconds),
        (json!((seconds + 7_200).to_string()), seconds),
        (json!((seconds * 1_000).to_string()), seconds),
        (json!("99999999999999999999"), seconds),
    ];
    let body = |index: usize, time: &Value| {
        let mut message = text(&format!("1650557{index:04}"), &format!("wamid.{index}"), first_seen, "Hello");
        message["timestamp"] = time.clone();
        messages(&[message])
    };
    for (index, (time, _)) in cases.iter().enumerate() {
        assert_eq!(world.meta_posts(&body(index, time)).await, 200);
    }
    // Again an hour later, and again when the time that lay ahead has come: the times stay.
    for (by, (index, (time, expected))) in
        ["PT1H", "PT3H"].iter().flat_map(|by| cases.iter().enumerate().map(move |case| (by, case)))
    {
        if index == 0 {
            world.turn(by).await;
        }
        assert_eq!(world.meta_posts(&body(index, time)).await, 200);
        let said = world.messages(&format!("1650557{index:04}")).await;
        assert_eq!(said.len(), 1, "{time}");
        let at: Timestamp = said[0]["at"].as_str().unwrap().parse().unwrap();
        assert_eq!(at.as_second(), *expected, "{time}");
        let it = world.conversation(&format!("1650557{index:04}")).await;
        let closes_at: Timestamp = it["window"]["closes_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(closes_at.as_second(), expected + 86_400, "{time}");
    }
}

/// Fault matrix A17: an older message does not move the window back, nor its address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_older_message_moves_nothing_back() {
    let world = World::new().await;
    let now = world.now();
    let newer = messages(&[text(ANA, "wamid.2", now, "newer")]);
    let older = messages(&[text(ANA, "wamid.1", now - jiff::SignedDuration::from_hours(3), "older")]);
    assert_eq!(world.meta_posts(&newer).await, 200);
    world.settle().await;
    let before = world.conversation(ANA).await;
    assert_eq!(world.meta_posts(&older).await, 200);
    world.settle().await;
    assert_eq!(world.conversation(ANA).await, before);
    let said: Vec<_> = world.messages(ANA).await.iter().map(|m| m["content"]["body"].clone()).collect();
    assert_eq!(said, ["newer", "older"]);
}

/// Fault matrix F1 and F5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_lead_to_the_same_state_in_any_order() {
    let world = World::silent().await;
    world.writes(ANA, "Hello").await;
    let orders: [[&str; 3]; 6] = [
        ["sent", "delivered", "read"],
        ["sent", "read", "delivered"],
        ["delivered", "sent", "read"],
        ["delivered", "read", "sent"],
        ["read", "sent", "delivered"],
        ["read", "delivered", "sent"],
    ];
    let mut ids = Vec::new();
    for order in orders {
        ids.push((world.say(ANA, &order.join(" ")).await, order));
    }
    world.settle().await;
    let at = |word: &str| {
        let seconds = ["sent", "delivered", "read"].iter().position(|known| *known == word).unwrap();
        world.now() + jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap())
    };
    let mut histories = Vec::new();
    for (id, order) in ids {
        let mut last_rank = 0;
        for word in order {
            let report = statuses(&[status(&format!("demo.{id}.1"), word, at(word))]);
            assert_eq!(world.meta_posts(&report).await, 200);
            assert_eq!(world.meta_posts(&report).await, 200);
            let state = world.state_of(id).await;
            let rank = ["accepted", "sent", "delivered", "read"].iter().position(|known| *known == state).unwrap();
            assert!(rank >= last_rank, "{order:?} went back to {state}");
            last_rank = rank;
        }
        let it = world.get_message(id).await;
        assert_eq!(it["state"], "read", "{order:?}");
        histories.push(it["history"].clone());
    }
    assert!(histories.windows(2).all(|pair| pair[0] == pair[1]), "{histories:#?}");

    // A failure after it arrived, and before.
    let mut ends = Vec::new();
    for order in [["delivered", "failed"], ["failed", "delivered"]] {
        let id = world.say(ANA, "And one more").await;
        world.settle().await;
        for word in order {
            let mut report = status(&format!("demo.{id}.1"), word, world.now());
            if word == "failed" {
                report["errors"] = json!([{ "code": 131_000 }]);
            }
            assert_eq!(world.meta_posts(&statuses(&[report])).await, 200);
        }
        ends.push((world.state_of(id).await, world.get_message(id).await["history"].clone()));
    }
    assert_eq!(ends[0], ends[1]);
}

/// Fault matrix F6 and F7: receipts that are about nothing of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_about_nothing_of_ours_change_nothing_and_are_taken() {
    let world = World::silent().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    let before = (everything_about(&world, ANA).await, world.get_message(id).await);
    let never_made = id.to_string().replace("msg_", "");
    let never_made: String = never_made.chars().rev().collect();
    for callback in [
        String::new(),
        "nonsense".to_owned(),
        "demo".to_owned(),
        format!("demo.{id}"),
        format!("demo.{id}.0"),
        format!("demo.{id}.2"),
        format!("demo.{id}.4294967296"),
        format!("demo.{id}.1.1"),
        format!("other.{id}.1"),
        format!("demo.msg_{never_made}.1"),
        format!("demo.{}.1", id.to_string().to_lowercase()),
    ] {
        let report = statuses(&[status(&callback, "read", world.now())]);
        assert_eq!(world.meta_posts(&report).await, 200, "{callback}");
    }
    world.settle().await;
    assert_eq!((everything_about(&world, ANA).await, world.get_message(id).await), before);
    // An inbound message is none of ours to report on.
    world.writes(BEN, "Hello").await;
    let inbound = world.messages(BEN).await[0]["id"].as_str().unwrap().to_owned();
    let before = everything_about(&world, BEN).await;
    let report = statuses(&[status(&format!("demo.{inbound}.1"), "failed", world.now())]);
    assert_eq!(world.meta_posts(&report).await, 200);
    world.settle().await;
    assert_eq!(everything_about(&world, BEN).await, before);
}
