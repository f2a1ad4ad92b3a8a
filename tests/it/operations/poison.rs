//! What cannot be handled, or meets a defect, is parked where people see it, and holds up nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use transom::{
    app::{expire, parking, rebuild::Rebuild, receive::Retry, send},
    domain::{ConversationId, ids::MessageKey},
    ports::{Ring, store::ParkedKind},
};
use transom_engine::Verdict;
use transom_local::{functions::Functions, handlers::Handlers, local::TABLE};

use super::{call_send, checkpoint, http_event, job, order, pk, put, rows};
use crate::world::{ANA, BEN, World};

/// Protection: `Ring::read`'s error is parked. (Fault matrix C4, C6, C7, L5.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_a_job_that_cannot_be_read_is_parked_and_the_rest_of_its_batch_is_done() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let good = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    let named = json!({ "v": "9", "account": world.account(), "conversation": 5 }).to_string();
    let jobs = vec![job("1", &named, 1), job("2", "nonsense", 1), job("3", &good, 1)];
    assert!(call_send(&world.parts, jobs).await.is_empty());
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    // What names its account is seen by it; the rest by operators.
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"][0]["what"], json!({ "kind": "job" }));
    assert_eq!(parked["data"][0]["element"], json!({ "body": named }));
    let (_, strays) = order(&world, json!({ "do": "strays" })).await;
    assert_eq!(strays["data"][0]["element"], json!({ "body": "nonsense" }));
    let path = format!("/v1/parked/{}/retry", parked["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 409);
}

/// Protection: a job names what it rings for and carries nothing. (Fault matrix C9.)
#[test]
fn c9_the_largest_job_is_a_thousandth_of_what_a_queue_takes() {
    let ring = Ring::V1 {
        trace: None,
        account: "a".repeat(40).parse().expect("the longest name of an account"),
        conversation: ConversationId::from_bits(u128::MAX),
        cause: Some(MessageKey::from_bits(u128::MAX)),
    };
    // SQS takes 256 KB.
    let job = serde_json::to_string(&ring).expect("JSON");
    assert!(job.len() <= 256, "{} bytes", job.len());
}

/// Protection: `RECEIVED_IN_VAIN`. (Fault matrix C6, C7, C12, J7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c12_a_job_whose_row_cannot_be_read_leaves_the_queue_and_its_message_leaves_when_it_is_retried() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let body = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    // The row that it leads to cannot be read.
    let message = rows(&world).await.into_iter().find(|row| row.get("st").is_some()).expect("the message");
    let mut damaged = message.clone();
    damaged.insert("st".to_owned(), AttributeValue::S("nonsense".into()));
    put(&world, damaged).await;
    assert_eq!(call_send(&world.parts, vec![job("1", &body, 39)]).await, ["1"]);
    assert!(call_send(&world.parts, vec![job("1", &body, 40)]).await.is_empty());
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert!(parked["data"][0]["why"].as_str().expect("a reason").contains("cannot be read: attribute st"), "{parked}");
    let path = format!("/v1/parked/{}/retry", parked["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 409);
    // It was mended.
    put(&world, message).await;
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 200);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: `alone` around a job. (Fault matrix C5, C6, C12.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_a_job_that_meets_a_defect_is_seen_in_the_table_and_does_not_hold_its_conversation_for_days() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let body = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    let about = id.conversation.to_string().split_off(4);
    let broken = world.parts_with(Arc::new(move |call| {
        assert!(!(call.operation == "GetItem" && String::from_utf8_lossy(call.body).contains(&about)), "a defect");
        Verdict::Go
    }));
    assert_eq!(call_send(&broken, vec![job("1", &body, 39)]).await, ["1"]);
    assert!(call_send(&broken, vec![job("1", &body, 40)]).await.is_empty());
    let record =
        world.parts.store.parked_list(&world.account(), world.now(), 2, None, 9).await.expect("a list").remove(0);
    assert!(matches!(record.what, ParkedKind::Job));
    let retried = parking::retry(&world.parts, &world.account(), &record.id).await.expect("an answer");
    assert_eq!(retried, Retry::Done);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: `RECEIVED_TOO_OFTEN`. (Fault matrix C6, C7, J7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c7_a_job_that_was_tried_too_often_is_seen_in_the_table() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let body = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    let about = id.conversation.to_string().split_off(4);
    let down = world.parts_with(Arc::new(move |call| {
        let about_her = String::from_utf8_lossy(call.body).contains(&about);
        if call.operation == "GetItem" && about_her {
            Verdict::FailBefore(400, "ThrottlingException")
        } else {
            Verdict::Go
        }
    }));
    assert_eq!(call_send(&down, vec![job("1", &body, 989)]).await, ["1"]);
    assert!(call_send(&down, vec![job("1", &body, 990)]).await.is_empty());
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"][0]["why"], "the job was tried too often");
}

/// Protection: `alone` in the sweep, in `react` and in `webhook`. (Fault matrix C4, C5, B12.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b12_a_change_that_meets_a_defect_is_parked_and_holds_up_no_other() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    let hers = world.family(ANA).await.expect("she is known").survivor.id;
    let id = world.say(ANA, "Yes").await;
    world.say(BEN, "Yes").await;
    let broken = Arc::new(AtomicBool::new(true));
    let (bare, breaks) = (hers.to_string().split_off(4), Arc::clone(&broken));
    let parts = world.parts_with(Arc::new(move |call| {
        let about_her = String::from_utf8_lossy(call.body).contains(&bare);
        assert!(!(about_her && call.operation == "GetItem" && breaks.load(Ordering::SeqCst)), "a defect");
        Verdict::Go
    }));
    let handlers = Handlers::new(&parts);
    let after = checkpoint(&world);
    let records = world.local.engine.stream(TABLE, after.as_deref()).expect("a stream").next(100).expect("records");
    assert!(records.len() >= 2);
    let mut tries = 0;
    loop {
        let answer = handlers.react(json!({ "Records": records })).await.expect("an answer");
        tries += 1;
        if answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty) {
            break;
        }
        assert!(tries < 100, "it is never parked");
    }
    assert!(tries > 1);
    let list = parts.store.parked_list(&world.account(), world.now(), 2, None, 9).await.expect("a list");
    let record = list.iter().find(|record| matches!(record.what, ParkedKind::Change { .. })).expect("it is parked");
    assert!(!record.why.contains("a defect\n"), "{}", record.why);
    broken.store(false, Ordering::SeqCst);
    let retried = parking::retry(&parts, &world.account(), &record.id).await.expect("an answer");
    assert_eq!(retried, Retry::Done);
    send::answer(&parts, &world.ring_for(id)).await.expect("it is sent");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: `give_up`. (Fault matrix C6.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c6_a_timer_that_cannot_be_read_is_parked_after_ten_tries_and_armed_again_by_a_retry() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let timer = rows(&world).await.into_iter().find(|row| pk(row).starts_with("T#")).expect("a timer");
    let mut later = timer.clone();
    later.insert("j".to_owned(), AttributeValue::S(r#"{"timer":"snooze"}"#.into()));
    put(&world, later).await;
    world.turn("PT24H10M").await;
    for _ in 0..12 {
        world.turn("PT1M").await;
    }
    let parked =
        async || world.parts.store.parked_list(&world.account(), world.now(), 2, None, 9).await.expect("a list");
    let record = parked().await.remove(0);
    assert!(matches!(record.what, ParkedKind::Timer { .. }));
    assert_eq!(world.templates_sent_to(ANA), 0);
    let swept = expire::sweep(&world.parts).await.expect("it sweeps");
    assert_eq!(swept.failed, 0, "the cursor is held by nothing");
    // This version still cannot read it.
    let still = parking::retry(&world.parts, &world.account(), &record.id).await.expect("an answer");
    assert!(matches!(still, Retry::StillParked(_)));
    // Whatever it was, a rebuild arms what follows from the rows.
    Rebuild::begin(&world.parts, None).finish(&world.parts).await.expect("it is rebuilt");
    world.turn("PT5M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: `alone` in the sweep. (Fault matrix C5.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c5_a_timer_that_meets_a_defect_holds_up_no_other() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    world.settle().await;
    world.system.turn(jiff::SignedDuration::from_hours(25)).await.expect("the clock turns");
    let bare = world.family(ANA).await.expect("she is known").survivor.id.to_string().split_off(4);
    let parts = world.parts_with(Arc::new(move |call| {
        assert!(!(call.operation == "GetItem" && String::from_utf8_lossy(call.body).contains(&bare)), "a defect");
        Verdict::Go
    }));
    let swept = expire::sweep(&parts).await.expect("it sweeps");
    assert_eq!((swept.fired > 0, swept.failed), (true, 1), "{swept:?}");
    world.follow_stream().await;
    world.settle().await;
    assert_eq!(world.templates_sent_to(BEN), 1);
}

/// Protection: `alone` in `webhook` and in `api`. (Fault matrix C5.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c5_a_webhook_that_meets_a_defect_is_answered_and_comes_again() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Hello").await;
    let call = world.outside.take_due(world.now()).expect("the ledger").remove(0);
    let broken = Handlers::new(&world.parts_with(Arc::new(|call| {
        assert!(call.operation != "PutItem", "a defect");
        Verdict::Go
    })));
    let mut event = http_event("POST", &call.path, &call.body);
    for (name, value) in &call.headers {
        event["headers"][name] = json!(value);
    }
    assert_eq!(broken.webhook(event.clone()).await.expect("an answer")["statusCode"], 500);
    let well = Handlers::new(&world.parts);
    assert_eq!(well.webhook(event).await.expect("an answer")["statusCode"], 200);
    assert_eq!(world.messages(ANA).await.len(), 1);

    let text = json!({ "channel": crate::world::CHANNEL, "to": { "phone": format!("+{ANA}") },
                       "content": { "type": "text", "body": "Hello" } });
    let mut event = http_event("POST", "/v1/messages", text.to_string().as_bytes());
    event["headers"]["authorization"] = json!(format!("Bearer {}", world.local.demo.token()));
    event["headers"]["content-type"] = json!("application/json");
    let answer = broken.api(event).await.expect("an answer");
    assert_eq!(answer["statusCode"], 500);
    assert!(answer["body"].as_str().expect("a problem").contains("title"), "{answer}");
}
