//! Messages and plans.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use transom::domain::{
    inbound::{ReceiptStatus, ReportedAt},
    time::SignedDuration,
};

use crate::world::{ANA, Answer, OTHER_TOKEN, TOKEN, World, text_to};

fn template_to(to: &Value) -> Value {
    let content = json!({ "type": "template", "name": "welcome", "language": "en", "values": { "guest": "Ana" } });
    json!({ "channel": "front-desk", "to": to, "content": content })
}

async fn post_with_key(world: &World, key: &str, body: &Value) -> Answer {
    let request = Request::post("/v1/messages")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("Idempotency-Key", key);
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_text_within_the_window_is_accepted_and_says_its_way_and_why() {
    let world = World::new().await;
    let conversation = world.writes(ANA, "Is my room ready?").await;
    let answer = world.post("/v1/messages", text_to(&json!({ "conversation": conversation }), "Yes")).await;
    let location = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    let body = answer.with(202);
    assert_eq!(location, format!("/v1/messages/{}", body["id"].as_str().unwrap()));
    assert_eq!(body["conversation"], json!(conversation));
    assert_eq!(body["state"], "queued");
    assert_eq!(body["plan"]["plan"], "go");
    assert_eq!(body["plan"]["way"], "free_form");
    assert_eq!(body["plan"]["reason"]["code"], "window_open");
    assert!(body["plan"]["reason"]["in_words"].as_str().unwrap().ends_with('.'));

    let shown = world.get(&location).await.with(200);
    assert_eq!(shown["content"], json!({ "type": "text", "body": "Yes" }));
    assert_eq!(shown["direction"], "outbound");
    assert_eq!(shown["purpose"], "reply");
    assert_eq!(shown["via"], "auto");
    assert!(shown["by"].as_str().unwrap().starts_with("tok_"), "it says who wrote it: {shown}");
    assert_eq!(shown["history"][0]["event"], "accepted");
    assert_eq!(world.rings(), 0);
}

#[tokio::test]
async fn a_message_reaches_a_stranger_a_contact_or_a_conversation() {
    let world = World::new().await;
    let by_phone = world.post("/v1/messages", template_to(&json!({ "phone": "+1 650 555-1234" }))).await.with(202);
    assert_eq!(by_phone["plan"]["way"], "template");
    let contact = world.get("/v1/contacts?phone=%2B16505551234").await.with(200)["data"][0]["id"].clone();
    let by_contact = world.post("/v1/messages", template_to(&json!({ "contact": contact }))).await.with(202);
    assert_eq!(by_contact["conversation"], by_phone["conversation"]);
    let mut to_conversation = template_to(&json!({ "conversation": by_phone["conversation"] }));
    to_conversation.as_object_mut().unwrap().remove("channel");
    let by_conversation = world.post("/v1/messages", to_conversation).await.with(202);
    assert_eq!(by_conversation["conversation"], by_phone["conversation"]);

    let shown = world.get(&format!("/v1/messages/{}", by_phone["id"].as_str().unwrap())).await.with(200);
    assert_eq!(shown["rendered"], "Hello Ana");
}

#[tokio::test]
async fn a_text_outside_of_the_window_waits() {
    let world = World::new().await;
    let body = world.post("/v1/messages", text_to(&json!({ "phone": ANA }), "Hello")).await.with(202);
    assert_eq!(body["plan"]["plan"], "wait");
    assert_eq!(body["plan"]["reason"]["code"], "never_wrote");
}

#[tokio::test]
async fn the_same_key_and_body_is_the_same_message_and_another_body_is_a_conflict() {
    let world = World::new().await;
    let body = text_to(&json!({ "phone": ANA }), "Hello");
    let first = post_with_key(&world, "order-1", &body).await.with(202);
    world.turn(SignedDuration::from_secs(5));
    let again = post_with_key(&world, "order-1", &body).await.with(202);
    assert_eq!(again["id"], first["id"]);
    let other = post_with_key(&world, "order-1", &text_to(&json!({ "phone": ANA }), "Goodbye")).await;
    other.is_a_problem(409);
    assert_eq!(other.body["type"], "urn:transom:problem:idempotency-key-reused");
    let new_key = post_with_key(&world, "order-2", &body).await.with(202);
    assert_ne!(new_key["id"], first["id"]);
    post_with_key(&world, "a b", &body).await.names(400, "Idempotency-Key");
    post_with_key(&world, &"k".repeat(256), &body).await.names(400, "Idempotency-Key");
}

#[tokio::test]
async fn a_repeat_is_answered_from_what_was_stored_whatever_has_changed_since() {
    let world = World::new().await;
    let mut body = text_to(&json!({ "phone": ANA }), "Hello");
    body["expires_at"] = json!((world.now() + SignedDuration::from_mins(1)).to_string());
    let first = post_with_key(&world, "order-1", &body).await.with(202);
    world.turn(SignedDuration::from_mins(2));
    let again = post_with_key(&world, "order-1", &body).await.with(202);
    assert_eq!(again["id"], first["id"]);
    post_with_key(&world, "order-2", &body).await.names(422, "expires_at");
}

#[tokio::test]
async fn a_wrong_message_is_refused_by_the_name_of_its_field() {
    let world = World::new().await;
    let with = |field: &str, value: Value| {
        let mut body = text_to(&json!({ "phone": ANA }), "Hello");
        body[field] = value;
        body
    };
    let cases = [
        (with("to", json!({ "phone": "650 555 1234" })), "to.phone"),
        (with("to", json!({})), "to"),
        (with("to", json!({ "contact": "con_00000000000000000000000000" })), "to.contact"),
        (with("channel", json!("back-door")), "channel"),
        (with("channel", Value::Null), "channel"),
        (with("content", json!({ "type": "text", "body": " " })), "content.body"),
        (with("content", json!({ "type": "text", "body": "a".repeat(4097) })), "content.body"),
        (with("content", json!({ "type": "image" })), "content.type"),
        (with("content", json!({ "type": "template", "name": "nope", "language": "en" })), "content.name"),
        (with("content", json!({ "type": "template", "name": "welcome", "language": "en" })), "content.values.guest"),
        (with("via", json!("pigeon")), "via"),
        (with("expires_at", json!("2026-03-02T12:00:00Z")), "expires_at"),
        (with("expires_at", json!("2026-05-02T12:00:00Z")), "expires_at"),
        (with("at", json!("2026-03-02T12:00:00Z")), "at"),
        (with("account", json!("other")), "account"),
    ];
    for (body, field) in cases {
        world.post("/v1/messages", body).await.names(422, field);
    }
    let nowhere = text_to(&json!({ "conversation": "cnv_00000000000000000000000000" }), "Hello");
    world.post("/v1/messages", nowhere).await.names(422, "to.conversation");
}

#[tokio::test]
async fn a_message_tells_its_history_in_order_of_time() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Hello Ana").await;
    world.turn(SignedDuration::from_secs(1));
    world.claim(&id).await;
    world.turn(SignedDuration::from_secs(1));
    world.accepted(&id).await;
    let receipt = |status: ReceiptStatus, after: i64| {
        let at = world.now() + SignedDuration::from_secs(after);
        let message = id.parse().unwrap();
        let (parts, account) = (&world.parts, &world.account);
        async move {
            parts
                .store
                .record_receipt(
                    account,
                    message,
                    1,
                    &transom::ports::store::Report { status: &status, at: ReportedAt::Provider(at), pricing: None },
                )
                .await
                .unwrap()
        }
    };
    receipt(ReceiptStatus::Read, 9).await;
    receipt(ReceiptStatus::Sent, 1).await;
    receipt(ReceiptStatus::Delivered, 5).await;

    let shown = world.get(&format!("/v1/messages/{id}")).await.with(200);
    assert_eq!(shown["state"], "read");
    let events: Vec<_> = shown["history"].as_array().unwrap().iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["accepted", "attempted", "taken", "sent", "delivered", "read"]);
}

