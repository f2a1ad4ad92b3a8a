//! Implementations of the ports.

pub mod providers;
