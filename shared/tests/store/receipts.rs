//! Receipts come early, late, more than once and in any order: the row is the same.

use proptest::prelude::*;
use transom::{
    domain::{
        inbound::{ReceiptStatus, ReportedAt},
        message::Outbound,
        outcome::{Failure, FailureKind},
        sending::Delivery,
    },
    ports::store::{Messages, Recorded, Report},
};

use crate::world::{World, account, at, inbound, message_id};

fn failed(code: &str) -> ReceiptStatus {
    ReceiptStatus::Failed(Failure { kind: FailureKind::RecipientUnreachable, code: code.into() })
}

async fn record(world: &World, message: &Outbound, attempt: u32, status: &ReceiptStatus, seconds: i64) -> Recorded {
    world
        .store
        .record_receipt(
            &account(),
            message.id,
            attempt,
            &Report { status, at: ReportedAt::Provider(at(seconds)), pricing: None },
        )
        .await
        .unwrap()
}

/// (Fault matrix F4.)
#[tokio::test]
async fn a_receipt_is_recorded_once_and_the_newest_of_a_kind_stays() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    assert_eq!(record(&world, &message, 1, &ReceiptStatus::Delivered, 30).await, Recorded::New);
    assert_eq!(record(&world, &message, 1, &ReceiptStatus::Delivered, 30).await, Recorded::Already);
    assert_eq!(record(&world, &message, 1, &ReceiptStatus::Delivered, 29).await, Recorded::Already);
    assert_eq!(record(&world, &message, 1, &ReceiptStatus::Sent, 29).await, Recorded::New);
    assert_eq!(record(&world, &message, 1, &ReceiptStatus::InProgress, 29).await, Recorded::Already);
    let attempt = world.outbound(message.id).await.attempts.remove(0);
    assert_eq!((attempt.sent, attempt.delivered), (Some(at(29)), Some(at(30))));
}

/// A provider that gives no time is one whose repeats all come "now". (Fault matrix F4.)
#[tokio::test]
async fn a_receipt_without_a_time_has_that_of_its_first_sight_for_good() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    let heard = async |status: ReceiptStatus, seconds| {
        world
            .store
            .record_receipt(
                &account(),
                message.id,
                1,
                &Report { status: &status, at: ReportedAt::Heard(at(seconds)), pricing: None },
            )
            .await
            .unwrap()
    };
    assert_eq!(heard(ReceiptStatus::Delivered, 30).await, Recorded::New);
    assert_eq!(heard(failed("30008"), 31).await, Recorded::New);
    let before = world.outbound(message.id).await;
    assert_eq!(heard(ReceiptStatus::Delivered, 90).await, Recorded::Already);
    assert_eq!(heard(failed("30009"), 91).await, Recorded::Already);
    assert_eq!(world.outbound(message.id).await, before);
}

#[tokio::test]
async fn a_receipt_for_a_message_or_an_attempt_that_is_not_ours_makes_no_row() {
    let world = World::new().await;
    let queued = world.queued().await;
    let inbound = inbound(3, "hello");
    world.store.put_inbound(&inbound).await.unwrap();
    let sent = &ReceiptStatus::Sent;
    assert_eq!(record(&world, &queued, 1, sent, 1).await, Recorded::NoSuchMessage, "never claimed");
    assert_eq!(record(&world, &queued, 0, sent, 1).await, Recorded::NoSuchMessage);
    for id in [inbound.id, message_id(99, 9)] {
        let recorded = world
            .store
            .record_receipt(&account(), id, 1, &Report { status: sent, at: ReportedAt::Provider(at(1)), pricing: None })
            .await
            .unwrap();
        assert_eq!(recorded, Recorded::NoSuchMessage);
    }
    assert_eq!(world.store.message(&account(), message_id(99, 9)).await.unwrap(), None);
    assert_eq!(world.outbound(queued.id).await, queued);
}

#[tokio::test]
async fn a_late_failure_of_one_attempt_does_not_touch_another() {
    let world = World::new().await;
    let first = world.claimed(&world.queued().await).await;
    let code = || Failure { kind: FailureKind::WindowClosed, code: "131047".into() };
    record(&world, &first, 1, &ReceiptStatus::Failed(code()), 30).await;
    let second = world.claimed(&world.outbound(first.id).await).await;
    record(&world, &second, 2, &ReceiptStatus::Sent, 40).await;
    record(&world, &second, 1, &failed("131026"), 50).await;
    let message = world.outbound(first.id).await;
    assert_eq!(message.delivery(), Delivery::Sent);
    assert_eq!(message.attempts[0].failed.as_ref().unwrap().0.code, "131026");
    assert_eq!(message.attempts[1].failed, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    /// (Fault matrix F1, F5.)
    #[test]
    fn any_order_and_any_repetition_gives_the_same_row(
        order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0..12usize, 0..6),
    ) {
        let facts = [
            (ReceiptStatus::Sent, 1, 30), (ReceiptStatus::Sent, 1, 31),
            (ReceiptStatus::Delivered, 1, 32), (ReceiptStatus::Read, 1, 33), (ReceiptStatus::Read, 1, 35),
            (failed("1"), 1, 34), (failed("2"), 1, 34), (failed("3"), 1, 20),
            (ReceiptStatus::Sent, 2, 40), (failed("4"), 2, 41), (ReceiptStatus::Delivered, 2, 40),
            (ReceiptStatus::Delivered, 2, 39),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let same = runtime.block_on(async {
            let world = World::new().await;
            let mut message = crate::world::outbound(10, "Your room is ready");
            message.attempt = 2;
            world.store.put_outbound(&message).await.unwrap();
            for n in order.iter().chain(&again) {
                let (status, attempt, seconds) = &facts[*n];
                record(&world, &message, *attempt, status, *seconds).await;
            }
            let [first, second] = world.outbound(message.id).await.attempts.try_into().unwrap();
            first.sent == Some(at(31)) && first.delivered == Some(at(32)) && first.read == Some(at(35))
                && first.failed.unwrap().0.code == "2"
                && second.sent == Some(at(40)) && second.delivered == Some(at(40)) && second.read.is_none()
                && second.failed.unwrap().0.code == "4"
        });
        prop_assert!(same);
    }
}
