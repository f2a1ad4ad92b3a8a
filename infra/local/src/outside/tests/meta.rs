//! Meta's rules and shapes.

use super::*;

#[track_caller]
fn refused(answer: &(u16, Value), status: u16, code: i64) {
    assert_eq!((answer.0, answer.1["error"]["code"].as_i64()), (status, Some(code)), "{}", answer.1);
}

fn template_to(name: &str, parameters: &Value) -> Value {
    json!({"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": {"name": name,
        "language": {"code": "en"}, "components": [{"type": "body", "parameters": parameters}]}})
}

fn guest(name: &str) -> Value {
    json!([{"type": "text", "parameter_name": "guest", "text": name}])
}

#[tokio::test]
async fn a_text_within_the_window_is_accepted_delivered_and_read() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    world.webhooks(0);
    let (status, answer) = world.meta_text("Welcome").await;
    assert_eq!((status, &answer["contacts"][0]), (200, &json!({"input": ANA, "wa_id": "16505551234"})));
    let statuses = world.statuses();
    let words: Vec<_> = statuses.iter().map(|status| status["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["sent", "delivered", "read"]);
    for status in &statuses {
        assert_eq!(status["id"], answer["messages"][0]["id"]);
        assert_eq!(status["biz_opaque_callback_data"], callback(1).to_string());
        assert_eq!(status["recipient_id"], "16505551234");
        assert!(status["timestamp"].as_str().unwrap().parse::<i64>().unwrap() >= 1_772_355_600);
    }
    assert_eq!(statuses[0]["pricing"]["category"], "service");
}

#[tokio::test]
async fn free_form_outside_the_window_is_accepted_and_fails_later() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    world.turn(86_399);
    assert_eq!(world.meta_text("in time").await.0, 200);
    world.turn(1);
    assert_eq!(world.meta_text("too late").await.0, 200);
    let statuses = world.statuses();
    let failed: Vec<_> = statuses.iter().filter(|status| status["status"] == "failed").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["errors"][0]["code"], 131_047);
    let ledger = world.outside.accepted().unwrap();
    assert_eq!((ledger[0].window_open, ledger[1].window_open), (true, false));
    assert_eq!(ledger[1].violations, ["outside_window"]);
}

#[tokio::test]
async fn the_window_belongs_to_one_number_and_is_judged_by_the_outsides_own_clock() {
    let world = World::new();
    world.writes("twilio-whatsapp", "Hello");
    world.meta_text("no window here").await;
    assert!(!world.outside.accepted().unwrap()[0].window_open);
    world.writes("demo-whatsapp", "Hello");
    world.meta_text("now there is").await;
    assert!(world.outside.accepted().unwrap()[1].window_open);
    world.outside.set_offset(SignedDuration::from_hours(24)).unwrap();
    world.meta_text("a day ahead").await;
    assert!(!world.outside.accepted().unwrap()[2].window_open);
}

#[tokio::test]
async fn an_approved_template_goes_at_any_time_with_its_values_and_buttons() {
    let world = World::new();
    let (status, answer) = world.meta(template_to("waiting", &guest("Ana"))).await;
    assert_eq!((status, &answer["messages"][0]["message_status"]), (200, &json!("accepted")));
    let message = &world.outside.handset(ANA).unwrap().threads[0].messages[0];
    assert_eq!(message.text, "Hi Ana, an answer is waiting.");
    assert_eq!(message.buttons, ["Show it"]);
    assert_eq!(world.statuses()[0]["pricing"]["category"], "utility");
}

#[tokio::test]
async fn a_template_that_does_not_fit_is_refused() {
    let world = World::new();
    refused(&world.meta(template_to("nothing", &guest("Ana"))).await, 404, 132_001);
    refused(&world.meta(template_to("waiting", &json!([]))).await, 400, 132_000);
    refused(&world.meta(template_to("waiting", &json!([{"type": "text", "text": "Ana"}]))).await, 400, 132_012);
    refused(&world.meta(template_to("waiting", &guest("A\nB"))).await, 400, 132_018);
    refused(&world.meta(template_to("paused", &guest("Ana"))).await, 400, 132_015);
    let mut other_language = template_to("waiting", &guest("Ana"));
    other_language["template"]["language"]["code"] = json!("en_US");
    refused(&world.meta(other_language).await, 404, 132_001);
    assert_eq!(world.outside.accepted().unwrap(), []);
    assert_eq!(world.outside.refused().unwrap().len(), 6);
}

#[tokio::test]
async fn a_request_that_is_wrong_is_refused() {
    let world = World::new();
    refused(&world.meta_as("Bearer wrong", "106540352242922", text_to(ANA, "x")).await, 401, 190);
    refused(&world.meta_as("token", "106540352242922", text_to(ANA, "x")).await, 401, 190);
    refused(&world.meta_as("Bearer token", "999", text_to(ANA, "x")).await, 400, 100);
    refused(&world.meta(json!({"to": ANA, "type": "text", "text": {"body": "x"}})).await, 400, 100);
    refused(&world.meta(json!({"messaging_product": "whatsapp", "text": {"body": "x"}})).await, 400, 100);
    refused(&world.meta(json!({"messaging_product": "whatsapp", "to": ANA, "type": "text"})).await, 400, 131_008);
    refused(&world.meta(text_to("nonsense", "x")).await, 400, 100);
    refused(&world.meta_text(&"x".repeat(4097)).await, 400, 100);
    assert_eq!(world.meta_text(&"x".repeat(4096)).await.0, 200);
}

