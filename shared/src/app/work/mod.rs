//! Who looks after which conversation: what follows from a change, giving one to somebody, the queue, and the sweep that repairs.
//! The protocol is told in `domain/work`.

mod archive;
mod giving;
mod hand;
mod house;
mod look;
mod serve;
mod sweep;

pub use archive::archive;
pub use hand::{Hand, NotChanged, change, with_skill};
pub use house::{House, language_of, members};
pub use look::{follow, look};
pub use serve::serve_person;
pub use sweep::{arm, sweep};
