//! What the command line can do. Each answers whether all is well.

pub mod crash_points;
pub mod defects;
pub mod seeds;

use std::{fmt, io::Write};

use simulator::{many::many, run::Outcome};
use transom::domain::time::from_millis;

/// Prints a line; ends quietly when nobody reads on.
fn say(line: fmt::Arguments<'_>) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(1);
    }
}

/// One run, where the SDK finds what it needs of a runtime.
fn one<T: Send>(work: impl Fn() -> T + Sync) -> T {
    let mut result = None;
    many(
        1,
        1,
        |_| work(),
        |_, done| {
            result = Some(done);
            true
        },
    );
    result.expect("one was asked for")
}

/// Everything that a run noted.
fn tell_all(outcome: &Outcome) {
    for (at, kind, words) in &outcome.lines {
        say(format_args!("{} {kind:12} {words}", from_millis(*at)));
    }
}
