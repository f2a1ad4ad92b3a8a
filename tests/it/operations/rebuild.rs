//! Whatever follows from the table can be made anew, at any time.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{
    app::{expire, rebuild::Rebuild, send},
    domain::{ContactId, conversation::Head},
};
use transom_engine::Verdict;

use super::{Item, facts, lose_everything_that_follows, order, pk, rows, sk};
use crate::{
    races::{meanwhile, once_before},
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

/// Protection: `Ring`, `File` and `ArmWindowEnd` in `domain/anew.rs`. (Fault matrix B11, J7.)
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
    let (status, report) = order(&world, json!({ "do": "rebuild" })).await;
    assert_eq!((status, &report["done"]), (200, &json!(true)), "{report}");
    assert_eq!(report["counts"]["heads"], 2);
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
    let (_, inbox) = world.api("GET", "/v1/conversations?state=active", Value::Null).await;
    assert_eq!(inbox["data"].as_array().expect("a list").len(), 2);
    // Ben waits, and his window's timer is there again.
    world.turn("PT24H").await;
    assert_eq!((world.templates_sent_to(ANA), world.templates_sent_to(BEN)), (0, 1));
    let (status, problem) = order(&world, json!({ "do": "rebuild", "account": "A" })).await;
    assert_eq!((status, &problem["field"]), (400, &json!("account")));
}

/// Protection: `RecordAnswer`, `InviteToWrite` and `ArmUnknownSettles` in `domain/anew.rs`, `heads_of_messages`, and the timer of a wait.
/// (Fault matrix B11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_answers_invitations_settlements_and_heads_are_made_anew() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.writes(CARLA, "Hello").await;
    world.turn("PT1H").await;
    // Ana is answered; Ben, who never wrote, is held; what became of the answer to Carla is not known; and what she wrote
    // since is there, but her window does not know of it.
    world.fault(json!({ "fault": "no_receipts", "times": 1_000 }));
    let answered = world.say(ANA, "Yes").await;
    send::answer(&world.parts, &world.ring_for(answered)).await.expect("it is sent");
    let held = world.say(BEN, "Hello").await;
    send::answer(&world.parts, &world.ring_for(held)).await.expect("it waits");
    world.fault(json!({ "provider": "meta", "fault": "lose_answer", "mode": "gateway_timeout" }));
    let unknown = world.say(CARLA, "Yes").await;
    send::answer(&world.parts, &world.ring_for(unknown)).await.expect("it is tried");
    let closed = world.family(CARLA).await.expect("she is known").survivor.window().closes_at();
    world.writes_unsettled(CARLA, "Anybody there?").await;
    let no_rise = world.parts_with(Arc::new(|call| {
        let rises = call.operation == "UpdateItem" && String::from_utf8_lossy(call.body).contains("\"li\"");
        if rises { Verdict::FailBefore(500, "InternalServerError") } else { Verdict::Go }
    }));
    assert_eq!(world.webhooks_once_over(&no_rise).await, [503]);
    lose_everything_that_follows(&world).await;
    assert_eq!(world.family(ANA).await.expect("she is known").survivor.answered, None);

    Rebuild::begin(&world.parts, None).finish(&world.parts).await.expect("it is rebuilt");
    let answer = world.family(ANA).await.expect("she is known").survivor.answered.expect("she is answered");
    assert_eq!(answer.message, answered.key);
    assert!(world.family(CARLA).await.expect("she is known").survivor.window().closes_at() > closed);
    world.settle().await;
    assert_eq!((world.state_of(held).await, world.templates_sent_to(BEN)), ("held".to_owned(), 1));
    world.turn("PT20M").await;
    assert_eq!(world.state_of(unknown).await, "undetermined");
    // Whatever else rings for Ben does so long before.
    world.turn("PT3H").await;
    world.turn("PT70H").await;
    assert_eq!(world.state_of(held).await, "expired");
}

/// Protection: `ArmAfterTemplate` and `TemplateFailed` in `domain/anew.rs`. (Fault matrix B11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_what_follows_a_template_is_made_anew() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.writes(BEN, "Hello?").await;
    world.change_customer(BEN, json!({ "on_whatsapp": false })).await;
    world.settle().await;
    world.system.turn(SignedDuration::from_mins(24 * 60 + 3)).await.expect("the clock turns");
    expire::sweep(&world.parts).await.expect("it sweeps");
    for customer in [ANA, BEN] {
        let template = world.window_template(customer).await.expect("it was asked for");
        send::answer(&world.parts, &world.ring_for(template.id)).await.expect("it leaves");
    }
    world.deliver_webhooks().await;
    assert!(world.window_template(ANA).await.expect("it is there").stands());
    lose_everything_that_follows(&world).await;
    Rebuild::begin(&world.parts, None).finish(&world.parts).await.expect("it is rebuilt");
    world.settle().await;
    assert_eq!((world.sms_sent_to(ANA).len(), world.sms_sent_to(BEN).len()), (0, 1));
    world.turn("PT2H10M").await;
    assert_eq!((world.sms_sent_to(ANA).len(), world.sms_sent_to(BEN).len()), (1, 1));
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

/// Protection: claims. (Fault matrix J7.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j7_a_rebuild_in_the_middle_of_a_send_doubles_nothing() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.say(ANA, "Yes").await;
    let (ring, other) = (world.ring_for(id), world.parts.clone());
    // The provider has taken it, and its answer is not written down yet.
    let again = ring.clone();
    let hook = once_before(
        |operation, body| operation == "UpdateItem" && body.contains("\"o1\""),
        move || {
            let (parts, ring) = (other.clone(), again.clone());
            meanwhile(async move {
                Rebuild::begin(&parts, None).finish(&parts).await.expect("it is rebuilt");
                send::answer(&parts, &ring).await.expect_err("a live claim");
            });
        },
    );
    send::answer(&world.parts_with(hook), &ring).await.expect("it is sent");
    world.settle().await;
    assert_eq!(world.texts_sent_to(ANA), ["Yes"]);
}

/// A function ends before a large table does: what it answers is the order for the rest. (Fault matrix B11.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b11_a_rebuild_goes_on_where_the_last_call_ended() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let last_in = world.family(ANA).await.expect("she is known").survivor.last_in.expect("she wrote");
    for contact in 1..250 {
        let head = Head::new(world.account(), CHANNEL.parse().unwrap(), ContactId::from_bits(contact), world.now());
        world.parts.store.raise(&head, &last_in).await.expect("it is stored");
    }
    lose_everything_that_follows(&world).await;
    let (mut run, mut calls) = (json!({ "do": "rebuild", "pages": 1 }), 0);
    while run["done"] != true {
        run["pages"] = json!(1);
        let (status, answer) = order(&world, run).await;
        assert_eq!(status, 200, "{answer}");
        (run, calls) = (answer, calls + 1);
    }
    assert!(calls > 1, "all of it fits one page");
    assert_eq!(run["counts"]["heads"], 250);
    let of_windows = |row: &&Item| pk(row).starts_with("T#") && sk(row).contains("window_end");
    let timers = rows(&world).await.iter().filter(of_windows).count();
    assert_eq!(timers, 250, "each window ends");
    let (status, problem) = order(&world, json!({ "do": "rebuild", "run": "rebuild-1", "cursor": "nowhere" })).await;
    assert_eq!((status, &problem["field"]), (400, &json!("cursor")));
}
