//! Every key of both tables, by what it is for. No other folder spells one.

mod conversations;
mod inbox;
mod people;
mod records;
mod settings;
mod working;

use crate::{
    domain::{AccountId, ContactId, ConversationId, JobId, MessageId, StaffId, SubscriptionId, Timestamp, ids::BadId},
    ports::StoreError,
};
pub use conversations::{conversations_prefix, note_in};
pub use inbox::{
    INBOX, INBOX_PARTITION, INBOX_SORT, conversation_in, inbox_minute, inbox_minute_after, inbox_partition,
    inbox_partitions, inbox_sort,
};
pub use people::{contact_in, contacts_prefix, evidence_place_in, former_in, found_in};
pub use records::{audit_place, day, day_of, due_in};
pub use settings::staff_in;
pub use working::{staff_at_work, turn_in};

/// The names of the key attributes of both tables.
pub const PK: &str = "pk";
pub const SK: &str = "sk";

/// Sorts after everything that can follow a prefix.
const LAST: char = '\u{10FFFF}';

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

/// Rows of one partition whose sort key lies in this range, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    pub pk: String,
    pub from: String,
    pub to: String,
}

/// What lies at a key of the main table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Head { account: AccountId, conversation: ConversationId },
    Work { account: AccountId, conversation: ConversationId },
    AtWork { account: AccountId, staff: StaffId },
    Message { account: AccountId, id: MessageId },
    Request { account: AccountId },
    Timer,
    Probe { id: String },
    Subscription { account: AccountId, id: SubscriptionId },
    Job { account: AccountId, id: JobId },
    Notice,
    Other,
}

/// An id without its prefix, which its place makes needless.
pub fn bare_contact(id: ContactId) -> String {
    id.to_string().split_off(4)
}
pub fn bare_conversation(id: ConversationId) -> String {
    id.to_string().split_off(4)
}
pub fn contact_of(bare: &str) -> Result<ContactId, BadId> {
    format!("con_{bare}").parse()
}
pub fn conversation_of(bare: &str) -> Result<ConversationId, BadId> {
    format!("cnv_{bare}").parse()
}

/// Milliseconds since 1970 at a fixed width, so that text sorts by time.
fn sorted_millis(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond().max(0))
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// A key out of its own text. No partition has a slash.
    pub fn from_text(text: &str) -> Option<Self> {
        text.split_once('/').map(|(pk, sk)| Self::new(pk.to_owned(), sk))
    }

    /// What lies here, if this is a key of the main table.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a conversation's key holds something that is not an id.
    pub fn place(&self) -> Result<Place, StoreError> {
        let bad = |_: BadId| self.unreadable("the key holds something that is not an id");
        let parts: Vec<_> = self.pk.split('#').collect();
        match (parts.as_slice(), self.sk.as_str()) {
            (["A", account, "V", conversation], sk) => {
                let account = account.parse().map_err(bad)?;
                let conversation = conversation_of(conversation).map_err(bad)?;
                match (sk, sk.strip_prefix("M#")) {
                    (sk, _) if sk.starts_with("N#") => Ok(Place::Notice),
                    (sk, _) if sk.starts_with("Q#") => Ok(Place::Request { account }),
                    ("H", _) => Ok(Place::Head { account, conversation }),
                    ("W", _) => Ok(Place::Work { account, conversation }),
                    (_, Some(key)) => {
                        let key = key.parse().map_err(bad)?;
                        Ok(Place::Message { account, id: MessageId { conversation, key } })
                    }
                    (_, None) => Ok(Place::Other),
                }
            }
            (["A", account, "W"], staff) => {
                Ok(Place::AtWork { account: account.parse().map_err(bad)?, staff: staff.parse().map_err(bad)? })
            }
            (["T", _, _], _) => Ok(Place::Timer),
            (["A", account, "CFG"], sk) => match sk.strip_prefix("SUBSCRIPTION#") {
                Some(id) => {
                    Ok(Place::Subscription { account: account.parse().map_err(bad)?, id: id.parse().map_err(bad)? })
                }
                None => Ok(Place::Other),
            },
            (["A", account, "J"], id) => {
                Ok(Place::Job { account: account.parse().map_err(bad)?, id: id.parse().map_err(bad)? })
            }
            (["A", _, "N"], _) => Ok(Place::Notice),
            (["PROBE", id], _) => Ok(Place::Probe { id: (*id).to_owned() }),
            _ => Ok(Place::Other),
        }
    }

    /// The conversation that a row of the main table belongs to.
    pub fn conversation(&self) -> Option<(AccountId, ConversationId)> {
        match self.pk.split('#').collect::<Vec<_>>().as_slice() {
            ["A", account, "V", conversation] => Some((account.parse().ok()?, conversation_of(conversation).ok()?)),
            _ => None,
        }
    }

    pub fn unreadable(&self, why: impl Into<String>) -> StoreError {
        StoreError::BadRow { key: self.to_string(), why: why.into() }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

impl Range {
    fn under(pk: String, prefix: &str) -> Self {
        Self { pk, from: prefix.to_owned(), to: format!("{prefix}{LAST}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::MessageKey;

    fn account() -> AccountId {
        "demo".parse().unwrap()
    }

    #[test]
    fn a_key_tells_what_lies_there() {
        let id = MessageId { conversation: ConversationId::from_bits(5), key: MessageKey::from_bits(6) };
        assert_eq!(Key::message(&account(), id).place().unwrap(), Place::Message { account: account(), id });
        let head = Key::head(&account(), id.conversation);
        assert_eq!(head.place().unwrap(), Place::Head { account: account(), conversation: id.conversation });
        assert_eq!(head.to_string(), "A#demo#V#00000000000000000000000005/H");
        assert_eq!(Key::message(&account(), id).part("ab", 1).place().unwrap(), Place::Other);
        assert_eq!(Key::ladder(&account()).place().unwrap(), Place::Other);
        let broken = Key { pk: "A#demo#V#nonsense".into(), sk: "H".into() };
        assert!(matches!(broken.place(), Err(StoreError::BadRow { key, .. }) if key == "A#demo#V#nonsense/H"));
    }

    #[test]
    fn only_an_id_of_the_right_form_names_a_parked_record() {
        let key = Key::parked(&account(), "2026-03-01.1772366400000.ab.c").unwrap();
        assert_eq!(key.to_string(), "A#demo#P#2026-03-01/1772366400000#ab.c");
        for bad in ["", "a", "2026-03-01", "2026-03-01.5", "2026#.5.a", "2026-03-01.P#.x", "2026-03-01.5."] {
            assert_eq!(Key::parked(&account(), bad), None, "{bad}");
        }
    }
}
