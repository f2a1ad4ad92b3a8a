//! Every name of an object in the archive. No other file spells one.
//!
//! | prefix | what |
//! | --- | --- |
//! | `segments/account=…/day=…/hour=…/` | messages as they stood, by the hour of the message |
//! | `segments/account=…/changes/day=…/hour=…/` | what else happened to conversations, by the hour in which it did |
//! | `events/account=…/day=…/hour=…/` | events, by the hour in which they happened |
//! | `threads/account=…/cnv_…/` | messages that left the table, by conversation |
//! | `rollups/account=…/` | the sums of a day |
//! | `rollups/account=…/numbers/` | the work of a day, summed up |
//! | `rollups/account=…/standings/` | what was open at the end of a day |
//! | `outputs/account=…/job_…/` | what a job hands out |
//! | `erasures/account=…/` | receipts of erasures |

use crate::domain::{AccountId, ContactId, ConversationId, JobId, Timestamp, ids::MessageKey, job::Day};

/// What hours' folders hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Messages,
    Events,
    /// What else happened to conversations. They are kept and forgotten with messages.
    Changes,
}

impl Class {
    /// Its folder, and the folder within that of an account.
    const fn folders(self) -> (&'static str, &'static str) {
        match self {
            Self::Messages => ("segments", ""),
            Self::Events => ("events", ""),
            Self::Changes => ("segments", "changes/"),
        }
    }
}

/// An hour, by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hour(Timestamp);

impl Hour {
    pub const MILLIS: i64 = 3_600_000;

    pub fn of(at: Timestamp) -> Self {
        let millis = at.as_millisecond().max(0);
        Self(crate::domain::time::from_millis(millis - millis.rem_euclid(Self::MILLIS)))
    }
    pub fn begins_at(self) -> Timestamp {
        self.0
    }
    pub fn next(self) -> Self {
        Self::of(crate::domain::time::from_millis(self.0.as_millisecond() + Self::MILLIS))
    }
    /// The hours of a day.
    pub fn of_day(day: Day) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(Self::of(day.begins_at())), |hour| Some(hour.next())).take(24)
    }
}

/// Everything of a class that an account has.
pub fn hours_of(class: Class, account: &AccountId) -> String {
    let (folder, within) = class.folders();
    format!("{folder}/account={account}/{within}")
}

pub fn day(class: Class, account: &AccountId, day: Day) -> String {
    format!("{}day={day}/", hours_of(class, account))
}

pub fn hour(class: Class, account: &AccountId, hour: Hour) -> String {
    let of_day = (hour.0.as_second().rem_euclid(86_400)) / 3_600;
    format!("{}hour={of_day:02}/", day(class, account, Day::of(hour.0)))
}

/// What one batch of the stream adds to an hour. Named by its first and last change, so that a batch that comes again
/// writes the same object, and one that is cut otherwise never one over another's. `record` tells shards apart.
pub fn segment(class: Class, account: &AccountId, of: Hour, (first, last): (&str, &str), record: &str) -> String {
    let shard = &crate::seal::sha256_hex(record.as_bytes())[..8];
    format!("{}{first:0>40}-{last:0>40}-{shard}.jsonl.gz", hour(class, account, of))
}

/// The day that an object of an hour's folder belongs to.
pub fn day_in(name: &str) -> Option<Day> {
    name.split('/').find_map(|segment| segment.strip_prefix("day=")?.split('.').next()?.parse().ok())
}

/// The hour of an object of an hour's folder.
pub fn hour_in(name: &str) -> Option<Hour> {
    let of_day: usize = name.split('/').find_map(|segment| segment.strip_prefix("hour=")?.parse().ok())?;
    Hour::of_day(day_in(name)?).nth(of_day)
}

pub fn threads_of(account: &AccountId) -> String {
    format!("threads/account={account}/")
}

pub fn threads(account: &AccountId, conversation: ConversationId) -> String {
    format!("{}{conversation}/", threads_of(account))
}

/// Messages of one conversation from `first` to `last`.
pub fn thread(account: &AccountId, conversation: ConversationId, first: MessageKey, last: MessageKey) -> String {
    format!("{}{first}-{last}.jsonl.gz", threads(account, conversation))
}

