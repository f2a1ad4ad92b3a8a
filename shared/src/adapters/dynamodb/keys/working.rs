//! Keys of work that is given out: desks and the queue.

use super::{Key, Range, bare_conversation, conversation_of, sorted_millis};
use crate::domain::{AccountId, ConversationId, StaffId, TeamId, Timestamp, time, work::Place as QueuePlace};

fn at_work(account: &AccountId) -> String {
    format!("A#{account}#W")
}
fn queue(account: &AccountId, team: Option<&TeamId>) -> String {
    // No team's name begins with a hyphen.
    format!("A#{account}#Y#{}", team.map_or("-", TeamId::as_str))
}
fn turn((since, conversation): (Timestamp, ConversationId)) -> String {
    format!("{}#{}", sorted_millis(since), bare_conversation(conversation))
}

impl Key {
    /// A person's desk, and whether they are there.
    pub fn at_work(account: &AccountId, staff: StaffId) -> Self {
        Self::new(at_work(account), staff.to_string())
    }
    /// Where a conversation stands that waits for somebody.
    pub fn entry(account: &AccountId, place: &QueuePlace) -> Self {
        let turn = turn((place.since, place.conversation));
        Self::new(queue(account, place.team.as_ref()), turn)
    }
}

impl Range {
    pub fn at_work(account: &AccountId) -> Self {
        Self::under(at_work(account), "stf_")
    }
    /// Those who wait for somebody of a team, from a turn on if given; that one included.
    pub fn entries(account: &AccountId, team: Option<&TeamId>, from: Option<(Timestamp, ConversationId)>) -> Self {
        let from = from.map_or_else(|| "0".to_owned(), turn);
        Self { pk: queue(account, team), from, to: ":".to_owned() }
    }
}

/// Whose desk lies here.
pub fn staff_at_work(key: &Key) -> Option<StaffId> {
    key.sk.parse().ok()
}

/// Since when which conversation waits in the queue.
pub fn turn_in(key: &Key) -> Option<(Timestamp, ConversationId)> {
    let (millis, bare) = key.sk.split_once('#')?;
    Some((time::from_millis(millis.parse().ok()?), conversation_of(bare).ok()?))
}
