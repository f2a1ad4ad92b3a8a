//! What the benches share: bodies as Meta sends them, a store that only answers, and measures of processor and memory.

pub mod bodies;
pub mod canned;
pub mod clocked;
pub mod machine;
pub mod setting;
