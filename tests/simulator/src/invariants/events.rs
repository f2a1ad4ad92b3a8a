//! I9: what happened reached everybody who is to be told, or is where people see it.

use std::collections::{BTreeMap, BTreeSet};

use transom::{
    domain::{
        EventId, SubscriptionId,
        effects::Change,
        event::{Event, EventKind, events},
        message::Outbound,
        sending::SenderState,
        time::SignedDuration,
    },
    ports::store::{DeliveryOutcome, Subscriptions},
};

use super::Table;
use crate::{
    cast::Index,
    outside::Kind,
    world::{World, at_once},
};

/// The account that has subscribers.
pub const OF_ACCOUNT: Index = 0;

/// A subscription that fails from the beginning is given up after five days; what happens later is nobody's to know.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(4 * 24);

pub(super) fn everybody_is_told(world: &World, table: &Table) {
    if !world.faults_at_first().subscribers {
        return;
    }
    let account = &world.cast.accounts[OF_ACCOUNT].id;
    let mut expected: BTreeMap<EventId, Event> = BTreeMap::new();
    let inbound = table.inbound.iter().filter(|message| message.account == *account);
    let inbound = inbound.map(|message| Change::Inbound { new: Box::new(message.clone()) });
    let outbound = table.outbound.values().filter(|message| message.account == *account).map(whole_way);
    for change in inbound.chain(outbound) {
        let happened = events(&change, world.now(), "0");
        // Whether it was held, and how often, a row does not remember.
        let remembered = happened.into_iter().filter(|event| event.kind != EventKind::MessageHeld);
        expected.extend(remembered.map(|event| (event.id, event)));
    }
    for kind in Kind::ALL {
        let given_up = given_up(world, kind);
        let began = world.began();
        // The others answer well before three days have passed.
        if kind != Kind::Dead && !given_up.is_empty() {
            world.violate("I9", format!("{} was given up on, though it works", kind.name()));
            return;
        }
        for (id, event) in expected.iter().filter(|(_, event)| kind.wants().contains(&event.kind)) {
            let heard = world.outside().heard.0.contains(&(kind, *id));
            let too_late = kind == Kind::Dead && event.at.duration_since(began) > TOLD_FOR;
            if !heard && !given_up.contains(id) && !too_late {
                let words =
                    format!("{} was never told of {} ({id}): {:?}", kind.name(), event.kind.word(), event.about);
                world.violate("I9", words);
                return;
            }
        }
    }
}

/// From its beginning to how it stands.
fn whole_way(message: &Outbound) -> Change {
    let old = Outbound {
        state: SenderState::Queued,
        attempt: 0,
        attempts: Vec::new(),
        way: None,
        reason: None,
        planned_with: None,
        ..message.clone()
    };
    Change::Outbound { old: Some(Box::new(old)), new: Box::new(message.clone()) }
}

/// What a subscriber was not told of, and people can see that.
fn given_up(world: &World, kind: Kind) -> BTreeSet<EventId> {
    let id: SubscriptionId = kind.name().parse().expect("a slug");
    let account = &world.cast.accounts[OF_ACCOUNT].id;
    let lines = at_once(world.store().deliveries(account, &id, None, 1_000_000)).expect("the engine answers");
    let given_up = lines.into_iter().filter(|line| line.outcome == DeliveryOutcome::GivenUp);
    given_up.map(|line| line.event.id).collect()
}
