//! What one body may hold: everything in it is stored, once, whatever the order and however often it comes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use transom::domain::Timestamp;
use transom_engine::Verdict;
use transom_local::{local::Faults, outside::ReceiptHabits};

use super::{everything_about, parked, said_by};
use crate::{
    calls::{META_NUMBER, body_of, change, messages, status, text},
    world::{ANA, BEN, CARLA, World},
};

const EVERY_KIND: &str = include_str!("../../../shared/src/adapters/providers/meta/fixtures/every_kind.json");
const SYSTEM: &str = include_str!("../../../shared/src/adapters/providers/meta/fixtures/system.json");
const ECHO: &str = include_str!("../../../shared/src/adapters/providers/meta/fixtures/echo.json");
const NEWS: &str = include_str!("../../../shared/src/adapters/providers/meta/fixtures/news.json");
/// Who writes in the fixtures.
const WRITER: &str = "16505551234";

/// A fixture whose messages were written just now.
fn of_today(fixture: &str, world: &World) -> String {
    let now = world.now().as_second();
    fixture.replace("1763700000", &(now - 123).to_string()).replace("1763700123", &now.to_string())
}

/// Fault matrix A6 and A7.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_changes_messages_and_receipts_in_one_body_are_all_stored() {
    let world = World::silent().await;
    world.writes(ANA, "Hello").await;
    world.writes(BEN, "Hello").await;
    let (to_ana, to_ben) = (world.say(ANA, "Hello, Ana").await, world.say(BEN, "Hello, Ben").await);
    world.settle().await;
    assert_eq!((world.state_of(to_ana).await, world.state_of(to_ben).await), ("accepted".into(), "accepted".into()));
    let now = world.now();
    let report = |id: &transom::domain::MessageId, word: &str| status(&format!("demo.{id}.1"), word, now);
    let body = json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "1", "changes": [
            change(META_NUMBER, &[text(ANA, "wamid.a1", now, "a1"), text(BEN, "wamid.b1", now, "b1")], &[]),
            change(META_NUMBER, &[], &[report(&to_ana, "delivered"), report(&to_ben, "read")]),
        ] },
        { "id": "2", "changes": [
            change(META_NUMBER, &[text(ANA, "wamid.a2", now, "a2")], &[report(&to_ana, "sent")]),
            change(META_NUMBER, &[text(CARLA, "wamid.c1", now, "c1"), text(ANA, "wamid.a3", now, "a3")], &[]),
        ] },
    ] });
    assert_eq!(world.meta_posts(&body).await, 200);
    world.settle().await;
    let mut said = said_by(&world, ANA).await;
    said.sort();
    assert_eq!(said, ["Hello", "a1", "a2", "a3"]);
    assert_eq!(said_by(&world, CARLA).await, ["c1"]);
    assert_eq!(said_by(&world, BEN).await.len(), 2);
    assert_eq!((world.state_of(to_ana).await, world.state_of(to_ben).await), ("delivered".into(), "read".into()));
    assert!(parked(&world).await.is_empty());
}

/// Meta's reference, sections 2.3 to 2.6; fault matrix A9 and A21.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_message_arrives_and_is_shown() {
    let world = World::new().await;
    assert_eq!(world.meta_posts_bytes(of_today(EVERY_KIND, &world).as_bytes()).await, 200);
    let sent: Value = serde_json::from_str(&of_today(EVERY_KIND, &world)).unwrap();
    let sent = sent["entry"][0]["changes"][0]["value"]["messages"].as_array().unwrap();
    let shown = world.messages(WRITER).await;
    assert_eq!(shown.len(), sent.len());
    assert!(shown.iter().all(|message| message["direction"] == "inbound" && message["state"] == "received"));
    let of_kind = |kind: &str| -> Vec<&Value> {
        shown.iter().map(|message| &message["content"]).filter(|content| content["type"] == kind).collect()
    };
    let mut files: Vec<&str> = of_kind("media").iter().map(|file| file["kind"].as_str().unwrap()).collect();
    files.sort_unstable();
    assert_eq!(files, ["audio", "document", "image", "sticker", "video"]);
    assert!(of_kind("media").iter().all(|file| file["id"] == "1003383421387256"));
    assert_eq!(of_kind("text"), [&json!({ "type": "text", "body": "Hi" })]);
    assert_eq!(of_kind("location")[0]["latitude"], 48.2082);
    assert_eq!(of_kind("contacts")[0]["contacts"][0]["name"]["formatted_name"], "Bob Lee");
    let mut reactions: Vec<&Value> = of_kind("reaction").iter().map(|reaction| &reaction["emoji"]).collect();
    reactions.sort_by_key(|emoji| emoji.is_null());
    assert_eq!(reactions, [&json!("👍"), &Value::Null]);
    let mut replies: Vec<&str> = of_kind("interactive").iter().map(|reply| reply["reply"].as_str().unwrap()).collect();
    replies.sort_unstable();
    assert_eq!(replies, ["button_reply", "call_permission_reply", "flow_reply", "list_reply"]);
    assert_eq!(of_kind("button")[0]["text"], "Stop promotions");
    assert_eq!(of_kind("order")[0]["order"]["catalog_id"], "194836987003835");
    assert_eq!(of_kind("unsupported")[0]["errors"][0]["code"], 131_051);
    assert_eq!(of_kind("edit")[0]["original_message_id"], "wamid.FIRST");
    assert_eq!(of_kind("revoke")[0]["original_message_id"], "wamid.FIRST");
    let telepathy = sent.iter().find(|message| message["type"] == "telepathy").unwrap();
    assert_eq!(of_kind("opaque"), [&json!({ "type": "opaque", "kind": "telepathy", "raw": telepathy })]);
    let tapped = shown.iter().find(|message| message["content"]["type"] == "button").unwrap();
    assert_eq!(tapped["context"]["message_id"], "wamid.OURS");
    let it = world.conversation(WRITER).await;
    assert_eq!(it["contact"]["name"], "Ana");
    let kinds: Vec<&Value> =
        it["contact"]["addresses"].as_array().unwrap().iter().map(|address| &address["kind"]).collect();
    assert_eq!(kinds, ["phone", "user_id"]);
}

