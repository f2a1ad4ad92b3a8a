//! A table that was taken back to an earlier state, and a system that was replaced, send nothing by themselves.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use transom::{
    adapters::dynamodb::{DynamoStore, schema::create_tables},
    app::{
        Mode, Parts,
        rebuild::Rebuild,
        restore::{self, NotRestored},
        send::{self, ComeAgain},
    },
    domain::{
        inbound::{ReceiptStatus, ReportedAt},
        message::Message,
        reason::Reason,
        sending::{SenderState, UNKNOWN_SETTLES_WITHIN},
    },
    ports::store::Recorded,
};
use transom_local::local::CONTACTS_TABLE;

use super::{Item, call_send, delete, job, lose_everything_that_follows, order, put, rows};
use crate::world::{ANA, World};

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
    let receipt = world
        .parts
        .store
        .record_receipt(
            &account,
            first,
            2,
            &transom::ports::store::Report {
                status: &ReceiptStatus::Sent,
                at: ReportedAt::Provider(at),
                pricing: None,
            },
        )
        .await;
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

/// Protection: `Fence::missing`. (Fault matrix B9.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b9_a_restored_table_sends_nothing_before_its_fence_is_up_whatever_was_forgotten() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    // A restore makes a table of another name; the second one is left alone.
    let dynamo = world.local.engine.dynamo();
    create_tables(&dynamo, "restored", "unused").await.expect("a table");
    for row in rows(&world).await {
        dynamo.put_item().table_name("restored").set_item(Some(row)).send().await.expect("it is put");
    }
    let store = Arc::new(DynamoStore::new(dynamo, "restored", CONTACTS_TABLE));
    let restored = Parts { store, ..world.parts.clone() };
    let again = send::answer(&restored, &world.ring_for(id)).await;
    assert!(matches!(again, Err(ComeAgain::At(at)) if at > world.now()), "{again:?}");
    let now = world.now();
    world.turn("PT1H").await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"], "the first table's own");
    restore::fence(&restored, now, world.now()).await.expect("the fence is up");
    send::answer(&restored, &world.ring_for(id)).await.expect("it is looked at");
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    let held = restored.store.message(&world.account(), id).await.expect("an answer");
    let Some(Message::Outbound(held)) = held else { panic!("it is there") };
    assert_eq!(held.reason, Some(Reason::Restored));
}

/// (Fault matrix B9, D24.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_puts_up_the_fence_and_takes_over_by_orders_and_bad_ones_name_the_field() {
    let world = World::new().await;
    world.turn("PT2H").await;
    let (then, later) = ("2026-03-01T09:30:00Z", "2026-03-01T10:30:00Z");
    let fence = |restored_to: &str, live_until: &str| json!({ "do": "fence", "restored_to": restored_to, "live_until": live_until });
    for (bad, field) in [
        (fence(later, then), "restored_to"),
        (fence(then, "2026-03-09T10:30:00Z"), "live_until"),
        (fence(then, "soon"), "live_until"),
        (json!({ "do": "send" }), "do"),
    ] {
        let (status, problem) = order(&world, bad).await;
        assert_eq!((status, &problem["field"]), (400, &json!(field)), "{problem}");
    }
    assert_eq!(order(&world, fence(then, later)).await.0, 200);
    assert_eq!(order(&world, json!({ "do": "take_over" })).await, (200, json!({ "epoch": 0, "done": true })));
    let fence = world.parts.store.fence().await.expect("an answer");
    assert_eq!(fence.live_until, Some(later.parse().expect("a time")));
}
