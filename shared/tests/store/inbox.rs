//! Lists of conversations, and the index that they are read from.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use transom::{
    adapters::dynamodb::DynamoStore,
    domain::{
        ContactId, ConversationId, StaffId, Timestamp,
        conversation::{Head, LastIn, Tray},
        inbox::{Drawer, Shelf, Sorting, places},
        work::{Actor, WorkChange},
    },
    ports::store::{Conversations, Filed, Step, Working},
};

use transom_engine::Verdict;

use crate::world::{CONTACTS, TABLE, World, account, at, file, hash, head};

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

const WAITING: Drawer = Drawer { tray: Tray::Waiting, taken: false };

async fn listed(world: &World, shelf: &Shelf, drawer: Drawer, sorting: Sorting) -> Vec<ConversationId> {
    let lines = world.store.inbox(&account(), (shelf, drawer, sorting), (None, None), None, 50).await.unwrap();
    lines.into_iter().map(|line| line.conversation).collect()
}

async fn count(world: &World, tray: Tray) -> usize {
    listed(world, &Shelf::All, Drawer { tray, taken: false }, Sorting::Activity).await.len()
}

/// Somebody works on a conversation.
async fn works(world: &World, id: ConversationId, change: WorkChange) {
    let work = world.store.work(&account(), id).await.unwrap();
    let new = work.apply(&change, &Actor::Client, minute(9)).unwrap();
    assert_eq!(world.store.write_work(&account(), &work, &new).await.unwrap(), Step::Done);
}

#[tokio::test]
async fn a_list_is_read_in_either_order_across_shards_and_page_by_page() {
    let world = World::new().await;
    let mut newest_first = Vec::new();
    for n in 0..20 {
        let head = filed(u128::try_from(n).unwrap() * 1_000_003, n, 1);
        assert_eq!(file(&world.store, &head).await, Filed::Moved);
        newest_first.insert(0, head.id);
    }
    for (sorting, turned) in [(Sorting::Activity, false), (Sorting::Waiting, true)] {
        let mut expected = newest_first.clone();
        if turned {
            expected.reverse();
        }
        let mut read = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let asked = (&Shelf::All, WAITING, sorting);
            let page = world.store.inbox(&account(), asked, (None, None), after.as_deref(), 7).await.unwrap();
            assert!(page.len() <= 7);
            let Some(last) = page.last() else { break };
            after = Some(last.sort.clone());
            read.extend(page.iter().map(|line| line.conversation));
        }
        assert_eq!(read, expected, "{sorting:?}");
    }
    assert_eq!(count(&world, Tray::Open).await, 0);

    let list = (&Shelf::All, WAITING, Sorting::Activity);
    let between = (Some(minute(5)), Some(minute(8)));
    let lines = world.store.inbox(&account(), list, between, None, 50).await.unwrap();
    let ids: Vec<_> = lines.into_iter().map(|line| line.conversation).collect();
    assert_eq!(ids, newest_first[12..15]);
    let nothing = (Some(minute(9)), Some(minute(9)));
    assert_eq!(world.store.inbox(&account(), list, nothing, None, 50).await.unwrap(), []);
}

/// Protection: each place is written on condition that it is as it was read.
#[tokio::test]
async fn of_two_at_once_the_slower_one_loses_and_looks_again() {
    let world = World::new().await;
    let mut newer = filed(1, 5, 3);
    newer.closed_at = Some(minute(6));
    // The older one has looked and found nothing; just before it writes, the newer one does all of it.
    let (store, done, other) = (world.store.clone(), AtomicBool::new(false), newer.clone());
    let engine = world.engine.with_hook(Arc::new(move |call| {
        if call.operation == "UpdateItem" && !done.swap(true, Ordering::SeqCst) {
            let (store, newer) = (store.clone(), other.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let filed = std::thread::spawn(move || runtime.block_on(file(&store, &newer)));
            assert_eq!(filed.join().unwrap(), Filed::Moved);
        }
        Verdict::Go
    }));
    let slow = DynamoStore::new(engine.dynamo(), TABLE, CONTACTS);
    assert_eq!(file(&slow, &filed(1, 5, 2)).await, Filed::Lost);
    assert_eq!((count(&world, Tray::Waiting).await, count(&world, Tray::Closed).await), (0, 1));
    assert_eq!(file(&slow, &newer).await, Filed::Stands);
}

#[tokio::test]
async fn a_conversation_stands_once_in_each_of_its_lists_and_moves_in_all_of_them() {
    let world = World::new().await;
    let it = filed(1, 5, 2);
    let (vip, spa) = (Shelf::Label("vip".parse().unwrap()), Shelf::Team("spa".parse().unwrap()));
    let bar = Shelf::Team("bar".parse().unwrap());
    let stands = async |head: &Head| -> BTreeSet<String> {
        let mut stands = BTreeSet::new();
        for shelf in [&Shelf::All, &vip, &spa, &bar] {
            for drawer in Drawer::ALL {
                for id in listed(&world, shelf, drawer, Sorting::Activity).await {
                    assert_eq!(id, head.id);
                    assert!(stands.insert(format!("{shelf:?} {drawer:?}")), "twice in {shelf:?}");
                }
            }
        }
        stands
    };
    let told = async |head: &Head| -> BTreeSet<String> {
        let work = world.store.work(&account(), head.id).await.unwrap();
        places(head, &work).iter().map(|place| format!("{:?} {:?}", place.shelf, place.drawer)).collect()
    };
    let changes = [
        WorkChange::Label { label: "vip".parse().unwrap() },
        WorkChange::HandTo { team: Some("spa".parse().unwrap()), since: minute(5) },
        WorkChange::Assign { to: StaffId::from_bits(1) },
        WorkChange::HandTo { team: Some("bar".parse().unwrap()), since: minute(5) },
        WorkChange::Unlabel { label: "vip".parse().unwrap() },
        WorkChange::End,
    ];
    for change in changes {
        works(&world, it.id, change).await;
        file(&world.store, &it).await;
        assert_eq!(stands(&it).await, told(&it).await);
    }
    let closed = Head { closed_at: Some(minute(6)), ..it.clone() };
    file(&world.store, &closed).await;
    assert_eq!(stands(&closed).await, told(&closed).await);
    // A former conversation stands in no list but that of all, where it is passed over.
    let filings = world.store.filings(&account(), it.id).await.unwrap();
    assert_eq!(world.store.file(&account(), &filings, &[]).await.unwrap(), Filed::Moved);
    assert_eq!(stands(&closed).await.len(), 1);
    assert_eq!(world.store.filings(&account(), it.id).await.unwrap().work, filings.work, "the work is untouched");
}
