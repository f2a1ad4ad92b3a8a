//! Channels, endpoints, the ladder, templates.

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    domain::{
        ConversationId,
        circuit::{Circuit, Sign},
        ladder::Ladder,
    },
    ports::store::Step,
};

use crate::world::{ANA, OTHER_TOKEN, TOKEN, World, channel};

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn endpoint() -> Value {
    json!({
        "provider": "meta",
        "public_url": "https://hooks.example.com/webhooks/meta",
        "signing_secret": "meta-app-secret",
        "verify_token": "meta-verify-token",
        "numbers": { "106540352242922": "front-desk" },
    })
}

#[tokio::test]
async fn a_channel_is_stored_shown_and_listed() {
    let world = World::new().await;
    let shown = world.get("/v1/channels/front-desk").await.with(200);
    // A limit that was not named is the default.
    let expected = with(with(channel(), "id", json!("front-desk")), "messages_per_second", json!(80));
    assert_eq!(shown, expected);
    assert_eq!(world.get("/v1/channels").await.with(200)["data"], json!([shown]));
    assert_eq!(world.put("/v1/channels/front-desk", shown.clone()).await.with(200), shown);
    world.get("/v1/channels/back-door").await.is_a_problem(404);
    world.call(OTHER_TOKEN, "GET", "/v1/channels/front-desk", None).await.is_a_problem(404);
    let none = world.call(OTHER_TOKEN, "GET", "/v1/channels", None).await.with(200);
    assert_eq!(none["data"], json!([]));
}

/// What people see of a circuit. (Fault matrix D13, D14.)
#[tokio::test]
async fn a_channels_state_says_whether_it_sends_and_why_not() {
    let world = World::new().await;
    let (account, id) = ("demo".parse().unwrap(), "front-desk".parse().unwrap());
    let path = "/v1/channels/front-desk/state";
    assert_eq!(world.get(path).await.with(200), json!({ "state": "sends", "messages_per_second": 80 }));
    let (now, other) = (world.now(), ConversationId::from_bits(1));
    let in_a_minute = now + SignedDuration::from_mins(1);
    let slowed = Circuit::default().after(Sign::SlowDown(in_a_minute), false, other, now).unwrap();
    let open = slowed.after(Sign::Refused, false, other, now).unwrap();
    for (circuit, state, reason, next_try_at) in [
        (slowed, "slowed_down", "channel_limit", in_a_minute),
        (open, "cannot_send", "channel_refused", now + SignedDuration::from_mins(2)),
    ] {
        assert_eq!(world.parts.store.change_circuit(&account, &id, &circuit).await.unwrap(), Step::Done);
        let shown = world.get(path).await.with(200);
        assert_eq!((&shown["state"], &shown["reason"]["code"]), (&json!(state), &json!(reason)), "{shown}");
        assert_eq!(shown["next_try_at"], json!(next_try_at));
    }
    let shown = world.get(path).await.with(200);
    assert_eq!((&shown["since"], &shown["failed_tries"]), (&json!(now), &json!(0)));
    // And whoever asks what would happen to a message is told the same.
    let content = json!({ "type": "template", "name": "welcome", "language": "en", "values": { "guest": "Ana" } });
    let body = json!({ "channel": "front-desk", "to": { "phone": ANA }, "content": content });
    let plan = world.call(TOKEN, "POST", "/v1/plan", Some(body)).await.with(200);
    assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("wait"), &json!("channel_refused")), "{plan}");
    world.get("/v1/channels/back-door/state").await.is_a_problem(404);
    world.call(OTHER_TOKEN, "GET", path, None).await.is_a_problem(404);
}

#[tokio::test]
async fn a_channel_must_fit_the_account() {
    let world = World::new().await;
    let path = "/v1/channels/front-desk";
    let twilio = |medium: &str| {
        let mut body = channel();
        body["provider"] = json!("twilio");
        body["medium"] = json!(medium);
        body["provider_account"] = json!("AC00000000000000000000000000000000");
        body["endpoint"] = json!("twilio");
        body.as_object_mut().unwrap().remove("number");
        body
    };
    world.put("/v1/channels/texts", twilio("sms")).await.with(200);
    world.put(path, with(channel(), "sms", json!("texts"))).await.with(200);
    world.put(path, with(channel(), "sms", json!("nothing"))).await.names(422, "sms");
    world.put(path, with(channel(), "sms", json!("front-desk"))).await.names(422, "sms");
    world.put(path, twilio("sms")).await.names(422, "medium");
    world.put(path, with(channel(), "id", json!("other"))).await.names(422, "id");
    world.put(path, with(channel(), "phone", json!("12"))).await.names(422, "phone");

    let theirs = with(endpoint(), "numbers", json!({}));
    world.call(OTHER_TOKEN, "PUT", "/v1/endpoints/theirs", Some(theirs)).await.with(200);
    world.put(path, with(channel(), "endpoint", json!("theirs"))).await.names(422, "endpoint");
    world.put("/v1/endpoints/meta", endpoint()).await.with(200);
    world.put("/v1/channels/texts", with(twilio("sms"), "endpoint", json!("meta"))).await.names(422, "endpoint");
}

