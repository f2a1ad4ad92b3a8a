//! I12: what an event costs is bounded, however often it is repeated and whatever goes wrong.

use crate::world::World;

/// Writes that one piece of work may cause at most, on the average of a run, with all that follows from it.
const WRITES_EACH: u64 = 4;
/// What comes again changes nothing: three writes that are refused, at most.
const WRITES_AGAIN: u64 = 3;
/// A message that has to wait may cost so many more: its timer, its mark on the head, its end.
const WRITES_FOR_WAITING: u64 = 8;
/// What a run may cost beside its work.
const WRITES_BESIDE: u64 = 50;

/// What came to Transom, and what that cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    /// Messages and reports in webhooks, each time that they were delivered.
    pub delivered: u64,
    /// Those of them that were taken before.
    pub again: u64,
    /// Requests of the API.
    pub asked: u64,
    /// Calls to providers, those that found no connection too.
    pub calls: u64,
    /// Writes to the table, refused ones too, without those of the sweep's cursors.
    pub writes: u64,
}

pub(super) fn stays_within_its_budget(world: &World) {
    let work = world.work();
    let pieces = work.delivered - work.again + work.asked + work.calls;
    let held = world.truth().watcher.held();
    let budget = WRITES_EACH * pieces + WRITES_AGAIN * work.again + WRITES_FOR_WAITING * held;
    if work.writes > WRITES_BESIDE + budget {
        let words = format!("{} writes for {pieces} pieces of work and {held} that waited: {work:?}", work.writes);
        world.violate("I12", words);
    }
}
