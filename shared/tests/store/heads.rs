//! Heads of conversations: times only rise, and a wait is never lost.

use transom::{
    domain::{
        ConversationId,
        conversation::{Answered, Head},
        ids::MessageKey,
    },
    ports::store::{Conversations, Put, Step},
};

use crate::world::{World, account, at, conversation, hash, head, last_in, message_id};

#[tokio::test]
async fn a_head_is_made_by_the_first_message_and_raised_by_newer_ones_only() {
    let world = World::new().await;
    let first = world.raised(5).await;
    let expected = Head { last_in: Some(last_in(5)), version: 1, ..head() };
    assert_eq!(first, expected);

    let mut newer = last_in(9);
    newer.address = hash("other");
    assert_eq!(world.store.raise(&head(), &newer).await.unwrap(), Step::Done);
    assert_eq!(world.store.raise(&head(), &last_in(7)).await.unwrap(), Step::Lost);
    assert_eq!(world.store.raise(&head(), &newer).await.unwrap(), Step::Lost);
    assert_eq!(world.head().await, Head { last_in: Some(newer), version: 2, ..head() });
}

#[tokio::test]
async fn beginning_a_conversation_puts_nothing_over_one_that_is_there() {
    let world = World::new().await;
    assert_eq!(world.store.begin(&head()).await.unwrap(), Put::New);
    assert_eq!(world.head().await, Head { version: 1, ..head() });
    world.raised(5).await;
    assert_eq!(world.store.begin(&head()).await.unwrap(), Put::Already);
    assert_eq!(world.head().await.last_in, Some(last_in(5)));
}

#[tokio::test]
async fn every_field_of_a_head_is_kept() {
    let world = World::new().await;
    let full = Head {
        last_in: Some(last_in(5)),
        answered: Some(Answered { message: message_id(6, 1).key, last_in: at(5) }),
        closed_for: Some(at(5)),
        closed_at: Some(at(7)),
        archived_at: Some(at(8)),
        waiting_from: Some(message_id(9, 1).key),
        wait_rev: Some("rev".into()),
        wake: Some(at(9)),
        free_entry_end: Some(at(10)),
        former: vec![ConversationId::from_bits(1), ConversationId::from_bits(2)],
        survivor: Some(ConversationId::from_bits(3)),
        version: 4,
        ..head()
    };
    world.store.begin(&full).await.unwrap();
    assert_eq!(world.head().await, full);
    let ids = [ConversationId::from_bits(1), full.id, full.id];
    assert_eq!(world.store.heads(&account(), &ids).await.unwrap(), [full]);
}

#[tokio::test]
async fn the_first_answer_to_the_newest_message_is_the_answer() {
    let world = World::new().await;
    let record = |n: u128, seconds| {
        let store = world.store.clone();
        async move { store.record_answer(&account(), conversation(), message_id(50, n).key, at(seconds)).await.unwrap() }
    };
    assert_eq!(record(1, 5).await, Step::Lost, "no head is made");
    world.raised(5).await;
    assert_eq!(record(1, 5).await, Step::Done);
    assert_eq!(record(2, 5).await, Step::Lost);
    assert_eq!(record(3, 4).await, Step::Lost);
    assert_eq!(record(4, 6).await, Step::Done);
    assert_eq!(world.head().await.answered, Some(Answered { message: message_id(50, 4).key, last_in: at(6) }));
}

#[tokio::test]
async fn an_answer_that_failed_is_withdrawn_unless_another_stands() {
    let world = World::new().await;
    world.raised(5).await;
    let (one, two) = (message_id(50, 1).key, message_id(50, 2).key);
    world.store.record_answer(&account(), conversation(), one, at(5)).await.unwrap();
    let withdraw = |message, instead| world.store.withdraw_answer_of(message, instead);
    assert_eq!(withdraw(two, None).await, Step::Lost);
    assert_eq!(withdraw(one, Some(two)).await, Step::Done);
    assert_eq!(world.head().await.answered, Some(Answered { message: two, last_in: at(5) }));
    assert_eq!(withdraw(two, None).await, Step::Done);
    assert_eq!(world.head().await.answered, None);
    assert_eq!(world.store.record_answer(&account(), conversation(), one, at(5)).await.unwrap(), Step::Done);
}

/// A test's shorthand.
trait Withdraw {
    async fn withdraw_answer_of(&self, message: MessageKey, instead: Option<MessageKey>) -> Step;
}
impl<T: Conversations + Sync> Withdraw for T {
    async fn withdraw_answer_of(&self, message: MessageKey, instead: Option<MessageKey>) -> Step {
        self.withdraw_answer(&account(), conversation(), message, instead).await.unwrap()
    }
}

#[tokio::test]
async fn closing_archiving_and_waking_only_ever_rise_and_make_no_head() {
    let world = World::new().await;
    let (store, id) = (&world.store, conversation());
    assert_eq!(store.close(&account(), id, at(9)).await.unwrap(), Step::Lost);
    store.close_window(&account(), id, Some(at(9))).await.unwrap();
    assert_eq!(store.head(&account(), id).await.unwrap(), None);

    world.raised(5).await;
    for seconds in [9, 8, 9] {
        let expected = if seconds == 9 && world.head().await.closed_at.is_none() { Step::Done } else { Step::Lost };
        assert_eq!(store.close(&account(), id, at(seconds)).await.unwrap(), expected);
        assert_eq!(store.archive(&account(), id, at(seconds)).await.unwrap(), expected);
        assert_eq!(store.wake(&account(), id, at(seconds)).await.unwrap(), expected);
        store.close_window(&account(), id, Some(at(seconds))).await.unwrap();
    }
    store.close_window(&account(), id, None).await.unwrap();
    let head = world.head().await;
    assert_eq!((head.closed_at, head.archived_at, head.wake), (Some(at(9)), Some(at(9)), Some(at(9))));
    assert_eq!(head.closed_for, Some(at(9)));
}

