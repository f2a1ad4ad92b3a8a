//! What is kept for long and read seldom: the history of every message and event, hour by hour, old messages of
//! conversations, sums of each day, what was handed out, and receipts of erasures. Contents stay sealed under their person's
//! key, as in the table.

pub mod changes;
pub mod fold;
mod lines;
pub mod names;
pub mod numbers;
pub mod outputs;
pub mod period;
pub mod rollups;
pub mod segments;
pub mod tally;
pub mod threads;
