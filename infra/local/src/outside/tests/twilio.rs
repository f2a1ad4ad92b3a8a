//! Twilio's rules and shapes.

use super::*;

#[track_caller]
fn refused(answer: &(u16, Value), status: u16, code: i64) {
    assert_eq!((answer.0, answer.1["code"].as_i64()), (status, Some(code)), "{}", answer.1);
    assert_eq!(answer.1["status"], status);
}

#[track_caller]
fn signed(call: &WebhookOut) {
    let url = format!("https://t.example{}{}{}", call.path, if call.query.is_empty() { "" } else { "?" }, call.query);
    let signature = call.headers.iter().find(|(name, _)| name == "x-twilio-signature").unwrap();
    assert_eq!(signature.1, sign::twilio_signature("signing", &url, &form_of(call)));
}

#[tokio::test]
async fn a_text_within_the_window_is_queued_and_reported_on() {
    let world = World::new();
    world.writes("twilio-whatsapp", "Hello");
    world.webhooks(0);
    let (status, answer) = world.twilio_whatsapp(&[("Body", "Welcome")]).await;
    assert_eq!((status, &answer["status"]), (201, &json!("queued")));
    assert_eq!(answer["date_created"], "Sun, 01 Mar 2026 09:00:00 +0000");
    let reports = world.callbacks();
    let words: Vec<_> = reports.iter().map(|(_, form)| field(form, "MessageStatus").unwrap()).collect();
    assert_eq!(words, ["sent", "delivered", "read"]);
    for (call, form) in &reports {
        assert_eq!(field(form, "MessageSid"), answer["sid"].as_str());
        assert_eq!(call.query, format!("callback={}", callback(1)));
        assert_eq!(call.path, "/webhooks/demo-twilio");
        signed(call);
    }
    assert_eq!(world.outside.acceptances(&callback(1).message.to_string()).unwrap(), 1);
}

#[tokio::test]
async fn free_form_outside_the_window_is_queued_and_fails_later() {
    let world = World::new();
    assert_eq!(world.twilio_whatsapp(&[("Body", "x")]).await.0, 201);
    let (_, form) = world.callbacks().remove(0);
    assert_eq!((field(&form, "MessageStatus"), field(&form, "ErrorCode")), (Some("failed"), Some("63016")));
    assert_eq!(world.outside.accepted().unwrap()[0].violations, ["outside_window"]);
}

