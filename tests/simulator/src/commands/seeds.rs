//! Runs seeds, and tells the first one that violates something.

use std::time::Instant;

use simulator::{faults::Faults, many::many, run, story::story, workload::Cut};

use super::{one, say, tell_all};

/// After so many seeds with violations the rest is left.
const ENOUGH: usize = 20;

/// Which seeds, and how.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub seed: u64,
    pub seeds: u64,
    pub calm: bool,
    pub whole: bool,
    pub tell: bool,
}

impl Wanted {
    fn cut(self, seed: u64) -> Cut {
        if self.whole { Cut::Whole } else { Cut::of_seed(seed) }
    }

    fn run(self, seed: u64, told: bool) -> run::Outcome {
        let faults = if self.calm { Faults::none() } else { Faults::of_seed(seed) };
        run::run(seed, self.cut(seed), &faults, told)
    }
}

pub fn run(jobs: usize, wanted: &Wanted) -> bool {
    let count = usize::try_from(wanted.seeds).unwrap_or(usize::MAX);
    let seed_at = |place: usize| wanted.seed + u64::try_from(place).unwrap_or(0);
    let began = stopwatch();
    let (mut failed, mut figures, mut played, mut whole) = (Vec::new(), run::Figures::default(), 0, 0);
    many(
        jobs,
        count,
        |place| wanted.run(seed_at(place), wanted.tell),
        |_, outcome| {
            figures += outcome.figures;
            played += 1;
            whole += u32::from(wanted.cut(outcome.seed) == Cut::Whole);
            tell_all(&outcome);
            if count == 1 {
                say(format_args!("seed {}: trace {:016x}, {:?}", outcome.seed, outcome.hash, outcome.figures));
            }
            if let Some(first) = outcome.violations.first() {
                say(format_args!("seed {} violates {}", outcome.seed, first.invariant));
                failed.push(outcome.seed);
            }
            if played % 500 == 0 {
                say(format_args!("… {played} of {count} seeds"));
            }
            failed.len() < ENOUGH
        },
    );
    failed.sort_unstable();
    if let Some(&seed) = failed.first() {
        // The same seed again, in words.
        say(format_args!("\nseed {seed}:\n{}", story(&one(|| wanted.run(seed, true)))));
        let calm = if wanted.calm { " --calm" } else { "" };
        let whole = if wanted.whole { " --whole" } else { "" };
        say(format_args!("again: cargo run --profile simulation -p simulator -- --seed {seed}{calm}{whole} --tell"));
    }
    if played < count {
        say(format_args!("{} seeds were left out: enough is violated", count - played));
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = played as f64 / minutes;
    say(format_args!(
        "{played} seeds ({whole} of the whole workload), {} with violations; {rate:.0} seeds a minute; {figures:?}",
        failed.len()
    ));
    failed.is_empty()
}

#[expect(clippy::disallowed_methods, reason = "how fast the simulation is, is a matter of real time")]
fn stopwatch() -> Instant {
    Instant::now()
}
