//! Work on conversations: who has one, for how many each person has room, who waits for somebody, and what follows.
//!
//! # Rows
//!
//! **W**, a row of each conversation ([`Work`]), is the truth: who has it ([`Holder`]), its team, its labels, until when it is
//! hidden, since when it wants somebody, and `rev`, which counts the writes. Every write is on condition of the `rev` that was
//! read (the ETag of the API), so nobody overwrites anybody. No row is the same as `rev` 0. What made a person or a program the
//! holder is remembered as its [`Ticket`]: the `rev` that this write gave.
//!
//! **A desk**, a row of each person ([`Desk`]), says which conversations lie on it. A *slot* is a conversation's place there,
//! with the ticket that it was taken for.
//!
//! **The queue** has an entry ([`Entry`]) for each conversation that wants somebody while nobody can be found: a partition per
//! team and one for any, sorted by since when.
//!
//! # To give a conversation to somebody
//!
//! 1. Read W; the ticket will be `rev + 1`.
//! 2. Take the slot: put `conversation → ticket` on the desk on condition that the conversation has no slot there and, unless a
//!    person decides by hand, that fewer slots are taken than the person's capacity ([`Desk::may_take`]). Full, or taken: choose
//!    again, without whoever's desk has a slot of it already.
//! 3. Write W on condition of `rev`. Lost: give the slot back, on condition of the ticket, and begin again.
//!
//! A slot is given back *only on condition of its ticket*. Were a desk a mere set of conversations, a late repetition of
//! "give it back" would free the slot under which the same person has the conversation again. So at any moment a desk has a
//! slot for whatever W says is that person's, and a slot that W does not confirm is one of two things:
//!
//! - its ticket is not above W's `rev`: it is left over, and may go;
//! - its ticket is above: somebody is between 2 and 3, or died there. Whoever wants to clear it away first counts W's `rev` up
//!   ([`WorkChange::Touch`]): from then on the write in 3 is lost, and the slot is left over ([`repair`]).
//!
//! What a crash leaves behind is therefore a slot too many, never a person whom automation gave more than they have room for,
//! and never a conversation without W.
//!
//! # What follows
//!
//! Each change of W or of a head comes by the stream, at least once. Whoever handles it reads both as they are now and asks
//! [`settle`] what W lacks: the end of the conversation, that the customer's message wakes it, that it wants somebody. That is
//! written, which comes by the stream again. Since every write is followed by such a look, the last one sees all. Then
//! [`follows`] says what else there is: slots to give back, the queue to leave, somebody to find, a timer.
//!
//! To find somebody is [`choose`]. Whoever is chosen is given the conversation, unless others wait for that person longer
//! ([`stands_behind`]). Nobody: an entry into the queue. The queue is drained oldest first whenever somebody comes, a slot
//! becomes free, and every minute ([`Drain`]); every minute also because what waits becomes content with less ([`relaxed`]). An
//! entry goes after W has somebody (or wants nobody), and only on condition that it is not
//! newer than the W that was read ([`Entry::may_go`]): else one that was put again meanwhile would go with it.
//!
//! The minute's sweep drains, repairs desks, and looks for owners who are silent ([`silent`]).
//!
//! # Automation and people
//!
//! One [`Holder`] at a time. A program that answers customers has a *lease*: it says its ticket with all it does, and what it
//! does is written on condition that W still has that ticket ([`Work::lets_act`]). A person who takes the conversation ends the
//! lease with the same write, and whatever the program does later is refused.
//!
//! Snoozed conversations keep their slot: they come back to whoever has them. Closing lies on the head; that it ends the work
//! follows.

