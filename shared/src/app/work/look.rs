//! What follows from a change of a conversation or of its work.

use super::{
    giving::{Given, give},
    house::{Concern, House},
    serve::serve,
};
use crate::{
    app::{Parts, Trouble, timers},
    domain::{
        AccountId, ConversationId, StaffId,
        timer::TimerKind,
        work::{
            Actor, Entry, Follow, Found, How, NoSlot, Work, WorkChange, choose, follows, partitions_of, settle,
            stands_behind,
        },
    },
    ports::store::Step,
};

/// So often a conversation is looked at anew because somebody else wrote meanwhile; then the change comes again.
const TRIES: usize = 8;

/// Follows a write of the work.
pub async fn follow(parts: &Parts, account: &AccountId, old: Option<&Work>, new: &Work) -> Result<(), Trouble> {
    let now = parts.now();
    let mut find = false;
    for follow in follows(old, new, now) {
        match follow {
            Follow::GiveBack { staff, ticket } => {
                parts.store.give_back(account, staff, new.conversation, ticket).await?;
            }
            Follow::LeaveQueue(entry) => {
                parts.store.remove_entry(account, &entry.place, entry.rev).await?;
            }
            Follow::FindSomebody => find = true,
            Follow::LookAt(at) => {
                let kind = TimerKind::Work { conversation: new.conversation };
                timers::arm(parts, at, account, kind).await?;
            }
        }
    }
    look_for(parts, account, new.conversation, find).await
}

/// Settles what the work lacks after something happened in the conversation.
pub async fn look(parts: &Parts, account: &AccountId, conversation: ConversationId) -> Result<(), Trouble> {
    look_for(parts, account, conversation, false).await
}

async fn look_for(parts: &Parts, account: &AccountId, id: ConversationId, find: bool) -> Result<(), Trouble> {
    let settings = parts.store.work_settings(account).await?;
    // Where nothing is given out and nobody worked on it, there is nothing to settle: most accounts' every message.
    if settings.is_none() && parts.store.work(account, id).await?.rev == 0 {
        return Ok(());
    }
    let settings = settings.unwrap_or_default();
    let Some(concern) = Concern::load(parts, account, id).await? else { return Ok(()) };
    let id = concern.head.id;
    let mut barred: Vec<StaffId> = Vec::new();
    for _ in 0..TRIES {
        let work = parts.store.work(account, id).await?;
        let now = parts.now();
        let facts = concern.facts(&work, &settings);
        if let Some(change) = settle(&work, &facts, now) {
            let asks = matches!(change, WorkChange::Ask { .. });
            // Where people take what they see, nobody is asked for.
            if asks && !settings.assigns(facts.team.as_ref()) {
                return Ok(());
            }
            let Ok(new) = work.apply(&change, &Actor::Rules, now) else { return Ok(()) };
            // What follows from it comes by the stream again.
            match parts.store.write_work(account, &work, &new).await? {
                Step::Done => return Ok(()),
                Step::Lost => continue,
            }
        }
        let Some(entry) = work.entry(now).filter(|_| find) else { return Ok(()) };
        let house = House::load(parts, account).await?;
        if !house.settings.assigns(work.team.as_ref()) {
            // It waits where people see it, and whoever wants takes it.
            return put(parts, account, &entry).await;
        }
        let wanted = house.wanted(&work, &concern, now);
        let Found::Somebody { staff, .. } = choose(&house.candidates(&barred), &wanted, now).found else {
            return put(parts, account, &entry).await;
        };
        if stands_behind_others(parts, account, &house, staff, &entry).await? {
            put(parts, account, &entry).await?;
            let served = house.member(staff).map(|member| partitions_of(member, &house.settings));
            return serve(parts, account, served.unwrap_or_default()).await;
        }
        let (change, by) = (WorkChange::Assign { to: staff }, Actor::Rules);
        match give(parts, account, &work, (&change, &by), &house.desk(staff), How::Automatic).await? {
            Given::Done(_) => return Ok(()),
            Given::NoSlot(NoSlot::Taken(_)) => barred.push(staff),
            Given::Lost | Given::Refused(_) | Given::NoSlot(NoSlot::Full) => {}
        }
    }
    Err(Trouble::Unexpected("a conversation's work changed too often to be looked at".into()))
}

async fn put(parts: &Parts, account: &AccountId, entry: &Entry) -> Result<(), Trouble> {
    parts.store.put_entry(account, entry).await?;
    Ok(())
}

/// Whether others wait longer for the person who was chosen.
async fn stands_behind_others(
    parts: &Parts,
    account: &AccountId,
    house: &House,
    staff: StaffId,
    entry: &Entry,
) -> Result<bool, Trouble> {
    let Some(member) = house.member(staff) else { return Ok(false) };
    let mut first = Vec::new();
    for team in partitions_of(member, &house.settings) {
        first.extend(parts.store.waiting(account, team.as_ref(), None, 1).await?);
    }
    Ok(stands_behind(&entry.place, &first))
}
