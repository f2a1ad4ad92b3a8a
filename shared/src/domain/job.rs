//! Long work: what an account asks for and cannot wait for, and what is due every day. It is done in steps, each of which may
//! be done twice; where it stands is kept on its row.

use serde::{Deserialize, Serialize};

use super::{AccountId, ContactId, JobId, SubscriptionId, Timestamp, rehearsal::RehearsalOrder, time::SignedDuration};
use crate::seal::sha256;

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum JobKind {
    /// Forget a person.
    Erase { contact: ContactId },
    /// Hand out everything that is held of a person.
    Export { contact: ContactId },
    /// What was sent to whom by which way, under which consent and window, with the provider's answer.
    Report(ReportOrder),
    /// What another ladder would have done about a stretch of the history.
    Rehearse(Box<RehearsalOrder>),
    /// Tell a subscriber again of what happened in a time.
    Replay { subscription: SubscriptionId, from: Timestamp, until: Timestamp, per_second: u32 },
    /// Hand in templates that somebody wants approved; and with `sync`, look at how all of them stand at the providers.
    Templates { sync: bool },
    /// Take in a file of contacts, or of addresses that nobody writes to.
    Import(ImportOrder),
    /// Hand out all contacts as a file.
    Contacts,
    /// What is due once a day: roll up, archive, forget what has been kept long enough.
    Upkeep { day: Day },
}

/// A UTC day, as `2026-03-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Day(jiff::civil::Date);

impl Day {
    pub fn of(at: Timestamp) -> Self {
        Self(at.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
    pub fn begins_at(self) -> Timestamp {
        let midnight = self.0.to_zoned(jiff::tz::TimeZone::UTC).expect("UTC has every time of every day");
        midnight.timestamp()
    }
    pub fn ends_at(self) -> Timestamp {
        self.begins_at() + SignedDuration::from_hours(24)
    }
    pub fn next(self) -> Self {
        Self::of(self.ends_at())
    }
    /// So many days earlier.
    pub fn before(self, days: u32) -> Self {
        Self::of(self.begins_at() - SignedDuration::from_hours(24) * i32::try_from(days).unwrap_or(i32::MAX))
    }
    /// The days from this one to `last`, both included.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |day| Some(day.next())).take_while(move |day| *day <= last)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::str::FromStr for Day {
    type Err = super::ids::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = super::ids::BadId { expected: "a day such as 2026-03-01" };
        let well_formed = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date = text.parse().ok().filter(|_| well_formed);
        date.map(Self).ok_or(bad)
    }
}

/// A report that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOrder {
    pub from: Timestamp,
    /// Not included.
    pub until: Timestamp,
    pub format: ReportFormat,
    /// With addresses and contents.
    pub personal: bool,
}

/// A file that was uploaded, and is to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOrder {
    #[serde(default)]
    pub of: ImportOf,
    /// In so many parts.
    pub parts: u32,
    pub bad_rows: BadRows,
    /// Look at all of it, and take nothing in.
    pub check_only: bool,
    /// Who handed it in.
    #[serde(default = "somebody")]
    pub by: String,
}

/// Of orders of earlier versions.
fn somebody() -> String {
    "import".to_owned()
}

/// What a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOf {
    #[default]
    Contacts,
    /// Addresses that nobody writes to.
    Suppressions,
}

/// What becomes of a file in which rows are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BadRows {
    /// The others are taken in.
    #[default]
    Skip,
    /// Nothing is taken in.
    Refuse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    #[default]
    Csv,
    /// A JSON object a line.
    Jsonl,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    Running,
    Done,
    /// It cannot be done; why, for people.
    Failed {
        why: String,
    },
}

/// A piece of long work. Holds nothing personal.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub account: AccountId,
    pub kind: JobKind,
    pub state: JobState,
    /// Where the work stands, as its kind knows it; `null` before the first step. Shown to whoever asked, once it is done.
    pub progress: serde_json::Value,
    /// Counts the writes.
    pub rev: u64,
    pub asked_at: Timestamp,
    pub changed_at: Timestamp,
}

/// The id of what must not be begun twice: `once` tells apart what may be.
pub fn job_id(account: &AccountId, word: &str, once: &str) -> JobId {
    let digest = sha256(format!("job#{account}#{word}#{once}").as_bytes());
    JobId::from_bits(u128::from_be_bytes(*digest.first_chunk().expect("it has 32 bytes")))
}

impl Job {
    pub fn new(id: JobId, account: AccountId, kind: JobKind, now: Timestamp) -> Self {
        let (state, progress) = (JobState::Running, serde_json::Value::Null);
        Self { id, account, kind, state, progress, rev: 0, asked_at: now, changed_at: now }
    }

    /// A person is forgotten once: asking again leads to the same work.
    pub fn erasure(account: &AccountId, contact: ContactId, now: Timestamp) -> Self {
        let id = job_id(account, "erase", &contact.to_string());
        Self::new(id, account.clone(), JobKind::Erase { contact }, now)
    }

    /// Once for each day.
    pub fn upkeep(account: &AccountId, day: Day, now: Timestamp) -> Self {
        let id = job_id(account, "upkeep", &day.to_string());
        Self::new(id, account.clone(), JobKind::Upkeep { day }, now)
    }
}

impl JobKind {
    /// The word that people and programs know it by.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Erase { .. } => "erase",
            Self::Export { .. } => "export",
            Self::Report(_) => "report",
            Self::Rehearse(_) => "rehearse",
            Self::Replay { .. } => "replay",
            Self::Import(_) => "import",
            Self::Contacts => "contacts",
            Self::Upkeep { .. } => "upkeep",
            Self::Templates { .. } => "templates",
        }
    }

    /// The contact that it is about.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Erase { contact } | Self::Export { contact } => Some(*contact),
            Self::Report(_)
            | Self::Rehearse(_)
            | Self::Import(_)
            | Self::Contacts
            | Self::Replay { .. }
            | Self::Upkeep { .. }
            | Self::Templates { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_utcs() {
        let day = Day::of("2026-02-28T23:59:59.999Z".parse().unwrap());
        assert_eq!(day.to_string(), "2026-02-28");
        assert_eq!(day.begins_at().to_string(), "2026-02-28T00:00:00Z");
        assert_eq!(day.next().to_string(), "2026-03-01");
        assert_eq!(day.before(28).to_string(), "2026-01-31");
        let through: Vec<_> = day.through("2026-03-02".parse().unwrap()).map(|day| day.to_string()).collect();
        assert_eq!(through, ["2026-02-28", "2026-03-01", "2026-03-02"]);
        for bad in ["", "2026-3-1", "2026-02-30", "20260301", "2026-03-01T00:00", "+002026-03-01"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_must_not_be_begun_twice_has_one_id() {
        let account: AccountId = "demo".parse().unwrap();
        let (contact, now) = (ContactId::from_bits(7), Timestamp::UNIX_EPOCH);
        let later = now + SignedDuration::from_hours(1);
        assert_eq!(Job::erasure(&account, contact, now).id, Job::erasure(&account, contact, later).id);
        assert_ne!(Job::erasure(&account, contact, now).id, Job::erasure(&account, ContactId::from_bits(8), now).id);
        let day = Day::of(now);
        assert_ne!(Job::upkeep(&account, day, now).id, Job::upkeep(&account, day.next(), now).id);
        assert_ne!(Job::upkeep(&account, day, now).id, Job::upkeep(&"other".parse().unwrap(), day, now).id);
    }
}
