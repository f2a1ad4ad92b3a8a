//! The table's stream: in order by row, at least once, in batches, each shard by itself. A batch that fails comes again
//! from its first failed record (Lambda Developer Guide, "Using Lambda with DynamoDB": ReportBatchItemFailures).

use std::collections::VecDeque;

use serde_json::{Value, json};
use transom_engine::StreamReader;

use super::{MAIN_TABLE, World};
use crate::{
    defects,
    machine::{Ended, Flow, Machine, Millis, Point},
};

const SHARDS: usize = 3;

#[derive(Debug, Default)]
struct Shard {
    records: VecDeque<Value>,
    busy: bool,
    failures: u32,
}

#[derive(Debug, Default)]
pub struct Stream {
    reader: Option<StreamReader>,
    shards: [Shard; SHARDS],
    planned: bool,
    pub records: u64,
}

impl Stream {
    pub fn is_empty(&self) -> bool {
        !self.planned && self.shards.iter().all(|shard| shard.records.is_empty() && !shard.busy)
    }
}

/// Something was written: the stream will tell.
pub fn written(world: &World) {
    let mut stream = world.stream();
    if stream.planned {
        return;
    }
    stream.planned = true;
    drop(stream);
    let me = world.me.clone();
    world.machine.after(world.machine.pick(30, 300), move |machine| {
        if let Some(world) = me.upgrade() {
            poll(&world, machine);
        }
    });
}

fn poll(world: &World, machine: &Machine) {
    let mut stream = world.stream();
    stream.planned = false;
    if stream.reader.is_none() {
        stream.reader = world.engine.stream(MAIN_TABLE, None).ok();
    }
    let records = stream.reader.as_mut().and_then(|reader| reader.next(1000).ok()).unwrap_or_default();
    stream.records += u64::try_from(records.len()).unwrap_or(0);
    for record in records {
        world.watch(machine, &record);
        let partition = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap_or_default();
        // Timers, cursors and other rows cause nothing.
        let causes = partition.contains("#V#") || partition.ends_with("#J") || partition.ends_with("#N");
        if !causes {
            continue;
        }
        let shard = partition.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        stream.shards[shard % SHARDS].records.push_back(record);
    }
    drop(stream);
    for shard in 0..SHARDS {
        kick(world, machine, shard);
    }
}

fn kick(world: &World, machine: &Machine, shard: usize) {
    let mut stream = world.stream();
    let it = &mut stream.shards[shard];
    if it.busy || it.records.is_empty() {
        return;
    }
    if let Some(until) = world.incident(machine.now()).stream_down_until {
        drop(stream);
        let me = world.me.clone();
        machine.at(until, move |machine| {
            if let Some(world) = me.upgrade() {
                kick(&world, machine, shard);
            }
        });
        return;
    }
    it.busy = true;
    let most = usize::try_from(machine.pick(1, 16)).unwrap_or(1);
    let batch: Vec<Value> = it.records.iter().take(most).cloned().collect();
    drop(stream);
    invoke(world, machine, &batch, Some(shard));
}

/// `shard`: the one whose place moves on; `None` for a repeat.
fn invoke(world: &World, machine: &Machine, batch: &[Value], shard: Option<usize>) {
    let count = batch.len();
    let sequences: Vec<String> = batch
        .iter()
        .map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned())
        .collect();
    let again = machine.happens(world.faults().stream_repeats).then(|| batch.to_vec());
    let event = serde_json::from_value(json!({ "Records": batch })).expect("an event of a stream");
    machine.note("react", || format!("{count} records"));
    let process = world.process(machine);
    let (me, gate) = (world.me.clone(), world.me.clone());
    let work = async move {
        let machine = gate.upgrade().map(|world| world.machine.clone())?;
        let point = |step| Some(Point { flow: Flow::Router, step });
        machine.effect(point("read batch"), 1, |_| ()).await;
        let response = react::handle(&process.react, event).await;
        machine.effect(point("checkpoint"), 1, |_| ()).await;
        response.batch_item_failures.into_iter().next().and_then(|failure| failure.item_identifier)
    };
    machine.spawn(Flow::Router, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        let Some(shard) = shard else { return };
        let done = match ended {
            Ended::Crashed => {
                world.renew_process(machine);
                0
            }
            Ended::Done(None) => count,
            Ended::Done(Some(_)) if defects::on(defects::Outer::StreamFailuresIgnored) => count,
            Ended::Done(Some(failed)) => sequences.iter().position(|sequence| *sequence == failed).unwrap_or(0),
        };
        let mut stream = world.stream();
        let it = &mut stream.shards[shard];
        it.records.drain(..done);
        it.busy = false;
        it.failures = if done == count { 0 } else { it.failures + 1 };
        let pause: Millis = if done == count { 1 } else { 500 * i64::from(it.failures.min(60)) };
        drop(stream);
        let me = world.me.clone();
        machine.after(pause, move |machine| {
            if let Some(world) = me.upgrade() {
                kick(&world, machine, shard);
            }
        });
        if let Some(batch) = again {
            let me = world.me.clone();
            machine.after(machine.pick(0, 90_000), move |machine| {
                if let Some(world) = me.upgrade() {
                    invoke(&world, machine, &batch, None);
                }
            });
        }
    });
}
