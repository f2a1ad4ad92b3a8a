//! Automations: an account's rules, what they did in a conversation, and customers on their way through a sequence.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::domain::{
    AccountId, ConversationId, MessageId, Timestamp,
    automation::{AutomationState, Automations, Enrolment, Score},
    ids::EffectId,
};

/// A row with how often it was written: whoever writes it anew says what they read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised<T> {
    pub value: T,
    /// 0: there is no row.
    pub rev: u64,
}

#[async_trait]
pub trait Automating {
    async fn automations(&self, account: &AccountId) -> Stored<Option<Automations>>;
    async fn put_automations(&self, account: &AccountId, automations: &Automations) -> Stored<()>;

    /// What rules did in a conversation; the default as long as they did nothing. Strongly consistent.
    async fn automation_state(
        &self,
        account: &AccountId,
        conversation: ConversationId,
    ) -> Stored<Revised<AutomationState>>;
    /// On condition that it is still as it was read.
    async fn write_automation_state(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        read_rev: u64,
        state: &AutomationState,
    ) -> Stored<Step>;

    /// Begins a sequence with a customer, unless it was begun by the same effect.
    async fn enrol(&self, account: &AccountId, conversation: ConversationId, enrolment: &Enrolment) -> Stored<Put>;
    /// Of a conversation, in any order. Strongly consistent.
    async fn enrolments(&self, account: &AccountId, conversation: ConversationId) -> Stored<Vec<Revised<Enrolment>>>;
    /// On condition that it is still as it was read. One that has ended is kept until `kept_until`, for the caps.
    async fn write_enrolment(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        read_rev: u64,
        enrolment: &Enrolment,
        kept_until: Option<Timestamp>,
    ) -> Stored<Step>;

    /// Keeps what a customer says of how satisfied they are, by the message that says it.
    async fn put_score(&self, account: &AccountId, message: MessageId, score: Score, at: Timestamp) -> Stored<Put>;
}

/// For looking an enrolment up.
pub fn enrolment_of(all: Vec<Revised<Enrolment>>, id: EffectId) -> Option<Revised<Enrolment>> {
    all.into_iter().find(|it| it.value.id == id)
}
