//! What comes twice, at once or again after days, is done once. Each test fails when its protection is taken away; what to
//! take away is said with it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    app::{Parts, expire, people},
    domain::{Timestamp, contact::Address, conversation::Head, phone::Phone},
    ports::Clock,
};
use transom_engine::{Hook, Verdict};
use transom_local::{
    functions::Functions,
    handlers::Handlers,
    local::{CONTACTS_TABLE, Faults, TABLE},
    outside::ReceiptHabits,
};

use crate::{
    calls::{META_NUMBER, TWILIO_WHATSAPP, body_of, change, messages, text},
    operations::{checkpoint, facts, http_event, rows},
    races::{at_call, meanwhile, once_before},
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

/// Another process's clock: a second ahead.
#[derive(Debug)]
struct Ahead(Arc<dyn Clock>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_secs(1)
    }
}

/// Protection: the conditions of the first sight and of an address, and that the loser adopts the winner. Before each call
/// that the first delivery makes to the database, the second one is taken whole. (Fault matrix A4.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_two_deliveries_at_one_instant_are_one_message_of_one_contact() {
    let world = World::new().await;
    let ahead = Parts { clock: Arc::new(Ahead(Arc::clone(&world.parts.clock))), ..world.parts.clone() };
    for number in 0_usize.. {
        let customer = format!("1650559{number:04}");
        // Without a time of the provider's, so that the first sight decides.
        let body = messages(&[json!({
            "from": customer, "id": format!("wamid.{number}"), "type": "text", "text": { "body": "Hello" },
        })]);
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let (other, parts, again) = (world.clone(), ahead.clone(), body.clone());
        let hook = once_before(
            move |_, _| count.fetch_add(1, Ordering::SeqCst) == number,
            move || {
                let (other, parts, again) = (other.clone(), parts.clone(), again.clone());
                meanwhile(async move { assert_eq!(other.meta_posts_to(&parts, &again).await, 200) });
            },
        );
        assert_eq!(world.meta_posts_to(&world.parts_with(hook), &body).await, 200);
        world.settle().await;
        let said = world.messages(&customer).await;
        assert_eq!(said.len(), 1, "call {number}");
        let is_message = |row: &&crate::operations::Item| row["sk"].as_s().is_ok_and(|sk| sk.starts_with("M#"));
        assert_eq!(rows(&world).await.iter().filter(is_message).count(), number + 1, "call {number}");
        let (_, contacts) = world.api("GET", &format!("/v1/contacts?phone=%2B{customer}"), Value::Null).await;
        assert_eq!(contacts["data"].as_array().unwrap().len(), 1, "call {number}");
        let at: Timestamp = said[0]["at"].as_str().unwrap().parse().unwrap();
        let closes_at = world.conversation(&customer).await["window"]["closes_at"].clone();
        assert_eq!(closes_at, (at + SignedDuration::from_hours(24)).to_string(), "call {number}");
        if calls.load(Ordering::SeqCst) <= number {
            assert!(number > 5, "a body takes several calls: {number}");
            break;
        }
    }
}

/// Protection: a message's row is what tells that it came before, and a first sight is kept for longer than any provider
/// repeats. (Fault matrix A5, K2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a5_a_body_that_comes_again_after_days_opens_nothing_and_adds_nothing() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Is breakfast included?").await;
    let calls = world.receive_with(Arc::new(|_| Verdict::Go)).await;
    let from = format!("whatsapp:+{BEN}");
    let form = [
        ("MessageSid", "SM1"),
        ("SmsStatus", "received"),
        ("From", from.as_str()),
        ("To", TWILIO_WHATSAPP),
        ("Body", "Is there a gym?"),
    ];
    assert_eq!(world.twilio_posts("demo-twilio", "", &form).await, 200);
    world.say(ANA, "Yes").await;
    world.settle().await;
    // Ben is left waiting: the template, and the SMS that follows it.
    world.turn("PT25H").await;
    world.turn("PT5H").await;
    let seen = async || {
        json!([
            world.conversation(ANA).await,
            world.messages(ANA).await,
            world.conversation_on("demo-twilio", BEN).await,
            world.messages_on("demo-twilio", BEN).await,
        ])
    };
    // Meta repeats for seven days, Twilio for seconds. What they signed is good for ever.
    for days in [7, 8, 30] {
        world.turn(&SignedDuration::from_hours(24 * days).to_string()).await;
        let before = (seen().await, world.outside.accepted().expect("a ledger").len());
        world.receive_again(&world.parts, &calls).await;
        assert_eq!(world.twilio_posts("demo-twilio", "", &form).await, 200);
        world.settle().await;
        assert_eq!(seen().await, before.0, "{days} days later");
        // Nor is anybody told that they wait for an answer.
        world.turn("PT30H").await;
        assert_eq!(world.outside.accepted().expect("a ledger").len(), before.1, "{days} days later");
    }
}

