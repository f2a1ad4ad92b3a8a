//! Twilio: forms instead of JSON, no clock, and reports at an address of our own.

use serde_json::{Value, json};
use transom::domain::Timestamp;
use transom_local::outside::twilio_signature;

use crate::{
    calls::{TWILIO_SMS, TWILIO_WHATSAPP},
    world::{ANA, CARLA, World, answer},
};

fn whatsapp<'a>(from: &'a str, sid: &'a str, body: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("MessageSid", sid),
        ("SmsStatus", "received"),
        ("From", from),
        ("To", TWILIO_WHATSAPP),
        ("Body", body),
        ("NumMedia", "0"),
        ("ProfileName", "Ana"),
    ]
}

fn sms<'a>(from: &'a str, sid: &'a str, body: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("MessageSid", sid), ("SmsStatus", "received"), ("From", from), ("To", TWILIO_SMS), ("Body", body)]
}

/// Without a clock of the provider's, the first sight is the time, on every repeat.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_comes_again_later_is_the_message_of_its_first_sight() {
    let world = World::new().await;
    let first_seen = world.now();
    let from = format!("whatsapp:+{ANA}");
    let form = whatsapp(&from, "SM1", "Is my room ready? 1+1=2 & ä");
    assert_eq!(world.twilio_posts("demo-twilio", "", &form).await, 200);
    world.turn("PT5H").await;
    assert_eq!(world.twilio_posts("demo-twilio", "", &form).await, 200);
    world.settle().await;
    let said = world.messages_on("demo-twilio", ANA).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["content"]["body"], "Is my room ready? 1+1=2 & ä");
    assert_eq!(said[0]["at"].as_str().unwrap().parse::<Timestamp>().unwrap(), first_seen);
    let it = world.conversation_on("demo-twilio", ANA).await;
    assert_eq!(it["channel"], "demo-twilio");
    assert_eq!(it["contact"]["name"], "Ana");
    let closes_at: Timestamp = it["window"]["closes_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(closes_at, first_seen + jiff::SignedDuration::from_hours(24));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_signed_wrongly_or_for_another_address_is_refused() {
    let world = World::new().await;
    let from = format!("whatsapp:+{ANA}");
    let form: Vec<(String, String)> =
        whatsapp(&from, "SM1", "Hello").into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    let post = async |signature: Option<String>, form: &[(String, String)]| {
        let mut call = world.http("POST", "/webhooks/demo-twilio").form(form);
        if let Some(signature) = signature {
            call = call.header("x-twilio-signature", signature);
        }
        answer(call).await.0
    };
    let token = world.secret("twilio-auth-token");
    let url = format!("{}/webhooks/demo-twilio", world.local.url);
    let right = twilio_signature(&token, &url, &form);
    let mut changed = form.clone();
    changed[4].1 = "Send money".into();
    assert_eq!(post(None, &form).await, 401);
    assert_eq!(post(Some(twilio_signature("wrong", &url, &form)), &form).await, 401);
    assert_eq!(
        post(Some(twilio_signature(&token, &format!("{}/webhooks/demo-sms", world.local.url), &form)), &form).await,
        401
    );
    assert_eq!(post(Some("not base64!".into()), &form).await, 401);
    assert_eq!(post(Some(right.clone()), &changed).await, 401);
    assert!(world.family_on("demo-twilio", ANA).await.is_none());
    assert_eq!(post(Some(right), &form).await, 200);
}

