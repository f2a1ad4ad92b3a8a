//! What operators rely on: nothing poisons a batch, everything can be made anew, and a restored table sends nothing twice.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    app::{
        Mode, Parts, expire, parking,
        rebuild::Rebuild,
        receive::Retry,
        restore::{self, NotRestored},
        send::{self, ComeAgain},
    },
    domain::{
        Timestamp,
        inbound::ReceiptStatus,
        message::Message,
        reason::Reason,
        sending::{SenderState, UNKNOWN_SETTLES_WITHIN},
    },
    ports::{
        Clock,
        store::{ParkedKind, Recorded},
    },
};
use transom_engine::Verdict;
use transom_local::{
    checkpoints::Checkpoints,
    front::event::{Circumstances, from_request},
    functions::Functions,
    handlers::Handlers,
    local::{SENDS, TABLE},
};

use crate::{
    races::{meanwhile, once_before},
    world::{ANA, BEN, World},
};

type Item = std::collections::HashMap<String, AttributeValue>;

async fn rows(world: &World) -> Vec<Item> {
    world
        .local
        .engine
        .dynamo()
        .scan()
        .table_name(TABLE)
        .send()
        .await
        .expect("the table answers")
        .items
        .unwrap_or_default()
}

async fn put(world: &World, row: Item) {
    world.local.engine.dynamo().put_item().table_name(TABLE).set_item(Some(row)).send().await.expect("it is put");
}

async fn delete(world: &World, row: &Item) {
    let key = world.local.engine.dynamo().delete_item().table_name(TABLE);
    key.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.expect("it is deleted");
}

fn pk(row: &Item) -> &str {
    row["pk"].as_s().expect("a key")
}

/// The whole table but for timers, which may be armed again, in one order.
async fn facts(world: &World) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let text = |row: &Item, name: &str| row[name].as_s().expect("a key").clone();
    let rows = rows(world).await;
    let rows = rows.iter().filter(|row| !pk(row).starts_with("T#") && !pk(row).starts_with("CURSOR#"));
    rows.map(|row| {
        let values = row.iter().map(|(name, value)| (name.clone(), format!("{value:?}"))).collect();
        ((text(row, "pk"), text(row, "sk")), values)
    })
    .collect()
}

fn job(id: &str, body: &str, receives: u32) -> Value {
    let attributes = json!({ "MessageGroupId": id, "ApproximateReceiveCount": receives.to_string() });
    json!({ "messageId": id, "receiptHandle": id, "body": body, "attributes": attributes, "messageAttributes": {} })
}

/// What API Gateway would hand over.
fn http_event(method: &str, path: &str, body: &[u8]) -> Value {
    let request = http::Request::builder().method(method).uri(path).header("host", "localhost");
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let at = "2026-03-01T09:00:00Z".parse().expect("a time");
    let around = Circumstances { route: "ANY /{proxy+}", source: [127, 0, 0, 1].into(), at, request_id: "1" };
    from_request(&parts, body, around)
}

/// Calls the send function with these jobs and answers the ids that are to come again.
async fn call_send(parts: &Parts, jobs: Vec<Value>) -> Vec<String> {
    let answer = Handlers::new(parts).send(json!({ "Records": jobs })).await.expect("an answer");
    let failed = answer["batchItemFailures"].as_array().expect("a list").clone();
    failed.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
}

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
    let (_, strays) = crate::world::answer(world.http("GET", "/local/strays")).await;
    assert_eq!(strays["data"][0]["element"], json!({ "body": "nonsense" }));
    let path = format!("/v1/parked/{}/retry", parked["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 409);
}

/// Protection: `RECEIVED_TOO_OFTEN`. (Fault matrix C6, C7, C8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c7_a_job_that_was_tried_too_often_is_seen_in_the_table_and_its_message_leaves_when_it_is_retried() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let body = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    // The row that it leads to cannot be read.
    let message = rows(&world).await.into_iter().find(|row| row.get("st").is_some()).expect("the message");
    let mut damaged = message.clone();
    damaged.insert("st".to_owned(), AttributeValue::S("nonsense".into()));
    put(&world, damaged).await;
    assert_eq!(call_send(&world.parts, vec![job("1", &body, 989)]).await, ["1"]);
    assert!(call_send(&world.parts, vec![job("1", &body, 990)]).await.is_empty());
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    let path = format!("/v1/parked/{}/retry", parked["data"][0]["id"].as_str().expect("an id"));
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 409);
    // It was mended.
    put(&world, message).await;
    assert_eq!(world.api("POST", &path, Value::Null).await.0, 200);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
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
    let checkpoint = Checkpoints::open(world.local.engine.side_connection().expect("a connection")).expect("it opens");
    let after = checkpoint.get(TABLE).expect("it is read");
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

