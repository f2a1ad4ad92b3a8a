//! What is rarely needed, done by the functions that need it: a role that lacks it would show only then (fault matrix I-6).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::SignedDuration;
use serde_json::{Value, json};
use transom::{app::Parts, domain::Timestamp, ports::Clock};
use transom_engine::Verdict;
use transom_local::{functions::Functions, handlers::Handlers, local::TABLE};

use super::{call_send, job, pk, rows};
use crate::world::{ANA, World};

/// The world's clock, ahead by so many hours.
#[derive(Debug)]
struct Ahead(Arc<dyn Clock>, Arc<AtomicI64>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_hours(self.1.load(Ordering::SeqCst))
    }
}

/// Parts of a process that stands still for four days while it arms its first timer.
fn stands_still_while_it_arms(world: &World) -> Parts {
    let hours = Arc::new(AtomicI64::new(0));
    let later = Arc::clone(&hours);
    let parts = world.parts_with(Arc::new(move |call| {
        let arms = call.operation == "PutItem" && String::from_utf8_lossy(call.body).contains("\"T#");
        if arms {
            later.store(96, Ordering::SeqCst);
        }
        Verdict::Go
    }));
    Parts { clock: Arc::new(Ahead(Arc::clone(&world.parts.clock), hours)), ..parts }
}

/// How many timers lie in the table.
async fn timers(world: &World) -> usize {
    rows(world).await.iter().filter(|row| pk(row).starts_with("T#")).count()
}

fn changes(world: &World) -> Value {
    let after = super::checkpoint(world);
    let stream = world.local.engine.stream(TABLE, after.as_deref()).expect("a stream");
    let records = { stream }.next(1000).expect("records");
    json!({ "Records": records })
}

/// Protection: `timers::arm` looks at the time once more.
#[tokio::test]
async fn i_6_a_timer_that_react_arms_too_late_is_armed_anew_and_the_late_one_taken_away() {
    let world = World::new().await;
    world.writes_unsettled(ANA, "Hello").await;
    world.deliver_webhooks().await;
    let parts = stands_still_while_it_arms(&world);
    let answer = Handlers::new(&parts).react(changes(&world)).await.expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(timers(&world).await, 1, "the late one does not stay beside it");
    assert!(parts.now() > world.now() + SignedDuration::from_hours(95));
}

#[tokio::test]
async fn i_6_a_timer_that_send_arms_too_late_is_armed_anew_and_the_late_one_taken_away() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT25H").await;
    let before = timers(&world).await;
    let held = world.say(ANA, "Are you there?").await;
    let ring = serde_json::to_string(&world.ring_for(held)).expect("JSON");
    let parts = stands_still_while_it_arms(&world);
    assert!(call_send(&parts, vec![job("1", &ring, 1)]).await.is_empty());
    assert_eq!(world.state_of(held).await, "expired", "by then its own end is over");
    assert!(parts.now() > world.now() + SignedDuration::from_hours(95));
    assert_eq!(timers(&world).await, before + 1, "the late one does not stay beside it");
}
