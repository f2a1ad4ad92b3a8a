//! Write units and sizes, as the design's section 4 promises them. (Fault matrix B1, B5.)

use transom::{
    domain::{
        ConversationId,
        conversation::{Answered, Head},
        inbound::{ReceiptStatus, ReportedAt},
        sending::Answer,
        timer::{Timer, TimerKind},
        work::{Actor, WorkChange},
    },
    ports::store::{ClientKey, Conversations, Messages, Put, Report, Timers, Working},
    seal::Sealed,
};

use crate::world::{TABLE, World, account, at, conversation, file, head, inbound, key, last_in, message_id, outbound};

/// A message as long as people write them.
const TEXT: &str = "Good evening! We are running late because of the train; could you please keep the room for us, \
    and would a late dinner for four still be possible around ten? One of us does not eat meat. Thank you very much!";

fn used(world: &World, expected: f64) {
    let units = world.meter.take();
    assert!((units - expected).abs() < 0.01, "{units} write units, not {expected}");
}

/// Fault matrix B1.
#[tokio::test]
async fn an_inbound_message_costs_two_writes_and_three_without_a_providers_clock() {
    let world = World::new().await;
    world.meter.take();
    for seconds in [1, 2] {
        world.store.put_inbound(&inbound(seconds, TEXT)).await.unwrap();
        world.store.raise(&head(), &last_in(seconds)).await.unwrap();
        used(&world, 2.0);
    }
    world.store.first_seen(&account(), "fact", at(3)).await.unwrap();
    world.store.put_inbound(&inbound(3, TEXT)).await.unwrap();
    world.store.raise(&head(), &last_in(3)).await.unwrap();
    used(&world, 3.0);

    world.store.first_seen(&account(), "fact", at(4)).await.unwrap();
    assert_eq!(world.store.put_inbound(&inbound(3, TEXT)).await.unwrap(), Put::Already);
    world.store.raise(&head(), &last_in(3)).await.unwrap();
    used(&world, 3.0);
}

/// Fault matrix B1.
#[tokio::test]
async fn a_send_costs_three_writes_and_a_receipt_one() {
    let world = World::new().await;
    world.raised(5).await;
    world.meter.take();
    let message = outbound(10, TEXT);
    world.store.put_outbound(&message).await.unwrap();
    let claimed = world.claimed(&message).await;
    let id = Sealed::new(&"wamid.HBgLMTU1NTAxMDAwMDEVAgARGBI5QTNCNUM3RDlFMUYyMDMwNDAA".to_owned(), &key(7), [2; 12]);
    world.store.settle(&claimed, 1, &Answer::Accepted, Some(&id), at(30), at(930)).await.unwrap();
    used(&world, 3.0);
    for status in [ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read] {
        world
            .store
            .record_receipt(
                &account(),
                message.id,
                1,
                &Report { status: &status, at: ReportedAt::Provider(at(31)), pricing: None },
            )
            .await
            .unwrap();
        used(&world, 1.0);
        world
            .store
            .record_receipt(
                &account(),
                message.id,
                1,
                &Report { status: &status, at: ReportedAt::Provider(at(31)), pricing: None },
            )
            .await
            .unwrap();
        used(&world, 1.0);
    }
    let pk = format!("A#{}#V#{}", account(), &conversation().to_string()[4..]);
    let size = world.size(TABLE, &pk, &format!("M#{}", message.id.key)).await;
    assert!(size <= 1024, "{size} bytes");
    world.store.record_answer(&account(), conversation(), message.id.key, at(5)).await.unwrap();
    used(&world, 1.0);
    let claimed = world.store.claim_client_key(&account(), "key", "body", message.id, at(1)).await.unwrap();
    assert_eq!(claimed, ClientKey::New);
    used(&world, 1.0);
}

#[tokio::test]
async fn a_move_in_the_inbox_costs_three_writes_and_standing_still_none() {
    let world = World::new().await;
    let mut head = world.raised(5).await;
    world.meter.take();
    file(&world.store, &head).await;
    used(&world, 2.0); // Its first place: nothing is taken out of the index.
    head.version += 1;
    file(&world.store, &head).await;
    used(&world, 0.0);
    head.answered = Some(Answered { message: message_id(6, 1).key, last_in: at(5) });
    file(&world.store, &head).await;
    used(&world, 3.0);
    // So does each label, and the team.
    let work = world.store.work(&account(), head.id).await.unwrap();
    let labelled = work.apply(&WorkChange::Label { label: "vip".parse().unwrap() }, &Actor::Client, at(9)).unwrap();
    world.store.write_work(&account(), &work, &labelled).await.unwrap();
    used(&world, 1.0);
    file(&world.store, &head).await;
    used(&world, 2.0);
    head.closed_at = Some(at(9));
    file(&world.store, &head).await;
    used(&world, 6.0);
}

#[tokio::test]
async fn a_timer_costs_one_write_to_arm_and_one_to_take_out() {
    let world = World::new().await;
    let kind = TimerKind::AfterTemplate { message: message_id(1, 1), step: "sms-later".into() };
    let timer = Timer { due: at(1), account: account(), kind };
    world.meter.take();
    world.store.arm(&timer).await.unwrap();
    world.store.disarm(&timer).await.unwrap();
    used(&world, 2.0);
}

/// Fault matrix B5.
#[tokio::test]
async fn a_head_with_everything_on_it_stays_below_512_bytes() {
    let world = World::new().await;
    let longest = "a".repeat(40);
    let full = Head {
        id: ConversationId::from_bits(u128::MAX),
        account: longest.parse().unwrap(),
        channel: longest.parse().unwrap(),
        last_in: Some(last_in(5)),
        answered: Some(Answered { message: message_id(6, 1).key, last_in: at(5) }),
        closed_for: Some(at(5)),
        closed_at: Some(at(7)),
        archived_at: Some(at(8)),
        waiting_from: Some(message_id(9, 1).key),
        wait_rev: Some("01JDS0000000000000000000A0".into()),
        wake: Some(at(9)),
        free_entry_end: Some(at(10)),
        former: (1..=4).map(ConversationId::from_bits).collect(),
        survivor: Some(ConversationId::from_bits(3)),
        version: 1_000_000,
        ..head()
    };
    world.store.begin(&full).await.unwrap();
    let pk = format!("A#{longest}#V#{}", &full.id.to_string()[4..]);
    let size = world.size(TABLE, &pk, "H").await;
    assert!(size <= 512, "{size} bytes");
}

/// Fault matrix B5.
#[tokio::test]
async fn an_ordinary_inbound_message_stays_below_a_kilobyte() {
    let world = World::new().await;
    let message = inbound(5, TEXT);
    world.store.put_inbound(&message).await.unwrap();
    let pk = format!("A#{}#V#{}", account(), &conversation().to_string()[4..]);
    let size = world.size(TABLE, &pk, &format!("M#{}", message.id.key)).await;
    assert!(size <= 1024, "{size} bytes");
}
