//! A conversation is given to somebody: the slot on their desk first, then the work; where that is lost, the slot goes back.

use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId,
        work::{Actor, Desk, How, NoSlot, Slot, Work, WorkChange, WorkRefused},
    },
    ports::store::Step,
};

/// What came of it.
#[derive(Debug)]
pub(super) enum Given {
    Done(Box<Work>),
    NoSlot(NoSlot),
    /// Somebody wrote the work meanwhile.
    Lost,
    Refused(WorkRefused),
}

pub(super) async fn give(
    parts: &Parts,
    account: &AccountId,
    seen: &Work,
    (change, by): (&WorkChange, &Actor),
    desk: &Desk,
    how: How,
) -> Result<Given, Trouble> {
    let now = parts.now();
    let new = match seen.apply(change, by, now) {
        Ok(new) => new,
        Err(refused) => return Ok(Given::Refused(refused)),
    };
    let slot = Slot { ticket: seen.next_ticket(), taken_at: now };
    if let Err(no_slot) = parts.store.take_slot(account, desk, seen.conversation, slot, how).await? {
        return Ok(Given::NoSlot(no_slot));
    }
    match parts.store.write_work(account, seen, &new).await? {
        Step::Done => Ok(Given::Done(Box::new(new))),
        Step::Lost => {
            // On condition of its ticket: should it be confirmed after all, it is another one by now.
            parts.store.give_back(account, desk.staff, seen.conversation, slot.ticket).await?;
            Ok(Given::Lost)
        }
    }
}
