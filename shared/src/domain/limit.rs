//! How fast something may go over all processes together, without a counter: the limit is divided into seats of a few
//! goes a second each, and a process takes seats for half a minute. Within its seats it counts by itself.
//!
//! No two clocks are compared: a lease lasts for its time on the holder's own clock, counted from before it asked, and
//! another takes a seat over once it has seen it unchanged for longer than that by its own clock. Only a seat that
//! nobody watched is taken over by its noted end, later by the skew allowance. (Fault matrix D10, D15.)

use std::collections::{BTreeMap, VecDeque};

use super::{
    Timestamp,
    time::{SKEW_ALLOWANCE, SignedDuration},
};

/// For how long a seat is taken.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// What its last holder let through just before the end may still be on its way for this long, beside the span of the
/// limit itself.
const STRAGGLERS: SignedDuration = SignedDuration::from_secs(2);

/// A limit has at most this many seats: their row stays below a kilobyte, and so many processes at most are at work for
/// one channel at a time, however slow its provider is.
const MOST_SEATS: u32 = 40;

/// The most seats that are asked for in one write.
const MOST_AT_ONCE: usize = 16;

/// At most `per_second` × `over_seconds` in any span of `over_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub per_second: u32,
    pub over_seconds: u32,
}

impl Limit {
    fn seats(self) -> u32 {
        self.per_second.clamp(1, MOST_SEATS)
    }

    /// How many may go by this seat in the limit's span. All seats together have the whole limit.
    fn share(self, seat: u32) -> usize {
        let per_second = self.per_second.max(1);
        let (each, rest) = (per_second / self.seats(), per_second % self.seats());
        let share = (each + u32::from(seat < rest)) * self.over_seconds;
        usize::try_from(share).unwrap_or(usize::MAX)
    }

    fn span(self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.over_seconds))
    }
}

/// A seat as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Another one with every lease.
    pub rev: u32,
    /// By the holder's clock.
    pub until: Timestamp,
}

/// All seats that were ever taken, as they were read.
pub type Seats = BTreeMap<u32, Taken>;

/// A seat that is asked for, on condition that it is still as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub seat: u32,
    pub was: Option<Taken>,
    pub lease: Taken,
}

/// What a process could do to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Lease(Vec<Asked>),
    /// There is no seat to be had: something may go then.
    Wait(Timestamp),
}

#[derive(Debug, Clone)]
struct Held {
    rev: u32,
    asked_at: Timestamp,
    /// When something went, within the limit's span.
    went: VecDeque<Timestamp>,
}

impl Held {
    /// A clock that was set back ends a lease as well: nobody knows for how long it was held.
    fn in_force(&self, now: Timestamp) -> bool {
        self.asked_at <= now && now < self.asked_at + LEASE
    }
}

/// What one process holds and has seen of one limit.
#[derive(Debug, Clone, Default)]
pub struct Hand {
    held: BTreeMap<u32, Held>,
    /// Other processes' seats and since when they are as they are, by our clock.
    seen: BTreeMap<u32, (u32, Timestamp)>,
}

impl Hand {
    /// Lets one go, if a seat that is held has room.
    pub fn go(&mut self, limit: Limit, now: Timestamp) -> bool {
        for (seat, held) in self.held.range_mut(..limit.seats()) {
            if !held.in_force(now) {
                continue;
            }
            for went in &mut held.went {
                *went = (*went).min(now);
            }
            while held.went.front().is_some_and(|went| *went + limit.span() <= now) {
                held.went.pop_front();
            }
            if held.went.len() < limit.share(*seat) {
                held.went.push_back(now);
                return true;
            }
        }
        false
    }

    /// What to ask for, given the seats as they are. `rev` is new with every call.
    pub fn wish(&mut self, limit: Limit, seats: &Seats, now: Timestamp, rev: u32) -> Wish {
        self.watch(seats, now);
        let mine = self.held.range(..limit.seats()).filter(|(_, held)| held.in_force(now)).count();
        // As many again as are held: a process that is fast has what it needs after a few writes.
        let wanted = mine.clamp(1, MOST_AT_ONCE);
        let count = limit.seats();
        // Its own seats first, then free ones from somewhere in the middle, so that not all processes want the same.
        let start = rev % count;
        let own = (0..count).filter(|seat| self.is_own(*seat, seats, now));
        let free = (0..count)
            .map(|n| (start + n) % count)
            .filter(|seat| !self.held.get(seat).is_some_and(|held| held.in_force(now)))
            .filter(|seat| !self.is_own(*seat, seats, now) && self.may_be_taken(limit, *seat, seats, now));
        let lease = Taken { rev, until: now + LEASE };
        let asked: Vec<Asked> = own
            .chain(free)
            .take(wanted)
            .map(|seat| Asked { seat, was: seats.get(&seat).cloned(), lease: lease.clone() })
            .collect();
        if asked.is_empty() { Wish::Wait(self.next_room(limit, now)) } else { Wish::Lease(asked) }
    }

    /// The seats were written as asked; the lease counts from when it was asked for.
    pub fn granted(&mut self, asked: &[Asked], asked_at: Timestamp) {
        for Asked { seat, lease, .. } in asked {
            let went = self.held.remove(seat).map(|held| held.went).unwrap_or_default();
            self.held.insert(*seat, Held { rev: lease.rev, asked_at, went });
        }
    }

    /// Ours, but over: nobody else has taken it since.
    fn is_own(&self, seat: u32, seats: &Seats, now: Timestamp) -> bool {
        let held = self.held.get(&seat).filter(|held| !held.in_force(now));
        held.is_some_and(|held| seats.get(&seat).is_some_and(|taken| taken.rev == held.rev))
    }

    fn may_be_taken(&self, limit: Limit, seat: u32, seats: &Seats, now: Timestamp) -> bool {
        let Some(taken) = seats.get(&seat) else { return true };
        let rest = limit.span() + STRAGGLERS;
        let watched = self.seen.get(&seat).filter(|(rev, _)| *rev == taken.rev);
        watched.is_some_and(|(_, since)| now >= *since + LEASE + rest) || now >= taken.until + SKEW_ALLOWANCE + rest
    }

    fn watch(&mut self, seats: &Seats, now: Timestamp) {
        for (seat, taken) in seats {
            let seen = self.seen.entry(*seat).or_insert((taken.rev, now));
            // Another holder, or a clock that was set back.
            if seen.0 != taken.rev || seen.1 > now {
                *seen = (taken.rev, now);
            }
        }
    }

    fn next_room(&self, limit: Limit, now: Timestamp) -> Timestamp {
        let in_force = self.held.range(..limit.seats()).filter(|(_, held)| held.in_force(now));
        let own = in_force.filter_map(|(_, held)| held.went.front()).map(|went| *went + limit.span()).min();
        own.unwrap_or(now + SignedDuration::from_secs(1)).max(now + SignedDuration::from_millis(1))
    }
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