/// Protection: `FIRST_SEEN_LASTS` and `CLIENT_KEY_LASTS`, and that no other row ends. (Fault matrix A5, B8, K2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b8_nothing_that_guards_against_repeats_ends_before_its_source_can_repeat() {
    let world = World::new().await;
    let now = world.now();
    let no_time = json!({ "from": ANA, "id": "wamid.1", "type": "text", "text": { "body": "Hello" } });
    let nowhere = change("555", &[text(ANA, "wamid.2", now, "Hello")], &[]);
    let body = body_of(&[change(META_NUMBER, &[no_time], &[]), nowhere]);
    assert_eq!(world.meta_posts(&body).await, 200);
    let wish = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "content": { "type": "text", "body": "Yes" } });
    let wish = wish.to_string().into_bytes();
    assert_eq!(world.api_with("POST", "/v1/messages", &[("idempotency-key", "once")], wish).await.0, 202);
    world.settle().await;
    // Meta repeats for seven days; eight more are the margin.
    let source_ends = (now + SignedDuration::from_hours(24 * 15)).as_second();
    let mut kinds = Vec::new();
    for table in [TABLE, CONTACTS_TABLE] {
        let found = world.local.engine.dynamo().scan().table_name(table).send().await.expect("the table answers");
        for row in found.items.unwrap_or_default() {
            let Some(end) = row.get("ttl") else { continue };
            let key = row["pk"].as_s().expect("a key");
            if key.starts_with("T#") {
                continue; // A timer guards against nothing, and lives for days after it was due.
            }
            // Clients' keys, parked records and their keys, first sights.
            let kind = ["#K#", "#P#", "#S#", "#Q"].into_iter().find(|kind| key.contains(kind));
            kinds.push(kind.unwrap_or_else(|| panic!("{key} ends at some time")));
            let end: i64 = end.as_n().expect("seconds").parse().expect("seconds");
            // A body that says nothing of its time may be played again years later.
            let source_ends = if key.contains("#S#") { source_ends + 5 * 365 * 86_400 } else { source_ends };
            assert!(end >= source_ends, "{key} ends {} s too early", source_ends - end);
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, ["#K#", "#P#", "#Q", "#S#"]);
}

/// Protection: a transaction that was cancelled for anything but its conditions is trouble, and the change that asked for it
/// comes again. (Fault matrix B4.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b4_a_merge_that_meets_another_transaction_comes_again() {
    let tried = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tried);
    let database: Hook = Arc::new(move |call| {
        let merges = call.operation == "TransactWriteItems";
        if merges && count.fetch_add(1, Ordering::SeqCst) < 2 {
            return Verdict::FailBefore(400, "TransactionCanceledException");
        }
        Verdict::Go
    });
    let receipts = ReceiptHabits { latest: SignedDuration::ZERO, ..ReceiptHabits::default() };
    let world = World::with(Faults { database: Some(database), receipts, ..Faults::default() }).await;
    for with in ["phone", "user_id", "both"] {
        world.writes_with(ANA, with, json!({ "with": with })).await;
    }
    assert!(tried.load(Ordering::SeqCst) >= 3, "it was tried {tried:?} times");
    let (_, contacts) = world.api("GET", &format!("/v1/contacts?phone=%2B{ANA}"), Value::Null).await;
    assert_eq!(contacts["data"][0]["former"].as_array().unwrap().len(), 1, "{contacts}");
    assert_eq!(world.messages(ANA).await.len(), 3);
}

/// Protection: whatever `react` does may be done again. A whole story's changes come once more, in two processes at once, as
/// after a shard of the stream was split. (Fault matrix B10.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b10_changes_that_come_again_in_parallel_cause_nothing_anew() {
    let world = World::new().await;
    world.writes(CARLA, "Hello").await;
    world.say(CARLA, "Hello, Carla").await;
    world.settle().await;
    let after = checkpoint(&world);
    // Ana is answered, then held, invited and released; Ben is left waiting.
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Yes").await;
    world.writes(BEN, "Hello").await;
    world.turn("PT25H").await;
    world.say(ANA, "One more thing").await;
    world.turn("PT1H").await;
    world.writes(ANA, "Yes, please").await;
    world.turn("PT5H").await;
    assert_eq!((world.texts_sent_to(ANA).len(), world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (2, 1, 1));

    let (before, taken) = (facts(&world).await, world.outside.accepted().expect("a ledger").len());
    let records = world.local.engine.stream(TABLE, after.as_deref()).expect("a stream").next(1000).expect("records");
    assert!(records.len() > 20, "{} records", records.len());
    let event = json!({ "Records": records });
    let (one, other) = (Handlers::new(&world.parts), Handlers::new(&world.parts));
    let (one, other) = tokio::join!(one.react(event.clone()), other.react(event));
    for answer in [one, other] {
        let answer = answer.expect("an answer");
        assert!(answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty), "{answer}");
    }
    world.turn("PT10M").await;
    assert_eq!(world.outside.accepted().expect("a ledger").len(), taken);
    assert_eq!(facts(&world).await, before);
}

