//! Telling subscribers: the queue on which events wait, and the way out to a subscriber's address.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::QueueUnavailable;
use crate::domain::{AccountId, SubscriptionId, event::Event, time::SignedDuration};

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "v")]
pub enum EventJob {
    /// To all that want it.
    #[serde(rename = "1")]
    All { event: Box<Event> },
    /// To one subscriber.
    #[serde(rename = "one1")]
    One(Box<Telling>),
}

/// One subscriber is told of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    pub event: Event,
    pub subscription: SubscriptionId,
    /// For the so manieth time.
    pub attempt: u32,
    /// Somebody asked for it: it may have been told before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replay: bool,
    /// It has waited for others, to be told together with them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batched: bool,
}

impl EventJob {
    /// The first telling of an event to one subscriber.
    pub fn one(event: Event, subscription: SubscriptionId) -> Self {
        Self::One(Box::new(Telling { event, subscription, attempt: 1, replay: false, batched: false }))
    }

    /// The account that it is about.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::All { event } => &event.account,
            Self::One(telling) => &telling.event.account,
        }
    }
}

/// The queue of events. At least once: whoever is told knows an event by its id.
#[async_trait]
pub trait EventQueue: Send + Sync + fmt::Debug {
    /// Puts all of them, visible after `seconds` (900 at most). After an error some may be on the queue.
    async fn put(&self, jobs: &[EventJob], seconds: u32) -> Result<(), QueueUnavailable>;
}

/// One attempt to tell a subscriber.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    pub url: &'a str,
    pub headers: &'a [(&'static str, String)],
    pub body: &'a str,
}

/// What a subscriber answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub status: u16,
    pub retry_after: Option<SignedDuration>,
    /// The beginning of the body, for people.
    pub excerpt: String,
}

/// Why a subscriber has not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    #[error("the address may not be called: {0}")]
    Forbidden(BadAddress),
    #[error("no connection came about")]
    NotConnected,
    #[error("there was no whole answer in time")]
    TimedOut,
    #[error("the connection broke")]
    Broken,
}

/// Why nothing is ever sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("it is not a URL")]
    NotAUrl,
    #[error("it must begin with https://")]
    NotHttps,
    #[error("it must not hold a name or a password; deliveries are signed")]
    Credentials,
    #[error("it must not hold a fragment (#)")]
    Fragment,
    #[error("its port must be 443, or 1024 and more")]
    Port,
    #[error("it leads into a private network, to this machine, or to a service of the cloud's own")]
    Private,
    #[error("its name is not known")]
    UnknownName,
}

/// The way out to subscribers. Never tries twice, follows no redirect, and connects only to addresses that it has checked.
#[async_trait]
pub trait Subscribers: Send + Sync + fmt::Debug {
    /// What can be said of an address before it is ever called.
    fn check(&self, url: &str) -> Result<(), BadAddress>;

    async fn post(&self, post: Post<'_>) -> Result<Posted, NotPosted>;
}