#[tokio::test]
async fn an_endpoint_belongs_to_one_account() {
    let world = World::new().await;
    let path = "/v1/endpoints/meta";
    world.get(path).await.is_a_problem(404);
    let stored = world.put(path, endpoint()).await.with(200);
    assert_eq!(stored, with(endpoint(), "id", json!("meta")));
    assert_eq!(world.get(path).await.with(200), stored);
    assert_eq!(world.put(path, stored.clone()).await.with(200), stored);

    let theirs = with(endpoint(), "numbers", json!({}));
    world.call(OTHER_TOKEN, "PUT", path, Some(theirs)).await.is_a_problem(409);
    world.call(OTHER_TOKEN, "GET", path, None).await.is_a_problem(404);
    // Nor may it lead to a channel that is not its own.
    world.call(OTHER_TOKEN, "PUT", "/v1/endpoints/x", Some(endpoint())).await.names(422, "numbers.106540352242922");

    world.put(path, with(endpoint(), "public_url", json!("http://example.com/x"))).await.names(422, "public_url");
    world.put(path, with(endpoint(), "numbers", json!({ "1": "back-door" }))).await.names(422, "numbers.1");
    world.put(path, with(endpoint(), "signing_secret", json!("S3cret!"))).await.names(422, "signing_secret");
    world.put(path, with(endpoint(), "account", json!("other"))).await.names(422, "account");
    world.put(path, with(endpoint(), "id", json!("other"))).await.names(422, "id");
}

#[tokio::test]
async fn the_ladder_is_the_default_until_one_is_stored() {
    let world = World::new().await;
    let default = serde_json::to_value(Ladder::default()).unwrap();
    assert_eq!(world.get("/v1/ladder").await.with(200), default);
    // The default names templates that the account has not stored.
    world.put("/v1/ladder", default.clone()).await.names(422, "steps[2].do.template");

    let short = json!({ "approved": true, "body": "An answer is waiting.", "time_to_live_seconds": 3600 });
    world.put("/v1/templates/fallback/en", short.clone()).await.with(200);
    world.put("/v1/templates/answer_waiting/en", short.clone()).await.with(200);
    assert_eq!(world.put("/v1/ladder", default.clone()).await.with(200), default);

    let mut changed = default.clone();
    changed["default_language"] = json!("es");
    world.put("/v1/ladder", changed.clone()).await.names(422, "steps[2].do.template");
    for name in ["fallback", "answer_waiting"] {
        let spanish = with(short.clone(), "body", json!("Hay una respuesta para usted."));
        world.put(&format!("/v1/templates/{name}/es"), spanish).await.with(200);
    }
    world.put("/v1/ladder", changed.clone()).await.with(200);
    assert_eq!(world.get("/v1/ladder").await.with(200), changed);
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/ladder", None).await.with(200), default);

    world
        .put("/v1/ladder", with(default.clone(), "default_language", json!("English")))
        .await
        .names(422, "default_language");
    world.put("/v1/ladder", with(default.clone(), "steps", json!([{ "name": "x" }]))).await.names(422, "steps[0].when");
    let mut wrong = default.clone();
    wrong["steps"][0]["only_if"] = json!([5]);
    world.put("/v1/ladder", wrong.clone()).await.names(422, "steps[0].only_if[0]");
    wrong["steps"][0]["only_if"] = json!([]);
    wrong["steps"][0]["when"]["moment"] = json!(5);
    world.put("/v1/ladder", wrong).await.names(422, "steps[0].when.moment");
    let mut late = default;
    late["steps"][0]["when"]["minutes"] = json!(1440);
    world.put("/v1/ladder", late).await.names(422, "steps[0].when.minutes");

    // A template that would undo what was checked is not taken.
    let lasting = with(short, "time_to_live_seconds", json!(86_400));
    world.put("/v1/templates/fallback/en", lasting.clone()).await.names(422, "time_to_live_seconds");
    world.put("/v1/templates/unrelated/en", lasting).await.with(200);
}

#[tokio::test]
async fn a_template_is_stored_by_name_and_language() {
    let world = World::new().await;
    let path = "/v1/templates/room_ready/pt_BR";
    world.get(path).await.is_a_problem(404);
    let stored =
        world.put(path, json!({ "approved": true, "body": "Olá {{guest}}, quarto {{room}}." })).await.with(200);
    assert_eq!(stored["name"], "room_ready");
    assert_eq!(stored["language"], "pt_BR");
    assert_eq!(stored["variables"], json!(["guest", "room"]));
    assert_eq!(stored["time_to_live_seconds"], 2_592_000);
    assert_eq!(world.get(path).await.with(200), stored);
    assert_eq!(world.put(path, stored.clone()).await.with(200), stored);
    world.get("/v1/templates/room_ready/pt").await.is_a_problem(404);
    let names: Vec<_> = world.get("/v1/templates").await.with(200)["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["room_ready", "welcome"]);
    assert_eq!(world.call(OTHER_TOKEN, "GET", "/v1/templates", None).await.with(200)["data"], json!([]));
    world.call(OTHER_TOKEN, "GET", path, None).await.is_a_problem(404);

    world.put(path, with(stored.clone(), "variables", json!(["guest"]))).await.names(422, "variables");
    world.put(path, with(stored.clone(), "time_to_live_seconds", json!(1))).await.names(422, "time_to_live_seconds");
    world.put(path, with(stored.clone(), "language", json!("es"))).await.names(422, "language");
    world.put(path, json!({})).await.names(422, "body");
    world.put("/v1/templates/Room/en", stored).await.is_a_problem(404);
}
