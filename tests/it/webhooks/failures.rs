//! The store fails, or the process dies, at any point of a body: the provider is asked to come again, and after that
//! nothing is lost and nothing is there twice.

use std::sync::{Arc, Mutex, atomic::Ordering};

use serde_json::{Value, json};
use transom_engine::{Hook, Verdict};

use super::said_by;
use crate::{
    calls::{META_NUMBER, body_of, change, messages, status, text},
    races::at_call,
    world::{ANA, CARLA, World},
};

fn raises_a_head(operation: &str, body: &[u8]) -> bool {
    operation == "UpdateItem" && String::from_utf8_lossy(body).contains("\"li\"")
}

/// Fault matrix A1, A2, A14 and B2, section 3 ("inbound"): every call of a body fails once, before and after its effect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_the_store_fails_the_provider_comes_again_and_nothing_is_lost_or_doubled() {
    let world = World::silent().await;
    let mut customers = 0_u32;
    for kind in [Verdict::FailBefore(500, "InternalServerError"), Verdict::FailAfter(500, "InternalServerError")] {
        for number in 0.. {
            customers += 1;
            let customer = format!("1650556{customers:04}");
            let now = world.now();
            let said = [
                text(&customer, &format!("wamid.{customer}.1"), now, "one"),
                json!({ "from": customer, "id": format!("wamid.{customer}.2"), "type": "text", "text": { "body": "two" } }),
                text(&customer, &format!("wamid.{customer}.3"), now, "STOP"),
            ];
            let body = body_of(&[change(META_NUMBER, &said, &[])]);
            let (hook, calls) = at_call(number, kind);
            let status = world.meta_posts_to(&world.parts_with(hook), &body).await;
            if calls.load(Ordering::SeqCst) <= number {
                assert_eq!(status, 200);
                assert!(number > 8, "a body takes several calls: {number}");
                break;
            }
            assert_eq!(status, 503, "call {number} failed");
            // It comes again, twice.
            assert_eq!(world.meta_posts(&body).await, 200);
            assert_eq!(world.meta_posts(&body).await, 200);
            let mut words = said_by(&world, &customer).await;
            words.sort();
            assert_eq!(words, ["STOP", "one", "two"], "call {number}");
            let it = world.conversation(&customer).await;
            assert_eq!(it["window"]["closes_at"], (now + transom::domain::window::WINDOW_LASTS).to_string());
            assert_eq!(it["contact"]["opted_out"], true);
            let (_, contacts) = world.api("GET", &format!("/v1/contacts?phone=%2B{customer}"), Value::Null).await;
            assert_eq!(contacts["data"].as_array().unwrap().len(), 1);
        }
    }
}

/// Fault matrix A1: the message is there, the head is not, and the provider never delivers again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_repairs_a_head_whose_write_was_lost_with_its_process() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT30H").await;
    let held = world.say(ANA, "Here we are").await;
    world.settle().await;
    assert_eq!(world.state_of(held).await, "held");
    let closes_at = world.conversation(ANA).await["window"]["closes_at"].clone();
    let hook: Hook = Arc::new(|call| {
        if raises_a_head(call.operation, call.body) {
            Verdict::FailBefore(500, "InternalServerError")
        } else {
            Verdict::Go
        }
    });
    world.writes_unsettled(ANA, "Anybody there?").await;
    assert_eq!(world.webhooks_once_over(&world.parts_with(hook)).await, [503]);
    assert_eq!(world.conversation(ANA).await["window"]["closes_at"], closes_at, "the write was lost");
    assert_eq!(said_by(&world, ANA).await.len(), 2, "the message was not");
    world.settle().await;
    assert_eq!(world.conversation(ANA).await["window"]["open"], true);
    assert_eq!(world.texts_sent_to(ANA), ["Here we are"], "and what waited for it went out");
}

/// The same for a message that opens no window and is the first of its conversation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_makes_a_head_that_was_lost_with_its_process() {
    let world = World::new().await;
    let hook: Hook = Arc::new(|call| {
        let is_head = call.operation == "PutItem" && String::from_utf8_lossy(call.body).contains(r#"{"S":"H"}"#);
        if is_head { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    });
    let mut first = text(ANA, "wamid.1", world.now(), "");
    first["type"] = json!("poll");
    assert_eq!(world.meta_posts_to(&world.parts_with(hook), &messages(&[first])).await, 503);
    assert!(world.family(ANA).await.is_none());
    world.settle().await;
    assert_eq!(said_by(&world, ANA).await, ["opaque"]);
}

/// The other way round: the head rose and the message was lost. The redelivery brings it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_write_was_lost_comes_with_the_redelivery() {
    let world = World::new().await;
    let hook: Hook = Arc::new(|call| {
        let is_message = call.operation == "PutItem" && String::from_utf8_lossy(call.body).contains("\"M#");
        if is_message { Verdict::FailBefore(400, "ThrottlingException") } else { Verdict::Go }
    });
    let body = messages(&[text(ANA, "wamid.1", world.now(), "Hello")]);
    assert_eq!(world.meta_posts_to(&world.parts_with(hook), &body).await, 503);
    world.settle().await;
    assert_eq!(world.meta_posts(&body).await, 200);
    assert_eq!(said_by(&world, ANA).await, ["Hello"]);
}

/// A receipt that could not be written comes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_could_not_be_stored_is_asked_for_again() {
    let world = World::silent().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Hello, Ana").await;
    world.settle().await;
    let report = body_of(&[change(META_NUMBER, &[], &[status(&format!("demo.{id}.1"), "delivered", world.now())])]);
    let down: Hook = Arc::new(|call| {
        if call.operation == "UpdateItem" { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    });
    assert_eq!(world.meta_posts_to(&world.parts_with(down), &report).await, 503);
    assert_eq!(world.state_of(id).await, "accepted");
    assert_eq!(world.meta_posts(&report).await, 200);
    assert_eq!(world.state_of(id).await, "delivered");
}

/// Invariant 3: nothing that the rise of the head frees can overtake a wish to stop that came in the same body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_to_stop_is_stored_before_the_head_rises() {
    let world = World::new().await;
    world.writes(CARLA, "Hello").await;
    world.turn("PT30H").await;
    let held = world.say(CARLA, "Here we are").await;
    world.settle().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&order);
    let parts = world.parts_with(Arc::new(move |call| {
        if raises_a_head(call.operation, call.body) {
            seen.lock().unwrap().push("head");
        } else if call.operation == "UpdateItem" && call.table == "transom-contacts" {
            seen.lock().unwrap().push("consent");
        }
        Verdict::Go
    }));
    let now = world.now();
    let said = [
        text(CARLA, "wamid.1", now, "Please"),
        text(CARLA, "wamid.2", now, "STOP"),
        text(CARLA, "wamid.3", now, "writing to me"),
    ];
    assert_eq!(world.meta_posts_to(&parts, &messages(&said)).await, 200);
    assert_eq!(*order.lock().unwrap(), ["consent", "head"]);
    world.settle().await;
    let it = world.get_message(held).await;
    assert_eq!((&it["state"], &it["reason"]["code"]), (&json!("refused"), &json!("opted_out")));
    assert_eq!(world.texts_sent_to(CARLA), Vec::<String>::new());
}
