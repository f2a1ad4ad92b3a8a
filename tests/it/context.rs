//! What whoever answers sees beside a conversation.

use serde_json::{Value, json};

use crate::world::{ANA, World};

#[tokio::test]
async fn one_call_tells_who_the_guest_is_what_they_asked_for_and_how_fast_they_were_answered() {
    let world = World::new().await;
    let body = json!({
        "phone": format!("+{ANA}"), "name": "Ana Duarte", "language": "es", "time_zone": "Europe/Madrid",
        "fields": { "booking_number": "B-7", "room": "12", "pillow": "hard" }, "tags": ["returning"],
    });
    let (status, contact) = world.api("POST", "/v1/contacts", body).await;
    assert_eq!(status, 201, "{contact}");
    world.gives_out(json!({ "teams": [{ "id": "spa", "name": "Spa" }] })).await;
    let tom = world.staff("Tom", json!({})).await;
    world.writes(ANA, "Hola").await;
    world.turn("PT3M").await;
    world.writes(ANA, "¿Hay alguien?").await;
    world.turn("PT2M").await;
    world.say(ANA, "Hola Ana").await;
    world.settle().await;
    let id = world.family(ANA).await.unwrap().survivor.id;
    let path = format!("/v1/conversations/{id}");
    world.works(ANA, json!({ "change": "assign", "to": tom })).await;
    world.api("POST", &format!("{path}/notes"), json!({ "text": "She likes the sea" })).await;
    let due = |minutes| json!(world.now() + jiff::SignedDuration::from_mins(minutes));
    for (kind, due_at) in [("taxi", due(90)), ("towels", due(30)), ("key", Value::Null), ("water", due(10))] {
        let body = json!({ "kind": kind, "due_at": due_at });
        let (status, opened) = world.api("POST", &format!("{path}/requests"), body).await;
        assert_eq!(status, 201, "{opened}");
        if kind == "water" {
            let one = format!("{path}/requests/{}", opened["id"].as_str().unwrap());
            world.api("PATCH", &one, json!({ "status": "done" })).await;
        }
    }
    world.turn("PT10M").await;
    world.writes(ANA, "Gracias").await;
    let asked_at = world.messages(ANA).await[0]["at"].clone();

    let (status, context) = world.api("GET", &format!("{path}/context"), Value::Null).await;
    assert_eq!(status, 200, "{context}");
    assert_eq!(context["profile"]["name"], "Ana Duarte");
    assert_eq!(context["profile"]["tags"], json!(["returning"]));
    assert_eq!(context["profile"]["fields"]["pillow"], "hard");
    assert_eq!(
        (&context["preferences"]["language"], &context["preferences"]["time_zone"]),
        (&json!("es"), &json!("Europe/Madrid"))
    );
    let booking = json!({ "number": "B-7", "room": "12", "check_in": null, "check_out": null });
    assert_eq!(context["booking"], booking);
    let marketing = context["wishes"].as_array().unwrap().iter().filter(|wish| wish["may"] == false);
    assert!(
        marketing.clone().count() == 2 && marketing.clone().all(|wish| wish["purpose"] == "marketing"),
        "{context}"
    );
    let kinds: Vec<_> = context["requests"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["towels", "taxi", "key"], "what is due first first");
    assert_eq!(context["work"]["owner"]["staff"], json!(tom));
    assert_eq!(context["notes"][0]["text"], "She likes the sea");
    let responses = &context["responses"];
    assert_eq!(
        (&responses["first"]["seconds"], &responses["latest"]["seconds"]),
        (&json!(300), &json!(300)),
        "{responses}"
    );
    assert_eq!(responses["waiting_since"], asked_at);
    assert_eq!(context["others"], json!([]));
    let missing = "/v1/conversations/cnv_00000000000000000000000009/context";
    assert_eq!(world.api("GET", missing, Value::Null).await.0, 404);

    // By SMS they are the same person in another conversation.
    world
        .send(json!({
            "channel": "demo-sms", "to": { "phone": format!("+{ANA}") }, "content": { "type": "text", "body": "Hola" },
        }))
        .await;
    world.settle().await;
    let (_, context) = world.api("GET", &format!("{path}/context"), Value::Null).await;
    assert_eq!(context["others"][0]["channel"], "demo-sms", "{context}");
}
