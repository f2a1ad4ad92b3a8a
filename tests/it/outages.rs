//! Outages that last: nothing is forgotten while they do, and nobody else stands still.

use serde_json::json;
use transom::{
    app::send::{self, ComeAgain},
    domain::{
        AccountId, ContactId,
        conversation::{Head, LastIn},
        timer::{Timer, TimerKind},
    },
};
use transom_local::local::TABLE;

use crate::world::{ANA, CHANNEL, World};

/// A doorbell that comes again too often is taken for broken and put aside (the queue's receive limit).
const RECEIVE_LIMIT: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_takes_nothing_for_days_does_not_use_up_the_doorbell() {
    let world = World::new().await;
    // Trouble that passes, always with the same message: it says nothing about the channel.
    world.fault(json!({ "fault": "fail", "status": 400, "code": 131_000, "times": 100_000 }));
    let content = json!({ "type": "template", "name": "answer_waiting", "language": "en" });
    let body = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "content": content });
    let id = world.send(body).await;
    world.follow_stream().await;
    let mut receives = 0;
    while let Err(again) = send::answer(&world.parts, &world.ring_for(id)).await {
        let ComeAgain::At(at) = again else { panic!("{again}") };
        receives += 1;
        assert!(receives < RECEIVE_LIMIT, "the doorbell is gone at {}", world.now());
        world.system.turn(at.duration_since(world.now())).await.expect("the clock turns");
    }
    assert_eq!(world.state_of(id).await, "expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timers_that_always_fail_hold_up_no_other() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let hers = world.family(ANA).await.expect("she is known").survivor;
    // Another account, without a key, has more of them due before hers, in the same hour and shard, than are read at once.
    let other: AccountId = "other".parse().unwrap();
    let shard = |head: &Head| {
        let kind = TimerKind::WindowEnd { conversation: head.id };
        Timer { due: world.now(), account: other.clone(), kind }.shard()
    };
    let theirs = (0..1000)
        .map(|bits| Head::new(other.clone(), CHANNEL.parse().unwrap(), ContactId::from_bits(bits), world.now()))
        .find(|head| shard(head) == shard(&hers))
        .expect("one in eight");
    let last_in = LastIn { at: world.now(), address: hers.last_in.clone().expect("she wrote").address };
    world.parts.store.raise(&theirs, &last_in).await.expect("it is stored");
    let end = hers.window().fallback_from().expect("she wrote");
    for before in 1..=250 {
        let due = end - jiff::SignedDuration::from_millis(before);
        let kind = TimerKind::WindowEnd { conversation: theirs.id };
        world.parts.store.arm(&Timer { due, account: other.clone(), kind }).await.expect("it is armed");
    }
    // And one that this version cannot read.
    let dynamo = world.local.engine.dynamo();
    let rows = dynamo.scan().table_name(TABLE).send().await.expect("the table answers").items.unwrap_or_default();
    let mut row = rows
        .into_iter()
        .find(|row| {
            row["pk"].as_s().is_ok_and(|pk| pk.starts_with("T#"))
                && row["ac"].as_s().is_ok_and(|account| *account == "other")
        })
        .expect("a timer");
    let account = row["ac"].clone();
    row.insert("j".to_owned(), account);
    dynamo.put_item().table_name(TABLE).set_item(Some(row)).send().await.expect("the table answers");
    world.turn("PT24H10M").await;
    assert_eq!(world.templates_sent_to(ANA), 1);
}

/// The ladder only ever goes on to its next way. (Fault matrix D19.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d19_an_sms_that_fails_too_leads_back_to_no_earlier_way() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.change_customer(ANA, json!({ "on_whatsapp": false })).await;
    world.fault(json!({ "provider": "twilio", "fault": "fail", "status": 400, "code": 21_614, "times": 100 }));
    world.turn("PT24H3M").await;
    world.turn("PT10S").await;
    world.turn("PT12H").await;
    assert_eq!((world.sms_sent_to(ANA).len(), world.templates_sent_to(ANA)), (0, 1));
    let rows = world.messages(ANA).await;
    let invite = rows.iter().find(|row| row["purpose"] == "sms_invite").expect("it was tried");
    assert_eq!(invite["state"], "failed", "{invite}");
}

/// A template that may have arrived is not followed by another message, before its outcome is settled or after.
/// (Fault matrix D19.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d19_an_unknown_outcome_on_one_way_blocks_the_next() {
    let world = World::new().await;
    world.writes(ANA, "Hello?").await;
    world.fault(json!({ "provider": "meta", "fault": "lose_answer", "mode": "gateway_timeout" }));
    world.fault(json!({ "fault": "no_receipts", "times": 10 }));
    world.turn("PT24H3M").await;
    let template = world.window_template(ANA).await.expect("it is there").id;
    assert_eq!(world.state_of(template).await, "unknown");
    world.turn("PT20M").await;
    assert_eq!(world.state_of(template).await, "undetermined");
    world.turn("PT12H").await;
    assert_eq!((world.sms_sent_to(ANA).len(), world.templates_sent_to(ANA)), (0, 1));
}
