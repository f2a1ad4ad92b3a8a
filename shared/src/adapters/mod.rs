//! Implementations of the ports.

pub mod aws;
pub mod chance;
pub mod clock;
pub mod dynamodb;
pub mod emf;
pub mod event_queue;
mod guarded_http;
pub mod job_queue;
pub mod objects;
pub mod providers;
mod roots;
pub mod secrets;
pub mod sign_in;
pub mod sqs;
pub mod subscribers;