/// Fault matrix E4.
#[tokio::test]
async fn a_message_waits_only_on_the_head_that_it_was_planned_with() {
    let world = World::new().await;
    let planned = world.raised(5).await;
    world.raised(6).await; // The customer writes between planning and holding.
    let wait = |planned: Head, seconds: i64, rev: &'static str| {
        let store = world.store.clone();
        async move { store.wait_from(&planned, message_id(seconds, 1).key, rev).await.unwrap() }
    };
    assert_eq!(wait(planned, 10, "a").await, Step::Lost);
    assert_eq!(world.head().await.waiting_from, None);

    assert_eq!(wait(world.head().await, 10, "a").await, Step::Done);
    assert_eq!(wait(world.head().await, 9, "b").await, Step::Done);
    assert_eq!(wait(world.head().await, 11, "c").await, Step::Done);
    let head = world.head().await;
    assert_eq!((head.waiting_from, head.wait_rev.as_deref()), (Some(message_id(9, 1).key), Some("c")));

    let (before_merge, former) = (world.head().await, ConversationId::from_bits(3));
    world.store.join_heads(&before_merge, former).await.unwrap();
    assert_eq!(wait(before_merge.clone(), 12, "d").await, Step::Lost);
    assert_eq!(wait(world.head().await, 12, "d").await, Step::Done);
    world.store.part_heads(&account(), before_merge.id, former).await.unwrap();
    let apart = Head { wait_rev: Some("d".into()), ..before_merge };
    assert_eq!(wait(apart, 12, "e").await, Step::Done);
}

#[tokio::test]
async fn a_wait_is_lost_if_another_began_or_the_head_was_merged_since_it_was_read() {
    let world = World::new().await;
    let read = world.raised(5).await;
    let key = |seconds| message_id(seconds, 1).key;
    assert_eq!(world.store.wait_from(&read, key(9), "a").await.unwrap(), Step::Done);
    assert_eq!(world.store.wait_from(&read, key(10), "b").await.unwrap(), Step::Lost);
    assert_eq!(world.head().await.waiting_from, Some(key(9)), "the older of both stays");

    let read = world.head().await;
    let survivor = Head::new(account(), head().channel, crate::world::contact_id(8), at(1));
    world.store.join_heads(&survivor, read.id).await.unwrap();
    assert_eq!(world.store.wait_from(&read, key(11), "c").await.unwrap(), Step::Lost);
    assert_eq!(world.store.wait_from(&world.head().await, key(11), "c").await.unwrap(), Step::Done);
}

#[tokio::test]
async fn the_first_message_to_a_customer_who_never_wrote_can_wait_too() {
    let world = World::new().await;
    world.store.begin(&head()).await.unwrap();
    let planned = world.head().await;
    assert_eq!(world.store.wait_from(&planned, message_id(1, 1).key, "a").await.unwrap(), Step::Done);
    let planned = world.head().await;
    world.raised(5).await;
    assert_eq!(world.store.wait_from(&planned, message_id(2, 1).key, "b").await.unwrap(), Step::Lost);
}

#[tokio::test]
async fn a_wait_that_began_after_listing_is_not_cleared() {
    let world = World::new().await;
    world.raised(5).await;
    let key = |seconds| message_id(seconds, 1).key;
    world.store.wait_from(&world.head().await, key(10), "a").await.unwrap();
    let listed = world.head().await;
    world.store.wait_from(&listed, key(11), "b").await.unwrap();
    assert_eq!(world.store.nothing_waits(&listed).await.unwrap(), Step::Lost);
    assert_eq!(world.head().await.waiting_from, Some(key(10)));
    assert_eq!(world.store.nothing_waits(&world.head().await).await.unwrap(), Step::Done);
    assert_eq!(world.head().await.waiting_from, None);
    assert_eq!(world.store.nothing_waits(&head()).await.unwrap(), Step::Done);
}

#[tokio::test]
async fn joined_heads_point_at_each_other_and_parted_ones_do_not() {
    let world = World::new().await;
    let survivor = world.raised(5).await;
    let former = Head::new(account(), head().channel, crate::world::contact_id(8), at(1));
    world.store.raise(&former, &last_in(3)).await.unwrap();
    for _ in 0..2 {
        world.store.join_heads(&survivor, former.id).await.unwrap();
        assert_eq!(world.head().await.former, [former.id]);
        let joined = world.store.head(&account(), former.id).await.unwrap().unwrap();
        assert_eq!((joined.survivor, joined.group()), (Some(survivor.id), survivor.id));
        assert_eq!(joined.version, 2, "doing it again writes nothing");
    }
    world.store.part_heads(&account(), survivor.id, former.id).await.unwrap();
    world.store.part_heads(&account(), survivor.id, former.id).await.unwrap();
    assert_eq!(world.head().await.former, []);
    assert_eq!(world.store.head(&account(), former.id).await.unwrap().unwrap().survivor, None);
}

#[tokio::test]
async fn heads_are_joined_where_the_survivor_has_no_conversation_yet() {
    let world = World::new().await;
    let former = Head::new(account(), head().channel, crate::world::contact_id(8), at(1));
    world.store.raise(&former, &last_in(3)).await.unwrap();
    world.store.join_heads(&head(), former.id).await.unwrap();
    assert_eq!(world.head().await, Head { former: vec![former.id], version: 1, ..head() });
}
