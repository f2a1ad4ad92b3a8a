//! What this process took of the machine.

use std::{fs, time::Duration};

use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::{TimeVal, TimeValLike},
};

/// The processor's time in this program's own code.
pub fn user_time() -> Duration {
    micros(usage(UsageWho::RUSAGE_SELF).user_time())
}

/// The processor's time of the thread that asks, the system's work for it included.
pub fn thread_time() -> Duration {
    let usage = usage(UsageWho::RUSAGE_THREAD);
    micros(usage.user_time()) + micros(usage.system_time())
}

/// The processor's time of the process, the system's work for it included.
pub fn process_time() -> Duration {
    let usage = usage(UsageWho::RUSAGE_SELF);
    micros(usage.user_time()) + micros(usage.system_time())
}

fn usage(who: UsageWho) -> Usage {
    getrusage(who).expect("the system tells what was used")
}

fn micros(time: TimeVal) -> Duration {
    Duration::from_micros(u64::try_from(time.num_microseconds()).expect("time that was used is not negative"))
}

/// From now on, [`peak_mib`] tells of nothing before.
pub fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("Linux forgets the peak");
}

/// The most memory that was in use at once, in MiB.
pub fn peak_mib() -> f64 {
    status_mib("VmHWM:")
}

/// The memory in use now, in MiB.
pub fn resident_mib() -> f64 {
    status_mib("VmRSS:")
}

fn status_mib(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells of a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("memory is among it");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib / 1024.0
}

/// Microseconds of user time for one of `times` runs.
pub fn user_micros(times: u32, mut run: impl FnMut()) -> f64 {
    let before = user_time();
    for _ in 0..times {
        run();
    }
    user_time().saturating_sub(before).as_secs_f64() * 1e6 / f64::from(times)
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value below which this share of them lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = (sorted.len() as f64 * share) as usize;
    sorted[index.min(sorted.len() - 1)]
}
