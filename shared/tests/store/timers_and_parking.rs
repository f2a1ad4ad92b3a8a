//! Timers, the sweep's cursor, and records that wait for a person.

use serde_json::json;
use transom::{
    domain::timer::{Timer, TimerKind, hour_of},
    ports::{
        StoreError,
        store::{Parked, ParkedBody, ParkedKind, Parking, Put, Timers},
    },
    seal::Sealed,
};

use crate::world::{World, account, at, conversation, key, message_id};

fn timer(seconds: i64, kind: TimerKind) -> Timer {
    Timer { due: at(seconds), account: account(), kind }
}

#[tokio::test]
async fn a_bucket_gives_its_timers_in_the_order_in_which_they_are_due() {
    let world = World::new().await;
    let timers = [
        timer(1, TimerKind::WindowEnd { conversation: conversation() }),
        timer(2, TimerKind::Wake { conversation: conversation() }),
        timer(3, TimerKind::UnknownSettles { message: message_id(1, 1) }),
        timer(3, TimerKind::AfterTemplate { message: message_id(1, 1), step: "sms-later".into() }),
    ];
    for timer in timers.iter().rev().chain(&timers) {
        world.store.arm(timer).await.unwrap();
    }
    // Of another hour, and of the same hour but due later than asked for.
    world.store.arm(&timer(3600, TimerKind::Wake { conversation: conversation() })).await.unwrap();
    world.store.arm(&timer(5, TimerKind::Wake { conversation: conversation() })).await.unwrap();
    let (hour, shard) = (hour_of(timers[0].due), timers[0].shard());
    let due = async |shard, limit| {
        let due = world.store.due(hour, shard, at(1), at(3), limit).await.unwrap();
        due.into_iter().map(Result::unwrap).collect::<Vec<_>>()
    };
    let bucket = due(shard, 100).await;
    assert_eq!(bucket.len(), 4);
    assert_eq!(bucket[..2], timers[..2]);
    assert!(timers.iter().all(|timer| bucket.contains(timer)));
    assert_eq!(due(shard, 2).await, timers[..2]);
    assert_eq!(due((shard + 1) % 8, 2).await, []);

    world.store.disarm(&timers[0]).await.unwrap();
    world.store.disarm(&timers[0]).await.unwrap();
    assert_eq!(due(shard, 100).await.len(), 3);
}

/// (Fault matrix E9.)
#[tokio::test]
async fn the_sweeps_cursor_only_ever_moves_forward() {
    let world = World::new().await;
    assert!(world.store.cursors().await.unwrap().iter().all(|cursor| matches!(cursor, Ok(None))));
    for minute in [5, 9, 7] {
        world.store.advance_cursor(3, minute).await.unwrap();
    }
    let cursors = world.store.cursors().await.unwrap();
    assert!(matches!(cursors[3], Ok(Some(9))), "{cursors:?}");
    assert!(matches!(cursors[4], Ok(None)), "{cursors:?}");
}

fn parked(seconds: i64) -> Parked {
    let at = at(seconds);
    let body = ParkedBody { element: json!({ "n": seconds }) };
    Parked {
        id: format!("{}.{}.hash", at.strftime("%Y-%m-%d"), at.as_millisecond()),
        account: account(),
        at,
        why: "a field is missing".into(),
        what: ParkedKind::Webhook { endpoint: "meta-app".parse().unwrap() },
        sealed: Sealed::new(&body, &key(1), [1; 12]),
    }
}

#[tokio::test]
async fn parked_records_are_listed_newest_first_over_days_until_they_are_taken_out() {
    let world = World::new().await;
    let day = 86_400;
    let records: Vec<_> = [3 * day + 1, 3 * day, 2 * day, 9, 5].into_iter().map(parked).collect();
    for record in &records {
        assert_eq!(world.store.park(record).await.unwrap(), Put::New);
        assert_eq!(world.store.park(record).await.unwrap(), Put::Already);
    }
    let (store, now) = (&world.store, at(3 * day + 100));
    let list = |before: Option<String>, days, limit| async move {
        store.parked_list(&account(), now, days, before.as_deref(), limit).await.unwrap()
    };
    assert_eq!(list(None, 9, 100).await, records);
    assert_eq!(list(None, 2, 100).await, records[..3]);
    assert_eq!(list(None, 9, 2).await, records[..2]);
    assert_eq!(list(Some(records[1].id.clone()), 9, 2).await, records[2..4]);
    assert_eq!(list(Some(records[3].id.clone()), 9, 9).await, records[4..]);

    assert_eq!(store.parked(&account(), &records[0].id).await.unwrap().as_ref(), Some(&records[0]));
    store.unpark(&account(), &records[0].id).await.unwrap();
    store.unpark(&account(), &records[0].id).await.unwrap();
    assert_eq!(store.parked(&account(), &records[0].id).await.unwrap(), None);
    assert_eq!(store.parked(&account(), "nonsense").await.unwrap(), None);
    let nameless = Parked { id: "nonsense".into(), ..parked(1) };
    assert!(matches!(store.park(&nameless).await, Err(StoreError::BadRow { .. })));
}

#[tokio::test]
async fn a_large_parked_record_is_kept_whole_and_taken_out_whole() {
    let world = World::new().await;
    let large = Parked { sealed: Sealed::from_bytes(vec![7; 1_000_000]), ..parked(1) };
    assert_eq!(world.store.park(&large).await.unwrap(), Put::New);
    assert_eq!(world.store.parked_list(&account(), at(2), 1, None, 9).await.unwrap(), std::slice::from_ref(&large));
    world.store.unpark(&account(), &large.id).await.unwrap();
    let left = world.engine.dynamo().scan().table_name(crate::world::TABLE).send().await.unwrap();
    assert_eq!(left.count, 0);
}