#[tokio::test]
async fn what_has_not_left_can_be_taken_back_and_what_has_cannot() {
    let world = World::new().await;
    let conversation = world.writes(ANA, "Hello").await;
    let queued = world.say(ANA, "Wait").await;
    let path = format!("/v1/messages/{queued}");
    let cancelled = world.delete(&path).await.with(200);
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["reason"]["code"], "taken_back");
    assert_eq!(world.delete(&path).await.with(200)["state"], "cancelled");

    let claimed = world.say(ANA, "Go").await;
    world.claim(&claimed).await;
    world.delete(&format!("/v1/messages/{claimed}")).await.is_a_problem(409);
    world.accepted(&claimed).await;
    world.delete(&format!("/v1/messages/{claimed}")).await.is_a_problem(409);

    let messages = world.get(&format!("/v1/conversations/{conversation}/messages")).await.with(200);
    let inbound = messages["data"].as_array().unwrap().iter().find(|it| it["direction"] == "inbound").unwrap();
    world.delete(&format!("/v1/messages/{}", inbound["id"].as_str().unwrap())).await.is_a_problem(409);
    let shown = world.get(&format!("/v1/messages/{}", inbound["id"].as_str().unwrap())).await.with(200);
    assert_eq!((&shown["state"], &shown["content"]["body"]), (&json!("received"), &json!("Hello")));

    let nothing = format!("/v1/messages/msg_{}", "0".repeat(52));
    world.get(&nothing).await.is_a_problem(404);
    world.delete(&nothing).await.is_a_problem(404);
}

