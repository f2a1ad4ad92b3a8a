//! Kills processes at every effect, or where it is told to.

use simulator::{
    crash_points::{self, Points},
    machine::Kill,
    many::many,
    story::story,
};

use super::{one, say, tell_all};

/// After so many plans with violations the rest is left.
const ENOUGH: usize = 40;

/// `first`: each point only so many times.
pub fn all(jobs: usize, first: u32, pairs: bool) -> bool {
    let points = one(crash_points::points);
    for (point, times) in &points {
        say(format_args!("{point}, {times} times"));
    }
    let singles = crash_points::singles(&points, first);
    let (mut fine, after) = play(jobs, &singles);
    for point in after.keys().filter(|point| !points.contains_key(point)) {
        say(format_args!("{point}, after a kill only"));
    }
    if fine && pairs {
        fine = play(jobs, &crash_points::pairs(&points, &after)).0;
    }
    fine
}

/// Tells the story with these kills.
///
/// # Errors
/// What cannot be read in them.
pub fn tell(kills: &str) -> Result<bool, String> {
    let kills = crash_points::parse(kills)?;
    let told = one(|| crash_points::run(&kills, true));
    tell_all(&told.outcome);
    if !told.struck {
        say(format_args!("not every kill came about: what it names did not come by so often"));
    }
    Ok(told.outcome.violations.is_empty())
}

/// Plays plans of kills. Answers whether nothing is violated, and what comes by after a kill.
fn play(jobs: usize, plans: &[Vec<Kill>]) -> (bool, Points) {
    let (mut failed, mut after, mut played, mut struck) = (Vec::new(), Points::new(), 0, 0);
    many(
        jobs,
        plans.len(),
        |place| crash_points::run(&plans[place], false),
        |place, told| {
            played += 1;
            struck += usize::from(told.struck);
            if told.struck {
                after.extend(told.passed);
            }
            if let Some(first) = told.outcome.violations.first() {
                say(format_args!("{}: {} {}", shown(&plans[place]), first.invariant, first.words));
                failed.push(place);
            }
            if played % 1000 == 0 {
                say(format_args!("… {played} of {} plans", plans.len()));
            }
            failed.len() < ENOUGH
        },
    );
    if let Some(&place) = failed.iter().min() {
        let plan = shown(&plans[place]);
        let told = one(|| crash_points::run(&plans[place], true));
        say(format_args!("\n{plan}:\n{}", story(&told.outcome)));
        say(format_args!("again: cargo run --profile simulation -p simulator -- --kill \"{plan}\""));
    }
    let kills = plans.first().map_or(0, Vec::len);
    say(format_args!(
        "{played} of {} plans of {kills} kills played, {struck} of them to the last kill; {} with violations",
        plans.len(),
        failed.len()
    ));
    // One kill can always come about: its point was seen.
    (failed.is_empty() && (kills > 1 || struck == played), after)
}

fn shown(plan: &[Kill]) -> String {
    plan.iter().map(Kill::to_string).collect::<Vec<_>>().join(", ")
}
