//! The API as clients meet it: every route, over the real store.
#![forbid(unsafe_code)]

mod access;
mod calls;
mod contacts;
mod conversations;
mod described;
mod document;
mod edge;
mod isolation;
mod ladders;
mod messages;
mod notes;
mod numbers;
mod opt_in;
mod parked;
mod rehearsals;
mod settings;
mod subscriptions;
mod templates;
mod world;
