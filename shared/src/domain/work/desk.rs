//! A person's desk: which conversations lie on it, and whether there is room for one more.

use std::collections::BTreeMap;

use super::{How, Ticket, Work};
use crate::domain::{ConversationId, StaffId, Timestamp, time::SignedDuration};

/// A slot that W does not confirm yet may belong to somebody who is just about to write W. After so long they are dead, or
/// lose: it is only for the sake of those who live that it is not done sooner.
pub const FLUX: SignedDuration = SignedDuration::from_mins(1);

/// A conversation's place on a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub ticket: Ticket,
    pub taken_at: Timestamp,
}

/// One row. Each of its writes is on condition of what [`Desk::may_take`] or a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    pub staff: StaffId,
    pub slots: BTreeMap<ConversationId, Slot>,
    /// How many conversations automation gives at most.
    pub capacity: u32,
    /// When automation took the newest slot.
    pub last_assigned_at: Option<Timestamp>,
}

/// Why a slot is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSlot {
    Full,
    /// The conversation has a slot here already: somebody is at work on it, or it is left over. Automation chooses somebody
    /// else; else the conversation would be passed by until the desk is repaired. By hand: see [`repair`], then again.
    Taken(Slot),
}

impl Desk {
    pub fn new(staff: StaffId, capacity: u32) -> Self {
        Self { staff, slots: BTreeMap::new(), capacity, last_assigned_at: None }
    }

    /// The condition of taking a slot. By hand, a desk has room for whatever a person takes.
    pub fn may_take(&self, conversation: ConversationId, how: How) -> Result<(), NoSlot> {
        if let Some(slot) = self.slots.get(&conversation) {
            return Err(NoSlot::Taken(*slot));
        }
        match how {
            How::Automatic if !self.has_room() => Err(NoSlot::Full),
            How::Automatic | How::ByHand => Ok(()),
        }
    }

    /// Whether automation may give one more.
    pub fn has_room(&self) -> bool {
        self.slots.len() < usize::try_from(self.capacity).unwrap_or(usize::MAX)
    }

    /// Whether those who wait for this person are to be looked at: there was no room before this write, and there is now.
    pub fn became_free(old: Option<&Self>, new: &Self) -> bool {
        new.has_room() && !old.is_some_and(Self::has_room)
    }
}

/// What is to be done about a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// It is left over: it goes, on condition of its ticket.
    GiveBack(Ticket),
    /// Whoever took it may still be about to write W: first W's `rev` is counted up, on condition of this one, then one looks
    /// again.
    TouchFirst { rev: u64 },
    /// It has another ticket than W says: it is replaced, on condition of the former.
    Replace { former: Ticket, ticket: Ticket },
    /// W says that the conversation lies here, and it does not: it is put, on condition that there is none.
    Add(Ticket),
}

/// Compares a conversation's slot on a desk with W, both as they are now. `None`: all is well, or will be soon.
pub fn repair(staff: StaffId, slot: Option<Slot>, work: &Work, now: Timestamp) -> Option<Repair> {
    let confirmed = work.owner().filter(|owner| owner.staff == staff).map(|owner| owner.ticket);
    match (slot, confirmed) {
        (Some(slot), Some(ticket)) if slot.ticket == ticket => None,
        (Some(slot), _) if slot.ticket.0 > work.rev => {
            let dead = now.duration_since(slot.taken_at) >= FLUX;
            dead.then_some(Repair::TouchFirst { rev: work.rev })
        }
        (Some(slot), Some(ticket)) => Some(Repair::Replace { former: slot.ticket, ticket }),
        (Some(slot), None) => Some(Repair::GiveBack(slot.ticket)),
        (None, Some(ticket)) => Some(Repair::Add(ticket)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::work::{Actor, WorkChange};

    const ANNA: StaffId = StaffId::from_bits(1);
    const BEN: StaffId = StaffId::from_bits(2);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn conversation(number: u128) -> ConversationId {
        ConversationId::from_bits(number)
    }

    fn slot(ticket: u64) -> Slot {
        Slot { ticket: Ticket(ticket), taken_at: at(0) }
    }

    #[test]
    fn automation_keeps_to_the_capacity_and_people_need_not() {
        let mut desk = Desk::new(ANNA, 1);
        assert_eq!(desk.may_take(conversation(1), How::Automatic), Ok(()));
        desk.slots.insert(conversation(1), slot(1));
        assert_eq!(desk.may_take(conversation(2), How::Automatic), Err(NoSlot::Full));
        assert_eq!(desk.may_take(conversation(2), How::ByHand), Ok(()));
        // Somebody else is at it, whoever asks.
        for how in [How::Automatic, How::ByHand] {
            assert_eq!(desk.may_take(conversation(1), how), Err(NoSlot::Taken(slot(1))));
        }
        assert_eq!(Desk::new(ANNA, 0).may_take(conversation(1), How::Automatic), Err(NoSlot::Full));
    }

    #[test]
    fn room_is_news_only_when_there_was_none() {
        let full = Desk { slots: [(conversation(1), slot(1))].into(), ..Desk::new(ANNA, 1) };
        let roomy = Desk { capacity: 2, ..full.clone() };
        assert!(Desk::became_free(Some(&full), &roomy));
        assert!(Desk::became_free(None, &roomy));
        assert!(!Desk::became_free(Some(&roomy), &roomy));
        assert!(!Desk::became_free(Some(&roomy), &full));
    }

    #[test]
    fn a_slot_that_w_confirms_stays_and_one_that_it_never_will_goes() {
        let new = Work::new(conversation(1));
        let owned = new.apply(&WorkChange::Assign { to: ANNA }, &Actor::Client, at(0)).unwrap();
        assert_eq!(repair(ANNA, Some(slot(1)), &owned, at(99)), None);
        assert_eq!(repair(BEN, Some(slot(1)), &owned, at(0)), Some(Repair::GiveBack(Ticket(1))));
        assert_eq!(repair(ANNA, None, &owned, at(0)), Some(Repair::Add(Ticket(1))));
        assert_eq!(repair(BEN, None, &owned, at(0)), None);
        let again = owned.apply(&WorkChange::Assign { to: BEN }, &Actor::Client, at(1)).unwrap();
        let again = again.apply(&WorkChange::Assign { to: ANNA }, &Actor::Client, at(2)).unwrap();
        let replace = Repair::Replace { former: Ticket(1), ticket: Ticket(3) };
        assert_eq!(repair(ANNA, Some(slot(1)), &again, at(3)), Some(replace));
    }

    #[test]
    fn a_slot_in_flux_goes_only_after_w_was_counted_up() {
        let new = Work::new(conversation(1));
        assert_eq!(repair(ANNA, Some(slot(1)), &new, at(59)), None);
        assert_eq!(repair(ANNA, Some(slot(1)), &new, at(60)), Some(Repair::TouchFirst { rev: 0 }));
        let touched = new.apply(&WorkChange::Touch, &Actor::Rules, at(60)).unwrap();
        assert_eq!(repair(ANNA, Some(slot(1)), &touched, at(60)), Some(Repair::GiveBack(Ticket(1))));
    }
}
