//! A store that fails says so, and whatever it was asked may be asked again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::config::retry::RetryPartition;
use transom::{
    adapters::{
        aws::{retries, time_limits},
        dynamodb::DynamoStore,
    },
    app::deadline::Deadline,
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

/// (Fault matrix B2.)
#[tokio::test]
async fn a_write_whose_answer_was_lost_does_nothing_twice() {
    let world = World::new().await;
    let store = failing_once(&world, Verdict::FailAfter(500, "InternalServerError"));
    assert!(store.put_inbound(&inbound(5, "hello")).await.is_err());
    assert_eq!(store.put_inbound(&inbound(5, "hello")).await.unwrap(), Put::Already);
}

/// A store that tries again as on AWS, over a table whose first calls end like this. Time is the test's own.
fn trying_again(world: &World, bad_calls: usize, verdict: Verdict) -> (DynamoStore, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let engine = world.engine.with_hook(Arc::new(move |_: &Call<'_>| {
        if counted.fetch_add(1, Ordering::Relaxed) < bad_calls { verdict } else { Verdict::Go }
    }));
    // The SDK's budget for trying again is one per process and service: that of other tests, too.
    let own = RetryPartition::new(format!("{:p}", Arc::as_ptr(&calls)));
    let config = engine.dynamo().config().to_builder().retry_partition(own);
    let config = config.retry_config(retries()).timeout_config(time_limits()).build();
    (DynamoStore::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE, CONTACTS), calls)
}

/// Protection: `retries`. (Fault matrix A14.)
#[expect(clippy::disallowed_methods, reason = "the test measures its own, paused time")]
#[tokio::test(start_paused = true)]
async fn a14_a_throttled_write_goes_through_within_the_time_of_one_call() {
    let world = World::new().await;
    let throttled = Verdict::FailBefore(400, "ProvisionedThroughputExceededException");
    let (store, calls) = trying_again(&world, 3, throttled);
    let began = tokio::time::Instant::now();
    assert_eq!(store.raise(&head(), &last_in(5)).await.unwrap(), Step::Done);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
    assert!(began.elapsed() < Duration::from_secs(5));
    // Lost answers as well: every write may be repeated (B2).
    let (store, _) = trying_again(&world, 2, Verdict::FailAfter(500, "InternalServerError"));
    store.put_inbound(&inbound(5, "hello")).await.unwrap();
    assert_eq!(store.put_inbound(&inbound(5, "hello")).await.unwrap(), Put::Already);
}

/// Protection: `time_limits`. (Fault matrix A15, A16, J1.)
#[expect(clippy::disallowed_methods, reason = "the test measures its own, paused time")]
#[tokio::test(start_paused = true)]
async fn a16_a_store_that_says_nothing_fails_before_any_function_ends_and_is_soon_asked_less() {
    let world = World::new().await;
    let (store, calls) = trying_again(&world, usize::MAX, Verdict::Silence);
    let began = tokio::time::Instant::now();
    let asked = Deadline::after(Duration::from_mins(1)).hold(store.head(&head().account, head().id)).await;
    assert!(asked.expect("it ends by itself").is_err());
    assert!(began.elapsed() <= Duration::from_secs(5));
    for _ in 0..100 {
        store.head(&head().account, head().id).await.unwrap_err();
    }
    let before = calls.load(Ordering::Relaxed);
    store.head(&head().account, head().id).await.unwrap_err();
    assert_eq!(calls.load(Ordering::Relaxed), before + 1, "the budget for trying again is used up");
}

/// Protection: `SIGNATURE_REFUSED`. (Fault matrix H4.)
#[tokio::test]
async fn h4_a_signature_refused_for_skew_is_an_error_of_its_own_and_is_not_tried_again() {
    let world = World::new().await;
    let (store, calls) = trying_again(&world, usize::MAX, Verdict::FailBefore(400, "InvalidSignatureException"));
    for error in [
        store.raise(&head(), &last_in(5)).await.unwrap_err(),
        store.head(&head().account, head().id).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::SignatureRefused { .. }), "{error}");
        assert!(error.to_string().contains("clock"), "{error}");
    }
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
