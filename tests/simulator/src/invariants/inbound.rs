//! What was acknowledged is stored, once, and nothing else is.

use std::collections::BTreeMap;

use transom::{
    app::mint::inbound_key,
    domain::{Timestamp, ids::MessageKey},
};

use super::Table;
use crate::{outside::Said, world::World};

/// I1, I2 and I3 for what came in: everything acknowledged is there, once, and nothing else.
pub(super) fn inbound_is_complete(world: &World, table: &Table) {
    const TAIL: u128 = (1 << 80) - 1;
    let tail = |key: MessageKey| key.bits() & TAIL;
    let mut rows: BTreeMap<(String, u128), u32> = BTreeMap::new();
    for message in &table.inbound {
        *rows.entry((message.account.to_string(), tail(message.id.key))).or_insert(0) += 1;
    }
    let said: Vec<Said> = world.outside().said.clone();
    for one in &said {
        let number = &world.cast.numbers[one.number];
        let account = world.cast.accounts[number.account].id.to_string();
        let channel = number.name.parse().expect("a slug");
        let key = (account, tail(inbound_key(Timestamp::UNIX_EPOCH, &channel, &one.provider_id)));
        match rows.remove(&key) {
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
