//! The minute schedule: late, double or missed. To spare time it wakes the sweeper only in minutes in which a timer is
//! due. A sweep of a minute without one does nothing but move its shards' cursors, and that much is done here for all the
//! quiet minutes at once: where the cursors stand matters to whoever arms a timer late.

use std::collections::BTreeSet;

use serde_json::json;
use transom::domain::{
    time::from_millis,
    timer::{SHARDS, minute_of},
};

use super::{MAIN_TABLE, World};
use crate::machine::{Ended, Flow, Machine, Millis};

/// Fewer quiet minutes than this are left to the next sweep.
const WORTH_WHILE: i64 = 30;

#[derive(Debug, Default)]
pub struct Schedule {
    /// Timers that are armed, by when they are due, with their shard.
    dues: BTreeSet<(Millis, String, u8)>,
    /// Up to which minute each shard was swept quietly.
    quiet: [i64; SHARDS as usize],
    planned: Option<Millis>,
    last: Millis,
    running: u32,
}

impl Schedule {
    pub fn is_idle(&self) -> bool {
        self.dues.is_empty() && self.running == 0
    }
}

/// A timer's row was put or deleted. Its partition ends with the shard; its sort key begins with when it is due.
pub fn timer_written(world: &World, armed: bool, partition: &str, sort_key: &str) {
    let Some(due) = sort_key.split('#').next().and_then(|due| due.parse::<Millis>().ok()) else { return };
    let Some(shard) = partition.rsplit('#').next().and_then(|shard| shard.parse().ok()) else { return };
    if armed && due <= world.machine.now() {
        pass_quiet_minutes(world, 1);
    }
    let mut schedule = world.schedule();
    if armed {
        schedule.dues.insert((due, sort_key.to_owned(), shard));
    } else {
        schedule.dues.remove(&(due, sort_key.to_owned(), shard));
    }
    drop(schedule);
    plan(world);
}

fn plan(world: &World) {
    let machine = &world.machine;
    let schedule = world.schedule();
    if schedule.running > 0 {
        return; // The end of the sweep looks again.
    }
    let Some((due, ..)) = schedule.dues.first() else { return };
    let due = *due;
    let gap = world.faults().sweep_gap;
    let mut at = due.max(schedule.last + gap);
    if let Some(until) = world.incident(at).sweeper_down_until {
        at = until;
    }
    if schedule.planned.is_some_and(|planned| planned <= at) {
        return;
    }
    // Late by up to a minute, as the schedule's own minute allows; not where nothing goes wrong, where two minutes are left to
    // clocks that differ.
    let at = if world.is_calm() { at } else { at + machine.pick(0, 60_000) };
    drop(schedule);
    sweep_at(world, at);
}

/// Wakes the sweeper at a time, unless it is told another one meanwhile.
pub fn sweep_at(world: &World, at: Millis) {
    world.schedule().planned = Some(at);
    let me = world.me.clone();
    world.machine.at(at, move |machine| {
        let Some(world) = me.upgrade() else { return };
        if world.schedule().planned != Some(at) {
            return;
        }
        world.schedule().planned = None;
        pass_quiet_minutes(&world, WORTH_WHILE);
        sweep(&world, machine);
        if machine.happens(world.faults().sweep_twice) {
            sweep(&world, machine);
        }
    });
}

/// What the sweeps of all minutes until now would have done in which no timer was due. `at_least`: so many minutes, or it
/// is not done.
fn pass_quiet_minutes(world: &World, at_least: i64) {
    let faults = world.faults();
    let last_sweep = world.machine.now() - faults.sweep_gap;
    if world.incident(last_sweep).sweeper_down_until.is_some() {
        return;
    }
    // By the fastest of the processes' clocks.
    let until = minute_of(from_millis(last_sweep + faults.skew)) - 1;
    for shard in 0..SHARDS {
        let mut schedule = world.schedule();
        let first = schedule.dues.iter().find(|(.., of)| *of == shard).map(|(due, ..)| minute_of(from_millis(*due)));
        let minute = first.map_or(until, |first| until.min(first - 1));
        let before = &mut schedule.quiet[usize::from(shard)];
        if minute < *before + at_least {
            continue;
        }
        *before = minute;
        drop(schedule);
        let move_cursor = json!({
            "TableName": MAIN_TABLE,
            "Key": { "pk": { "S": format!("CURSOR#timers#{shard}") }, "sk": { "S": "C" } },
            "UpdateExpression": "SET mi = :mi",
            "ConditionExpression": "attribute_not_exists(mi) OR mi < :mi",
            "ExpressionAttributeValues": { ":mi": { "N": minute.to_string() } },
        });
        world.engine.perform("UpdateItem", move_cursor.to_string().as_bytes());
    }
}

fn sweep(world: &World, machine: &Machine) {
    machine.note("sweep", String::new);
    let mut schedule = world.schedule();
    schedule.last = machine.now();
    schedule.running += 1;
    drop(schedule);
    let process = world.process(machine);
    let me = world.me.clone();
    let work = async move { expire::handle(&process.expire, serde_json::Value::Null).await.is_ok() };
    machine.spawn(Flow::Sweeper, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        if matches!(ended, Ended::Crashed) {
            world.renew_process(machine);
        }
        world.schedule().running -= 1;
        plan(&world);
    });
}