/// Fault matrix A21 and A22.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn echoes_notices_and_news_are_kept_as_what_they_are() {
    let world = World::new().await;
    assert_eq!(world.meta_posts_bytes(of_today(ECHO, &world).as_bytes()).await, 200);
    world.settle().await;
    let it = &world.messages(WRITER).await[0];
    assert_eq!(
        (&it["direction"], &it["from_phone_app"], &it["state"]),
        (&json!("outbound"), &json!(true), &json!("sent"))
    );
    // What the staff wrote from the phone app opens no window.
    assert_eq!(world.conversation(WRITER).await["window"]["closes_at"], Value::Null);
    assert_eq!(world.meta_posts_bytes(of_today(SYSTEM, &world).as_bytes()).await, 200);
    world.settle().await;
    let (_, moved) = world.api("GET", "/v1/contacts?phone=%2B12195555358", Value::Null).await;
    let (_, before) = world.api("GET", &format!("/v1/contacts?phone=%2B{WRITER}"), Value::Null).await;
    assert_eq!(moved["data"].as_array().unwrap().len(), 1, "the new number leads to the same person: {moved}");
    assert_eq!(moved["data"][0]["id"], before["data"][0]["id"]);
    assert_eq!(world.conversation(WRITER).await["window"]["closes_at"], Value::Null, "a notice opens no window");
    // News of the account wait for somebody who acts on them: kept, shown, not refused. A wish about marketing is recorded.
    assert_eq!(world.meta_posts_bytes(NEWS.as_bytes()).await, 200);
    assert_eq!(parked(&world).await.len(), 3);
}

/// A message that opens no window can be the first of a conversation; people see it all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_that_begins_with_a_kind_nobody_knows_is_seen() {
    let world = World::new().await;
    let poll = json!({ "from": ANA, "id": "wamid.1", "type": "poll", "poll": { "options": [] },
        "timestamp": world.now().as_second().to_string() });
    assert_eq!(world.meta_posts(&messages(&[poll])).await, 200);
    world.settle().await;
    assert_eq!(said_by(&world, ANA).await, ["opaque"]);
    let (_, list) = world.api("GET", "/v1/conversations", Value::Null).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(world.conversation(ANA).await["window"]["open"], false);
}

/// An echo is an answer: no fallback goes out after it. Its customer is known only by the echo.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_from_the_phone_app_is_an_answer() {
    let world = World::new().await;
    world.writes(ANA, "Is there a gym?").await;
    world.turn("PT1H").await;
    let echo = json!({ "from": "15550783881", "to": ANA, "id": "wamid.ECHO", "type": "text",
        "timestamp": world.now().as_second().to_string(), "text": { "body": "Yes" } });
    let mut change = change(META_NUMBER, &[], &[]);
    change["field"] = json!("smb_message_echoes");
    change["value"]["message_echoes"] = json!([echo]);
    assert_eq!(world.meta_posts(&body_of(&[change])).await, 200);
    world.settle().await;
    assert_eq!(world.conversation(ANA).await["waiting_for_answer"], false);
    world.turn("PT25H").await;
    assert_eq!(world.templates_sent_to(ANA), 0);
}

/// Fault matrix A6, A12 and B3: Meta batches up to 1,000 updates, a body has up to 3 MB.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_updates_in_one_body_cost_one_head_write_for_each_conversation() {
    let world = World::new().await;
    let now = world.now();
    let customers: Vec<String> = (0..20).map(|number| format!("165055502{number:02}")).collect();
    let filler = "x".repeat(2_700);
    let batch: Vec<Value> = (0..1_000)
        .map(|number: i64| {
            let at = now - jiff::SignedDuration::from_secs(number % 97);
            let words = if number % 2 == 0 { format!("{number} {filler}") } else { number.to_string() };
            text(&customers[usize::try_from(number).unwrap() % 20], &format!("wamid.{number}"), at, &words)
        })
        .collect();
    let heads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&heads);
    let parts = world.parts_with(Arc::new(move |call| {
        let raises = call.operation == "UpdateItem" && String::from_utf8_lossy(call.body).contains("\"li\"");
        count.fetch_add(usize::from(raises), Ordering::SeqCst);
        Verdict::Go
    }));
    let body = messages(&batch);
    let size = body.to_string().len();
    assert!((1_000_000..3 * 1024 * 1024).contains(&size), "{size}");
    assert_eq!(world.meta_posts_to(&parts, &body).await, 200);
    assert_eq!(heads.load(Ordering::SeqCst), 20);
    for customer in &customers {
        let said = said_by(&world, customer).await;
        assert_eq!(said.len(), 50);
    }
}

