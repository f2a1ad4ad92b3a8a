//! What goes wrong, and how often. Every seed draws its own mixture, so that some runs are calm in most respects and wild
//! in one: rare combinations are met more often than if everything were a little wrong all the time.

use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::machine::Millis;

/// Rates are in a thousand; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own, drawn by itself")]
pub struct Faults {
    /// Kills of a process at any of its effects, in 100,000.
    pub crash_per_100_000: u32,
    /// Calls to the table that are refused before they take effect.
    pub store_throttles: u32,
    /// Calls to the table that take effect and whose answer is lost.
    pub store_loses_answer: u32,
    /// Reads that need not be consistent see the past.
    pub store_stale: u32,
    pub store_slow: u32,
    /// A process stands still for minutes, before or after a call to the table.
    pub freezes: u32,
    pub queue_refuses: u32,
    /// Jobs that come again although they were done.
    pub queue_repeats: u32,
    /// For how long a job stays invisible while it is worked on.
    pub visibility: Millis,
    pub stream_repeats: u32,
    pub secrets_fail: u32,
    pub webhook_repeats: u32,
    pub webhook_answer_lost: u32,
    /// Webhooks that are hours late.
    pub webhook_late: u32,
    pub receipts_missing: u32,
    /// Calls to a provider that find no connection.
    pub provider_refuses_connection: u32,
    /// Calls whose outcome the caller cannot know.
    pub provider_unknown: u32,
    pub provider_limits: u32,
    /// Free-form messages that the provider turns down as too late although they are not.
    pub provider_closes_early: u32,
    /// How far each process's clock may be off; the provider's likewise.
    pub skew: Millis,
    pub sweep_gap: Millis,
    pub sweep_twice: u32,
    /// The incidents of the reference workload (see [`crate::workload`]).
    pub incidents: bool,
    /// Until the twentieth hour the first version ran.
    pub deployment: bool,
    /// One account has subscribers, good and bad ones.
    pub subscribers: bool,
    /// Somebody is erased, and writes again.
    pub erasure: bool,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self {
            crash_per_100_000: 0,
            store_throttles: 0,
            store_loses_answer: 0,
            store_stale: 0,
            store_slow: 0,
            freezes: 0,
            queue_refuses: 0,
            queue_repeats: 0,
            visibility: 180_000,
            stream_repeats: 0,
            secrets_fail: 0,
            webhook_repeats: 0,
            webhook_answer_lost: 0,
            webhook_late: 0,
            receipts_missing: 0,
            provider_refuses_connection: 0,
            provider_unknown: 0,
            provider_limits: 0,
            provider_closes_early: 0,
            skew: 0,
            sweep_gap: 60_000,
            sweep_twice: 0,
            incidents: false,
            deployment: false,
            subscribers: false,
            erasure: false,
        }
    }

    /// Whether nothing goes wrong.
    pub fn are_none(&self) -> bool {
        *self == Self::none()
    }

    /// The mixture of a seed.
    pub fn of_seed(seed: u64) -> Self {
        let mut chance = SmallRng::seed_from_u64(seed ^ 0x5eed_fa17);
        let mut rate = |some: u32, many: u32| match chance.random_range(0..6) {
            0..=2 => 0,
            3 | 4 => some,
            _ => many,
        };
        let mut faults = Self {
            crash_per_100_000: rate(300, 2500),
            store_throttles: rate(4, 40),
            store_loses_answer: rate(4, 40),
            store_stale: rate(100, 500),
            store_slow: rate(10, 60),
            freezes: rate(1, 4),
            queue_refuses: rate(10, 80),
            queue_repeats: rate(30, 250),
            stream_repeats: rate(30, 250),
            secrets_fail: rate(2, 20),
            webhook_repeats: rate(30, 300),
            webhook_answer_lost: rate(20, 150),
            webhook_late: rate(10, 60),
            receipts_missing: rate(30, 150),
            provider_refuses_connection: rate(10, 100),
            provider_limits: rate(10, 60),
            provider_closes_early: rate(10, 60),
            sweep_twice: rate(50, 300),
            ..Self::none()
        };
        faults.provider_unknown = 50;
        faults.visibility = if chance.random_ratio(1, 4) { 45_000 } else { 180_000 };
        faults.skew = [0, 20_000, 59_000][chance.random_range(0..3)];
        faults.sweep_gap = [60_000, 300_000, 1_200_000][chance.random_range(0..3)];
        faults.incidents = chance.random_ratio(3, 4);
        faults.deployment = chance.random_ratio(1, 2);
        // The first version knew none, so its tables would have none. And each attempt again is a timer, hence a sweep.
        let subscribers = chance.random_ratio(1, 4);
        faults.subscribers = subscribers && !faults.deployment;
        let erasure = chance.random_ratio(1, 4);
        faults.erasure = erasure && !faults.deployment;
        faults
    }

    /// The end of all trouble, for the time in which everything comes to rest. Clocks stay as they are, and sweeps become
    /// rare, unless there was no trouble at all: then every step keeps its minute until the end.
    pub fn calmed(&self) -> Self {
        if self.are_none() {
            return self.clone();
        }
        Self { skew: self.skew, sweep_gap: self.sweep_gap.max(300_000), ..Self::none() }
    }
}
