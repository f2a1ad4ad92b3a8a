//! Transom's common crate: the rules, what they need from the outside, the use cases, and the adapters.
#![forbid(unsafe_code)]

pub mod adapters;
pub mod app;
pub mod config;
pub mod defects;
pub mod domain;
pub mod lambda;
pub mod ports;
pub mod seal;
pub mod telemetry;
pub mod view;
