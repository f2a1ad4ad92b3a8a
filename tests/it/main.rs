//! Stories across functions: the real handlers and the real store, a stand-in for the outside world, and a clock that
//! the test turns. No sleeping, no real time, no order between tests.

mod assignment;
mod automations;
mod bad_input;
mod calls;
mod canaries;
mod circuit;
mod consents;
mod costs;
mod events;
mod holding;
mod imports;
mod keeping;
mod ladder;
mod limits;
mod operations;
mod opt_in;
mod outages;
mod overdue;
mod plans;
mod privacy;
mod protections;
mod races;
mod receipts;
mod rehearsals;
mod repeats;
mod server;
mod steps;
mod taking_back;
mod telemetry;
mod templates;
mod webhooks;
mod world;
mod write_units;
