//! The inbox index.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use transom::{
    adapters::dynamodb::DynamoStore,
    domain::{
        ContactId, Timestamp,
        conversation::{Head, LastIn, Tray},
    },
    ports::store::{Conversations, Step},
};

use transom_engine::Verdict;

use crate::world::{CONTACTS, TABLE, World, account, at, hash, head};

fn filed(n: u128, minutes: i64, version: u64) -> Head {
    let mut it = Head::new(account(), head().channel, ContactId::from_bits(n), at(0));
    it.last_in = Some(LastIn { at: minute(minutes), address: hash("phone") });
    it.version = version;
    it
}

/// The start of a whole minute.
fn minute(n: i64) -> Timestamp {
    at(n * 60)
}

#[tokio::test]
async fn a_tray_is_read_newest_first_across_shards_and_page_by_page() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for n in 0..20 {
        let head = filed(u128::try_from(n).unwrap() * 1_000_003, n, 1);
        world.store.file(&head).await.unwrap();
        expected.insert(0, head.id);
    }
    let mut read = Vec::new();
    let mut before: Option<String> = None;
    loop {
        let page = world.store.inbox(&account(), Tray::Waiting, (None, None), before.as_deref(), 7).await.unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        before = Some(last.sort.clone());
        read.extend(page.iter().map(|line| line.conversation));
    }
    assert_eq!(read, expected);
    assert_eq!(world.store.inbox(&account(), Tray::Open, (None, None), None, 7).await.unwrap(), []);

    let between = (Some(minute(5)), Some(minute(8)));
    let lines = world.store.inbox(&account(), Tray::Waiting, between, None, 50).await.unwrap();
    let ids: Vec<_> = lines.into_iter().map(|line| line.conversation).collect();
    assert_eq!(ids, expected[12..15]);
    let nothing = (Some(minute(9)), Some(minute(9)));
    assert_eq!(world.store.inbox(&account(), Tray::Waiting, nothing, None, 50).await.unwrap(), []);
}

#[tokio::test]
async fn of_two_at_once_the_newer_version_files_the_conversation() {
    let world = World::new().await;
    let mut newer = filed(1, 5, 3);
    newer.closed_at = Some(minute(6));
    // The older one has looked and found nothing; just before it writes, the newer one does all of it.
    let (store, done) = (world.store.clone(), AtomicBool::new(false));
    let engine = world.engine.with_hook(Arc::new(move |call| {
        if call.operation == "UpdateItem" && !done.swap(true, Ordering::SeqCst) {
            let (store, newer) = (store.clone(), newer.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let filed = std::thread::spawn(move || runtime.block_on(store.file(&newer)).unwrap());
            assert_eq!(filed.join().unwrap(), Step::Done);
        }
        Verdict::Go
    }));
    let slow = DynamoStore::new(engine.dynamo(), TABLE, CONTACTS);
    assert_eq!(slow.file(&filed(1, 5, 2)).await.unwrap(), Step::Lost);
    let count = async |tray| world.store.inbox(&account(), tray, (None, None), None, 9).await.unwrap().len();
    assert_eq!((count(Tray::Waiting).await, count(Tray::Closed).await), (0, 1));
}

#[tokio::test]
async fn a_conversation_moves_between_trays_and_an_older_version_never_moves_it_back() {
    let world = World::new().await;
    let mut moved = filed(1, 5, 3);
    moved.closed_at = Some(minute(6));
    assert_eq!(world.store.file(&filed(1, 5, 2)).await.unwrap(), Step::Done);
    assert_eq!(world.store.file(&moved).await.unwrap(), Step::Done);
    assert_eq!(world.store.file(&filed(1, 4, 2)).await.unwrap(), Step::Lost);
    let count = async |tray| world.store.inbox(&account(), tray, (None, None), None, 9).await.unwrap().len();
    assert_eq!((count(Tray::Waiting).await, count(Tray::Closed).await), (0, 1));
}
