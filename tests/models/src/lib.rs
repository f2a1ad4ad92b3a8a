//! Claim, send and settle of one message as a model that is explored in every order: two senders, redelivery, crashes,
//! lost answers, receipts. The rules are the product's own (`domain::sending`, `domain::effects`); the writes are those of
//! the store, and `tests/conforms.rs` holds them against it.

mod row;
mod system;
mod world;

pub use row::{Row, Said, State, Try, Wrote, at};
pub use system::{Event, System};
pub use world::{Broken, Budget, Heard, World};
