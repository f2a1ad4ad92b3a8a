//! What rules do when something happens: facts are loaded, the domain decides, what it decided is noted, then done. The way from a
//! record of the stream to an effect is told in `domain/automation`.

pub mod bookings;
mod deeds;
mod escalating;
mod happened;
mod rulebook;
mod running;
mod scene;
mod sequences;
mod trying;

pub use escalating::{go_on as escalate, sla};
pub use happened::{booking, on_head, on_message, on_work, person_wrote, timer};
pub(super) use rulebook::is_fresh;
pub use rulebook::{KEPT, NotStored, Rulebook, put, rulebook};
pub use sequences::{begin_by_hand, look as look_at_sequence, stop_in as stop_sequence};
pub use trying::{Tried, resume, tried};
