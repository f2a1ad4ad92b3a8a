//! The queue of doorbells: FIFO by group, at least once, with visibility and deduplication as SQS documents them
//! (Amazon SQS Developer Guide: FIFO delivery logic, exactly-once processing, visibility timeout).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Weak,
};

use async_trait::async_trait;
use serde_json::json;
use transom::ports::{Doorbell, QueueUnavailable, Ring};

use super::World;
use crate::{
    defects,
    machine::{Ended, Flow, Machine, Millis, Point},
};

/// Within this time a repeated name is the same ring.
const DEDUPLICATION: Millis = 300_000;
/// Most invocations of the sender at once.
const MOST_AT_ONCE: usize = 3;
/// After so many receives a job is given up, as by the redrive policy on one machine.
const MOST_RECEIVES: u32 = 1000;

#[derive(Debug)]
struct Job {
    id: u64,
    body: String,
    group: String,
    receives: u32,
    visible_at: Millis,
    in_flight: bool,
}

#[derive(Debug, Default)]
pub struct Queue {
    jobs: Vec<Job>,
    names: BTreeMap<String, Millis>,
    next: u64,
    at_once: usize,
    planned: Option<Millis>,
    pub dead: usize,
    pub rings: u64,
}

impl Queue {
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    fn put(&mut self, now: Millis, body: String, group: String, name: &str) {
        self.rings += 1;
        self.names.retain(|_, until| *until > now);
        if self.names.insert(name.to_owned(), now + DEDUPLICATION).is_some() {
            return;
        }
        self.next += 1;
        self.jobs.push(Job { id: self.next, body, group, receives: 0, visible_at: now, in_flight: false });
    }

    /// The jobs that can be handed out now: in order within a group, and none of a group of which one is out.
    fn take(&mut self, now: Millis, most: usize, visibility: Millis) -> Vec<(u64, String, String, u32)> {
        let mut taken = Vec::new();
        let mut blocked = BTreeSet::new();
        for job in &mut self.jobs {
            if job.visible_at > now {
                blocked.insert(job.group.clone());
            }
            if taken.len() >= most || blocked.contains(&job.group) {
                continue;
            }
            job.receives += 1;
            job.visible_at = now + visibility;
            job.in_flight = true;
            taken.push((job.id, job.body.clone(), job.group.clone(), job.receives));
        }
        taken
    }
}

/// The port over the model.
#[derive(Debug)]
pub struct Bell(pub Weak<World>);

#[async_trait]
impl Doorbell for Bell {
    async fn ring(&self, ring: &Ring, once: &str) -> Result<(), QueueUnavailable> {
        let body = serde_json::to_string(ring).map_err(|error| QueueUnavailable(Box::new(error)))?;
        let name = match ring {
            Ring::V1 { conversation, .. } => defects::ring_name(*conversation, once),
            Ring::Probe { .. } => once.to_owned(),
        };
        let group = ring.group();
        let world = self.0.upgrade().ok_or_else(gone)?;
        let machine = world.machine.clone();
        let refused = world.incident(machine.now()).queue_down || machine.happens(world.faults().queue_refuses);
        let lost = machine.happens(world.faults().queue_refuses / 4);
        let point = machine.flow().map(|flow| Point { flow, step: "enqueue send" });
        let (gate, delay) = (self.0.clone(), machine.pick(2, 20));
        let effect = machine.effect(point, delay, move |machine| {
            let Some(world) = gate.upgrade() else { return false };
            if refused {
                return false;
            }
            machine.note("ring", || group.clone());
            world.queue().put(machine.now(), body, group, &name);
            plan(&world, machine.now() + machine.pick(1, 60));
            !lost
        });
        if effect.await { Ok(()) } else { Err(gone()) }
    }

    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable> {
        let world = self.0.upgrade().ok_or_else(gone)?;
        let id = receipt.split('#').next().and_then(|id| id.parse::<u64>().ok()).ok_or_else(gone)?;
        let receives = receipt.split('#').nth(1).and_then(|count| count.parse::<u32>().ok()).ok_or_else(gone)?;
        let gate = self.0.clone();
        let effect = world.machine.effect(None, 3, move |machine| {
            let Some(world) = gate.upgrade() else { return };
            let mut queue = world.queue();
            if let Some(job) = queue.jobs.iter_mut().find(|job| job.id == id && job.receives == receives) {
                job.visible_at = machine.now() + i64::from(seconds) * 1000;
            }
        });
        effect.await;
        Ok(())
    }
}

