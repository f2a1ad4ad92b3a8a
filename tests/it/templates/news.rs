//! What is told of templates: each change once, and what has other names elsewhere.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::draft;
use crate::{events::Subscriber, world::World};

const PATH: &str = "room_ready/en";

/// What a subscriber was told of the template at Meta, without what is not there.
async fn told(crm: &Subscriber, field: &str) -> Vec<String> {
    let of_meta = |body: &Value| {
        let it = &body["data"]["template"];
        (it["name"] == "room_ready" && it["provider"] == "meta").then(|| it[field].as_str().unwrap_or("-").to_owned())
    };
    crm.posted().await.iter().filter_map(|(_, body)| of_meta(body)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_told_once_by_whichever_way_it_is_learnt() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["template.changed"] })).await;
    world.put_template(PATH, &draft()).await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    assert_eq!(told(&crm, "status").await, ["pending", "approved"]);
    let id = world.meta_id(PATH).await;
    world.decide(&id, json!({ "status": "paused" })).await;
    world.turn("PT1H").await;
    world.decide(&id, json!({ "status": "approved" })).await;
    world.look().await;
    assert_eq!(told(&crm, "status").await, ["pending", "approved", "paused", "reinstated"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_to_and_fro_is_told_each_time() {
    let world = World::new().await;
    world.put_template(PATH, &draft()).await;
    world.submit(PATH).await;
    world.turn("PT2M").await;
    world.look().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["template.changed"] })).await;
    let id = world.meta_id(PATH).await;
    for quality in ["green", "yellow", "green", "yellow"] {
        world.turn("PT1M").await;
        world.decide(&id, json!({ "quality": quality })).await;
    }
    assert_eq!(told(&crm, "quality").await, ["green", "yellow", "green", "yellow"]);
    for category in ["marketing", "utility", "marketing"] {
        world.turn("PT1M").await;
        world.decide(&id, json!({ "category": category })).await;
    }
    assert_eq!(told(&crm, "category").await[4..], ["marketing", "utility", "marketing"]);
    let last = crm.posted().await.last().unwrap().1["timestamp"].clone();
    assert_eq!(last, json!(world.now()), "when it changed, and not when it was approved");
}

/// What was made at Twilio has any friendly name; it is known by the name that it is approved under.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_at_twilio_is_imported_by_its_approved_name() {
    let world = World::new().await;
    let content = json!({ "friendly_name": "Breakfast Note (DE)", "language": "de", "variables": { "1": "7" },
        "types": { "twilio/text": { "body": "Guten Tag, das Frühstück beginnt morgen um {{1}} Uhr im Saal." } } });
    let made = world.at_twilio("/twilio/v1/Content", &content).await;
    let sid = made["sid"].as_str().unwrap();
    let approval = json!({ "name": "breakfast_note", "category": "UTILITY" });
    world.at_twilio(&format!("/twilio/v1/Content/{sid}/ApprovalRequests/whatsapp"), &approval).await;
    world.turn("PT2M").await;
    world.look().await;
    let shown = world.template("breakfast_note/de").await;
    assert_eq!((&shown["status"], &shown["variables"]), (&json!("approved"), &json!(["value_1"])), "{shown}");
    let (status, _) = world.api("DELETE", "/v1/templates/breakfast_note/de", Value::Null).await;
    assert_eq!(status, 200);
    world.look().await;
    assert_eq!(world.api("GET", "/v1/templates/breakfast_note/de", Value::Null).await.0, 404, "it is gone there, too");
}

impl World {
    /// As somebody does who works in Twilio's console.
    async fn at_twilio(&self, path: &str, body: &Value) -> Value {
        let channels = &self.local.demo.channels;
        let twilio = channels.iter().find(|channel| channel.id.to_string() == "demo-twilio").expect("it is the demo's");
        let token = self.local.demo.secrets().first(&self.account(), &twilio.credentials).expect("it has a token");
        let login = format!("{}:{token}", twilio.provider_account.as_deref().unwrap_or_default());
        let login = format!("Basic {}", STANDARD.encode(login));
        let headers = [("content-type", "application/json"), ("authorization", login.as_str())];
        let (status, answer) = self.outside.call("POST", path, &headers, body.to_string().into_bytes()).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert_eq!(status, 201, "{answer}");
        serde_json::from_str(&answer).unwrap()
    }
}
