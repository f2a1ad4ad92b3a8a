//! For how long each class of data is kept, and who may not be forgotten yet.

use serde::{Deserialize, Serialize};

use super::{ContactId, Timestamp, job::Day, time::SignedDuration};

/// Nothing is moved or forgotten sooner than this: a provider may repeat a webhook for a week, and what it leads to must
/// still be found then (see `domain/skew.rs` and the store's fifteen days).
pub const SHORTEST_DAYS: u32 = 30;
/// Providers repeat a webhook for up to seven days (Meta, "webhooks"); eight more are the margin.
pub const REDELIVERIES_END_AFTER: SignedDuration = SignedDuration::from_hours(15 * 24);

/// For so long it is known by whom an address was had before they were erased: until whatever they wrote can only be a repeat.
pub const ERASURES_REMEMBERED: SignedDuration = SignedDuration::from_hours(SHORTEST_DAYS as i64 * 24);

/// What is older than this can only be a repeat of something that was taken before: providers repeat for a week. Shorter
/// than the shortest retention, so that what was moved or forgotten does not come back.
const STILL_NEW: SignedDuration = SignedDuration::from_hours((SHORTEST_DAYS as i64 - 1) * 24);

/// Whether a message that was written then can only be a repeat by now.
pub fn can_only_be_a_repeat(written_at: Timestamp, now: Timestamp) -> bool {
    written_at < now - STILL_NEW
}

/// Ten years, and some.
pub const LONGEST_DAYS: u32 = 4000;
/// After so many days a message moves from the table to the archive, unless the account says otherwise.
pub const ARCHIVED_AFTER_DAYS: u32 = 90;
/// For how long what was exported for a person can be fetched.
pub const EXPORTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An account's rules. Of a class without a number nothing is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Retention {
    /// When a message moves from the table to the archive.
    pub archive_after_days: u32,
    /// Messages, wherever they lie: what was written and what became of it.
    #[serde(default)]
    pub messages_days: Option<u32>,
    /// Files that came with messages.
    #[serde(default)]
    pub media_days: Option<u32>,
    /// The history of every message's states, and of every event, from which reports are made.
    #[serde(default)]
    pub receipts_days: Option<u32>,
    /// Reports that were made, and receipts of erasures.
    #[serde(default)]
    pub audit_days: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            archive_after_days: ARCHIVED_AFTER_DAYS,
            messages_days: None,
            media_days: None,
            receipts_days: None,
            audit_days: None,
        }
    }
}

impl Retention {
    /// Messages from before this move to the archive.
    pub fn archived_before(&self, today: Day) -> Timestamp {
        today.before(self.archive_after_days).begins_at()
    }

    /// For how long the history is kept: of messages no longer than messages, since it holds what they said.
    pub fn history_days(&self, of_messages: bool) -> Option<u32> {
        let by_messages = self.messages_days.filter(|_| of_messages);
        [by_messages, self.receipts_days].into_iter().flatten().min()
    }

    /// What of a class is from before this is forgotten.
    pub fn forgotten_before(days: Option<u32>, today: Day) -> Option<Timestamp> {
        days.map(|days| today.before(days).begins_at())
    }
}

/// Why nothing may be forgotten: a dispute, an order of a court.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// `None`: of the whole account.
    pub contact: Option<ContactId>,
    /// For people.
    pub why: String,
    pub since: Timestamp,
}

impl Hold {
    pub fn is_of_all(&self) -> bool {
        self.contact.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_days_is_forgotten_by_whole_days() {
        let today: Day = "2026-03-31".parse().unwrap();
        let rules = Retention { messages_days: Some(30), ..Retention::default() };
        assert_eq!(
            Retention::forgotten_before(rules.messages_days, today),
            Some("2026-03-01T00:00:00Z".parse().unwrap())
        );
        assert_eq!(Retention::forgotten_before(rules.media_days, today), None);
        assert_eq!(rules.archived_before(today), "2025-12-31T00:00:00Z".parse().unwrap());
    }
}
