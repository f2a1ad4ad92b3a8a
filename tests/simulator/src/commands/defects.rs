//! Plants defects, and looks for them.

use std::process::Command;

use simulator::{catalogue, many::many};

use super::say;

pub fn all(jobs: usize, name: &str, from: u64, within: u64) -> bool {
    if !catalogue::COMPILED_IN {
        return compiled_in();
    }
    let all: Vec<_> = catalogue::all().into_iter().filter(|it| name == "all" || it.name() == name).collect();
    let mut found = 0;
    many(
        jobs,
        all.len(),
        |place| all[place].find(from, within),
        |place, result| {
            let name = all[place].name();
            match result {
                Some((seed, invariant, words)) => {
                    found += 1;
                    say(format_args!("found     {name:28} seed {seed:4}  {invariant}: {words}"));
                }
                None => say(format_args!("NOT FOUND {name:28} in {within} seeds")),
            }
            true
        },
    );
    say(format_args!("{found} of {} defects found", all.len()));
    found * 100 >= all.len() * 95
}

/// The switches inside the product are compiled in only for this: the same command once more, with them.
fn compiled_in() -> bool {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let status = Command::new("cargo")
        .args(["run", "--profile", "simulation", "--locked", "--manifest-path", manifest])
        .args(["--features", "simulator/defects", "--"])
        .args(std::env::args_os().skip(1))
        .status();
    match status {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("the planted defects are compiled in by cargo, which could not be run: {error}");
            false
        }
    }
}