/// Everything that follows from the table is gone: the stream unread, the queue empty, timers and the inbox lost.
async fn lose_everything_that_follows(world: &World) {
    // The newest record of a stream always stays: one that causes nothing.
    world.parts.store.first_seen(&world.account(), "lost", world.now()).await.expect("it is noted");
    let last = world.local.engine.stream(TABLE, None).expect("a stream").next(1000).expect("records");
    if let Some(last) = last.last() {
        let number = last["dynamodb"]["SequenceNumber"].as_str().expect("a number");
        let checkpoints = Checkpoints::open(world.local.engine.side_connection().expect("a connection")).expect("open");
        checkpoints.set(TABLE, number).expect("it is written");
        world.local.engine.forget_until(TABLE, number).expect("forgotten");
    }
    for row in rows(world).await {
        let sk = row["sk"].as_s().expect("a key");
        if pk(&row).starts_with("T#") || sk == "W" {
            delete(world, &row).await;
        }
    }
    while let Some(job) = world.system.queues().receive(SENDS, 1).expect("the queue answers").pop() {
        world.system.queues().delete(SENDS, &job.receipt).expect("it is deleted");
    }
}

/// Protection: each effect of `domain/anew.rs`. (Fault matrix B11, J7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_a_rebuild_makes_anew_what_was_lost_with_the_stream() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    world.settle().await;
    world.say(ANA, "Yes").await;
    lose_everything_that_follows(&world).await;
    world.turn("PT1H").await;
    assert!(world.texts_sent_to(ANA).is_empty(), "nothing rings for it");
    let (status, report) = crate::world::answer(world.http("POST", "/local/rebuild")).await;
    assert_eq!((status, &report["done"]), (200, &json!(true)), "{report}");
    assert_eq!(report["counts"]["heads"], 2);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    let (_, inbox) = world.api("GET", "/v1/conversations?state=active", Value::Null).await;
    assert_eq!(inbox["data"].as_array().expect("a list").len(), 2);
    // Ben waits, and his window's timer is there again.
    world.turn("PT24H").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (0, 1));
    assert_eq!(crate::world::answer(world.http("POST", "/local/rebuild").body(r#"{"account":"A"}"#)).await.0, 400);
}

/// (Fault matrix B11, J7, D14.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j7_a_rebuild_changes_nothing_that_is_right_however_often_it_is_done() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Yes").await;
    world.writes(BEN, "Hello").await;
    world.turn("PT25H").await;
    world.say(BEN, "Held").await;
    world.settle().await;
    let (before, taken) = (facts(&world).await, world.outside.accepted().expect("a ledger").len());
    for _ in 0..2 {
        Rebuild::begin(&world.parts, Some(world.account())).finish(&world.parts).await.expect("it is rebuilt");
        world.turn("PT10M").await;
    }
    assert_eq!(world.outside.accepted().expect("a ledger").len(), taken);
    assert_eq!(facts(&world).await, before);
}

/// Protection: `sends_paused`. (Fault matrix B9.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b9_while_sends_are_paused_jobs_are_put_off_and_nothing_is_claimed() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let body = serde_json::to_string(&world.ring_for(id)).expect("JSON");
    let paused = Parts { mode: Mode { sends_paused: true, ..Mode::default() }, ..world.parts.clone() };
    assert_eq!(call_send(&paused, vec![job("1", &body, 1)]).await, ["1"]);
    assert_eq!(world.state_of(id).await, "queued");
    assert!(call_send(&world.parts, vec![job("1", &body, 1)]).await.is_empty());
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: `Fence::holds`. (Fault matrix B9.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b9_what_may_have_gone_out_before_a_restore_is_unknown_and_never_sent_again() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let (first, second) = (world.say(ANA, "One").await, world.say(ANA, "Two").await);
    let restored_to = world.now();
    let lost: Vec<Item> = rows(&world).await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two"]);
    // The table goes back to before they left.
    for row in rows(&world).await {
        delete(&world, &row).await;
    }
    for row in lost {
        put(&world, row).await;
    }
    lose_everything_that_follows(&world).await;
    world.turn("PT1H").await;
    let live_until = world.now() - SignedDuration::from_mins(30);
    let wrong = restore::fence(&world.parts, live_until, restored_to).await;
    assert!(matches!(wrong, Err(NotRestored::OutOfOrder)));
    restore::fence(&world.parts, restored_to, live_until).await.expect("the fence is up");
    Rebuild::begin(&world.parts, None).finish(&world.parts).await.expect("it is rebuilt");
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two"], "nothing leaves again");
    for id in [first, second] {
        let Some(Message::Outbound(message)) = world.message(id).await else { panic!("it is there") };
        assert!(matches!(message.state, SenderState::Unknown { .. }));
        assert_eq!(message.reason, Some(Reason::Restored));
    }
    // A receipt of an attempt that this table never saw settles one; for the other there is none.
    let at = world.now();
    let account = world.account();
    let receipt = world.parts.store.record_receipt(&account, first, 2, &ReceiptStatus::Sent, at).await;
    assert_eq!(receipt.expect("an answer"), Recorded::New);
    assert_eq!(world.state_of(first).await, "sent");
    let settled = SignedDuration::from_mins(5) + UNKNOWN_SETTLES_WITHIN;
    world.turn(&settled.to_string()).await;
    assert_eq!(world.state_of(second).await, "undetermined");
    assert_eq!(world.get_message(second).await["reason"]["code"], "restored");
    // What is accepted from now on leaves.
    world.writes(ANA, "Anybody there?").await;
    world.say(ANA, "Three").await;
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["One", "Two", "Three"]);
}

