//! The command line of the simulator.
#![forbid(unsafe_code)]

mod commands;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind, value_parser};
use simulator::catalogue;

/// A run is a great many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the real handlers under seeded time, chance, scheduling and network, and checks the invariants.
///
/// Ends with 0 if nothing is violated (with --defects: if at least 95 % of the defects are found), else with 1.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of a command line")]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many run at once; as many as there are processors by default.
    #[arg(long, value_parser = value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Nothing goes wrong.
    #[arg(long)]
    calm: bool,
    /// Every seed plays the whole workload, not only one of fifty.
    #[arg(long)]
    whole: bool,
    /// Tells everything that happens.
    #[arg(long)]
    tell: bool,
    /// Kills a process at every effect of every flow, instead of running seeds.
    #[arg(long, conflicts_with_all = ["seeds", "seed", "calm", "whole", "tell", "defects", "within"])]
    crash_points: bool,
    /// With --crash-points: each effect only the first so many times that it comes by, not every time.
    #[arg(long, value_name = "TIMES", requires = "crash_points", value_parser = value_parser!(u32).range(1..))]
    first: Option<u32>,
    /// With --crash-points: at every ordered pair of effects as well, each the first time that it comes by.
    #[arg(long, requires = "crash_points")]
    pairs: bool,
    /// Kills processes where --crash-points would, as in "sender/write claim#1:before, sweeper/delete timer#2:after"
    /// (the how manieth time after the kill before), and tells what happens then.
    #[arg(long, value_name = "KILLS", conflicts_with_all = ["crash_points", "seeds", "seed", "calm", "whole", "tell", "defects", "within"])]
    kill: Option<String>,
    /// Plants every defect of the catalogue (or the one named) and looks for it.
    #[arg(long, num_args = 0..=1, default_missing_value = "all", value_name = "NAME",
        value_parser = defect_name, conflicts_with_all = ["seeds", "calm", "whole", "tell"])]
    defects: Option<String>,
    /// With --defects: each is to be found within so many seeds.
    #[arg(long, default_value_t = catalogue::SEEDS, requires = "defects", value_parser = value_parser!(u64).range(1..))]
    within: u64,
}

fn defect_name(text: &str) -> Result<String, String> {
    let names: Vec<String> = catalogue::all().into_iter().map(catalogue::Planted::name).collect();
    if text == "all" || names.iter().any(|name| name == text) {
        return Ok(text.to_owned());
    }
    Err(format!("no defect has this name; there are {}", names.join(", ")))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let many = if arguments.defects.is_some() { arguments.within } else { arguments.seeds };
    if arguments.seed.checked_add(many).is_none() {
        Arguments::command().error(ErrorKind::ValueValidation, "--seed: there are not so many seeds after it").exit();
    }
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = arguments.jobs.map_or_else(processors, usize::from);
    let fine = if arguments.crash_points {
        commands::crash_points::all(jobs, arguments.first.unwrap_or(u32::MAX), arguments.pairs)
    } else if let Some(kills) = &arguments.kill {
        match commands::crash_points::tell(kills) {
            Ok(fine) => fine,
            Err(why) => Arguments::command().error(ErrorKind::ValueValidation, format!("--kill: {why}")).exit(),
        }
    } else if let Some(name) = &arguments.defects {
        commands::defects::all(jobs, name, arguments.seed, arguments.within)
    } else {
        let Arguments { seed, seeds, calm, whole, tell, .. } = arguments;
        commands::seeds::run(jobs, &commands::seeds::Wanted { seed, seeds, calm, whole, tell })
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
