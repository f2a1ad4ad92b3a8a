//! A store that fails says so, and whatever it was asked may be asked again.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use transom::{
    adapters::dynamodb::DynamoStore,
    ports::{
        StoreError,
        store::{Conversations, Messages, Put, Step},
    },
};
use transom_engine::{Call, Verdict};

use crate::world::{CONTACTS, TABLE, World, head, inbound, last_in};

/// The world's store as seen through a table whose first call ends like this.
fn failing_once(world: &World, verdict: Verdict) -> DynamoStore {
    let calls = AtomicUsize::new(0);
    let engine = world.engine.with_hook(Arc::new(move |_: &Call<'_>| {
        if calls.fetch_add(1, Ordering::Relaxed) == 0 { verdict } else { Verdict::Go }
    }));
    DynamoStore::new(engine.dynamo(), TABLE, CONTACTS)
}

#[tokio::test]
async fn a_throttled_write_is_unavailable_and_goes_through_when_asked_again() {
    let world = World::new().await;
    let store = failing_once(&world, Verdict::FailBefore(400, "ProvisionedThroughputExceededException"));
    let error = store.raise(&head(), &last_in(5)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { doing: "raise a head", .. }));
    assert_eq!(store.raise(&head(), &last_in(5)).await.unwrap(), Step::Done);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_does_nothing_twice() {
    let world = World::new().await;
    let store = failing_once(&world, Verdict::FailAfter(500, "InternalServerError"));
    assert!(store.put_inbound(&inbound(5, "hello")).await.is_err());
    assert_eq!(store.put_inbound(&inbound(5, "hello")).await.unwrap(), Put::Already);
}
