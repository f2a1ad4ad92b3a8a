//! One peer on one channel: the head that holds the window, and the state that people see.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, ChannelId, ContactId, ConversationId, Timestamp, TraceId,
    contact::AddressHash,
    ids::MessageKey,
    window::{ServiceWindow, WindowState},
};
use crate::seal::sha256;

/// The conversation of a contact on a channel. Derived, so that it needs no lookup and no write.
pub fn conversation_of(account: &AccountId, channel: &ChannelId, contact: ContactId) -> ConversationId {
    let digest = sha256(format!("conversation#{account}#{channel}#{contact}").as_bytes());
    ConversationId::from_bits(u128::from_be_bytes(*digest.first_chunk().expect("it has 32 bytes")))
}

/// The head of a conversation. Times only ever rise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub id: ConversationId,
    pub account: AccountId,
    pub channel: ChannelId,
    pub contact: ContactId,
    pub created_at: Timestamp,
    pub last_in: Option<LastIn>,
    pub answered: Option<Answered>,
    /// The provider said "closed" for the window of this `last_in`.
    pub closed_for: Option<Timestamp>,
    /// Closed by hand at this time; a newer inbound message opens it again.
    pub closed_at: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    /// The oldest message that waits. Set only while something waits.
    pub waiting_from: Option<MessageKey>,
    /// Changes with every new wait, so that clearing `waiting_from` cannot hide one.
    pub wait_rev: Option<String>,
    /// The last time a timer touched the head to ring for it.
    pub wake: Option<Timestamp>,
    /// End of Meta's free entry point, where there is one.
    pub free_entry_end: Option<Timestamp>,
    /// Messages up to this one lie in the archive, and no longer in the table.
    pub archived_until: Option<MessageKey>,
    /// Conversations of contacts that were merged into this one's, on the same channel.
    pub former: Vec<ConversationId>,
    pub survivor: Option<ConversationId>,
    /// Counts the head's writes.
    pub version: u64,
    /// The trace of the call that raised `last_in` to where it is.
    pub trace: Option<TraceId>,
}

/// The customer's last message and the address that it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastIn {
    pub at: Timestamp,
    pub address: AddressHash,
}

/// The message that answers the customer, and the inbound message that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    pub message: MessageKey,
    pub last_in: Timestamp,
}

/// What people see of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// The business wrote first; the customer has not written yet.
    Initiated,
    /// The service window is open.
    Active,
    /// The service window is over.
    Expired,
    /// Closed by hand.
    Closed,
    Archived,
}

/// Where the inbox index keeps a conversation. Active and expired are a question of now, so they are a range of the
/// index's sort key and not a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tray {
    Initiated,
    /// The customer waits for an answer.
    Waiting,
    Open,
    Closed,
    Archived,
}

impl Tray {
    pub const ALL: [Self; 5] = [Self::Initiated, Self::Waiting, Self::Open, Self::Closed, Self::Archived];

    pub fn word(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Archived => "archived",
        }
    }
}

impl Head {
    /// A conversation that nobody has written in yet.
    pub fn new(account: AccountId, channel: ChannelId, contact: ContactId, created_at: Timestamp) -> Self {
        Self {
            id: conversation_of(&account, &channel, contact),
            account,
            channel,
            contact,
            created_at,
            last_in: None,
            answered: None,
            closed_for: None,
            closed_at: None,
            archived_at: None,
            waiting_from: None,
            wait_rev: None,
            wake: None,
            free_entry_end: None,
            archived_until: None,
            former: Vec::new(),
            survivor: None,
            version: 0,
            trace: None,
        }
    }

    pub fn window(&self) -> ServiceWindow {
        ServiceWindow { last_in: self.last_in.as_ref().map(|last| last.at), closed_for: self.closed_for }
    }

    /// The conversation in whose queue group everything of this one happens.
    pub fn group(&self) -> ConversationId {
        self.survivor.unwrap_or(self.id)
    }

    /// Activity that closing or archiving must not lie before.
    fn newest_activity(&self) -> Timestamp {
        self.last_in.as_ref().map_or(self.created_at, |last| last.at.max(self.created_at))
    }

    fn ended(&self, ended_at: Option<Timestamp>) -> bool {
        match (ended_at, &self.last_in) {
            (Some(at), Some(last)) => at >= last.at,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// The customer wrote, nobody answered, and nobody closed the conversation.
    pub fn customer_waits(&self) -> bool {
        let Some(last_in) = &self.last_in else { return false };
        let answered = self.answered.is_some_and(|answered| answered.last_in >= last_in.at);
        !answered && !self.ended(self.closed_at) && !self.ended(self.archived_at)
    }

    pub fn tray(&self) -> Tray {
        if self.ended(self.archived_at) {
            Tray::Archived
        } else if self.ended(self.closed_at) {
            Tray::Closed
        } else if self.last_in.is_none() {
            Tray::Initiated
        } else if self.customer_waits() {
            Tray::Waiting
        } else {
            Tray::Open
        }
    }

    pub fn state(&self, now: Timestamp) -> ConversationState {
        match self.tray() {
            Tray::Archived => ConversationState::Archived,
            Tray::Closed => ConversationState::Closed,
            Tray::Initiated => ConversationState::Initiated,
            Tray::Waiting | Tray::Open => match self.window().state(now) {
                WindowState::Open | WindowState::Closing => ConversationState::Active,
                WindowState::NeverOpened | WindowState::Closed | WindowState::ClosedByProvider => {
                    ConversationState::Expired
                }
            },
        }
    }

    /// What the inbox sorts by.
    pub fn last_activity_at(&self) -> Timestamp {
        self.newest_activity()
    }
}

/// All heads of one person on one channel: the one that lives, and those of contacts merged into it. Rules look at the
/// newest facts of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub survivor: Head,
    pub former: Vec<Head>,
}

impl Family {
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        std::iter::once(&self.survivor).chain(&self.former)
    }

