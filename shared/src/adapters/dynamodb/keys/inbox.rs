//! Keys of lists of conversations: the inbox index, and the rows that carry it.

use super::{Key, Range, bare_conversation, conversation_of, conversations::conversation};
use crate::domain::{
    AccountId, ConversationId, Timestamp,
    inbox::{Drawer, Shelf},
    timer::minute_of,
};

/// The inbox index and the attributes that it is made of.
pub const INBOX: &str = "inbox";
pub const INBOX_PARTITION: &str = "ip";
pub const INBOX_SORT: &str = "is";

/// A drawer of all conversations is spread over this many partitions of the inbox index.
const INBOX_SHARDS: u8 = 4;

impl Key {
    /// The row of a conversation's place in a list. That in the list of all lies on the row of its work.
    pub fn filing(account: &AccountId, id: ConversationId, shelf: &Shelf) -> Self {
        let sk = match shelf {
            Shelf::All => "W".to_owned(),
            // A conversation has one team.
            Shelf::Team(_) => "W#T".to_owned(),
            Shelf::Label(label) => format!("W#L#{label}"),
        };
        Self::new(conversation(account, id), sk)
    }
}

impl Range {
    /// A conversation's work, and its places.
    pub fn filings(account: &AccountId, id: ConversationId) -> Self {
        Self::under(conversation(account, id), "W")
    }
}

fn minute_text(minute: i64) -> String {
    format!("{:010}", minute.max(0))
}

/// The partitions of a drawer in the inbox index.
pub fn inbox_partitions(account: &AccountId, shelf: &Shelf, drawer: Drawer) -> Vec<String> {
    let shards = match shelf {
        Shelf::All => INBOX_SHARDS,
        Shelf::Team(_) | Shelf::Label(_) => 1,
    };
    (0..shards).map(|shard| inbox_shard(account, shelf, drawer, shard)).collect()
}

/// The partition in which a conversation lies in a list.
pub fn inbox_partition(account: &AccountId, shelf: &Shelf, drawer: Drawer, id: ConversationId) -> String {
    let shard = match shelf {
        Shelf::All => id.bits() % u128::from(INBOX_SHARDS),
        Shelf::Team(_) | Shelf::Label(_) => 0,
    };
    inbox_shard(account, shelf, drawer, u8::try_from(shard).expect("it is below the number of shards"))
}

fn inbox_shard(account: &AccountId, shelf: &Shelf, Drawer { tray, taken }: Drawer, shard: u8) -> String {
    let list = match shelf {
        Shelf::All => String::new(),
        Shelf::Team(team) => format!("team:{team}#"),
        Shelf::Label(label) => format!("label:{label}#"),
    };
    let taken = if taken { "-taken" } else { "" };
    format!("{account}#{list}{}{taken}#{shard}", tray.word())
}

/// Where a conversation lies within its drawer: its last activity in minutes since 1970, and itself.
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
