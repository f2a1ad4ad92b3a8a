//! Crash points, exhaustively: a process is killed just before and just after each effect of each flow, each time that it
//! comes by, and in ordered pairs (fault matrix, section 3). One short story passes every flow.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;

use crate::{
    cast::Index,
    clients,
    faults::Faults,
    invariants::{self, Table},
    machine::{Crashes, Flow, Kill, Planned, Point, Side, Trace},
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

/// Points, and how often each comes by.
pub type Points = BTreeMap<Point, u32>;

/// What came of a story with kills.
#[derive(Debug)]
pub struct Told {
    pub outcome: Outcome,
    /// All of the kills came about.
    pub struck: bool,
    /// What came by after the last of them.
    pub passed: Points,
}

/// Every point that the story passes when nobody is killed.
pub fn points() -> Points {
    run(&[], false).passed
}

/// Every way to kill one process: at each point, each of the `first` times that it comes by.
pub fn singles(points: &Points, first: u32) -> Vec<Vec<Kill>> {
    let times = points.iter().flat_map(|(point, times)| (1..=first.min(*times)).map(|time| (*point, time)));
    times.flat_map(|(point, time)| sides(point, time).map(|kill| vec![kill])).collect()
}

/// Every way to kill one process at the first time that a point comes by, and then another. `after` are the points that
/// come by after a kill: some do only then, as the verdict on a claim that nobody ended.
pub fn pairs(points: &Points, after: &Points) -> Vec<Vec<Kill>> {
    let first = || points.keys().flat_map(|point| sides(*point, 1));
    let mut all = points.clone();
    all.extend(after);
    let second = || all.keys().flat_map(|point| sides(*point, 1));
    first().flat_map(|one| second().map(move |other| vec![one, other])).collect()
}

fn sides(point: Point, time: u32) -> [Kill; 2] {
    [Side::Before, Side::After].map(|side| Kill { point, time, side })
}

/// Reads kills as they are shown, with commas between.
///
/// # Errors
/// What cannot be read.
pub fn parse(text: &str) -> Result<Vec<Kill>, String> {
    text.split(',').map(|kill| parse_kill(kill.trim())).collect()
}

fn parse_kill(text: &str) -> Result<Kill, String> {
    let read = || {
        let (place, side) = text.rsplit_once(':')?;
        let (name, time) = place.rsplit_once('#')?;
        let (flow, step) = name.split_once('/')?;
        let flow = Flow::ALL.into_iter().find(|known| known.word() == flow)?;
        let side = [Side::Before, Side::After].into_iter().find(|known| known.word() == side)?;
        let time = time.parse().ok().filter(|time| *time > 0)?;
        // One for the life of a command line.
        let step = Box::leak(step.to_owned().into_boxed_str());
        Some(Kill { point: Point { flow, step }, time, side })
    };
    read().ok_or_else(|| format!("{text:?} is no kill; one looks like \"sender/write claim#1:before\""))
}

/// Tells the story with these kills, in this order, and checks everything.
pub fn run(kills: &[Kill], told: bool) -> Told {
    let world = tell(kills, told);
    let table = Table::read(&world);
    invariants::check(&world, &table);
    let (struck, passed) = match world.machine.crashes() {
        Crashes::Planned(planned) => (planned.is_over(), planned.passed),
        Crashes::Random(_) => (true, Points::new()),
    };
    Told { outcome: finish(1, &world), struck, passed }
}

fn tell(kills: &[Kill], told: bool) -> Arc<World> {
    let world = World::begin(1, Faults::none(), Crashes::Random(0), Trace::new(told));
    world.machine.set_crashes(Crashes::Planned(Planned::new(kills)));
    let at = |since, act: Box<dyn FnOnce(&World) + Send>| workload::at(&world, since, act);
    let says = |since, number, person, text: &'static str| {
        workload::at(&world, since, move |world| writes(world, number, person, Shows::Both, text));
    };
    let answer = |since, number, person| {
        workload::at(&world, since, move |world| clients::reply(world, number, person, &json!({})));
    };
    says(MINUTE, NUMBER, WAITS, "Hello");
    answer(5 * MINUTE, NUMBER, WAITS);
    // Two in one body.
    says(20 * MINUTE, NUMBER, WAITS, "And breakfast?");
    says(20 * MINUTE, NUMBER, WAITS, "From when?");
    says(25 * MINUTE, NUMBER, UNREACHABLE, "I am leaving");
    says(30 * MINUTE, TWILIO_NUMBER, TWILIO_GUEST, "Hello");
    answer(26 * HOUR, NUMBER, WAITS);
    answer(26 * HOUR, TWILIO_NUMBER, TWILIO_GUEST);
    says(28 * HOUR, NUMBER, WAITS, "Yes, please");
    says(29 * HOUR, TWILIO_NUMBER, TWILIO_GUEST, "STOP");
    answer(30 * HOUR, TWILIO_NUMBER, TWILIO_GUEST);
    // One that finds no connection at first, and one of whose outcome nobody ever hears.
    at(31 * HOUR, Box::new(|world| world.set_faults(Faults { provider_refuses_connection: 1000, ..Faults::none() })));
    answer(31 * HOUR, NUMBER, WAITS);
    at(31 * HOUR + MINUTE / 2, Box::new(|world| world.set_faults(Faults::none())));
    let deaf = Faults { provider_unknown: 1000, receipts_missing: 1000, ..Faults::none() };
    at(32 * HOUR, Box::new(|world| world.set_faults(deaf)));
    answer(32 * HOUR, NUMBER, WAITS);
    at(32 * HOUR + 10 * MINUTE, Box::new(|world| world.set_faults(Faults::none())));
    world.machine.run_until(BEGAN + RESTS_WITHIN);
    world
}
