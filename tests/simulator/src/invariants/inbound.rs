//! What was acknowledged is stored, once, and nothing else is.

use std::collections::BTreeMap;

use transom::{
    app::mint::inbound_key,
    domain::{Timestamp, ids::MessageKey, message::Inbound},
};

use super::{Table, erasure};
use crate::{outside::Said, world::World};

const TAIL: u128 = (1 << 80) - 1;

/// The part of a key that is not its time.
fn tail(key: MessageKey) -> u128 {
    key.bits() & TAIL
}

/// By which a message that somebody said is known in the table, wherever it is filed: its account, and its key's tail.
fn name_of(world: &World, said: &Said) -> (String, u128) {
    let number = &world.cast.numbers[said.number];
    let channel = number.name.parse().expect("a slug");
    let key = inbound_key(Timestamp::UNIX_EPOCH, &channel, &said.provider_id);
    (world.cast.accounts[number.account].id.to_string(), tail(key))
}

/// The row of what somebody said.
pub(super) fn row_of<'a>(world: &World, table: &'a Table, said: &Said) -> Option<&'a Inbound> {
    let (account, name) = name_of(world, said);
    table.inbound.iter().find(|row| row.account.as_str() == account && tail(row.id.key) == name)
}

/// I1, I2 and I3 for what came in: everything acknowledged is there, once, and nothing else.
pub(super) fn inbound_is_complete(world: &World, table: &Table) {
    let mut rows: BTreeMap<(String, u128), u32> = BTreeMap::new();
    for message in &table.inbound {
        *rows.entry((message.account.to_string(), tail(message.id.key))).or_insert(0) += 1;
    }
    let said: Vec<Said> = world.outside().said.clone();
    for one in &said {
        // What they wrote around the moment of their erasure may be of either of the two that they are.
        if erasure::is_in_doubt(world, one) {
            rows.remove(&name_of(world, one));
            continue;
        }
        match rows.remove(&name_of(world, one)) {
            Some(1) => {}
            Some(count) => world.violate("I3", format!("{} is stored {count} times", one.provider_id)),
            None if one.acknowledged_at.is_some() => {
                world.violate("I1", format!("{} was acknowledged and is lost", one.provider_id));
            }
            None => {}
        }
    }
    for ((account, _), _) in rows {
        world.violate("I2", format!("an inbound message of {account} is stored that nobody wrote"));
    }
}
