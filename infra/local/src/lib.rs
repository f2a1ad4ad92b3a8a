//! The whole of Transom in one process, with a stand-in for the outside world.

#![forbid(unsafe_code)]

pub mod chance;
pub mod checkpoints;
pub mod clock;
#[cfg(test)]
mod fakes;
pub mod front;
pub mod functions;
pub mod gate;
pub mod mapping;
pub mod outside;
pub mod page;
pub mod system;
