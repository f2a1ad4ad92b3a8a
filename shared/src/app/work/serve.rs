//! Serves those who wait in the queue, oldest first.

use super::{
    giving::{Given, give},
    house::{Concern, House},
};
use crate::{
    app::{Parts, Trouble},
    domain::{
        AccountId, StaffId, TeamId,
        work::{Actor, Drain, Found, How, NoSlot, Place, WorkChange, anybody_free, choose, partitions_of},
    },
};

/// So many are served in one go; the next sweep goes on.
const MOST: usize = 200;

/// Serves whoever waits for this person, who came or has room again.
pub async fn serve_person(parts: &Parts, account: &AccountId, staff: StaffId) -> Result<(), Trouble> {
    let house = House::load(parts, account).await?;
    match house.member(staff) {
        Some(member) => {
            let served = partitions_of(member, &house.settings);
            serve(parts, account, served).await
        }
        None => Ok(()),
    }
}

pub(super) async fn serve(parts: &Parts, account: &AccountId, partitions: Vec<Option<TeamId>>) -> Result<(), Trouble> {
    let mut drain = Drain::of(partitions);
    let mut house = House::load(parts, account).await?;
    for _ in 0..MOST {
        if !anybody_free(&house.candidates(&[]), parts.now()) {
            return Ok(());
        }
        let mut first = Vec::new();
        let after = drain.after();
        for team in drain.partitions() {
            first.extend(parts.store.waiting(account, team, after, 1).await?);
        }
        let Some(place) = drain.next(first) else { return Ok(()) };
        if serve_one(parts, account, &mut house, &mut drain, &place).await? {
            // Desks changed, by us or by others.
            house = House::load(parts, account).await?;
        }
    }
    Ok(())
}

/// Whether desks may have changed.
async fn serve_one(
    parts: &Parts,
    account: &AccountId,
    house: &mut House,
    drain: &mut Drain,
    place: &Place,
) -> Result<bool, Trouble> {
    let mut barred: Vec<StaffId> = Vec::new();
    loop {
        let now = parts.now();
        let work = parts.store.work(account, place.conversation).await?;
        let stands = work.entry(now).is_some_and(|entry| entry.place == *place);
        let concern = Concern::load(parts, account, place.conversation).await?;
        let Some(concern) = concern.filter(|_| stands) else {
            parts.store.remove_entry(account, place, work.rev).await?;
            return Ok(false);
        };
        if !house.settings.assigns(work.team.as_ref()) {
            return Ok(false);
        }
        let wanted = house.wanted(&work, &concern, now);
        let candidates = house.candidates(&barred);
        let Found::Somebody { staff, .. } = choose(&candidates, &wanted, now).found else {
            // Whoever is barred is there, and their desk will be repaired.
            if barred.is_empty() {
                drain.skip(place, &wanted);
            }
            return Ok(false);
        };
        let (change, by) = (WorkChange::Assign { to: staff }, Actor::Rules);
        match give(parts, account, &work, (&change, &by), &house.desk(staff), How::Automatic).await? {
            Given::Done(new) => {
                parts.store.remove_entry(account, place, new.rev).await?;
                return Ok(true);
            }
            Given::NoSlot(NoSlot::Taken(_)) => barred.push(staff),
            Given::NoSlot(NoSlot::Full) => *house = House::load(parts, account).await?,
            Given::Lost | Given::Refused(_) => return Ok(true),
        }
    }
}
