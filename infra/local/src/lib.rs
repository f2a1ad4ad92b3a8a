//! The whole of Transom in one process, with a stand-in for the outside world.

#![forbid(unsafe_code)]

pub mod chance;
pub mod checkpoints;
pub mod cli;
pub mod clock;
pub mod demo;
#[cfg(test)]
mod fakes;
pub mod front;
pub mod functions;
pub mod gate;
pub mod handlers;
pub mod issuer;
pub mod local;
pub mod mapping;
pub mod noted;
pub mod outside;
pub mod page;
pub mod stand_in;
pub mod state;
pub mod system;
