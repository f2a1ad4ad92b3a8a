//! The handlers, by what they are about.

mod asked;
pub mod channels;
pub mod contacts;
pub mod conversations;
pub mod costs;
pub mod endpoints;
pub mod held;
mod inbox;
pub mod jobs;
pub mod ladder;
pub mod messages;
pub mod parked;
pub mod plan;
pub mod prices;
pub mod privacy;
pub mod rehearse;
pub mod reports;
pub mod subscriptions;
pub mod templates;
