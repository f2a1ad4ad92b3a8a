//! Subscriptions as those see them who are to be told.

use serde_json::{Value, json};
use transom::{
    domain::{EventId, event::EventKind},
    ports::{
        events::EventJob,
        store::{DeliveryLine, DeliveryOutcome},
    },
    seal::{Sealed, is_webhook_secret},
};

use crate::world::{KEYLESS_TOKEN, OTHER_TOKEN, World};

const PATH: &str = "/v1/subscriptions/crm";

fn subscription() -> Value {
    json!({ "url": "https://crm.example.com/hook", "types": ["message.received", "message.failed"],
        "channels": ["front-desk"], "contents": ["text"], "payload": "full" })
}

#[tokio::test]
async fn a_subscription_is_made_shown_listed_changed_and_removed() {
    let world = World::new().await;
    let made = world.put(PATH, subscription()).await.with(201);
    assert!(is_webhook_secret(made["secret"].as_str().unwrap()), "{made}");
    for (field, value) in subscription().as_object().unwrap() {
        assert_eq!(made[field], *value);
    }
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(world.get(PATH).await.with(200), shown, "a secret is shown once");
    assert_eq!(world.get("/v1/subscriptions").await.with(200)["data"], json!([shown]));
    let changed = json!({ "url": "https://crm.example.com/other" });
    let changed = world.put(PATH, changed).await.with(200);
    assert_eq!(
        (&changed["types"], &changed["payload"], &changed["secret"]),
        (&json!([]), &json!("thin"), &Value::Null)
    );
    assert_eq!(changed["created_at"], made["created_at"]);
    for (method, path) in [("GET", PATH), ("DELETE", PATH), ("POST", "/v1/subscriptions/crm/test")] {
        world.call(OTHER_TOKEN, method, path, None).await.is_a_problem(404);
    }
    world.call(crate::world::TOKEN, "DELETE", PATH, None).await.with(204);
    world.get(PATH).await.is_a_problem(404);
    world.call(crate::world::TOKEN, "DELETE", PATH, None).await.is_a_problem(404);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = World::new().await;
    let refused = async |field: &str, value: Value, named: &str| {
        let mut body = subscription();
        body[field] = value;
        world.put(PATH, body).await.names(422, named);
    };
    for url in [
        "",
        "crm",
        "http://crm.example.com/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://user:secret@crm.example.com/",
        "https://crm.example.com:22/",
        "https://localhost/",
        "https://crm.example.com/#a",
    ] {
        refused("url", json!(url), "url").await;
    }
    refused("channels", json!(["front-desk", "back-door"]), "channels[1]").await;
    refused("secret", json!("whsec_short"), "secret").await;
    refused("types", json!(["message.smelled"]), "types[0]").await;
    world.get("/v1/subscriptions/Crm").await.is_a_problem(404);
    let body = json!({ "url": "https://crm.example.com/" });
    world.call(KEYLESS_TOKEN, "PUT", PATH, Some(body)).await.is_a_problem(503);
}

#[tokio::test]
async fn an_account_has_at_most_fifty() {
    let world = World::empty().await;
    let body = json!({ "url": "https://crm.example.com/" });
    for number in 0..50 {
        world.put(&format!("/v1/subscriptions/crm-{number}"), body.clone()).await.with(201);
    }
    world.put("/v1/subscriptions/crm-50", body.clone()).await.is_a_problem(409);
    world.put("/v1/subscriptions/crm-49", body).await.with(200);
}

#[tokio::test]
async fn a_secret_is_the_callers_own_or_made_here_and_can_be_replaced() {
    let world = World::new().await;
    let mut own = subscription();
    own["secret"] = json!("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    assert_eq!(world.put(PATH, own).await.with(201)["secret"], Value::Null);
    let rotated = world.post("/v1/subscriptions/crm/rotate-secret", json!({})).await.with(200);
    assert!(is_webhook_secret(rotated["secret"].as_str().unwrap()), "{rotated}");
    assert_eq!(rotated["url"], subscription()["url"]);
}

#[tokio::test]
async fn a_test_is_told_to_this_one_alone() {
    let world = World::new().await;
    world.put(PATH, subscription()).await.with(201);
    let answer = world.post("/v1/subscriptions/crm/test", json!({})).await.with(202);
    let told = world.told();
    let [EventJob::One(it)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((it.event.kind, it.subscription.as_str(), it.attempt), (EventKind::SubscriptionTest, "crm", 1));
    assert_eq!(answer["event"], it.event.id.to_string());
}

/// (Fault matrix G11.)
#[tokio::test]
async fn what_failed_is_listed_and_told_again_under_the_same_id() {
    let world = World::new().await;
    world.put(PATH, subscription()).await.with(201);
    let keys = world.parts.keys(&world.account).await.unwrap();
    let crm: transom::domain::SubscriptionId = "crm".parse().unwrap();
    for attempt in 1..=3 {
        let event = transom::domain::event::Event::test(&world.account, &crm, world.now());
        let line = DeliveryLine {
            account: world.account.clone(),
            subscription: crm.clone(),
            at: world.now(),
            attempt,
            outcome: if attempt == 3 { DeliveryOutcome::GivenUp } else { DeliveryOutcome::Failed },
            event,
            status: Some(500),
            answer: Sealed::new(&format!("answer {attempt}"), keys.own(), world.parts.nonce()),
        };
        world.parts.store.log_delivery(&line).await.unwrap();
    }
    let first = world.get("/v1/subscriptions/crm/deliveries?limit=2").await.with(200);
    let answers =
        |page: &Value| page["data"].as_array().unwrap().iter().map(|it| it["answer"].clone()).collect::<Vec<_>>();
    assert_eq!(answers(&first), ["answer 3", "answer 2"]);
    assert_eq!(first["data"][0]["outcome"], "given_up");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.get(&format!("/v1/subscriptions/crm/deliveries?limit=2&cursor={cursor}")).await.with(200);
    assert_eq!((answers(&second), &second["next_cursor"]), (vec![json!("answer 1")], &Value::Null));
    world.get("/v1/subscriptions/crm/deliveries?cursor=x").await.names(400, "cursor");
    world.get("/v1/subscriptions/crm/deliveries?limit=1000").await.names(400, "limit");

    let line = first["data"][0]["id"].as_str().unwrap();
    let path = format!("/v1/subscriptions/crm/deliveries/{line}/replay");
    let told = world.post(&path, json!({})).await.with(202);
    assert_eq!(told["event"], first["data"][0]["event"]);
    assert!(matches!(&world.told()[..], [EventJob::One(it)] if it.replay));
    for missing in ["x".to_owned(), format!("1.{}.1", EventId::from_bits(1))] {
        world.post(&format!("/v1/subscriptions/crm/deliveries/{missing}/replay"), json!({})).await.is_a_problem(404);
    }
    world.call(OTHER_TOKEN, "POST", &path, Some(json!({}))).await.is_a_problem(404);
    let mut off = subscription();
    off["enabled"] = json!(false);
    world.put(PATH, off).await.with(200);
    world.post(&path, json!({})).await.is_a_problem(409);
}