/// The conversation, and the first and last message, of an object that holds messages of one.
pub fn thread_in(name: &str) -> Option<(ConversationId, MessageKey, MessageKey)> {
    let mut segments = name.rsplit('/');
    let (keys, conversation) = (segments.next()?.strip_suffix(".jsonl.gz")?, segments.next()?);
    let (first, last) = keys.split_once('-')?;
    Some((conversation.parse().ok()?, first.parse().ok()?, last.parse().ok()?))
}

pub fn rollups_of(account: &AccountId) -> String {
    format!("rollups/account={account}/")
}

pub fn rollup(account: &AccountId, day: Day) -> String {
    format!("{}day={day}.json", rollups_of(account))
}

/// The work of a day, summed up.
pub fn numbers(account: &AccountId, day: Day) -> String {
    format!("{}numbers/day={day}.json", rollups_of(account))
}

pub fn standings_of(account: &AccountId) -> String {
    format!("{}standings/", rollups_of(account))
}

/// What was open at the end of a day.
pub fn standings(account: &AccountId, day: Day) -> String {
    format!("{}day={day}.jsonl.gz", standings_of(account))
}

pub fn outputs_of(account: &AccountId) -> String {
    format!("outputs/account={account}/")
}

pub fn outputs(account: &AccountId, job: JobId) -> String {
    format!("{}{job}/", outputs_of(account))
}

/// The job and the file of an output.
pub fn output_in(name: &str) -> Option<(JobId, &str)> {
    let (rest, file) = name.rsplit_once('/')?;
    Some((rest.rsplit_once('/')?.1.parse().ok()?, file))
}

pub fn erasures_of(account: &AccountId) -> String {
    format!("erasures/account={account}/")
}

pub fn erasure(account: &AccountId, contact: ContactId) -> String {
    format!("{}{contact}.json", erasures_of(account))
}

/// The contact of an erasure's receipt.
pub fn erased_in(name: &str) -> Option<ContactId> {
    name.rsplit_once('/')?.1.strip_suffix(".json")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_it_holds() {
        let account: AccountId = "demo".parse().unwrap();
        let at: Timestamp = "2026-03-01T23:59:59.999Z".parse().unwrap();
        let of = Hour::of(at);
        assert_eq!(of.next().begins_at().to_string(), "2026-03-02T00:00:00Z");
        let name = segment(Class::Messages, &account, of, ("12", "345"), "record");
        let expected = format!("segments/account=demo/day=2026-03-01/hour=23/{:0>40}-{:0>40}-", 12, 345);
        assert!(name.starts_with(&expected) && name.ends_with(".jsonl.gz"), "{name}");
        assert_ne!(name, segment(Class::Messages, &account, of, ("12", "345"), "of another shard"));
        assert_eq!(day_in(&name), Some(Day::of(at)));
        assert_eq!(hour_in(&name), Some(of));
        assert_eq!(hour_in(&name.replace("hour=23", "hour=24")), None);
        for of_day in [rollup, numbers, standings] {
            assert_eq!(day_in(&of_day(&account, Day::of(at))), Some(Day::of(at)));
        }
        let changes = segment(Class::Changes, &account, of, ("12", "345"), "record");
        assert!(changes.starts_with(&hours_of(Class::Messages, &account)), "they are forgotten together");
        assert!(!changes.starts_with(&day(Class::Messages, &account, Day::of(at))), "nobody takes it for messages");
        assert_eq!(hour_in(&changes), Some(of));
        assert_eq!(Hour::of_day(Day::of(at)).last(), Some(of));
        let (conversation, first, last) =
            (ConversationId::from_bits(7), MessageKey::from_bits(8), MessageKey::from_bits(9));
        let name = thread(&account, conversation, first, last);
        assert_eq!(thread_in(&name), Some((conversation, first, last)));
        assert_eq!(thread_in("threads/account=demo/cnv_x/a-b.jsonl.gz"), None);
        let job = JobId::from_bits(3);
        assert_eq!(output_in(&format!("{}part.csv", outputs(&account, job))), Some((job, "part.csv")));
        assert_eq!(erased_in(&erasure(&account, ContactId::from_bits(5))), Some(ContactId::from_bits(5)));
    }
}