/// One contact on three channels; a wish by SMS is a wish about all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_by_sms_stops_whatsapp_as_well_and_start_resumes() {
    let world = World::new().await;
    world.writes(CARLA, "Hello").await;
    let phone = format!("+{CARLA}");
    for (number, word) in ["Stop", "stop.", " STOPP "].into_iter().enumerate() {
        let sid = format!("SM{number}");
        assert_eq!(world.twilio_posts("demo-sms", "", &sms(&phone, &sid, word)).await, 200);
        world.settle().await;
        let id = world.say(CARLA, "One more thing").await;
        world.settle().await;
        let it = world.get_message(id).await;
        assert_eq!((&it["state"], &it["reason"]["code"]), (&json!("refused"), &json!("opted_out")), "{word}");
        world.turn("PT1M").await;
        assert_eq!(world.twilio_posts("demo-sms", "", &sms(&phone, &format!("{sid}b"), "START")).await, 200);
        world.settle().await;
        assert_eq!(world.conversation(CARLA).await["contact"]["opted_out"], false);
        world.turn("PT1M").await;
    }
    // A word within a sentence is no wish.
    assert_eq!(world.twilio_posts("demo-sms", "", &sms(&phone, "SM9", "We stop at two hotels")).await, 200);
    world.settle().await;
    world.say(CARLA, "Welcome back").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(CARLA), ["Welcome back"]);
    let (_, contacts) = world.api("GET", &format!("/v1/contacts?phone=%2B{CARLA}"), Value::Null).await;
    assert_eq!(contacts["data"].as_array().unwrap().len(), 1);
}

/// Reports come to the address that `send` named, with the callback data in its query.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_callbacks_settle_messages() {
    let world = World::silent().await;
    let phone = format!("+{ANA}");
    let from = format!("whatsapp:{phone}");
    assert_eq!(world.twilio_posts("demo-twilio", "", &whatsapp(&from, "SM1", "Hello")).await, 200);
    assert_eq!(world.twilio_posts("demo-sms", "", &sms(&phone, "SM2", "Hello")).await, 200);
    world.settle().await;
    for (channel, number) in [("demo-twilio", TWILIO_WHATSAPP), ("demo-sms", TWILIO_SMS)] {
        let body =
            json!({ "channel": channel, "to": { "phone": phone }, "content": { "type": "text", "body": "Yes" } });
        let id = world.send(body.clone()).await;
        world.settle().await;
        assert_eq!(world.state_of(id).await, "accepted", "{channel}");
        let report =
            |word| vec![("MessageSid", "SM77"), ("MessageStatus", word), ("SmsStatus", word), ("From", number)];
        let query = format!("m=demo.{id}.1");
        for (word, state) in
            [("queued", "accepted"), ("teleported", "accepted"), ("delivered", "delivered"), ("sent", "delivered")]
        {
            assert_eq!(world.twilio_posts(channel, &query, &report(word)).await, 200);
            assert_eq!(world.state_of(id).await, state, "{channel} {word}");
        }
        // Without the callback data it is about nothing of ours; with a signature for another query it is forged.
        assert_eq!(world.twilio_posts(channel, "", &report("failed")).await, 200);
        assert_eq!(world.state_of(id).await, "delivered");

        let lost = world.send(body).await;
        world.settle().await;
        let mut failed = report("undelivered");
        failed.push(("ErrorCode", "30005"));
        assert_eq!(world.twilio_posts(channel, &format!("m=demo.{lost}.1"), &failed).await, 200);
        let it = world.get_message(lost).await;
        assert_eq!((&it["state"], &it["failure"]["code"]), (&json!("failed"), &json!("30005")), "{channel}");
    }
}

/// A lost answer of Twilio's is settled by its report. (Fault matrix D2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_outcome_at_twilio_is_settled_by_its_callback_and_never_sent_again() {
    let world = World::new().await;
    let from = format!("whatsapp:+{ANA}");
    assert_eq!(world.twilio_posts("demo-twilio", "", &whatsapp(&from, "SM1", "Hello")).await, 200);
    world.settle().await;
    world.fault(json!({ "provider": "twilio", "fault": "lose_answer", "mode": "gateway_timeout" }));
    world.fault(json!({ "fault": "no_receipts" }));
    let body = json!({ "channel": "demo-twilio", "to": { "phone": format!("+{ANA}") },
        "content": { "type": "text", "body": "Yes" } });
    let id = world.send(body).await;
    world.settle().await;
    assert_eq!(world.state_of(id).await, "unknown");
    let report =
        [("MessageSid", "SM78"), ("MessageStatus", "delivered"), ("SmsStatus", "delivered"), ("From", TWILIO_WHATSAPP)];
    assert_eq!(world.twilio_posts("demo-twilio", &format!("m=demo.{id}.1"), &report).await, 200);
    world.turn("PT1H").await;
    assert_eq!(world.state_of(id).await, "delivered");
    assert_eq!(world.outside.acceptances(&id.to_string()).unwrap(), 1);
}