    pub fn head(&self, id: ConversationId) -> Option<&Head> {
        self.heads().find(|head| head.id == id)
    }

    /// The head that holds the newest inbound message; the survivor if there is none.
    pub fn newest(&self) -> &Head {
        self.former.iter().fold(&self.survivor, |newest, head| {
            let at = |head: &Head| head.last_in.as_ref().map(|last| last.at);
            if at(head) > at(newest) { head } else { newest }
        })
    }

    /// One head with the newest facts of all. Its identity is the survivor's.
    pub fn merged(&self) -> Head {
        let mut merged = self.survivor.clone();
        for head in &self.former {
            if head.last_in.as_ref().map(|last| last.at) > merged.last_in.as_ref().map(|last| last.at) {
                merged.last_in.clone_from(&head.last_in);
            }
            if head.answered.map(|answered| answered.last_in) > merged.answered.map(|answered| answered.last_in) {
                merged.answered = head.answered;
            }
            merged.closed_for = merged.closed_for.max(head.closed_for);
            merged.closed_at = merged.closed_at.max(head.closed_at);
            merged.archived_at = merged.archived_at.max(head.archived_at);
            merged.free_entry_end = merged.free_entry_end.max(head.free_entry_end);
            merged.archived_until = merged.archived_until.max(head.archived_until);
            merged.created_at = merged.created_at.min(head.created_at);
            // Rises with every write of any of them.
            merged.version += head.version;
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3600).unwrap()
    }

    fn head(last_in: Option<i64>) -> Head {
        let contact = ContactId::from_bits(7);
        let mut head = Head::new("demo".parse().unwrap(), "demo-whatsapp".parse().unwrap(), contact, at(0));
        head.last_in = last_in.map(|hour| LastIn { at: at(hour), address: AddressHash("a".into()) });
        head
    }

    #[test]
    fn a_conversation_goes_from_initiated_to_active_to_expired() {
        assert_eq!(head(None).state(at(1)), ConversationState::Initiated);
        assert_eq!(head(Some(2)).state(at(3)), ConversationState::Active);
        assert_eq!(head(Some(2)).state(at(25)), ConversationState::Active);
        assert_eq!(head(Some(2)).state(at(26)), ConversationState::Expired);
    }

    #[test]
    fn closing_ends_it_until_the_customer_writes_again() {
        let mut it = head(Some(2));
        it.closed_at = Some(at(3));
        assert_eq!(it.state(at(4)), ConversationState::Closed);
        assert!(!it.customer_waits());
        it.last_in = Some(LastIn { at: at(5), address: AddressHash("a".into()) });
        assert_eq!(it.state(at(6)), ConversationState::Active);
        assert!(it.customer_waits());
        it.archived_at = Some(at(7));
        assert_eq!(it.state(at(8)), ConversationState::Archived);
    }

    #[test]
    fn a_customer_waits_until_the_newest_message_is_answered() {
        let mut it = head(Some(2));
        assert!(it.customer_waits());
        it.answered = Some(Answered { message: MessageKey::first_at(at(3)), last_in: at(2) });
        assert!(!it.customer_waits());
        assert_eq!(it.tray(), Tray::Open);
        it.last_in = Some(LastIn { at: at(4), address: AddressHash("a".into()) });
        assert!(it.customer_waits());
        assert_eq!(it.tray(), Tray::Waiting);
    }

    #[test]
    fn the_newest_facts_of_all_heads_hold_for_a_merged_person() {
        let mut former = head(Some(9));
        former.id = ConversationId::from_bits(9);
        former.answered = Some(Answered { message: MessageKey::first_at(at(9)), last_in: at(9) });
        let family = Family { survivor: head(Some(2)), former: vec![former.clone()] };
        let merged = family.merged();
        assert_eq!(merged.id, family.survivor.id);
        assert_eq!(merged.window().last_in, Some(at(9)));
        assert!(!merged.customer_waits());
        assert_eq!(family.newest().id, former.id);
    }

    #[test]
    fn a_conversation_is_the_same_for_the_same_peer_and_another_for_any_other() {
        let account: AccountId = "demo".parse().unwrap();
        let of = |channel: &str, contact| {
            conversation_of(&account, &channel.parse().unwrap(), ContactId::from_bits(contact))
        };
        assert_eq!(of("a", 1), of("a", 1));
        assert_ne!(of("a", 1), of("a", 2));
        assert_ne!(of("a", 1), of("b", 1));
    }
}
