//! One run: a seed from the beginning to the verdict.

use crate::{
    faults::Faults,
    invariants::{self, Table, Violation},
    machine::{Crashes, Millis, Trace},
    outside,
    workload::{self, Cut, LASTS, RESTS_WITHIN},
    world::{BEGAN, World},
};

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    pub seed: u64,
    /// The same for the same seed, always.
    pub hash: u64,
    pub violations: Vec<Violation>,
    /// What happened, in words, if a story was asked for.
    pub lines: Vec<(Millis, &'static str, String)>,
    pub figures: Figures,
}

/// How much happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub inbound: u64,
    pub intents: u64,
    pub accepted: u64,
    pub writes: u64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.inbound += other.inbound;
        self.intents += other.intents;
        self.accepted += other.accepted;
        self.writes += other.writes;
    }
}

/// Runs the reference workload.
pub fn run(seed: u64, cut: Cut, faults: &Faults, told: bool) -> Outcome {
    let crashes = Crashes::Random(faults.crash_per_100_000);
    let world = World::begin(seed, faults.clone(), crashes, Trace::new(told));
    workload::plan(&world, cut);
    world.machine.run_until(BEGAN + LASTS);
    world.set_faults(faults.calmed());
    world.machine.set_crashes(Crashes::Random(0));
    world.machine.run_until(BEGAN + RESTS_WITHIN);
    if !world.truth().violations.is_empty() {
        return finish(seed, &world);
    }
    let table = Table::read(&world);
    invariants::check(&world, &table);
    if seed.is_multiple_of(4) && world.truth().violations.is_empty() {
        repeat_everything(&world, &table);
    }
    finish(seed, &world)
}

/// I3: everything that was ever delivered comes once more, and nothing changes.
fn repeat_everything(world: &World, before: &Table) {
    let acceptances = world.outside().acceptances();
    for delivered in outside::delivered(world) {
        outside::repeat(world, delivered);
    }
    world.machine.run_until(BEGAN + 2 * RESTS_WITHIN);
    let after = Table::read(world);
    let mut changes = before.differences(&after);
    // What somebody wished is filed once more, with its own old time, under the contact that took theirs over; the newest wish
    // of all contacts counts. So is what proves it.
    let of_wishes = |change: &String| change.ends_with("/ CONSENT") || change.contains("#B#");
    changes.retain(|change| !(change.starts_with('+') && of_wishes(change)));
    if !changes.is_empty() {
        world.violate("I3", format!("repeating every webhook changed the table: {}", changes.join(", ")));
    }
    if world.outside().acceptances() != acceptances {
        world.violate("I3", "repeating every webhook sent something".to_owned());
    }
}

/// The verdict on a world that has come to rest.
pub fn finish(seed: u64, world: &World) -> Outcome {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let (said, accepted) = {
        let outside = world.outside();
        (outside.said.len(), outside.acceptances())
    };
    let truth = world.truth();
    let figures = Figures {
        inbound: count(said),
        intents: count(truth.intents.len()),
        accepted: count(accepted),
        writes: truth.work.writes,
    };
    let violations = truth.violations.clone();
    drop(truth);
    let trace = world.machine.trace();
    world.end();
    Outcome { seed, hash: trace.hash(), violations, lines: trace.lines().to_vec(), figures }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::many::many;

    /// Faults of every kind are drawn, and nothing but the seed decides.
    #[test]
    fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
        let hashes = std::sync::Mutex::new(Vec::new());
        let once = |place: usize| {
            let seed = [3, 3, 4][place];
            (place, run(seed, Cut::Few, &Faults::of_seed(seed), false).hash)
        };
        many(2, 3, once, |_, done| {
            hashes.lock().expect("nobody panics").push(done);
            true
        });
        let mut hashes = hashes.into_inner().expect("nobody panics");
        hashes.sort_unstable();
        let [(_, first), (_, again), (_, other)] = hashes[..] else { panic!("{hashes:?}") };
        assert_eq!(first, again);
        assert_ne!(first, other);
    }
}
