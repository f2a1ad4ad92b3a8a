//! The queue of events: at least once, in no order, with visibility and delays as SQS documents them (Amazon SQS Developer
//! Guide: standard queues); and the function that it wakes.

use std::{collections::BTreeSet, sync::Weak};

use async_trait::async_trait;
use serde_json::json;
use transom::ports::{
    QueueUnavailable,
    events::{EventJob, EventQueue},
    jobs::{JobQueue, JobRing},
};

use super::World;
use crate::machine::{Ended, Flow, Machine, Millis, Point};

/// Most invocations of the function at once.
const MOST_AT_ONCE: usize = 3;
/// After so many receives a job is given up, as by the redrive policy.
const MOST_RECEIVES: u32 = 100;
const VISIBILITY: Millis = 90_000;

#[derive(Debug)]
struct Job {
    id: u64,
    body: String,
    receives: u32,
    visible_at: Millis,
    /// For `jobs`, and not for `publish`.
    long: bool,
}

#[derive(Debug, Default)]
pub struct Events {
    jobs: Vec<Job>,
    next: u64,
    at_once: usize,
    planned: Option<Millis>,
    pub dead: usize,
}

impl Events {
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    fn put(&mut self, visible_at: Millis, body: String, long: bool) {
        self.next += 1;
        self.jobs.push(Job { id: self.next, body, receives: 0, visible_at, long });
    }

    fn take(&mut self, now: Millis, most: usize, long: bool) -> Vec<(u64, String, u32)> {
        let due = self.jobs.iter_mut().filter(|job| job.visible_at <= now && job.long == long).take(most);
        due.map(|job| {
            job.receives += 1;
            job.visible_at = now + VISIBILITY;
            (job.id, job.body.clone(), job.receives)
        })
        .collect()
    }
}

/// The port over the model.
#[derive(Debug)]
pub struct Teller(pub Weak<World>);

#[async_trait]
impl JobQueue for Teller {
    async fn ring(&self, ring: &JobRing) -> Result<(), QueueUnavailable> {
        let body = serde_json::to_string(ring).expect("JSON");
        put(&self.0, vec![(body, "long work".to_owned())], 0, true).await
    }

    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable> {
        let Some(world) = self.0.upgrade() else { return Ok(()) };
        let (id, receives) = receipt.split_once('#').unwrap_or_default();
        let until = world.machine.now() + i64::from(seconds) * 1000;
        let is_it = |job: &&mut Job| job.id.to_string() == id && job.receives.to_string() == receives;
        if let Some(job) = world.events().jobs.iter_mut().find(is_it) {
            job.visible_at = until;
        }
        plan(&world, until);
        Ok(())
    }
}

#[async_trait]
impl EventQueue for Teller {
    async fn put(&self, jobs: &[EventJob], seconds: u32) -> Result<(), QueueUnavailable> {
        let body = |job| serde_json::to_string(job).expect("JSON");
        // The longest delay of SQS.
        put(&self.0, jobs.iter().map(|job| (body(job), about(job))).collect(), seconds.min(900), false).await
    }
}

/// Puts bodies, each with words about it; or says that it did not, whether or not it did.
async fn put(
    me: &Weak<World>,
    bodies: Vec<(String, String)>,
    seconds: u32,
    long: bool,
) -> Result<(), QueueUnavailable> {
    let gone = || QueueUnavailable("the queue is down".into());
    let world = me.upgrade().ok_or_else(gone)?;
    let machine = world.machine.clone();
    let refused = world.incident(machine.now()).queue_down || machine.happens(world.faults().queue_refuses);
    let lost = machine.happens(world.faults().queue_refuses / 4);
    let point = machine.flow().map(|flow| Point { flow, step: "enqueue event" });
    let (gate, delay) = (me.clone(), machine.pick(2, 20));
    drop(world);
    let effect = machine.effect(point, delay, move |machine| {
        let Some(world) = gate.upgrade() else { return false };
        if refused {
            return false;
        }
        let at = machine.now() + i64::from(seconds) * 1000;
        for (body, event) in bodies {
            machine.note("event", || event);
            world.events().put(at, body, long);
        }
        plan(&world, at + machine.pick(1, 1_000));
        !lost
    });
    if effect.await { Ok(()) } else { Err(gone()) }
}

fn about(job: &EventJob) -> String {
    match job {
        EventJob::All { event } => format!("{} {}", event.kind.word(), event.id),
        EventJob::One(it) => {
            format!("{} {} for {}, attempt {}", it.event.kind.word(), it.event.id, it.subscription, it.attempt)
        }
    }
}

/// Looks at the queue at a time, unless it is looked at before.
fn plan(world: &World, at: Millis) {
    let mut events = world.events();
    if events.planned.is_some_and(|planned| planned <= at) {
        return;
    }
    events.planned = Some(at);
    drop(events);
    let me = world.me.clone();
    world.machine.at(at, move |machine| {
        if let Some(world) = me.upgrade() {
            let due = world.events().planned;
            if due == Some(machine.now()) {
                world.events().planned = None;
                dispatch(&world, machine);
            }
        }
    });
}

fn dispatch(world: &World, machine: &Machine) {
    let now = machine.now();
    for (most, long) in [(20, false), (1, true)] {
        while world.events().at_once < MOST_AT_ONCE {
            let taken = world.events().take(now, most, long);
            if taken.is_empty() {
                break;
            }
            world.events().at_once += 1;
            invoke(world, machine, taken, long);
        }
    }
    let mut events = world.events();
    let before = events.jobs.len();
    events.jobs.retain(|job| job.receives < MOST_RECEIVES || job.visible_at > now);
    events.dead += before - events.jobs.len();
    let next = events.jobs.iter().map(|job| job.visible_at).filter(|at| *at > now).min();
    drop(events);
    if let Some(next) = next {
        plan(world, next);
    }
}

fn invoke(world: &World, machine: &Machine, taken: Vec<(u64, String, u32)>, long: bool) {
    let records: Vec<_> = taken
        .iter()
        .map(|(id, body, receives)| {
            json!({ "messageId": id.to_string(), "receiptHandle": format!("{id}#{receives}"), "body": body,
                "attributes": { "ApproximateReceiveCount": receives.to_string() }, "eventSource": "aws:sqs" })
        })
        .collect();
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event of SQS");
    let process = world.process(machine);
    let (me, gate) = (world.me.clone(), world.me.clone());
    let work = async move {
        let Some(machine) = gate.upgrade().map(|world| world.machine.clone()) else { return };
        let flow = if long { Flow::Worker } else { Flow::Publisher };
        let point = |step| Some(Point { flow, step });
        machine.effect(point("receive"), 1, |_| ()).await;
        let response = if long {
            jobs::handle(&process.jobs, event).await
        } else {
            publish::handle(&process.publish, event).await
        };
        let failed: BTreeSet<String> =
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        let delete = machine.effect(point("delete from queue"), 2, move |machine| {
            let Some(world) = gate.upgrade() else { return };
            let repeats = world.faults().queue_repeats;
            for (id, _, receives) in &taken {
                let repeated = machine.happens(repeats);
                let mut events = world.events();
                let place = events.jobs.iter().position(|job| job.id == *id && job.receives == *receives);
                if let Some(place) = place.filter(|_| !failed.contains(&id.to_string()) && !repeated) {
                    events.jobs.remove(place);
                }
            }
        });
        delete.await;
    };
    machine.spawn(if long { Flow::Worker } else { Flow::Publisher }, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        if matches!(ended, Ended::Crashed) {
            world.renew_process(machine);
        }
        world.events().at_once -= 1;
        plan(&world, machine.now() + 1);
    });
}
