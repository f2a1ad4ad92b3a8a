//! The command line of the simulator.
#![forbid(unsafe_code)]

use std::process::{Command, ExitCode};

use clap::Parser;
use simulator::{catalogue, crash_points, faults::Faults, many::many, run, story::story, workload::Cut};

/// A run is a great many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the real handlers under seeded time, chance, scheduling and network, and checks the invariants.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of a command line")]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many run at once; as many as there are processors by default.
    #[arg(long)]
    jobs: Option<usize>,
    /// Nothing goes wrong.
    #[arg(long)]
    calm: bool,
    /// Every seed plays the whole workload, not only one of fifty.
    #[arg(long)]
    whole: bool,
    /// Tells everything that happens.
    #[arg(long)]
    tell: bool,
    /// Kills a process at every effect of every flow, instead of running seeds; with --pairs, at every two.
    #[arg(long)]
    crash_points: bool,
    #[arg(long, requires = "crash_points")]
    pairs: bool,
    /// Plants every defect of the catalogue (or the one named) and looks for it in 1,000 seeds.
    #[arg(long, num_args = 0..=1, default_missing_value = "all")]
    defects: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let jobs = arguments.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let fine = if arguments.crash_points {
        all_crash_points(jobs, arguments.pairs)
    } else if let Some(name) = &arguments.defects {
        if !catalogue::COMPILED_IN {
            return with_defects();
        }
        all_defects(jobs, name, arguments.seed)
    } else {
        seeds(jobs, &arguments)
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn faults_of(seed: u64, calm: bool) -> Faults {
    if calm { Faults::none() } else { Faults::of_seed(seed) }
}

fn seeds(jobs: usize, arguments: &Arguments) -> bool {
    let (calm, whole) = (arguments.calm, arguments.whole);
    let cut = |seed| if whole { Cut::Whole } else { Cut::of_seed(seed) };
    let count = usize::try_from(arguments.seeds).unwrap_or(usize::MAX);
    let seed_at = |place: usize| arguments.seed + u64::try_from(place).unwrap_or(0);
    let began = stopwatch();
    let (mut failed, mut figures) = (Vec::new(), run::Figures::default());
    many(
        jobs,
        count,
        |place| run::run(seed_at(place), cut(seed_at(place)), &faults_of(seed_at(place), calm), arguments.tell),
        |place, outcome| {
            figures += outcome.figures;
            for (at, kind, words) in &outcome.lines {
                println!("{} {kind:12} {words}", transom::domain::time::from_millis(*at));
            }
            if count == 1 {
                println!("seed {}: trace {:016x}, {:?}", outcome.seed, outcome.hash, outcome.figures);
            }
            if !outcome.violations.is_empty() {
                println!("seed {} violates {}", outcome.seed, outcome.violations[0].invariant);
                failed.push(outcome.seed);
            }
            if (place + 1).is_multiple_of(500) {
                println!("… {} of {count} seeds", place + 1);
            }
            failed.len() < 20
        },
    );
    failed.sort_unstable();
    if let Some(&seed) = failed.first() {
        // The same seed again, in words.
        many(
            1,
            1,
            |_| run::run(seed, cut(seed), &faults_of(seed, calm), true),
            |_, outcome| {
                println!("\nseed {seed}:\n{}", story(&outcome));
                true
            },
        );
        let calm = if calm { " --calm" } else { "" };
        let whole = if whole { " --whole" } else { "" };
        println!("again: cargo run --release -p simulator -- --seed {seed}{calm}{whole} --tell");
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = count as f64 / minutes;
    println!("{count} seeds, {} with violations; {rate:.0} seeds a minute; {figures:?}", failed.len());
    failed.is_empty()
}

fn all_crash_points(jobs: usize, pairs: bool) -> bool {
    let mut points = std::collections::BTreeSet::new();
    many(
        1,
        1,
        |_| crash_points::points(),
        |_, found| {
            points = found;
            true
        },
    );
    for point in &points {
        println!("{point}");
    }
    let plans = if pairs { crash_points::pairs(&points) } else { crash_points::singles(&points) };
    let mut failed = Vec::new();
    many(
        jobs,
        plans.len(),
        |place| crash_points::run(&plans[place], false),
        |place, outcome| {
            if let Some(first) = outcome.violations.first() {
                println!("{:?}: {} {}", plans[place], first.invariant, first.words);
                failed.push(place);
            }
            if (place + 1).is_multiple_of(1000) {
                println!("… {} of {} plans", place + 1, plans.len());
            }
            failed.len() < 40
        },
    );
    if let Some(&place) = failed.iter().min() {
        many(
            1,
            1,
            |_| crash_points::run(&plans[place], true),
            |_, outcome| {
                println!("\n{:?}:\n{}", plans[place], story(&outcome));
                true
            },
        );
    }
    println!("{} points, {} plans of kills, {} with violations", points.len(), plans.len(), failed.len());
    failed.is_empty()
}

fn all_defects(jobs: usize, name: &str, from: u64) -> bool {
    let all: Vec<_> = catalogue::all().into_iter().filter(|it| name == "all" || it.name() == name).collect();
    if all.is_empty() {
        println!("no defect has this name; there are:");
        for defect in catalogue::all() {
            println!("  {}", defect.name());
        }
        return false;
    }
    let mut found = 0;
    many(
        jobs,
        all.len(),
        |place| all[place].find(from),
        |place, result| {
            let name = all[place].name();
            match result {
                Some((seed, invariant, words)) => {
                    found += 1;
                    println!("found     {name:28} seed {seed:4}  {invariant}: {words}");
                }
                None => println!("NOT FOUND {name:28} in {} seeds", catalogue::SEEDS),
            }
            true
        },
    );
    println!("{found} of {} defects found", all.len());
    found * 100 >= all.len() * 95
}

/// The switches inside the product are compiled in only for this: the same command once more, with them.
fn with_defects() -> ExitCode {
    let status = Command::new("cargo")
        .args(["run", "--profile", "simulation", "-p", "simulator", "--features", "simulator/defects", "--"])
        .args(std::env::args_os().skip(1))
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo could not be run: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how fast the simulation is, is a matter of real time")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