#[tokio::test]
async fn a_template_goes_by_its_content_sid_with_the_right_variables() {
    let world = World::new();
    let send =
        async |sid, variables| world.twilio_whatsapp(&[("ContentSid", sid), ("ContentVariables", variables)]).await;
    assert_eq!(send("HXwaiting", r#"{"guest":"Ana"}"#).await.0, 201);
    assert_eq!(send("HXwaiting", r#"{"1":"Ana"}"#).await.0, 201);
    refused(&send("HXnone", "{}").await, 400, 21655);
    refused(&send("HXwaiting", "guest=Ana").await, 400, 21656);
    refused(&send("HXwaiting", "{}").await, 400, 21656);
    refused(&send("HXwaiting", r#"{"other":"Ana"}"#).await, 400, 21656);
    assert_eq!(send("HXpaused", r#"{"guest":"Ana"}"#).await.0, 201);
    let codes: Vec<_> =
        world.callbacks().iter().filter_map(|(_, form)| field(form, "ErrorCode").map(str::to_owned)).collect();
    assert_eq!(codes, ["63041"]);
}

#[tokio::test]
async fn a_request_that_is_wrong_is_refused() {
    let world = World::new();
    let whatsapp = [("From", "whatsapp:+14155552345"), ("To", "whatsapp:+16505551234"), ("Body", "x")];
    refused(&world.twilio_as("AC1:wrong", &whatsapp).await, 401, 20003);
    refused(&world.twilio_as("AC2:token", &whatsapp).await, 401, 20003);
    refused(&world.twilio(&whatsapp[1..]).await, 400, 21603);
    refused(&world.twilio(&[whatsapp[0], whatsapp[2]]).await, 400, 21604);
    refused(&world.twilio(&whatsapp[..2]).await, 400, 21602);
    refused(&world.twilio(&[("From", "+1999"), whatsapp[1], whatsapp[2]]).await, 400, 21660);
    refused(&world.twilio(&[("From", "whatsapp:+1999"), whatsapp[1], whatsapp[2]]).await, 400, 63007);
    refused(&world.twilio(&[whatsapp[0], ("To", ANA), whatsapp[2]]).await, 400, 21910);
    refused(&world.twilio(&[("From", "+14155552345"), ("To", "nonsense"), ("Body", "x")]).await, 400, 21211);
    refused(&world.sms(&"x".repeat(1601)).await, 400, 21617);
}

#[tokio::test]
async fn stop_by_sms_ends_sms_until_start_and_leaves_whatsapp_alone() {
    let world = World::new();
    assert_eq!(world.sms("before").await.0, 201);
    world.writes("demo-sms", " Stop ");
    refused(&world.sms("after").await, 400, 21610);
    assert_eq!(world.twilio_whatsapp(&[("Body", "x")]).await.0, 201);
    let handset = world.outside.handset(ANA).unwrap();
    let sms = handset.threads.iter().find(|thread| thread.medium == Medium::Sms).unwrap();
    let from: Vec<_> = sms.messages.iter().map(|message| message.from).collect();
    assert_eq!(from, ["business", "customer", "carrier"]);
    world.writes("demo-sms", "START");
    assert_eq!(world.sms("again").await.0, 201);
}

#[tokio::test]
async fn who_is_not_on_whatsapp_still_gets_sms() {
    let world = World::new();
    world.writes("twilio-whatsapp", "Hello");
    world.webhooks(0);
    world.control("POST", &format!("/outside/customers/{ANA}"), json!({"on_whatsapp": false})).await;
    world.twilio_whatsapp(&[("Body", "x")]).await;
    let (_, form) = world.callbacks().remove(0);
    assert_eq!((field(&form, "MessageStatus"), field(&form, "ErrorCode")), (Some("undelivered"), Some("63024")));
    world.sms("x").await;
    let handset = world.outside.handset(ANA).unwrap();
    assert_eq!(handset.threads.last().unwrap().messages.len(), 1);
}

#[tokio::test]
async fn inbound_messages_come_as_signed_forms() {
    let world = World::new();
    let id = world.writes("demo-sms", "Is the pool open?");
    world.writes("twilio-whatsapp", "Hi");
    let calls = world.webhooks(0);
    let sms = form_of(&calls[0]);
    assert_eq!((field(&sms, "MessageSid"), field(&sms, "From")), (Some(id.as_str()), Some(ANA)));
    assert_eq!((field(&sms, "SmsStatus"), field(&sms, "To")), (Some("received"), Some("+14155552345")));
    let whatsapp = form_of(&calls[1]);
    assert_eq!((field(&whatsapp, "WaId"), field(&whatsapp, "Body")), (Some("16505551234"), Some("Hi")));
    assert!(field(&whatsapp, "ExternalUserId").unwrap().starts_with("whatsapp:US."));
    calls.iter().for_each(signed);
}

#[tokio::test]
async fn a_call_that_fails_is_repeated_a_few_times_and_then_lost() {
    let world = World::new();
    world.writes("demo-sms", "Hello");
    let mut tries = 0;
    while world.outside.next_due().unwrap().is_some() {
        world.turn(1);
        for call in world.outside.due_webhooks().unwrap() {
            tries += 1;
            world.outside.webhook_done(call.id, 500).unwrap();
        }
    }
    assert_eq!(tries, 4);
}

#[tokio::test]
async fn the_addresss_fragment_says_how_often_a_call_is_repeated() {
    let mut config = config(7);
    config.numbers[2].public_url.push_str("#rc=0&rp=all");
    let world = World::with(config);
    world.writes("demo-sms", "Hello");
    let call = world.outside.due_webhooks().unwrap().remove(0);
    signed(&call);
    world.outside.webhook_done(call.id, 500).unwrap();
    assert_eq!(world.outside.next_due().unwrap(), None);
}