/// Protection: `Fence::shuts_out`. (Fault matrix D24.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d24_a_system_of_an_older_generation_claims_nothing() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let newer = Parts { mode: Mode { epoch: 2, ..Mode::default() }, ..world.parts.clone() };
    restore::take_over(&newer).await.expect("it takes over");
    let older = Parts { mode: Mode { epoch: 1, ..Mode::default() }, ..world.parts.clone() };
    restore::take_over(&older).await.expect("nothing happens");
    let again = send::answer(&older, &world.ring_for(id)).await;
    assert!(matches!(again, Err(ComeAgain::At(at)) if at > world.now()), "{again:?}");
    assert_eq!(world.state_of(id).await, "queued");
    send::answer(&newer, &world.ring_for(id)).await.expect("it is sent");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// Protection: the deadline of the sweep. (Fault matrix A15, E8.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a15_a_sweep_without_time_fires_nothing_and_stays_before_what_it_left() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.settle().await;
    world.system.turn(SignedDuration::from_hours(25)).await.expect("the clock turns");
    let shard = u8::try_from(world.family(ANA).await.expect("known").survivor.id.bits() % 8).expect("small");
    let none = transom::app::deadline::Deadline::after(std::time::Duration::ZERO);
    let swept = expire::sweep_until(&world.parts, none).await.expect("it ends");
    assert!(swept.cut_short && swept.fired == 0, "{swept:?}");
    let due = world.family(ANA).await.expect("known").survivor.window().fallback_from().expect("she wrote");
    let cursor = world.parts.store.cursor(shard).await.expect("an answer").expect("it swept before");
    assert!(cursor < transom::domain::timer::minute_of(due), "the timer lies before the cursor");
    assert!(expire::sweep(&world.parts).await.expect("it sweeps").fired > 0);
    world.settle().await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// Protection: the deadline of `webhook` and of `api`. (Fault matrix A15, A16, J1.)
#[tokio::test]
async fn a15_webhook_and_api_answer_503_in_time_when_the_store_says_nothing() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Hello").await;
    let call = world.outside.take_due(world.now()).expect("the ledger").remove(0);
    let silent = world.parts_with(Arc::new(|_| Verdict::Silence));
    let handlers = Handlers::new(&silent);
    let mut event = http_event("POST", &call.path, &call.body);
    for (name, value) in &call.headers {
        event["headers"][name] = json!(value);
    }
    tokio::time::pause();
    let answer = handlers.webhook(event).await.expect("an answer");
    assert_eq!(answer["statusCode"], 503);
    let mut event = http_event("GET", "/v1/channels", b"");
    event["headers"]["authorization"] = json!(format!("Bearer {}", world.local.demo.token()));
    let answer = handlers.api(event).await.expect("an answer");
    assert_eq!(answer["statusCode"], 503, "{answer}");
}

/// A clock that is two minutes ahead of another.
#[derive(Debug)]
struct Ahead(Arc<dyn Clock>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_mins(2)
    }
}

/// Protection: an overdue claim becomes unknown and never free. (Fault matrix H3, C3.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h3_an_environment_whose_clock_is_ahead_takes_no_claim_away() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let ring = world.ring_for(id);
    let ahead = Parts { clock: Arc::new(Ahead(Arc::clone(&world.parts.clock))), ..world.parts.clone() };
    // The provider has taken it; before that is written down, the other one finds the claim overdue.
    let job = ring.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"o1\""),
        move || {
            let (ahead, job) = (ahead.clone(), job.clone());
            meanwhile(async move { send::answer(&ahead, &job).await.expect("nothing is left to do") });
        },
    );
    send::answer(&world.parts_with(hook), &ring).await.expect("it is sent");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    assert_eq!(world.state_of(id).await, "accepted");
}
