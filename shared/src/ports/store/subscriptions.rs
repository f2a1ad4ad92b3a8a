//! Subscriptions, how their addresses answer, and what became of deliveries.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Put, Step, Stored};
use crate::{
    domain::{AccountId, SubscriptionId, Timestamp, delivery::Health, event::Event, subscription::Subscription},
    seal::Sealed,
};

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    Delivered,
    /// It is tried again.
    Failed,
    /// It is not: that was the last attempt, or the subscription was disabled.
    GivenUp,
}

/// One attempt, as it is kept for people.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryLine {
    pub account: AccountId,
    pub subscription: SubscriptionId,
    pub at: Timestamp,
    pub attempt: u32,
    pub outcome: DeliveryOutcome,
    pub event: Event,
    /// `None`: there was no answer.
    pub status: Option<u16>,
    /// Sealed under the account's own key, since nobody knows what an answer holds.
    pub answer: Sealed<String>,
}

impl DeliveryLine {
    /// Names the line among those of its subscription.
    pub fn id(&self) -> String {
        format!("{:013}.{}.{}", self.at.as_millisecond().max(0), self.event.id, self.attempt)
    }
}

#[async_trait]
pub trait Subscriptions {
    /// All of an account's, and how their addresses answer. Strongly consistent: what is stored is told of everything from then
    /// on.
    async fn subscriptions(&self, account: &AccountId) -> Stored<Vec<(Subscription, Health)>>;
    /// Strongly consistent.
    async fn subscription(&self, account: &AccountId, id: &SubscriptionId) -> Stored<Option<(Subscription, Health)>>;
    /// Stores it and forgets how its address answered.
    async fn put_subscription(&self, subscription: &Subscription) -> Stored<()>;
    async fn remove_subscription(&self, account: &AccountId, id: &SubscriptionId) -> Stored<()>;
    /// Notes how its address answers, on condition that nobody noted anything since `was`.
    async fn note_health(&self, account: &AccountId, id: &SubscriptionId, was: Health, is: Health) -> Stored<Step>;

    /// Gives it up, until it is stored again. `Lost`: it is gone, or given up already.
    async fn give_up_subscription(&self, account: &AccountId, id: &SubscriptionId, why: &str) -> Stored<Step>;

    /// Keeps something to tell that no other row shows; the stream brings it. Twice is as once.
    async fn put_notice(&self, event: &Event, now: Timestamp) -> Stored<Put>;

    async fn log_delivery(&self, line: &DeliveryLine) -> Stored<()>;
    /// Newest first, before the line named `before` if given.
    async fn deliveries(
        &self,
        account: &AccountId,
        id: &SubscriptionId,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<DeliveryLine>>;
    async fn delivery(&self, account: &AccountId, id: &SubscriptionId, line: &str) -> Stored<Option<DeliveryLine>>;
}
