//! Rules that were written to go round in circles, and programs that greet each other: it ends.

use serde_json::json;

use crate::{
    events::Subscriber,
    world::{ANA, World},
};

/// Protection: `Outcome::OwnEffect`, the chain's length and the budgets in `domain/automation/decide.rs`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_lead_to_each_other_come_to_rest() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["automation.notified"] })).await;
    let turn = |id: &str, added: &str, add: &str, remove: &str| {
        json!({ "id": id, "trigger": { "on": "label", "added": [added] },
            "actions": [{ "do": "label", "add": [add], "remove": [remove] }, { "do": "notify", "note": id }] })
    };
    world
        .rules(json!([
            { "id": "begin", "trigger": { "on": "inbound" }, "actions": [{ "do": "label", "add": ["one"] }] },
            turn("one-two", "one", "two", "one"),
            turn("two-one", "two", "one", "two"),
            { "id": "answer", "trigger": { "on": "state", "to": ["waiting", "open"] },
              "actions": [{ "do": "reply", "text": "Yes?", "answers": true }, { "do": "notify", "note": "answer" }] },
        ]))
        .await;
    world.writes(ANA, "Hello").await;
    world.turn("PT10M").await;
    world.turn("PT10M").await;
    let notes: Vec<String> = crm
        .posted()
        .await
        .iter()
        .map(|(_, it)| it["data"]["conversation"]["note"].as_str().unwrap().to_owned())
        .collect();
    let count = |note: &str| notes.iter().filter(|it| *it == note).count();
    assert_eq!((count("one-two"), count("two-one"), count("answer")), (1, 1, 1), "{notes:?}");
    assert_eq!(world.texts_sent_to(ANA), ["Yes?"]);
}

/// Protection: `MOST_MESSAGES` and `MOST_EFFECTS`. A program outside answers whatever it is written to, in words that do not look
/// like a program's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_talk_with_another_program_ends() {
    let world = World::new().await;
    world.rules(json!([{ "id": "hello", "trigger": { "on": "inbound" }, "actions": [{ "do": "reply", "text": "Hello!" }] }])).await;
    for number in 0..30 {
        world.writes(ANA, &format!("And {number} more things that I wanted to ask")).await;
        world.turn("PT10S").await;
    }
    let sent = world.texts_sent_to(ANA).len();
    assert!((1..=10).contains(&sent), "{sent}");
}