mod archive;
mod canned;
mod change;
mod choose;
mod desk;
mod follows;
mod member;
mod note;
mod presence;
mod queue;
mod response;
mod settings;
mod silence;
#[cfg(test)]
mod simulation;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    ConversationId, StaffId, TeamId, Timestamp,
    ids::{AutomationId, LabelId},
};
pub use archive::{archive_due, archive_due_at, quiet_since};
pub use canned::{BadCanned, CannedReply, Unfilled, fill};
pub use change::{Actor, LONGEST_LEASE, LONGEST_SNOOZE, MOST_LABELS, WorkChange, WorkRefused};
pub use choose::{
    Candidate, Considered, Fit, Found, NobodyWhy, Selection, Tongue, Wanted, Why, anybody_free, attended, choose,
    relaxed,
};
pub use desk::{Desk, FLUX, NoSlot, Repair, Slot, repair};
pub use follows::{Facts, Follow, follows, settle};
pub use member::{BadMember, Member};
pub use note::{BadNote, LONGEST_NOTE, MOST_MENTIONS, Note, NoteAbout};
pub use presence::{ONLINE_FOR, Presence, Said, worth_noting};
pub use queue::{Drain, Entry, LOOK_AHEAD, Place, partitions, partitions_of, stands_behind};
pub use response::{Response, Responses, Speaker, responses};
pub use settings::{BadWorkSettings, Route, Sla, Team, WorkSettings};
pub use silence::{AfterSilence, LastWords, Silence, after_silence, silent};

/// The `rev` of W that made somebody its holder. Never given twice, so whoever shows an older one comes too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub u64);

/// The work on one conversation: the row W.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    pub conversation: ConversationId,
    pub holder: Holder,
    /// Whose it was when it ended: the first to be asked when the customer comes back.
    pub previous: Option<StaffId>,
    /// Who put it back, or let it lie: the last to be asked.
    pub passed_over: Option<StaffId>,
    pub team: Option<TeamId>,
    /// At most [`MOST_LABELS`].
    pub labels: BTreeSet<LabelId>,
    pub snooze: Option<Snooze>,
    /// It wants somebody of the staff; never while somebody has it.
    pub asked: Option<Asked>,
    /// Counts the writes.
    pub rev: u64,
    /// When it was written last; `None`: an earlier version did.
    pub changed_at: Option<Timestamp>,
}

/// Who answers the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Nobody,
    /// Until its lease ends.
    Automation(Lease),
    Staff(Owner),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub staff: StaffId,
    pub since: Timestamp,
    pub ticket: Ticket,
    pub how: How,
}

/// How somebody came to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "OwnedHow")]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A person decided, whatever the capacity.
    ByHand,
    Automatic,
}

/// A program's time with a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub to: AutomationId,
    pub ticket: Ticket,
    pub until: Timestamp,
}

/// Hidden until a time, or until the customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snooze {
    pub until: Timestamp,
    /// The customer's newest message then. A newer one wakes the conversation, whatever any clock says.
    pub seen: Option<Timestamp>,
}

/// Since when a conversation wants somebody, and who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub since: Timestamp,
    pub by: AskedBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// The customer waits. Once answered, it wants nobody any more.
    Customer,
    /// Somebody handed it over or put it back: it wants somebody until somebody has it.
    Staff,
}

impl Work {
    /// As long as nothing was written: no row.
    pub fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            holder: Holder::Nobody,
            previous: None,
            passed_over: None,
            team: None,
            labels: BTreeSet::new(),
            snooze: None,
            asked: None,
            rev: 0,
            changed_at: None,
        }
    }

    pub fn owner(&self) -> Option<&Owner> {
        match &self.holder {
            Holder::Staff(owner) => Some(owner),
            Holder::Nobody | Holder::Automation(_) => None,
        }
    }

    /// The lease of a program, if it has not run out.
    pub fn lease(&self, now: Timestamp) -> Option<&Lease> {
        match &self.holder {
            Holder::Automation(lease) => Some(lease).filter(|lease| now < lease.until),
            Holder::Nobody | Holder::Staff(_) => None,
        }
    }

    /// Whether a program with this ticket may still act: the condition of all that it does.
    pub fn lets_act(&self, ticket: Ticket, now: Timestamp) -> bool {
        self.lease(now).is_some_and(|lease| lease.ticket == ticket)
    }

    /// The ticket of whoever the next write makes its holder.
    pub fn next_ticket(&self) -> Ticket {
        Ticket(self.rev + 1)
    }

    /// Where it stands in the queue while nobody can be found. `None`: it wants nobody now.
    pub fn entry(&self, now: Timestamp) -> Option<Entry> {
        let asked = self.asked.filter(|_| self.owner().is_none() && self.lease(now).is_none())?;
        if self.snooze.is_some() {
            return None;
        }
        let place = Place { team: self.team.clone(), since: asked.since, conversation: self.conversation };
        Some(Entry { place, rev: self.rev })
    }

    /// Whether it is hidden.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snooze.is_some_and(|snooze| now < snooze.until)
    }
}
