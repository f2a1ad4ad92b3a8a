//! What programs asked for is kept, freed, in order, and never sent once it was taken back.

use std::collections::BTreeMap;

use transom::domain::{MessageId, sending::Delivery};

use super::{Table, messages::stood};
use crate::{
    outside::Said,
    workload::{HOUR, MINUTE},
    world::World,
};

/// What was accepted is there, goes out once, and not after it was taken back. (Fault matrix D20, D23.)
pub(super) fn intents_are_kept(world: &World, table: &Table) {
    let intents = world.truth().intents.clone();
    for intent in &intents {
        let Some((id, _)) = intent.accepted else {
            world.violate("I10", format!("{:?} was never accepted", intent.text));
            continue;
        };
        if !table.outbound.contains_key(&id) {
            world.violate("I1", format!("{:?} was accepted as {id} and is lost", intent.text));
        }
        let went = stood(world, id);
        if intent.cancelled_at.is_some() && went {
            world.violate("D23", format!("{id} went out although its taking back was confirmed"));
        }
    }
    let mut by_text: BTreeMap<&str, u32> = BTreeMap::new();
    let outside = world.outside();
    for acceptance in outside.accepted.values().flatten().filter(|one| !one.fails && one.text.contains(": ")) {
        *by_text.entry(acceptance.text.as_str()).or_insert(0) += 1;
    }
    let twice: Vec<String> = by_text
        .into_iter()
        .filter(|(text, count)| *count > 1 && intents.iter().any(|intent| intent.text == *text))
        .map(|(text, count)| format!("{text:?} reached the customer {count} times"))
        .collect();
    drop(outside);
    for words in twice {
        world.violate("I4", words);
    }
}

/// What is held for a customer goes out when they write.
pub(super) fn releases_come(world: &World, table: &Table) {
    let said: Vec<Said> = world.outside().said.clone();
    let closed_early = world.outside().closed_early.clone();
    let intents = world.truth().intents.clone();
    for intent in &intents {
        let Some((id, accepted_at)) = intent.accepted else { continue };
        let Some(row) = table.outbound.get(&id) else { continue };
        if row.delivery() != Delivery::Expired {
            continue;
        }
        let freed = said.iter().find(|one| {
            let heard_in_time = one.acknowledged_at.is_some_and(|at| {
                at > accepted_at && at < row.expires_at.as_millisecond() - 3 * HOUR && at < one.at + 20 * HOUR
            });
            // Only a message that opened a window, and a newer one than what it was planned with. A minute or two may lie
            // between the provider's clock and the one by which it was planned.
            let opened = one.opens_window && !closed_early.contains(&(one.number, one.person, one.at));
            let newer = row.planned_with.is_none_or(|with| one.at > with.as_millisecond() + 3 * MINUTE);
            let same = one.person == intent.person && one.number == intent.number;
            same && newer && opened && !one.stop && heard_in_time
        });
        if let Some(one) = freed {
            world.violate("I10", format!("{id} expired although {} would have freed it", one.provider_id));
        }
    }
}

/// C11: what was accepted later does not arrive earlier. Only where clocks agree, and where nothing was tried twice.
pub(super) fn replies_keep_their_order(world: &World, table: &Table) {
    if world.faults().skew > 0 {
        return;
    }
    let intents = world.truth().intents.clone();
    let arrived = |id: MessageId| {
        let row = table.outbound.get(&id)?;
        let outside = world.outside();
        let all = outside.accepted.get(&id)?;
        (row.attempt == 1 && all.len() == 1 && all[0].free_form).then(|| all[0].at)
    };
    for first in &intents {
        let Some((first_id, accepted_at)) = first.accepted else { continue };
        let Some(first_at) = arrived(first_id) else { continue };
        for second in &intents {
            let same = second.number == first.number && second.person == first.person;
            let Some((second_id, _)) = second.accepted else { continue };
            if !same || second.asked_at <= accepted_at || second_id.conversation != first_id.conversation {
                continue;
            }
            if arrived(second_id).is_some_and(|second_at| second_at < first_at) {
                world.violate("C11", format!("{second_id} overtook {first_id}"));
            }
        }
    }
}
