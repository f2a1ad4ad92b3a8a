//! Every message comes to an end, and to the one that really happened.

use transom::domain::{MessageId, sending::Delivery};

use super::Table;
use crate::world::World;

pub(super) fn every_message_ends(world: &World, table: &Table) {
    for message in table.outbound.values() {
        let delivery = message.delivery();
        let open = matches!(delivery, Delivery::Queued | Delivery::Held | Delivery::Sending | Delivery::Unknown);
        if open {
            world.violate(
                "I10",
                format!("{} is still {} at the end ({:?})", message.id, delivery.word(), message.reason),
            );
        }
        let outside = world.outside();
        let taken = outside.accepted.get(&message.id).map_or(0, Vec::len);
        let really_failed = outside.accepted.get(&message.id).is_some_and(|all| all.iter().any(|one| one.fails));
        drop(outside);
        let told_failed = message.attempts.iter().any(|attempt| attempt.failed.is_some());
        if told_failed && !really_failed {
            world.violate("I11", format!("{} is shown as failed by a report that its provider never made", message.id));
        }
        if message.stands() && taken == 0 {
            world.violate("I2", format!("{} is {} and no provider took it", message.id, delivery.word()));
        }
        let final_unsent = matches!(delivery, Delivery::Refused | Delivery::Expired | Delivery::Cancelled);
        if final_unsent && stood(world, message.id) {
            world.violate("I7", format!("{} went out and is shown as {}", message.id, delivery.word()));
        }
    }
}

/// Whether a provider took it for good.
pub(super) fn stood(world: &World, id: MessageId) -> bool {
    world.outside().accepted.get(&id).is_some_and(|all| all.iter().any(|one| !one.fails))
}
