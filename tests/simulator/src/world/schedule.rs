//! The minute schedule: late, double or missed. To spare time it wakes the sweeper only in minutes in which a timer is
//! due; a sweep of a minute without one reads and writes nothing but its cursor.

use std::collections::BTreeSet;

use super::World;
use crate::machine::{Ended, Flow, Machine, Millis};

#[derive(Debug, Default)]
pub struct Schedule {
    /// Timers that are armed, by when they are due.
    dues: BTreeSet<(Millis, String)>,
    planned: Option<Millis>,
    last: Millis,
    running: u32,
}

impl Schedule {
    pub fn is_idle(&self) -> bool {
        self.dues.is_empty() && self.running == 0
    }
}

/// A timer's row was put or deleted; its sort key begins with when it is due.
pub fn timer_written(world: &World, armed: bool, sort_key: &str) {
    let Some(due) = sort_key.split('#').next().and_then(|due| due.parse::<Millis>().ok()) else { return };
    let mut schedule = world.schedule();
    if armed {
        schedule.dues.insert((due, sort_key.to_owned()));
    } else {
        schedule.dues.remove(&(due, sort_key.to_owned()));
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
    let Some((due, _)) = schedule.dues.first() else { return };
    let due = *due;
    let gap = world.faults().sweep_gap;
    let mut at = due.max(schedule.last + gap);
    if let Some(until) = world.incident(at).sweeper_down_until {
        at = until;
    }
    if schedule.planned.is_some_and(|planned| planned <= at) {
        return;
    }
    // Late by up to a minute, as the schedule's own minute allows.
    let at = at + machine.pick(0, 60_000);
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
        sweep(&world, machine);
        if machine.happens(world.faults().sweep_twice) {
            sweep(&world, machine);
        }
    });
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
