//! The whole of Transom in one process, with a stand-in for the outside world.

#![forbid(unsafe_code)]

pub mod outside;
pub mod page;
