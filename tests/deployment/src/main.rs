//! Compares the roles of the template with the calls that a run of the tests has left in a folder:
//! `TRANSOM_CALLS=folder cargo test --workspace`, then `cargo run -p deployment -- folder`.
#![forbid(unsafe_code)]

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use deployment::{Template, roles};

#[derive(Debug, Parser)]
#[command(name = "deployment", about = "Compares the template's roles with the calls that tests have made")]
struct Arguments {
    /// What TRANSOM_CALLS named while the tests ran.
    folder: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { folder } = Arguments::parse();
    let seen = match roles::seen(&folder) {
        Ok(seen) => seen,
        Err(error) => {
            eprintln!("{}: {error}; run TRANSOM_CALLS={0} cargo test --workspace first", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let allowed = roles::allowed(&Template::read());
    let differences = roles::differences(&allowed, &seen);
    for difference in &differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        let actions: usize = allowed.values().map(std::collections::BTreeSet::len).sum();
        println!(
            "The roles allow what was called, and nothing else: {actions} actions of {} functions.",
            allowed.len()
        );
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}
