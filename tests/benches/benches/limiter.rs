//! What the limit over all processes lets through, on the real store: the most that went in any sliding second, how much
//! of the limit was used, and what the leases of seats cost.
//!
//! Time is turned by hand, and every process has a clock of its own, up to a minute off. A process works on ten messages
//! at once, as on a batch of the queue; each reads the gate, asks for room a few milliseconds later, and is with its
//! provider for half a second. There is always more to send than the limit allows.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use benches::setting::{CHANNEL, account, parts_on_an_engine};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use transom::{
    adapters::providers::ProviderUrls,
    app::{
        Parts,
        limit::{Room, take},
    },
    domain::{
        Timestamp,
        limit::{Limit, Seats},
        pace::patience_for_room,
        time::SignedDuration,
    },
    ports::{Clock, store::Limited},
};

const LASTS_MS: i64 = 120_000;
const PROVIDER_TAKES_MS: i64 = 500;
const MESSAGES_AT_ONCE: usize = 10;
/// What the first seats need to be taken is no part of the rate.
const BEGINS_MS: i64 = 10_000;

/// A process's clock: the time that is turned by hand, and how far it is off.
#[derive(Debug)]
struct Turned(Arc<AtomicI64>, i64);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + self.0.load(Relaxed) + self.1).expect("a time")
    }
}

/// One message at a time on its way out.
struct Lane {
    process: usize,
    /// The gate's seats, as they were read; `None`: to be read.
    seats: Option<Seats>,
    waits_since: i64,
}

#[derive(Debug)]
struct Result {
    went: Vec<i64>,
    writes: u64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("{} virtual seconds, more to send than may go; clocks up to a minute off", LASTS_MS / 1000);
    println!("  limit a second | processes | most in a sliding second | of the limit used | writes a message");
    for (per_second, processes) in [(5, 4), (20, 8), (80, 8), (80, 30), (1000, 60)] {
        let result = runtime.block_on(Box::pin(run(per_second, processes)));
        let most = most_in_a_second(&result.went);
        let settled = result.went.iter().filter(|at| **at >= BEGINS_MS).count();
        let could = f64::from(per_second) * (LASTS_MS - BEGINS_MS) as f64 / 1000.0;
        println!(
            "  {per_second:14} | {processes:9} | {most:24} | {:15.1} % | {:16.3}",
            settled as f64 / could * 100.0,
            result.writes as f64 / result.went.len() as f64
        );
        assert!(most <= usize::try_from(per_second).expect("it is small"), "more went than may");
    }
}

async fn run(per_second: u32, processes: usize) -> Result {
    let (parts, engine) = parts_on_an_engine(ProviderUrls::default()).await;
    let limited = Limited::Channel { account: account(), channel: CHANNEL.parse().expect("an id") };
    let limit = Limit { per_second, over_seconds: 1 };
    let real = Arc::new(AtomicI64::new(0));
    let mut chance = SmallRng::seed_from_u64(7);
    let processes: Vec<Parts> = (0..processes)
        .map(|_| {
            let clock = Arc::new(Turned(Arc::clone(&real), chance.random_range(-60_000..60_000)));
            Parts { clock, memory: Arc::default(), ..parts.clone() }
        })
        .collect();
    let mut lanes: Vec<Lane> = (0..processes.len() * MESSAGES_AT_ONCE)
        .map(|n| Lane { process: n / MESSAGES_AT_ONCE, seats: None, waits_since: 0 })
        .collect();
    let mut agenda: BinaryHeap<Reverse<(i64, usize)>> =
        (0..lanes.len()).map(|lane| Reverse((chance.random_range(0..1000), lane))).collect();
    let (mut went, mut reads, before) = (Vec::new(), 0, engine.calls());
    while let Some(Reverse((at, number))) = agenda.pop().filter(|Reverse((at, _))| *at < LASTS_MS) {
        real.store(at, Relaxed);
        let lane = &mut lanes[number];
        let process = &processes[lane.process];
        let Some(seats) = lane.seats.take() else {
            let channel = CHANNEL.parse().expect("an id");
            lane.seats = Some(process.store.gate(&account(), &channel).await.expect("the store answers").seats);
            reads += 1;
            agenda.push(Reverse((at + chance.random_range(3..20), number)));
            continue;
        };
        let next = match take(process, &limited, limit, seats).await.expect("the store answers") {
            Room::Free => {
                went.push(at);
                lane.waits_since = at + PROVIDER_TAKES_MS;
                lane.waits_since
            }
            Room::Full(until) => {
                let patience = patience_for_room(SignedDuration::from_millis(at - lane.waits_since));
                let wait = until.duration_since(process.now()).max(patience);
                at + i64::try_from(wait.as_millis()).expect("a wait is short")
            }
        };
        agenda.push(Reverse((next, number)));
    }
    Result { went, writes: engine.calls() - before - reads }
}

/// The most in any span of a second, its end not included.
fn most_in_a_second(went: &[i64]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, at) in went.iter().enumerate() {
        while went[first] + 1000 <= *at {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
