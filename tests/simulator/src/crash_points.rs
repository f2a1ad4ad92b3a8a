//! Crash points, exhaustively: a process is killed just before and just after each effect of each flow, alone and in
//! ordered pairs (fault matrix, section 3). One short story passes every flow; nothing else goes wrong in it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    cast::Index,
    clients,
    faults::Faults,
    invariants::{self, Table},
    machine::{Crashes, Point, Side, Trace},
    outside::{Shows, writes},
    run::{Outcome, finish},
    workload::{self, HOUR, MINUTE, RESTS_WITHIN},
    world::{BEGAN, World},
};

/// A guest of the first account who is answered, and then is not.
const WAITS: Index = 2;
/// A guest of the first account whom only an SMS reaches.
const UNREACHABLE: Index = 6;
/// The first account's WhatsApp number.
const NUMBER: Index = 0;
/// A guest of the second account, whose provider has no clock of its own.
const TWILIO_GUEST: Index = 8;
const TWILIO_NUMBER: Index = 2;

/// Every point that the story passes.
pub fn points() -> BTreeSet<Point> {
    let world = tell(Crashes::Watch(BTreeSet::new()), false);
    let crashes = world.machine.crashes();
    world.end();
    match crashes {
        Crashes::Watch(seen) => seen,
        Crashes::Random(_) | Crashes::Planned(_) => BTreeSet::new(),
    }
}

/// Every way to kill one process.
pub fn singles(points: &BTreeSet<Point>) -> Vec<Vec<(Point, Side)>> {
    kills(points).into_iter().map(|kill| vec![kill]).collect()
}

/// Every way to kill one process and then another.
pub fn pairs(points: &BTreeSet<Point>) -> Vec<Vec<(Point, Side)>> {
    let kills = kills(points);
    kills.iter().flat_map(|first| kills.iter().map(|second| vec![*first, *second])).collect()
}

fn kills(points: &BTreeSet<Point>) -> Vec<(Point, Side)> {
    points.iter().flat_map(|point| [(*point, Side::Before), (*point, Side::After)]).collect()
}

/// Tells the story with these kills, in this order, and checks everything.
pub fn run(plan: &[(Point, Side)], told: bool) -> Outcome {
    let mut reversed = plan.to_vec();
    reversed.reverse();
    let world = tell(Crashes::Planned(reversed), told);
    let table = Table::read(&world);
    invariants::check(&world, &table);
    finish(1, &world)
}

fn tell(crashes: Crashes, told: bool) -> std::sync::Arc<World> {
    let world = World::begin(1, Faults::none(), Crashes::Random(0), Trace::new(told));
    world.machine.set_crashes(crashes);
    let at = |since, act: Box<dyn FnOnce(&World) + Send>| workload::at(&world, since, act);
    let says = |since, number, person, text: &'static str| {
        workload::at(&world, since, move |world| writes(world, number, person, Shows::Both, text));
    };
    says(MINUTE, NUMBER, WAITS, "Hello");
    at(5 * MINUTE, Box::new(|world| clients::reply(world, NUMBER, WAITS, &json!({}))));
    says(20 * MINUTE, NUMBER, WAITS, "And breakfast?");
    says(25 * MINUTE, NUMBER, UNREACHABLE, "I am leaving");
    says(30 * MINUTE, TWILIO_NUMBER, TWILIO_GUEST, "Hello");
    at(26 * HOUR, Box::new(|world| clients::reply(world, NUMBER, WAITS, &json!({}))));
    at(26 * HOUR, Box::new(|world| clients::reply(world, TWILIO_NUMBER, TWILIO_GUEST, &json!({}))));
    says(28 * HOUR, NUMBER, WAITS, "Yes, please");
    says(29 * HOUR, TWILIO_NUMBER, TWILIO_GUEST, "STOP");
    at(30 * HOUR, Box::new(|world| clients::reply(world, TWILIO_NUMBER, TWILIO_GUEST, &json!({}))));
    world.machine.run_until(BEGAN + RESTS_WITHIN);
    world
}
