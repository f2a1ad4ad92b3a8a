//! Whoever must know is told, step by step, once, and only for as long as there is a reason.

use serde_json::{Value, json};

use crate::{
    events::Subscriber,
    world::{ANA, BEN, CARLA, World},
};

async fn told(crm: &Subscriber) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = crm.posted().await;
    let facts = told.iter().map(|(_, it)| &it["data"]["conversation"]);
    facts.map(|it| (text(&it["escalation"]["reason"]), text(&it["step"]))).collect()
}

fn steps(reason: &str, names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| (reason.to_owned(), (*name).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_goes_up_step_by_step_until_somebody_answers() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["conversation.escalated"] })).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT9M").await;
    assert_eq!(told(&crm).await, []);
    world.turn("PT2M").await;
    assert_eq!(told(&crm).await, steps("waiting", &["owner"]));
    world.turn("PT10M").await;
    assert_eq!(told(&crm).await, steps("waiting", &["owner", "team"]));
    world.say(ANA, "Good morning").await;
    world.turn("PT2H").await;
    assert_eq!(told(&crm).await.len(), 2, "she was answered before the manager was told");
    // The next wait is another one.
    world.writes(ANA, "Thank you. And the breakfast?").await;
    world.turn("PT2H").await;
    assert_eq!(told(&crm).await[2..], steps("waiting", &["owner", "team", "manager"]));
    world.turn("PT5H").await;
    assert_eq!(told(&crm).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_words_are_told_at_once_and_go_up_until_somebody_of_the_staff_writes() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["conversation.escalated"] })).await;
    let plan = json!({
        "reasons": ["urgent"],
        "steps": [
            { "name": "team", "after_minutes": 0, "to": "team" },
            { "name": "manager", "after_minutes": 5, "to": "manager" },
        ],
    });
    world.automates(json!({ "escalation": plan }), &[]).await;
    world.writes(ANA, "There is a fire in my room!").await;
    world.writes(BEN, "Fire! Please help").await;
    world.writes(CARLA, "Is there a fireplace in the bar?").await;
    assert_eq!(told(&crm).await, steps("urgent", &["team", "team"]));
    world.staff_says(BEN, "We are on our way").await;
    world.turn("PT10M").await;
    assert_eq!(told(&crm).await, steps("urgent", &["team", "team", "manager"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_that_is_not_kept_is_told_and_acted_on_by_open_hours() {
    let world = World::new().await;
    world.opens_nine_to_five().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["sla.breached"] })).await;
    world.api("PUT", "/v1/work-settings", json!({ "sla": { "first_response_minutes": 30 } })).await;
    let rule =
        json!({ "id": "late", "trigger": { "on": "sla_breached" }, "actions": [{ "do": "label", "add": ["late"] }] });
    world.rules(json!([rule])).await;
    // At a quarter to five: half of the promise is tomorrow's.
    world.turn("PT7H45M").await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    world.say(BEN, "Good evening").await;
    world.turn("PT16H").await;
    assert_eq!(crm.kinds().await, [""; 0]);
    world.turn("PT31M").await;
    assert_eq!(crm.kinds().await, ["sla.breached"]);
    assert_eq!((world.labels(ANA).await, world.labels(BEN).await), (json!(["late"]), json!([])));
}
