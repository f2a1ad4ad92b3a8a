//! Keys of the inbox index.

use super::{bare_conversation, conversation_of};
use crate::domain::{AccountId, ConversationId, Timestamp, conversation::Tray, timer::minute_of};

/// The inbox index and the attributes that it is made of.
pub const INBOX: &str = "inbox";
pub const INBOX_PARTITION: &str = "ip";
pub const INBOX_SORT: &str = "is";

/// A tray is spread over this many partitions of the inbox index.
pub const INBOX_SHARDS: u8 = 4;

fn minute_text(minute: i64) -> String {
    format!("{:010}", minute.max(0))
}

/// The partition of a tray's shard in the inbox index.
pub fn inbox_partition(account: &AccountId, tray: Tray, shard: u8) -> String {
    format!("{account}#{}#{shard}", tray.word())
}

/// The shard of the inbox index that a conversation is filed in.
pub fn inbox_shard(id: ConversationId) -> u8 {
    u8::try_from(id.bits() % u128::from(INBOX_SHARDS)).expect("the remainder is below the number of shards")
}

/// Where a conversation lies within its tray: its last activity in minutes since 1970, and itself.
pub fn inbox_sort(last_activity: Timestamp, id: ConversationId) -> String {
    format!("{}#{}", inbox_minute(last_activity), bare_conversation(id))
}

/// Sorts before every line of the minute that `at` lies in and after every line of earlier ones.
pub fn inbox_minute(at: Timestamp) -> String {
    minute_text(minute_of(at))
}

/// Sorts after every line of the minute that the last instant before `at` lies in.
pub fn inbox_minute_after(at: Timestamp) -> String {
    let whole = at.as_millisecond().rem_euclid(60_000) == 0;
    minute_text(minute_of(at) + i64::from(!whole))
}

/// The conversation of a line.
pub fn conversation_in(inbox_sort: &str) -> Option<ConversationId> {
    conversation_of(inbox_sort.split_once('#')?.1).ok()
}