#[tokio::test]
async fn a_number_without_its_plus_sign_reaches_somebody_else() {
    let world = World::new();
    world.meta(text_to("16505551234", "x")).await;
    assert_eq!(world.outside.accepted().unwrap()[0].customer, "+116505551234");
}

#[tokio::test]
async fn a_pair_over_its_rate_is_refused_at_once() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    for _ in 0..45 {
        assert_eq!(world.meta_text("x").await.0, 200);
    }
    refused(&world.meta_text("x").await, 400, 131_056);
    assert_eq!(world.meta(text_to("+16505550000", "another customer")).await.0, 200);
    world.turn(6);
    assert_eq!(world.meta_text("x").await.0, 200);
}

#[tokio::test]
async fn who_is_not_on_whatsapp_or_has_blocked_the_business_is_not_reached() {
    for change in [json!({"on_whatsapp": false}), json!({"blocked": true})] {
        let world = World::new();
        world.writes("demo-whatsapp", "Hello");
        assert_eq!(world.control("POST", &format!("/outside/customers/{ANA}"), change).await.0, 200);
        assert_eq!(world.meta_text("x").await.0, 200);
        assert_eq!(world.statuses()[0]["errors"][0]["code"], 131_026);
        assert_eq!(world.outside.handset(ANA).unwrap().threads[0].messages.len(), 1);
    }
}

#[tokio::test]
async fn a_customer_who_hides_their_number_is_known_and_reached_by_their_id() {
    let world = World::new();
    let mut writes = Writes::text(ANA, "demo-whatsapp", "It's me");
    writes.shows = Shows::UserId;
    world.outside.customer_writes(&writes).unwrap();
    let value = values(&json_of(&world.webhooks(0)[0])).remove(0);
    let (message, contact) = (&value["messages"][0], &value["contacts"][0]);
    assert!(message["from"].is_null() && contact["wa_id"].is_null());
    assert_eq!(message["from_user_id"], contact["user_id"]);

    let send = json!({"messaging_product": "whatsapp", "recipient": contact["user_id"], "type": "text", "text": {"body": "x"}});
    let (status, answer) = world.meta(send).await;
    assert_eq!((status, &answer["contacts"][0]["user_id"]), (200, &contact["user_id"]));
    assert_eq!(world.outside.handset(ANA).unwrap().threads[0].messages.len(), 2);
    let report = &world.statuses()[0];
    assert!(report["recipient_id"].is_null());
    assert_eq!(report["recipient_user_id"], contact["user_id"]);
    let stranger = json!({"messaging_product": "whatsapp", "recipient": "US.1", "type": "text", "text": {"body": "x"}});
    refused(&world.meta(stranger).await, 400, 100);
}

#[tokio::test]
async fn webhooks_are_signed_over_the_escaped_body() {
    let world = World::new();
    world.writes("demo-whatsapp", "Grüße 😀");
    let call = world.webhooks(0).remove(0);
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/webhooks/demo-whatsapp"));
    assert!(call.body.is_ascii());
    let signature = call.headers.iter().find(|(name, _)| name == "x-hub-signature-256").unwrap();
    assert_eq!(signature.1, sign::meta_signature("signing", &call.body));
    let message = &values(&json_of(&call))[0]["messages"][0];
    assert_eq!(message["text"]["body"], "Grüße 😀");
    assert_eq!(message["timestamp"], "1772355600");
    assert_eq!((&message["from"], &message["type"]), (&json!("16505551234"), &json!("text")));
}

#[tokio::test]
async fn marking_as_read_shows_on_the_phone_for_that_message_and_those_before() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hi");
    let id = world.writes("demo-whatsapp", "Hello");
    let ticks = || world.outside.handset(ANA).unwrap().threads[0].messages[0].ticks;
    assert_eq!(ticks(), Some("sent"));
    world.webhooks(0);
    assert_eq!(ticks(), Some("delivered"));
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    assert_eq!(world.meta(read).await, (200, json!({"success": true})));
    assert_eq!(ticks(), Some("read"));
    refused(
        &world.meta(json!({"messaging_product": "whatsapp", "status": "read", "message_id": "x"})).await,
        400,
        131_009,
    );
}

#[tokio::test]
async fn a_call_that_is_not_answered_with_200_comes_again_with_growing_pauses_for_seven_days() {
    let world = World::new();
    world.writes("demo-whatsapp", "Hello");
    let mut pauses = Vec::new();
    while let Some(due) = world.outside.next_due().unwrap() {
        let now = world.clock.now();
        pauses.push(due.duration_since(now).as_secs());
        world.turn(due.duration_since(now).as_secs());
        for call in world.outside.due_webhooks().unwrap() {
            world.outside.webhook_done(call.id, 204).unwrap();
        }
    }
    assert_eq!(pauses[..6], [0, 0, 2, 4, 8, 16]);
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
    let total: i64 = pauses.iter().sum();
    assert!((6 * 86_400..7 * 86_400).contains(&total), "{total}");
}
