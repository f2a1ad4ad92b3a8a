//! What an operator asks of providers and queues, by hand. Nothing of it is on a message's way.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use super::QueueUnavailable;
use crate::domain::{
    Timestamp,
    channel::{Channel, Endpoint},
};

/// A channel with what is needed to talk about it with its provider.
#[derive(Debug, Clone, Copy)]
pub struct Administered<'a> {
    pub channel: &'a Channel,
    /// The first of the channel's secret values.
    pub credential: &'a SecretString,
    pub endpoint: &'a Endpoint,
    /// When it is asked.
    pub now: Timestamp,
}

/// What a provider says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberState {
    pub usable: bool,
    /// In the provider's own words.
    pub in_words: String,
    /// The provider's clock when it answered.
    pub date: Option<Timestamp>,
}

/// Why a provider did not do or say what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("the provider could not be reached")]
    NotReached,
    /// By the provider's own words; an operator's answer shows them, a log does not.
    #[error("the provider answered {status}: {message}")]
    Refused { status: u16, message: String },
    /// It is asked too much or has trouble of its own: later it may do it.
    #[error("the provider answered {status}, to come again later: {message}")]
    Later { status: u16, message: String },
    #[error("the provider's answer is not what was expected: {0}")]
    Unexpected(&'static str),
    /// Something of ours must be set up first.
    #[error("{0}")]
    NotSetUp(&'static str),
}

/// A provider's side of setting up and looking after a number.
#[async_trait]
pub trait Administration: Send + Sync + fmt::Debug {
    /// Lets the provider post whatever happens on this number to the endpoint's address. Twice is as once.
    async fn register(&self, at: &Administered<'_>, verify_token: Option<&SecretString>) -> Result<(), AskError>;

    /// Whether the credentials are good and the number can send.
    async fn number(&self, at: &Administered<'_>) -> Result<NumberState, AskError>;

    /// Posts to the endpoint's public address what this provider could have posted, signed with `secret`, and about
    /// nothing. Answers the status.
    async fn probe(&self, at: &Administered<'_>, secret: &SecretString) -> Result<u16, AskError>;
}

/// How much lies in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// Such as `sends`, `sends-dead`.
    pub name: &'static str,
    pub waiting: u64,
    pub in_flight: u64,
    /// Something in it needs people.
    pub is_dead: bool,
}

/// The queues as a whole.
#[async_trait]
pub trait QueueCare: Send + Sync + fmt::Debug {
    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueUnavailable>;

    /// Rings anew for up to `most` dead doorbells, each under a name of its own, and takes them off their queue. Answers
    /// how many. What is no doorbell stays.
    async fn redrive(&self, most: usize) -> Result<usize, QueueUnavailable>;
}