/// Invariant I3; fault matrix A3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_comes_three_times_and_in_pieces_leaves_the_state_of_one() {
    // The same story twice; in the second world everything comes again and again, and backwards.
    let mut seen = Vec::new();
    for often in [false, true] {
        let world = World::silent().await;
        world.writes(ANA, "Hello").await;
        let answer = world.say(ANA, "Hello, Ana").await;
        world.settle().await;
        let now = world.now();
        let ago = |seconds: i64| now - jiff::SignedDuration::from_secs(seconds);
        let callback = format!("demo.{answer}.1");
        let said = [
            text(ANA, "wamid.1", ago(30), "one"),
            text(ANA, "wamid.2", ago(20), "two"),
            json!({ "from": ANA, "id": "wamid.3", "type": "text", "text": { "body": "no time" } }),
            json!({ "from": ANA, "id": "wamid.4", "timestamp": ago(5).as_second().to_string(), "type": "poll" }),
        ];
        let reports = [
            status(&callback, "sent", ago(9)),
            status(&callback, "delivered", ago(8)),
            status(&callback, "read", ago(7)),
        ];
        assert_eq!(world.meta_posts(&body_of(&[change(META_NUMBER, &said, &reports)])).await, 200);
        if often {
            let backwards = |list: &[Value]| list.iter().rev().cloned().collect::<Vec<_>>();
            let body = body_of(&[change(META_NUMBER, &backwards(&said), &backwards(&reports))]);
            assert_eq!(world.meta_posts(&body).await, 200);
            world.settle().await;
            for element in &said {
                assert_eq!(world.meta_posts(&messages(std::slice::from_ref(element))).await, 200);
            }
            assert_eq!(world.meta_posts(&body).await, 200);
        }
        world.settle().await;
        seen.push(everything_about(&world, ANA).await);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0]["messages"].as_array().unwrap().len(), 6);
}

/// Fault matrix A23.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_nobody_mapped_is_parked_and_stored_once_it_is_mapped() {
    let world = World::new().await;
    let message = text(ANA, "wamid.1", world.now(), "Is this the new number?");
    let body = body_of(&[change("555", &[message], &[])]);
    for _ in 0..3 {
        assert_eq!(world.meta_posts(&body).await, 200);
    }
    world.settle().await;
    assert!(world.family(ANA).await.is_none());
    let [record] = parked(&world).await.try_into().expect("one record, however often it came");
    assert!(record["why"].as_str().unwrap().contains("maps this number to no channel"), "{record}");
    assert_eq!(record["what"], json!({ "kind": "webhook", "endpoint": "demo-whatsapp" }));
    assert!(record["element"].to_string().contains("Is this the new number?"), "{record}");

    let retry = format!("/v1/parked/{}/retry", record["id"].as_str().unwrap());
    assert_eq!(world.api("POST", &retry, Value::Null).await.0, 409);
    let (_, mut endpoint) = world.api("GET", "/v1/endpoints/demo-whatsapp", Value::Null).await;
    endpoint["numbers"]["555"] = json!("demo-whatsapp");
    let (put, said) = world.api("PUT", "/v1/endpoints/demo-whatsapp", endpoint).await;
    assert_eq!(put, 200, "{said}");
    // It was written long ago by now, and stays so; it came in time, and is no repeat.
    let wrote_at: Timestamp = world.now();
    world.turn("PT960H").await;
    let (status, said) = world.api("POST", &retry, Value::Null).await;
    assert_eq!((status, &said["state"]), (200, &json!("done")));
    world.settle().await;
    assert_eq!(said_by(&world, ANA).await, ["Is this the new number?"]);
    let at: Timestamp = world.messages(ANA).await[0]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_second(), wrote_at.as_second());
    assert!(parked(&world).await.is_empty());
    assert_eq!(world.api("POST", &retry, Value::Null).await.0, 404);
    assert_eq!(world.meta_posts(&body).await, 200);
    assert_eq!(said_by(&world, ANA).await.len(), 1);
}

impl World {
    /// A world whose providers accept and never report.
    pub async fn silent() -> Self {
        let habits = ReceiptHabits { latest: jiff::SignedDuration::ZERO, ..ReceiptHabits::default() };
        let world = Self::with(Faults { receipts: habits, ..Faults::default() }).await;
        world.fault(json!({ "fault": "no_receipts", "times": 1_000 }));
        world
    }
}
