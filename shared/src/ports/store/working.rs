//! Work on conversations: who has one, whose desk it lies on, who waits for somebody, who is there, and what staff wrote for
//! each other. The protocol is told in `domain/work`.

use async_trait::async_trait;

use super::{Step, Stored};
use crate::{
    domain::{
        AccountId, ConversationId, StaffId, TeamId, Timestamp,
        access::Actor,
        ids::CannedReplyId,
        work::{
            CannedReply, Desk, Entry, How, NoSlot, NoteAbout, Place, Presence, Said, Slot, Ticket, Work, WorkSettings,
        },
    },
    seal::Sealed,
};

/// A desk and whether its person is there, as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AtWork {
    pub slots: std::collections::BTreeMap<ConversationId, Slot>,
    pub last_assigned_at: Option<Timestamp>,
    pub presence: Option<Presence>,
}

/// What somebody of the staff wrote for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    pub at: Timestamp,
    /// Tells notes of one moment apart; with the time, it names the note.
    pub once: u128,
    pub by: Actor,
    pub mentions: Vec<StaffId>,
    /// Sealed under the key of the contact that it is about.
    pub text: Sealed<String>,
}

#[async_trait]
pub trait Working {
    async fn work_settings(&self, account: &AccountId) -> Stored<Option<WorkSettings>>;
    async fn put_work_settings(&self, account: &AccountId, settings: &WorkSettings) -> Stored<()>;

    async fn canned_replies(&self, account: &AccountId) -> Stored<Vec<CannedReply>>;
    async fn put_canned_reply(&self, account: &AccountId, reply: &CannedReply) -> Stored<()>;
    async fn remove_canned_reply(&self, account: &AccountId, id: &CannedReplyId) -> Stored<()>;

    /// As long as nothing was written, the work of a new conversation. Strongly consistent.
    async fn work(&self, account: &AccountId, conversation: ConversationId) -> Stored<Work>;
    /// Of several, in any order; those of which nothing was written are left out.
    async fn works(&self, account: &AccountId, conversations: &[ConversationId]) -> Stored<Vec<Work>>;
    /// On condition that it is still as `seen`.
    async fn write_work(&self, account: &AccountId, seen: &Work, new: &Work) -> Stored<Step>;

    /// Everybody who has a desk or was seen.
    async fn at_work(&self, account: &AccountId) -> Stored<Vec<(StaffId, AtWork)>>;
    async fn at_work_of(&self, account: &AccountId, staff: StaffId) -> Stored<AtWork>;
    /// On the condition that [`Desk::may_take`] tells.
    async fn take_slot(
        &self,
        account: &AccountId,
        desk: &Desk,
        conversation: ConversationId,
        slot: Slot,
        how: How,
    ) -> Stored<Result<(), NoSlot>>;
    /// On condition that the slot has this ticket.
    async fn give_back(
        &self,
        account: &AccountId,
        staff: StaffId,
        conversation: ConversationId,
        ticket: Ticket,
    ) -> Stored<Step>;
    /// Puts a slot in the place of another one, or where there is none, whatever the capacity.
    async fn put_slot(
        &self,
        account: &AccountId,
        staff: StaffId,
        conversation: ConversationId,
        former: Option<Ticket>,
        slot: Slot,
    ) -> Stored<Step>;

    /// On the condition that [`Entry::may_be_put`] tells.
    async fn put_entry(&self, account: &AccountId, entry: &Entry) -> Stored<Step>;
    /// On the condition that [`Entry::may_go`] tells.
    async fn remove_entry(&self, account: &AccountId, place: &Place, work_rev: u64) -> Stored<Step>;
    /// Those who wait, oldest first, behind a turn.
    async fn waiting(
        &self,
        account: &AccountId,
        team: Option<&TeamId>,
        after: Option<(Timestamp, ConversationId)>,
        limit: usize,
    ) -> Stored<Vec<Place>>;

    /// Notes that somebody was seen, and what they said about themself.
    async fn note_presence(&self, account: &AccountId, staff: StaffId, said: Said, at: Timestamp) -> Stored<()>;

    async fn add_note(&self, account: &AccountId, about: NoteAbout, note: &NoteRow) -> Stored<()>;
    /// Newest first, from before the note of this moment and name on if given.
    async fn notes(
        &self,
        account: &AccountId,
        about: NoteAbout,
        before: Option<(Timestamp, u128)>,
        limit: usize,
    ) -> Stored<Vec<NoteRow>>;
    async fn remove_note(&self, account: &AccountId, about: NoteAbout, at: Timestamp, once: u128) -> Stored<()>;
}