fn gone() -> QueueUnavailable {
    QueueUnavailable("the queue is down".into())
}

/// Looks at the queue at a time, unless it is looked at before.
fn plan(world: &World, at: Millis) {
    let mut queue = world.queue();
    if queue.planned.is_some_and(|planned| planned <= at) {
        return;
    }
    queue.planned = Some(at);
    drop(queue);
    let me = world.me.clone();
    world.machine.at(at, move |machine| {
        if let Some(world) = me.upgrade() {
            let due = world.queue().planned;
            if due == Some(machine.now()) {
                world.queue().planned = None;
                dispatch(&world, machine);
            }
        }
    });
}

fn dispatch(world: &World, machine: &Machine) {
    let now = machine.now();
    loop {
        if world.queue().at_once >= MOST_AT_ONCE {
            break; // The end of an invocation looks again.
        }
        let most = usize::try_from(machine.pick(1, 10)).unwrap_or(1);
        let visibility = world.faults().visibility;
        let taken = world.queue().take(now, most, visibility);
        if taken.is_empty() {
            break;
        }
        world.queue().at_once += 1;
        invoke(world, machine, taken);
    }
    let mut queue = world.queue();
    let most = if defects::on(defects::Outer::ParkingLimitOfOne) { 1 } else { MOST_RECEIVES };
    let before = queue.jobs.len();
    queue.jobs.retain(|job| job.receives < most || job.visible_at > now);
    queue.dead += before - queue.jobs.len();
    let next = queue.jobs.iter().map(|job| job.visible_at).filter(|at| *at > now).min();
    drop(queue);
    if let Some(next) = next {
        plan(world, next);
    }
}

fn invoke(world: &World, machine: &Machine, taken: Vec<(u64, String, String, u32)>) {
    let records: Vec<_> = taken
        .iter()
        .map(|(id, body, group, receives)| {
            json!({ "messageId": id.to_string(), "receiptHandle": format!("{id}#{receives}"), "body": body,
                "attributes": { "MessageGroupId": group, "ApproximateReceiveCount": receives.to_string() },
                "eventSource": "aws:sqs" })
        })
        .collect();
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event of SQS");
    machine.note("send", || format!("jobs {:?}", taken.iter().map(|job| job.0).collect::<Vec<_>>()));
    let process = world.process(machine);
    let (me, gate) = (world.me.clone(), world.me.clone());
    let work = async move {
        let Some(machine) = gate.upgrade().map(|world| world.machine.clone()) else { return };
        let point = |step| Some(Point { flow: Flow::Sender, step });
        machine.effect(point("receive"), 1, |_| ()).await;
        let response = send::handle(&process.send, event).await;
        let failed: BTreeSet<String> =
            response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        let delete = machine.effect(point("delete from queue"), 2, move |machine| {
            let Some(world) = gate.upgrade() else { return };
            let repeats = world.faults().queue_repeats;
            for (id, _, _, receives) in &taken {
                let mut queue = world.queue();
                let Some(place) = queue.jobs.iter().position(|job| job.id == *id && job.receives == *receives) else {
                    continue;
                };
                queue.jobs[place].in_flight = false;
                let failed = failed.contains(&id.to_string()) && !defects::on(defects::Outer::FailedIdsLeftEmpty);
                if !failed && !machine.happens(repeats) {
                    queue.jobs.remove(place);
                }
            }
        });
        delete.await;
    };
    machine.spawn(Flow::Sender, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        if matches!(ended, Ended::Crashed) {
            world.outside().forgot(machine.now());
            world.renew_process(machine);
        }
        world.queue().at_once -= 1;
        plan(&world, machine.now() + 1);
    });
}
