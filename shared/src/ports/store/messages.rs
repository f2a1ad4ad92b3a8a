//! Messages, their attempts and receipts, and what makes a repeat a repeat.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::{
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        consent::Consent,
        cost::{Pricing, Quote},
        ids::MessageKey,
        inbound::{ReceiptStatus, ReportedAt},
        message::{Inbound, Message, Outbound, OutboundBody, Via, Way},
        reason::Reason,
        sending::Answer,
    },
    seal::Sealed,
};

/// The claim of one attempt.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The number of this attempt: one more than the message's.
    pub attempt: u32,
    pub at: Timestamp,
    pub until: Timestamp,
    pub way: Way,
    pub reason: Reason,
    /// `last_in` as the plan saw it.
    pub planned_with: Option<Timestamp>,
    /// The person's wishes as they were read just before.
    pub consent: Consent,
    /// What the attempt is expected to cost.
    pub quote: Quote,
    /// The generation of the system that makes the attempt. One that is older than the last that did claims nothing.
    pub epoch: u64,
}

/// What people change of a message that waits. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub content: Option<NewContent>,
    pub via: Option<Via>,
    pub expires_at: Option<Timestamp>,
    pub rank: Option<MessageKey>,
}

impl Edit {
    /// Whether it leaves the message's way as it was planned: another place is no reason to plan anew.
    pub fn keeps_plan(&self) -> bool {
        self.content.is_none() && self.via.is_none() && self.expires_at.is_none()
    }
}

/// Other content of a message, sealed.
#[derive(Debug, Clone)]
pub struct NewContent {
    pub sealed: Sealed<OutboundBody>,
    /// The name and the language of the template that it is.
    pub template: Option<(String, String)>,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub status: &'a ReceiptStatus,
    pub at: ReportedAt,
    /// What the message is charged as, where the provider says so.
    pub pricing: Option<&'a Pricing>,
}

/// A final or waiting state that the sender writes without an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Waiting,
    Refused,
    Expired,
    Cancelled,
    /// The attempt may have gone out; `until`: when that is settled.
    Unknown {
        until: Timestamp,
    },
    Undetermined,
}

/// What recording a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    New,
    /// It was known, or a newer one of its kind is.
    Already,
    /// No such message: it was sent by another system, or it is gone.
    NoSuchMessage,
}

/// What a client's Idempotency-Key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientKey {
    /// It is new and leads to the message given now.
    New,
    /// It was used with the same body, for this message.
    Same(MessageId),
    /// It was used with another body.
    Other,
}

#[async_trait]
pub trait Messages {
    async fn put_inbound(&self, message: &Inbound) -> Stored<Put>;
    async fn put_outbound(&self, message: &Outbound) -> Stored<Put>;

    /// Strongly consistent.
    async fn message(&self, account: &AccountId, id: MessageId) -> Stored<Option<Message>>;

    /// Newest first, before `before` if given; for lists.
    async fn messages(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        before: Option<MessageKey>,
        limit: usize,
    ) -> Stored<Vec<Message>>;

    /// All outbound messages at or after `from`, oldest first; strongly consistent.
    async fn outbound_from(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        from: MessageKey,
    ) -> Stored<Vec<Outbound>>;

    /// Takes the next attempt of a message that stands as `message` was read.
    async fn claim(&self, message: &Outbound, claim: &Claim) -> Stored<Step>;

    /// Writes what the call said, on condition that the claim of this attempt still stands (or became unknown).
    /// `provider_id` is the provider's name of the message, sealed.
    async fn settle(
        &self,
        message: &Outbound,
        attempt: u32,
        answer: &Answer,
        provider_id: Option<&Sealed<String>>,
        now: Timestamp,
        unknown_until: Timestamp,
    ) -> Stored<Step>;

    /// The attempt certainly did not go out: the message is queued again.
    async fn release(&self, message: &Outbound, attempt: u32, reason: Reason, now: Timestamp) -> Stored<Step>;

    /// Gives a verdict on a message that stands as `message` was read.
    async fn judge(
        &self,
        message: &Outbound,
        verdict: Verdict,
        reason: Reason,
        planned_with: Option<Timestamp>,
        now: Timestamp,
    ) -> Stored<Step>;

    /// Changes a message that nobody has tried to send, if it stands as it was read. It is planned anew.
    async fn edit(&self, message: &Outbound, edit: &Edit, now: Timestamp) -> Stored<Step>;

    /// Records a receipt on the attempt that it is about; one write, in any order, any number of times.
    async fn record_receipt(
        &self,
        account: &AccountId,
        message: MessageId,
        attempt: u32,
        report: &Report<'_>,
    ) -> Stored<Recorded>;

    /// What a client's key leads to; `New` if it was never used. Strongly consistent.
    async fn client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        now: Timestamp,
    ) -> Stored<ClientKey>;

    /// Ties a client's key to a message for 30 days.
    async fn claim_client_key(
        &self,
        account: &AccountId,
        key_hash: &str,
        body_hash: &str,
        message: MessageId,
        now: Timestamp,
    ) -> Stored<ClientKey>;

    /// The time at which this fact was first seen, if that was noted. Strongly consistent.
    async fn first_sight(&self, account: &AccountId, fact_hash: &str) -> Stored<Option<Timestamp>>;

    /// The time at which this fact was first seen: `now` if that is now.
    async fn first_seen(&self, account: &AccountId, fact_hash: &str, now: Timestamp) -> Stored<Timestamp>;
}
