//! One template for a closed window: none too early, none twice, none forgotten.

use std::collections::BTreeMap;

use transom::domain::{MessageId, Timestamp, message::Purpose, reason::Reason, sending::Answer, time::from_millis};

use super::{Table, inbound};
use crate::{
    cast::Index,
    outside::{Acceptance, Said},
    workload::{HOUR, MINUTE},
    world::World,
};

/// I6: one template for a closed window, and never before it has closed.
pub(super) fn templates_go_once(world: &World, table: &Table) {
    let accepted: Vec<(MessageId, Acceptance)> = {
        let outside = world.outside();
        outside.accepted.iter().flat_map(|(id, all)| all.iter().map(|one| (*id, one.clone()))).collect()
    };
    let mut by_window: BTreeMap<(Index, Index, Option<Timestamp>), Vec<MessageId>> = BTreeMap::new();
    for (id, acceptance) in &accepted {
        let Some(row) = table.outbound.get(id) else { continue };
        let Purpose::WindowTemplate { last_in, .. } = row.purpose else { continue };
        by_window.entry((acceptance.number, acceptance.person, last_in)).or_default().push(*id);
        let closes_at = last_in.map(|at| at.as_millisecond() + 24 * HOUR);
        // A reply that is held for the provider's early word may invite at once; its reason may be lost to a later verdict.
        let invites = acceptance.text == "answer_waiting";
        if closes_at.is_some_and(|closes_at| acceptance.at < closes_at) && !invites {
            world.violate("I6", format!("{id}, a fallback, went out before the window's end"));
        }
        let answered = table.outbound.values().find(|reply| {
            reply.purpose.is_reply()
                && reply.id.conversation == id.conversation
                && reply.planned_with >= last_in
                && last_in.is_some()
                && reply.current().is_some_and(|attempt| {
                    attempt.answer == Some(Answer::Accepted)
                        && attempt.failed.is_none()
                        && attempt.answered_at.is_some_and(|at| at < from_millis(acceptance.at - 20 * MINUTE))
                })
        });
        if let Some(reply) = answered
            && row.reason == Some(Reason::FallbackForUnanswered)
        {
            world.violate("I6", format!("{id}, a fallback, went out although {} had answered", reply.id));
        }
    }
    for ((_, _, last_in), ids) in by_window {
        if ids.len() > 1 {
            world.violate("I6", format!("{} templates went out for the window of {last_in:?}: {ids:?}", ids.len()));
        }
    }
}

/// I6: whoever was left waiting past the window's end got a template, or there is a reason on record.
pub(super) fn nobody_is_forgotten(world: &World, table: &Table) {
    let said: Vec<Said> = world.outside().said.clone();
    for one in said.iter().filter(|one| one.opens_window) {
        let number = &world.cast.numbers[one.number];
        let Some(heard_at) = one.acknowledged_at else { continue };
        let same = |other: &&Said| other.person == one.person && other.number == one.number && other.opens_window;
        let wrote_again = said.iter().filter(same).any(|other| other.at > one.at && other.at < one.at + 32 * HOUR);
        // A person by several names is several conversations until a merge; whoever was sent a link is one person with the
        // phone that follows it.
        let role = world.cast.guests.iter().find(|guest| guest.person == one.person && guest.number == one.number);
        let merged = world.outside().came_back.contains(&(one.number, one.person));
        let simple = !merged && role.is_some_and(|guest| guest.role != crate::cast::Role::TwoNames);
        let whatsapp = number.medium == transom::domain::channel::Medium::WhatsApp;
        let late = heard_at > one.at + 20 * HOUR;
        if wrote_again || !simple || !whatsapp || late {
            continue;
        }
        let account = &world.cast.accounts[number.account].id;
        let answered = world.outside().accepted.iter().any(|(id, all)| {
            let reply = table.outbound.get(id).is_some_and(|row| row.purpose.is_reply() && row.account == *account);
            reply && all.iter().any(|a| a.number == one.number && a.person == one.person && a.at >= one.at && !a.fails)
        });
        if answered {
            continue;
        }
        let skew = 3 * MINUTE;
        let (from, to) = (from_millis(one.at - skew), from_millis(heard_at + 6 * HOUR));
        let theirs = inbound::row_of(world, table, one).map(|row| row.id.conversation);
        let has_template = table.outbound.values().any(|row| {
            matches!(row.purpose, Purpose::WindowTemplate { last_in: Some(last_in), .. }
                if row.account == *account && Some(row.id.conversation) == theirs && (from..=to).contains(&last_in))
        });
        if !has_template {
            let name = &world.cast.people[one.person].name;
            world
                .violate("I6", format!("{name} wrote to {} at {} and was forgotten", number.name, from_millis(one.at)));
        }
    }
}
