//! Keys of conversations: heads, work, messages, notes, and what guards against repeats.

use super::{Key, LAST, Range, bare_conversation, people::book, sorted_millis};
use crate::domain::{
    AccountId, ConversationId, MessageId, Timestamp,
    event::Event,
    ids::{EffectId, MessageKey, RequestId},
    time,
    work::NoteAbout,
};

/// What a score's key begins with.
const SCORE: &str = "S#";

pub(super) fn conversation(account: &AccountId, id: ConversationId) -> String {
    format!("A#{account}#V#{}", bare_conversation(id))
}
/// Where notes about this lie; those about a person in the table of contacts.
fn noted(account: &AccountId, about: NoteAbout) -> String {
    match about {
        NoteAbout::Conversation(id) => conversation(account, id),
        NoteAbout::Contact(id) => book(account, id),
    }
}
fn note_place(at: Timestamp, once: u128) -> String {
    format!("O#{}#{once:032x}", sorted_millis(at))
}

impl Key {
    pub fn head(account: &AccountId, id: ConversationId) -> Self {
        Self::new(conversation(account, id), "H")
    }
    pub fn work(account: &AccountId, id: ConversationId) -> Self {
        Self::new(conversation(account, id), "W")
    }
    pub fn message(account: &AccountId, id: MessageId) -> Self {
        Self::new(conversation(account, id.conversation), format!("M#{}", id.key))
    }
    pub fn client_key(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#K#{hash}"), "K")
    }
    pub fn first_seen(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#S#{hash}"), "S")
    }
    /// What rules did in a conversation.
    pub fn automation_state(account: &AccountId, id: ConversationId) -> Self {
        Self::new(conversation(account, id), "R")
    }
    /// A customer's way through a sequence.
    pub fn enrolment(account: &AccountId, id: ConversationId, enrolment: EffectId) -> Self {
        Self::new(conversation(account, id), format!("F#{enrolment}"))
    }
    /// What the customer says of how satisfied they are, by the message that says it.
    pub fn score(account: &AccountId, message: MessageId) -> Self {
        Self::new(conversation(account, message.conversation), format!("{SCORE}{}", message.key))
    }
    pub fn is_score(&self) -> bool {
        self.sk.starts_with(SCORE)
    }
    /// What staff wrote for each other, beside what it is about.
    pub fn note(account: &AccountId, about: NoteAbout, at: Timestamp, once: u128) -> Self {
        Self::new(noted(account, about), note_place(at, once))
    }
    /// What the guest asked for, beside the conversation.
    pub fn request(account: &AccountId, id: ConversationId, request: RequestId) -> Self {
        Self::new(conversation(account, id), format!("Q#{request}"))
    }
    /// Something to tell; beside its conversation, so that the stream orders it with the rest of that.
    pub fn notice(event: &Event) -> Self {
        let pk = match event.about.conversation() {
            Some(id) => conversation(&event.account, id),
            None => format!("A#{}#N", event.account),
        };
        Self::new(pk, format!("N#{}", event.id))
    }
    /// A part of content that is too large for its row. `tag` names the content, so that parts of two tries to write
    /// it never mix.
    pub fn part(&self, tag: &str, number: u32) -> Self {
        let owner = self.sk.strip_prefix("M#").unwrap_or(&self.sk);
        Self::new(self.pk.clone(), format!("P#{owner}#{tag}#{number:03}"))
    }
}

impl Range {
    /// All messages before `before`, if given.
    pub fn messages(account: &AccountId, id: ConversationId, before: Option<MessageKey>) -> Option<Self> {
        let to = match before {
            None => format!("M#{LAST}"),
            // Both ends are included, so the end is the key just before.
            Some(before) => format!("M#{}", MessageKey::from_bits(before.bits().checked_sub(1)?)),
        };
        Some(Self { pk: conversation(account, id), from: "M#".to_owned(), to })
    }
    pub fn messages_from(account: &AccountId, id: ConversationId, from: MessageKey) -> Self {
        Self { pk: conversation(account, id), from: format!("M#{from}"), to: format!("M#{LAST}") }
    }
    pub fn requests(account: &AccountId, id: ConversationId) -> Self {
        Self::under(conversation(account, id), "Q#")
    }
    pub fn enrolments(account: &AccountId, id: ConversationId) -> Self {
        Self::under(conversation(account, id), "F#")
    }
    /// All notes, or those before one; that one included.
    pub fn notes(account: &AccountId, about: NoteAbout, before: Option<(Timestamp, u128)>) -> Self {
        let to = before.map_or_else(|| format!("O#{LAST}"), |(at, once)| note_place(at, once));
        Self { pk: noted(account, about), from: "O#".to_owned(), to }
    }
}

/// What the partitions begin with that hold conversations: of one account, or of all (and other rows of theirs).
pub fn conversations_prefix(account: Option<&AccountId>) -> String {
    account.map_or_else(|| "A#".to_owned(), |account| format!("A#{account}#V#"))
}

/// When a note was written, and what tells it apart.
pub fn note_in(key: &Key) -> Option<(Timestamp, u128)> {
    let (millis, once) = key.sk.strip_prefix("O#")?.split_once('#')?;
    Some((time::from_millis(millis.parse().ok()?), u128::from_str_radix(once, 16).ok()?))
}
