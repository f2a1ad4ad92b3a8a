//! Implementations of the ports.

pub mod chance;
pub mod clock;
pub mod providers;
pub mod secrets;
pub mod sqs;
