//! A simulation of the protocol in [`super`]: 20 people and 5,000 conversations over days; handlers that run at the same time,
//! interleave at every read and write, stall for minutes, die between two writes, and are handed their events again; people
//! who come, go, are cut off, take, hand over, snooze and change their capacity; a program that answers under a lease.
//!
//! Checked with every write: automation gives nobody more than they have room for; whoever W says has a conversation has its
//! slot; nobody's write is overwritten; a program speaks only while it has the conversation. Checked every minute: whoever
//! waits while somebody could be given to them is served within minutes; a conversation that wants somebody stands in the
//! queue; it is not overtaken again and again. At the end: desks equal W, none is forgotten, people who can and are there
//! equally were given equally much.
//!
//! [`Protection`] lists what the protocol has for this, each with what goes wrong without it; the tests take one away at a
//! time and see that. Two more are as they are because the simulation failed without them: [`super::LOOK_AHEAD`] is counted by
//! partition (else a hundred who wait for a team that is not there hide one for whom somebody is), and who finds a slot taken
//! chooses somebody else (else a conversation whose handler died is overtaken until the desk is repaired).

mod chance;
mod jobs;
mod rows;
mod world;

use world::{Scale, World};

/// What can be taken away from the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// A slot is taken on condition that there is room. Without: two handlers that see the same room both fill it.
    Capacity,
    /// W is written on condition of its `rev`. Without: two people overwrite each other.
    Rev,
    /// A slot is given back on condition of its ticket. Without: a late repetition frees the slot of a conversation that came
    /// back to the same desk.
    Ticket,
    /// Before a slot in flux is given back, W is counted up. Without: whoever took it writes W after it is gone.
    Touch,
    /// Desks are repaired. Without: slots of handlers that died are never free again.
    Repair,
    /// An entry goes after W has somebody. Without: a handler that dies between leaves a conversation that nobody looks for.
    EntryAfterWork,
    /// An entry goes on condition that it is not newer than the W that was read. Without: one that was put again goes too.
    EntryRev,
    /// Whoever comes now stands behind those who wait. Without: these are overtaken again and again.
    StandBehind,
    /// Events come at least once. Without: what a handler that died had to do is never done.
    Again,
    /// The queue is drained every minute. Without: what joined it just after somebody came is not seen.
    MinuteDrain,
    /// What a program does is on condition of its ticket. Without: it speaks over the person who took the conversation.
    Lease,
}

/// What a run came to.
#[derive(Debug, Default)]
struct Outcome {
    /// By automation.
    given: usize,
    by_hand: usize,
    lost_writes: usize,
    refused_slots: usize,
    crashes: usize,
    repairs: usize,
    longest_with_room_minutes: usize,
    most_overtaken: usize,
    /// Of those who can the same and were there the same time.
    share: Vec<usize>,
}

/// Runs a world to its end; the error says what was broken, when.
fn run(scale: Scale, seed: u64, without: Option<Protection>) -> Result<Outcome, String> {
    World::new(scale, seed, without).run()
}

#[test]
fn nobody_is_over_capacity_nobody_starves_and_none_is_forgotten() {
    let outcome = run(Scale::FULL, 1, None).unwrap();
    // It was a world in which things go wrong.
    assert!(outcome.given > 4_000 && outcome.by_hand > 200, "{outcome:?}");
    assert!(outcome.crashes > 500 && outcome.lost_writes > 500 && outcome.refused_slots > 500, "{outcome:?}");
    assert!(outcome.repairs > 100, "{outcome:?}");
    assert!(outcome.longest_with_room_minutes <= 3 && outcome.most_overtaken <= 3, "{outcome:?}");
    let (least, most) = (outcome.share.iter().min().unwrap(), outcome.share.iter().max().unwrap());
    assert!(least * 10 >= most * 8, "those who can and are there equally are given equally much: {:?}", outcome.share);
}

#[test]
fn small_worlds_hold_as_well() {
    for seed in 1..=2 {
        for scale in [Scale::SMALL, Scale::CROWDED, Scale::QUIET] {
            run(scale, seed, None).unwrap();
        }
    }
}

/// Takes a protection away, and sees what it was there for.
#[track_caller]
fn is_needed(protection: Protection, scale: Scale, broken: &str) {
    let mut seen = Vec::new();
    for seed in 1..=20 {
        match run(scale, seed, Some(protection)) {
            Err(why) if why.contains(broken) => return,
            Err(why) => seen.push(why),
            Ok(_) => {}
        }
    }
    panic!("without {protection:?} nothing was {broken:?}, only: {seen:?}");
}

#[test]
fn without_the_condition_on_capacity_somebody_is_given_too_much() {
    is_needed(Protection::Capacity, Scale::SMALL, "over capacity");
}

#[test]
fn without_the_condition_on_rev_people_overwrite_each_other() {
    is_needed(Protection::Rev, Scale::SMALL, "overwritten");
}

#[test]
fn without_tickets_a_late_repetition_frees_what_is_taken_again() {
    is_needed(Protection::Ticket, Scale::SMALL, "has no slot");
}

#[test]
fn without_counting_up_first_a_repair_frees_what_is_about_to_be_taken() {
    is_needed(Protection::Touch, Scale::SMALL, "has no slot");
}

#[test]
fn without_repairs_slots_of_the_dead_are_lost() {
    is_needed(Protection::Repair, Scale::SMALL, "desk");
}

#[test]
fn without_the_order_of_entry_and_work_a_conversation_is_forgotten() {
    is_needed(Protection::EntryAfterWork, Scale::SMALL, "forgotten");
}

#[test]
fn without_the_condition_on_entries_a_conversation_is_forgotten() {
    is_needed(Protection::EntryRev, Scale::SMALL, "forgotten");
}

#[test]
fn without_standing_behind_those_who_wait_are_overtaken_again_and_again() {
    is_needed(Protection::StandBehind, Scale::CROWDED, "overtaken");
}

#[test]
fn without_repetition_what_the_dead_had_to_do_is_never_done() {
    is_needed(Protection::Again, Scale::SMALL, "forgotten");
}

#[test]
fn without_the_minutes_drain_somebody_waits_though_there_is_room() {
    is_needed(Protection::MinuteDrain, Scale::QUIET, "waits though");
}

#[test]
fn without_the_condition_on_the_lease_a_program_speaks_over_people() {
    is_needed(Protection::Lease, Scale::SMALL, "speaks over");
}
