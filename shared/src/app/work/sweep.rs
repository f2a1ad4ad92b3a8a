//! What comes round every few minutes where work is given out: the queue, desks that a crash left untidy, and owners who leave
//! customers waiting.

use std::collections::BTreeSet;

use super::{
    giving::{Given, give},
    house::{Concern, House},
    serve::serve,
};
use crate::{
    app::{Parts, Trouble, timers},
    domain::{
        AccountId, ConversationId, StaffId, Timestamp,
        time::SignedDuration,
        timer::TimerKind,
        work::{
            Actor, AfterSilence, How, LastWords, Repair, Slot, Work, WorkChange, after_silence, choose, partitions,
            repair, silent,
        },
    },
};

/// How often it comes round.
const EVERY: SignedDuration = SignedDuration::from_mins(3);

/// Arms the next round, if the account gives work out at all. Any number of times is as once: the time is the same for all who
/// ask within a round.
pub async fn arm(parts: &Parts, account: &AccountId) -> Result<(), Trouble> {
    let Some(settings) = parts.store.work_settings(account).await? else { return Ok(()) };
    let gives_out = settings.auto_assign || settings.teams.iter().any(|team| team.auto_assign == Some(true));
    if !gives_out {
        return Ok(());
    }
    let every = EVERY.as_secs();
    let round = parts.now().as_second().div_euclid(every) + 2;
    let due = Timestamp::from_second(round * every).map_err(|error| Trouble::Unexpected(error.into()))?;
    timers::arm(parts, due, account, TimerKind::WorkSweep {}).await
}

/// One round, and the next one armed.
pub async fn sweep(parts: &Parts, account: &AccountId) -> Result<(), Trouble> {
    // First, so that whatever fails below does not end the rounds.
    arm(parts, account).await?;
    let mut house = House::load(parts, account).await?;
    for (staff, at_work) in &house.at_work {
        for (conversation, slot) in &at_work.slots {
            tidy(parts, account, *staff, *conversation, *slot).await?;
        }
    }
    serve(parts, account, partitions(&house.settings)).await?;
    let owned: BTreeSet<ConversationId> =
        house.at_work.values().flat_map(|at_work| at_work.slots.keys().copied()).collect();
    // Desks changed in what was served.
    house = House::load(parts, account).await?;
    for conversation in owned {
        if hush(parts, account, &house, conversation).await? {
            house = House::load(parts, account).await?;
        }
    }
    Ok(())
}

/// Compares a slot with the work.
async fn tidy(
    parts: &Parts,
    account: &AccountId,
    staff: StaffId,
    conversation: ConversationId,
    slot: Slot,
) -> Result<(), Trouble> {
    let work = parts.store.work(account, conversation).await?;
    let now = parts.now();
    match repair(staff, Some(slot), &work, now) {
        None => {}
        Some(Repair::GiveBack(ticket)) => {
            parts.store.give_back(account, staff, conversation, ticket).await?;
        }
        // Whoever took it loses from here on; the next round takes it away.
        Some(Repair::TouchFirst { .. }) => {
            if let Ok(new) = work.apply(&WorkChange::Touch, &Actor::Rules, now) {
                parts.store.write_work(account, &work, &new).await?;
            }
        }
        Some(Repair::Replace { former, ticket }) => {
            let slot = Slot { ticket, taken_at: now };
            parts.store.put_slot(account, staff, conversation, Some(former), slot).await?;
        }
        Some(Repair::Add(ticket)) => {
            parts.store.put_slot(account, staff, conversation, None, Slot { ticket, taken_at: now }).await?;
        }
    }
    Ok(())
}

/// A customer whom the owner leaves waiting is given to somebody else. Answers whether desks may have changed.
async fn hush(
    parts: &Parts,
    account: &AccountId,
    house: &House,
    conversation: ConversationId,
) -> Result<bool, Trouble> {
    if house.settings.reassign_after_minutes.is_none() {
        return Ok(false);
    }
    let work = parts.store.work(account, conversation).await?;
    let Some(owner) = work.owner().copied() else { return Ok(false) };
    let Some(concern) = Concern::load(parts, account, conversation).await? else { return Ok(false) };
    let words = words_of(&concern);
    let presence = house.at_work.get(&owner.staff).and_then(|at_work| at_work.presence);
    let now = parts.now();
    let Some(why) = silent(&work, words, presence.as_ref(), &house.settings, now) else { return Ok(false) };
    let since = concern.facts(&work, &house.settings).wants_since(now);
    let mut wanted = house.wanted(&work, &concern, now);
    wanted.passed_over = Some(owner.staff);
    let found = choose(&house.candidates(&[]), &wanted, now).found;
    match after_silence(&work, why, &found, since) {
        AfterSilence::Leave => return Ok(false),
        AfterSilence::Change(change @ WorkChange::Assign { to }) => {
            reassign(parts, account, &work, &change, house, to).await?;
        }
        AfterSilence::Change(change) => {
            if let Ok(new) = work.apply(&change, &Actor::Rules, now) {
                parts.store.write_work(account, &work, &new).await?;
            }
        }
    }
    Ok(true)
}

async fn reassign(
    parts: &Parts,
    account: &AccountId,
    work: &Work,
    change: &WorkChange,
    house: &House,
    to: StaffId,
) -> Result<(), Trouble> {
    match give(parts, account, work, (change, &Actor::Rules), &house.desk(to), How::Automatic).await? {
        // Whatever was in the way, the next round looks again.
        Given::Done(_) | Given::NoSlot(_) | Given::Lost | Given::Refused(_) => Ok(()),
    }
}

/// Who wrote last. The first message that nobody answered is not on the head: the last one stands for it.
fn words_of(concern: &Concern) -> LastWords {
    let head = &concern.head;
    let last_in = head.last_in.as_ref().map(|last| last.at);
    let customer = last_in.filter(|_| head.customer_waits());
    LastWords { customer, staff: head.answered.map(|answered| answered.message.at()) }
}
