//! Keys of what is to be done and of what is written down: jobs, timers, parked records, the audit log.

use super::{Key, LAST, Range, sorted_millis};
use crate::domain::{AccountId, JobId, Timestamp, job::Day, time, timer::Timer, timer::hour_of};

fn jobs(account: &AccountId) -> String {
    format!("A#{account}#J")
}
fn parked_day(account: &AccountId, day: &str) -> String {
    format!("A#{account}#P#{day}")
}
fn audit_day(account: &AccountId, day: &str) -> String {
    format!("A#{account}#L#{day}")
}
fn stray_day(day: &str) -> String {
    format!("STRAY#{day}")
}
fn parked_parts(id: &str) -> Option<(&str, &str, &str)> {
    let mut parts = id.splitn(3, '.');
    let (day, time, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (digits(day) && digits(time) && !hash.is_empty()).then_some((day, time, hash))
}

impl Key {
    pub fn job(account: &AccountId, id: JobId) -> Self {
        Self::new(jobs(account), id.to_string())
    }
    pub fn audit(account: &AccountId, at: Timestamp, once: u128) -> Self {
        Self::new(audit_day(account, &day(at)), format!("{}#{once:032x}", sorted_millis(at)))
    }
    /// The line of the audit log at a place, if it is one.
    pub fn audited(account: &AccountId, place: &str) -> Option<Self> {
        let (day, time, once) = parked_parts(place)?;
        Some(Self::new(audit_day(account, day), format!("{time}#{once}")))
    }
    pub fn timer(timer: &Timer) -> Self {
        let pk = format!("T#{}#{}", hour_of(timer.due), timer.shard());
        Self::new(pk, format!("{}#{}", sorted_millis(timer.due), timer.name()))
    }
    pub fn timer_cursor(shard: u8) -> Self {
        Self::new(format!("CURSOR#timers#{shard}"), "C")
    }
    pub fn probe(id: &str) -> Self {
        Self::new(format!("PROBE#{id}"), "P")
    }
    pub fn fence() -> Self {
        Self::new("FENCE".to_owned(), "F")
    }
    /// The stray that an id `{day}.{time}.{hash}` names, if it is one.
    pub fn stray(id: &str) -> Option<Self> {
        let (day, time, hash) = parked_parts(id)?;
        Some(Self::new(stray_day(day), format!("{time}#{hash}")))
    }
    /// The record that an id `{day}.{time}.{hash}` names, if it is one.
    pub fn parked(account: &AccountId, id: &str) -> Option<Self> {
        let (day, time, hash) = parked_parts(id)?;
        Some(Self::new(parked_day(account, day), format!("{time}#{hash}")))
    }
}

impl Range {
    /// All work of an account, from `after` on if given; that one included.
    pub fn jobs(account: &AccountId, after: Option<JobId>) -> Self {
        let from = after.map_or_else(|| "job_".to_owned(), |after| after.to_string());
        Self { pk: jobs(account), from, to: format!("job_{LAST}") }
    }
    /// Timers of one hour and shard that are due from `from` to `until`, both included.
    pub fn timers(hour: i64, shard: u8, from: Timestamp, until: Timestamp) -> Self {
        Self {
            pk: format!("T#{hour}#{shard}"),
            from: sorted_millis(from),
            to: format!("{}{LAST}", sorted_millis(until)),
        }
    }
    /// The parked records of one day, of all times or those that sort before the id `before`. Parts lie elsewhere.
    pub fn parked(account: &AccountId, day: &str, before: Option<&str>) -> Self {
        let to = before.and_then(parked_parts).map(|(_, time, hash)| format!("{time}#{hash}"));
        Self { pk: parked_day(account, day), from: "0".to_owned(), to: to.unwrap_or_else(|| ":".to_owned()) }
    }
    /// The audit log of one day, from its beginning to the place `before` if given; that one included.
    pub fn audit(account: &AccountId, on: Day, before: Option<&str>) -> Self {
        let to = before.and_then(parked_parts).map(|(_, time, once)| format!("{time}#{once}"));
        let pk = audit_day(account, &on.to_string());
        Self { pk, from: "0".to_owned(), to: to.unwrap_or_else(|| ":".to_owned()) }
    }
    pub fn strays(day: &str) -> Self {
        Self { pk: stray_day(day), from: "0".to_owned(), to: ":".to_owned() }
    }
}

/// The UTC day that a time lies in, as parked records are kept by: `2026-03-01`.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The day of a parked record's id.
pub fn day_of(parked_id: &str) -> Option<&str> {
    parked_parts(parked_id).map(|(day, _, _)| day)
}

/// Where a line of the audit log lies, as text.
pub fn audit_place(key: &Key) -> Option<String> {
    let (_, day) = key.pk.rsplit_once("#L#")?;
    let (time, once) = key.sk.split_once('#')?;
    Some(format!("{day}.{time}.{once}"))
}

/// The due time that a timer's row carries in its key.
pub fn due_in(key: &Key) -> Option<Timestamp> {
    let millis = key.sk.split_once('#')?.0;
    millis.parse().ok().map(time::from_millis)
}
