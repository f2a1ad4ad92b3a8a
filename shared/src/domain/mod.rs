//! The rules of Transom: plain values and functions over them. No IO, no async, no clock, no randomness.

pub mod access;
pub mod anew;
pub mod answer;
pub mod automation;
pub mod channel;
pub mod circuit;
pub mod consent;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod cost;
pub mod delivery;
pub mod effects;
pub mod event;
pub mod fence;
pub mod flood;
pub mod gsm7;
pub mod hours;
pub mod ids;
pub mod inbound;
pub mod inbox;
pub mod invite;
pub mod job;
pub mod ladder;
pub mod limit;
pub mod message;
pub mod numbers;
pub mod opt_in;
pub mod outcome;
pub mod pace;
pub mod phone;
pub mod plan;
pub mod reason;
pub mod rehearsal;
pub mod request;
pub mod retention;
mod schema;
pub mod search;
pub mod sending;
pub mod skew;
pub mod subscription;
pub mod template;
pub mod time;
pub mod timer;
pub mod trace;
pub mod window;
pub mod work;

#[cfg(test)]
mod laws;

pub use ids::{
    AccountId, ChannelId, ContactId, ConversationId, EndpointId, EventId, JobId, MessageId, StaffId, SubscriptionId,
    TeamId, TokenId,
};
pub use phone::Phone;
pub use time::Timestamp;
pub use trace::TraceId;