/// Protection: the client's key is put before the message, and a repeat completes what died between them. Each call of a
/// request to the database fails once, before its effect and after it. (Fault matrix D20, section 3: "accept a send".)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d20_a_request_that_died_anywhere_is_completed_by_its_repeat() {
    let world = World::new().await;
    let mut customers = 0_u32;
    for verdict in [Verdict::FailBefore(500, "InternalServerError"), Verdict::FailAfter(500, "InternalServerError")] {
        for number in 0.. {
            customers += 1;
            let customer = format!("1650558{customers:04}");
            let wish = json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
                "content": { "type": "text", "body": "Your room is ready" } });
            let mut event = http_event("POST", "/v1/messages", wish.to_string().as_bytes());
            event["headers"]["authorization"] = json!(format!("Bearer {}", world.local.demo.token()));
            event["headers"]["content-type"] = json!("application/json");
            event["headers"]["idempotency-key"] = json!(format!("key-{customers}"));
            let (hook, calls) = at_call(number, verdict);
            let first = Handlers::new(&world.parts_with(hook)).api(event.clone()).await.expect("an answer");
            let whole = calls.load(Ordering::SeqCst) <= number;
            assert_eq!(first["statusCode"], if whole { 202 } else { 503 }, "call {number}: {first}");
            let mut ids = Vec::new();
            for _ in 0..2 {
                let again = Handlers::new(&world.parts).api(event.clone()).await.expect("an answer");
                assert_eq!(again["statusCode"], 202, "call {number}: {again}");
                let answer: Value = serde_json::from_str(again["body"].as_str().expect("a body")).expect("JSON");
                ids.push(answer["id"].clone());
            }
            assert_eq!(ids[0], ids[1], "call {number}");
            world.turn("PT10S").await; // A token may make so many calls a second.
            let kept = world.messages(&customer).await;
            let texts: Vec<_> = kept.iter().filter(|message| message["content"]["type"] == "text").collect();
            assert_eq!(texts.len(), 1, "call {number}: {texts:#?}");
            assert_eq!(texts[0]["id"], ids[0], "call {number}");
            if whole {
                assert!(number > 5, "a request takes several calls: {number}");
                break;
            }
        }
    }
}

/// Protection: `begin_former` in `app/accept.rs`, `join_family` in `app/merge.rs`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_died_and_is_made_again_after_its_contact_was_merged_still_goes_out() {
    let world = World::new().await;
    world.writes_with(ANA, "Without my number", json!({"with": "user_id"})).await;
    let wish = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") },
        "content": { "type": "text", "body": "Your room is ready" } });
    let mut event = http_event("POST", "/v1/messages", wish.to_string().as_bytes());
    event["headers"]["authorization"] = json!(format!("Bearer {}", world.local.demo.token()));
    event["headers"]["content-type"] = json!("application/json");
    event["headers"]["idempotency-key"] = json!("key");
    // It dies once its key is noted, before the conversation of the contact that it made.
    let dies = Arc::new(|call: &transom_engine::Call<'_>| {
        let begins = call.operation == "PutItem" && String::from_utf8_lossy(call.body).contains(r#""sk":{"S":"H"}"#);
        if begins { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    });
    let first = Handlers::new(&world.parts_with(dies)).api(event.clone()).await.expect("an answer");
    assert_eq!(first["statusCode"], 503, "{first}");
    // Both names turn out to be one person.
    world.writes_with(ANA, "With both", json!({"with": "both"})).await;
    let again = Handlers::new(&world.parts).api(event).await.expect("an answer");
    assert_eq!(again["statusCode"], 202, "{again}");
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Your room is ready"]);
    assert!(world.messages(ANA).await.iter().any(|message| message["content"]["body"] == "Your room is ready"));
}

/// Protection: `join_family` in `app/merge.rs`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_begins_after_its_contact_was_merged_belongs_to_the_survivors() {
    let world = World::new().await;
    world.writes_with(ANA, "Without my number", json!({"with": "user_id"})).await;
    let account = world.account();
    let keys = world.parts.keys(&account).await.unwrap();
    let phone = Address::Phone(Phone::from_e164(ANA).unwrap());
    let made = people::recognise(&world.parts, &account, &keys, &[phone], None, None).await.unwrap().contact;
    world.writes_with(ANA, "With both", json!({"with": "both"})).await;
    let survivor = world.family(ANA).await.unwrap().survivor;
    assert_ne!(survivor.contact, made);
    // A slow request begins it only now.
    let late = Head::new(account, CHANNEL.parse().unwrap(), made, world.now());
    world.parts.store.begin(&late).await.unwrap();
    world.settle().await;
    assert!(world.family(ANA).await.unwrap().head(late.id).is_some());
}

/// Protection: the window's template has an id made of the window. A sweep begins while another is at work, and overtakes
/// it. (Fault matrix E9.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e9_a_sweep_that_overlaps_with_another_sends_one_template() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    world.settle().await;
    world.system.turn(SignedDuration::from_mins(24 * 60 + 3)).await.expect("the clock turns");
    let other = world.clone();
    let hook = once_before(
        |operation, body| operation == "PutItem" && body.contains("\"M#"),
        move || {
            let other = other.clone();
            meanwhile(async move {
                expire::sweep(&other.parts).await.expect("it sweeps");
            });
        },
    );
    expire::sweep(&world.parts_with(hook)).await.expect("it sweeps");
    world.settle().await;
    world.turn("PT5M").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (1, 1));
}
