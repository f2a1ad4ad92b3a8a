//! A simulation of everything around Transom: the real handlers with the real DynamoDB adapter and SDK, under seeded
//! time, chance, scheduling and network.
#![forbid(unsafe_code)]

pub mod cast;
pub mod catalogue;
pub mod clients;
pub mod crash_points;
pub mod defects;
pub mod faults;
pub mod invariants;
pub mod machine;
pub mod many;
pub mod outside;
pub mod run;
pub mod story;
pub mod workload;
pub mod world;