#[tokio::test]
async fn another_account_sees_no_message_and_takes_none_back() {
    let world = World::new().await;
    let path = format!("/v1/messages/{}", world.say(ANA, "Hello").await);
    world.call(OTHER_TOKEN, "GET", &path, None).await.is_a_problem(404);
    world.call(OTHER_TOKEN, "DELETE", &path, None).await.is_a_problem(404);
    assert_eq!(world.get(&path).await.with(200)["state"], "queued");
    // Nor does it send from a channel that is not its own.
    let body = text_to(&json!({ "phone": ANA }), "Hello");
    world.call(OTHER_TOKEN, "POST", "/v1/messages", Some(body)).await.names(422, "channel");
}

#[tokio::test]
async fn a_plan_says_what_would_happen_and_leaves_no_trace() {
    let world = World::new().await;
    let plan = world.post("/v1/plan", text_to(&json!({ "phone": "+16505550000" }), "Hello")).await.with(200);
    let in_words = plan["reason"]["in_words"].clone();
    assert_eq!(plan, json!({ "plan": "wait", "reason": { "code": "never_wrote", "in_words": in_words } }));
    assert_eq!(world.get("/v1/contacts?phone=%2B16505550000").await.with(200)["data"], json!([]));

    let conversation = world.writes(ANA, "Hello").await;
    let mut body = text_to(&json!({ "conversation": conversation }), "Hello");
    assert_eq!(world.post("/v1/plan", body.clone()).await.with(200)["way"], "free_form");
    body["at"] = json!(world.now() + SignedDuration::from_hours(24));
    assert_eq!(world.post("/v1/plan", body.clone()).await.with(200)["reason"]["code"], "window_closed");
    for bad in [json!("soon"), json!("9999-12-30T00:00:00Z"), json!("1969-01-01T00:00:00Z")] {
        body["at"] = bad;
        world.post("/v1/plan", body.clone()).await.names(422, "at");
    }
    world.post("/v1/plan", text_to(&json!({ "phone": "0" }), "Hello")).await.names(422, "to.phone");
    let messages = world.get(&format!("/v1/conversations/{conversation}/messages")).await.with(200);
    assert_eq!(messages["data"].as_array().unwrap().len(), 1);
}
