//! Numbers about the work: how long customers wait, what they are promised, who does how much, and how it ends.
//!
//! A customer begins to *wait* with a message while nobody owes them an answer. The first message of a person, or of a program
//! that speaks for one, that goes out after that ends the wait; what rules and the ladder send does not. The *first* answer is
//! that of a conversation since it opened; a conversation opens with its first message, and anew when the customer writes after its
//! end. What is promised is promised from when the wait began, in open hours where hours are set.
//!
//! Facts are told in the order of time ([`Standing::see`]), the sums of a day kept ([`DayOfWork`]) and what is open at its end
//! carried over to the next ([`Standings`]). So a day is counted from its own history, and counting it again gives the same.

mod facts;
mod spread;
mod standing;
mod sums;

pub use facts::{Fact, Fallback, Fallen, How, Left, Outcome, Score, What, WorkChanged, fact_of};
pub use spread::Spread;
pub use standing::{COMES_BACK_WITHIN, Promises, REMEMBERED_FOR, SAVED_IN_THE_LAST, Standing, Standings};
pub use sums::{Counting, DayOfWork, FallbackLine, FallbackSums, Sums, TeamLine, VERSION, Whose, WorkLine};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
