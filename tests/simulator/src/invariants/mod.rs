//! What must hold (fault matrix, section 1): while it runs, on every change that the stream tells of; and at the end, on
//! the whole table, against what really happened.

mod cost;
mod erasure;
mod events;
mod inbound;
mod intents;
mod messages;
mod steps;
mod table;
mod templates;
mod watcher;

use crate::{machine::Millis, world::World};

pub use cost::Work;
pub use events::OF_ACCOUNT;
pub use table::Table;
pub use watcher::Watcher;

/// Something that must never be.
#[derive(Debug, Clone)]
pub struct Violation {
    pub at: Millis,
    pub invariant: &'static str,
    pub words: String,
}

/// Checks everything that holds once all has come to rest.
pub fn check(world: &World, table: &Table) {
    let left = world.what_is_left();
    if !left.is_empty() {
        world.violate("I10", format!("it does not come to rest: {}", left.join(", ")));
    }
    messages::every_message_ends(world, table);
    inbound::inbound_is_complete(world, table);
    erasure::who_was_erased_is_forgotten(world, table);
    intents::intents_are_kept(world, table);
    intents::releases_come(world, table);
    templates::templates_go_once(world, table);
    templates::nobody_is_forgotten(world, table);
    steps::steps_keep_their_times(world, table);
    intents::replies_keep_their_order(world, table);
    events::everybody_is_told(world, table);
    cost::stays_within_its_budget(world);
}
