//! The handlers, by what they are about; `table.rs` leads to them.

mod asked;
pub mod audit;
pub mod automations;
pub mod board;
pub mod canned;
pub mod channels;
pub mod consents;
pub mod contacts;
pub mod context;
pub mod conversations;
pub mod costs;
pub mod endpoints;
pub mod held;
pub mod imports;
mod inbox;
pub mod jobs;
pub mod ladder;
pub mod me;
pub mod messages;
pub mod parked;
pub mod plan;
pub mod prices;
pub mod privacy;
pub mod rehearse;
pub mod reports;
pub mod requests;
pub mod sign_in;
pub mod staff;
pub mod subscriptions;
mod table;
pub mod templates;
pub mod tokens;
pub mod work;

pub use table::table;
