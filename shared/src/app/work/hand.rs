//! Somebody changes the work on a conversation by hand.

use super::{
    giving::{Given, give},
    house::{Concern, House},
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ConversationId, StaffId,
        ids::SkillId,
        work::{Actor, Found, NoSlot, Repair, Wanted, Work, WorkChange, WorkRefused, choose, repair},
    },
    ports::store::Step,
};

/// A change that somebody asks for.
#[derive(Debug)]
pub struct Hand {
    pub change: WorkChange,
    pub by: Actor,
    /// The revision that they saw. `None`: whatever it is now.
    pub seen: Option<u64>,
}

/// Why it was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    #[error("there is no such conversation")]
    NoConversation,
    #[error("nobody of that id is on the staff, or they may not sign in")]
    NobodyThere,
    #[error(transparent)]
    Refused(WorkRefused),
    #[error("somebody else is just giving it to the same person; look again")]
    Busy,
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// So often it is tried where nobody said what they saw.
const TRIES: usize = 5;

/// Makes the change, and answers the work as it is then.
pub async fn change(parts: &Parts, account: &AccountId, id: ConversationId, hand: &Hand) -> Result<Work, NotChanged> {
    let concern = Concern::load(parts, account, id).await?.ok_or(NotChanged::NoConversation)?;
    let id = concern.head.id;
    let house = House::load(parts, account).await?;
    if let WorkChange::Assign { to } = &hand.change
        && house.member(*to).is_none()
    {
        return Err(NotChanged::NobodyThere);
    }
    let mut lost = None;
    for _ in 0..TRIES {
        let work = parts.store.work(account, id).await.map_err(Trouble::from)?;
        work.check_rev(hand.seen).map_err(NotChanged::Refused)?;
        let now = parts.now();
        // When it began to want somebody, and what the customer wrote last, the caller need not know.
        let facts = concern.facts(&work, &house.settings);
        let mut change = hand.change.clone();
        match &mut change {
            WorkChange::HandTo { since, .. } | WorkChange::Release { since } => *since = facts.wants_since(now),
            WorkChange::Snooze { seen, .. } => *seen = facts.last_in,
            WorkChange::Take
            | WorkChange::Assign { .. }
            | WorkChange::Label { .. }
            | WorkChange::Unlabel { .. }
            | WorkChange::Wake
            | WorkChange::Ask { .. }
            | WorkChange::Answered
            | WorkChange::End
            | WorkChange::Lend { .. }
            | WorkChange::Renew { .. }
            | WorkChange::HandBack
            | WorkChange::Touch => {}
        }
        let Some((to, how)) = work.needs_slot(&change, &hand.by) else {
            let new = work.apply(&change, &hand.by, now).map_err(NotChanged::Refused)?;
            match parts.store.write_work(account, &work, &new).await.map_err(Trouble::from)? {
                Step::Done => return Ok(new),
                Step::Lost => {
                    lost = Some(WorkRefused::Changed { rev: work.rev + 1 });
                    continue;
                }
            }
        };
        match give(parts, account, &work, (&change, &hand.by), &house.desk(to), how).await? {
            Given::Done(new) => return Ok(*new),
            Given::Refused(refused) => return Err(NotChanged::Refused(refused)),
            Given::Lost => lost = Some(WorkRefused::Changed { rev: work.rev + 1 }),
            // By hand there is always room: a slot of the same conversation is in the way.
            Given::NoSlot(NoSlot::Full) => {}
            Given::NoSlot(NoSlot::Taken(slot)) => match repair(to, Some(slot), &work, now) {
                Some(Repair::GiveBack(ticket)) => {
                    parts.store.give_back(account, to, id, ticket).await.map_err(Trouble::from)?;
                }
                Some(Repair::TouchFirst { .. } | Repair::Replace { .. } | Repair::Add(_)) | None => {}
            },
        }
    }
    Err(lost.map_or(NotChanged::Busy, NotChanged::Refused))
}

/// Somebody who has this skill, is there and has room, among those whom the conversation is for.
pub async fn with_skill(
    parts: &Parts,
    account: &AccountId,
    id: ConversationId,
    skill: &SkillId,
) -> Result<Option<StaffId>, Trouble> {
    let Some(concern) = Concern::load(parts, account, id).await? else { return Ok(None) };
    let house = House::load(parts, account).await?;
    let (work, now) = (parts.store.work(account, concern.head.id).await?, parts.now());
    let skills = [skill.clone()].into_iter().collect();
    let wanted = Wanted::of(&work, concern.language.as_deref(), skills, &house.settings);
    Ok(match choose(&house.candidates(&[]), &wanted, now).found {
        Found::Somebody { staff, .. } => Some(staff),
        Found::Nobody { .. } => None,
    })
}
