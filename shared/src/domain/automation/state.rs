//! What rules did in a conversation: enough to do nothing twice, to be asked for nothing too often, and to stop a loop.
//!
//! It lies on the conversation's row and is written *before* anything is done, on condition of the row's revision; then each
//! effect is done under its derived id. Whoever finds a cause there does the same effects once more, and decides nothing: the
//! facts may have changed by the very effects of the first time. So a process that dies at any point is made good by
//! whoever handles the record again, and nobody does anything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Decision,
    action::Deed,
    cause::{Cause, Happened, Origin},
    compiled::Compiled,
    floor::Floor,
    ids::RuleId,
    rule::is_default,
    score::Asked,
};
use crate::domain::{EventId, Timestamp, time::SignedDuration};

/// What is older is decided on no more: a stream keeps its records for a day.
pub const DECIDES_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// For how long a cause is remembered; longer than it is decided on, by more than clocks differ.
const REMEMBERS: SignedDuration = SignedDuration::from_hours(26);
/// So many causes are remembered.
const MOST_CAUSES: usize = 64;
/// So many rules are remembered by when they were last taken.
const MOST_RULES: usize = 64;

/// What rules did in a conversation, and who takes part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomationState {
    #[serde(default, skip_serializing_if = "is_default")]
    pub floor: Floor,
    /// Causes that led to something, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    acted: Vec<Acted>,
    /// When each rule was last taken, by the time of the cause.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    last: BTreeMap<RuleId, Timestamp>,
    /// The newest question of how satisfied the customer is.
    #[serde(default, skip_serializing_if = "is_default")]
    question: Option<Question>,
    /// Causes up to this time may have been forgotten.
    #[serde(default, skip_serializing_if = "is_default")]
    forgotten_until: Option<Timestamp>,
}

/// A question of how satisfied the customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Question {
    at: Timestamp,
    /// The customer's first message after it.
    #[serde(default, skip_serializing_if = "is_default")]
    first: Option<EventId>,
    /// The message that answered it.
    #[serde(default, skip_serializing_if = "is_default")]
    answer: Option<EventId>,
}

/// What one cause led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acted {
    pub(super) cause: EventId,
    /// When it happened.
    pub(super) at: Timestamp,
    /// When it was decided.
    pub(super) decided_at: Timestamp,
    /// The number that rules held the conversation under, where they had to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) fence: Option<u64>,
    pub(super) took: Vec<Took>,
    /// The rules that led to the cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) chain: Vec<RuleId>,
    /// All of it was done: whoever hears of the cause again has nothing to do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) done: bool,
}

/// One effect, by its place: the rule, the kind of action, and which of that kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Took {
    pub(super) rule: RuleId,
    pub(super) deed: Deed,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) nth: u8,
}

/// What rules have done lately, as far as budgets ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Messages since the customer's newest one.
    pub(super) messages: usize,
    /// Effects within an hour.
    pub(super) effects: usize,
}

const BUDGET_HOUR: SignedDuration = SignedDuration::from_hours(1);

impl AutomationState {
    /// What this cause led to, if it was decided and led to something.
    pub(super) fn acted_on(&self, cause: EventId) -> Option<&Acted> {
        self.acted.iter().rev().find(|acted| acted.cause == cause)
    }

    /// Whether a cause of this time may have been decided without being remembered.
    pub(super) fn may_have_forgotten(&self, at: Timestamp) -> bool {
        self.forgotten_until.is_some_and(|until| at <= until)
    }

    /// When a rule was last taken, by the time of the cause.
    pub(super) fn last_taken(&self, rule: &RuleId) -> Option<Timestamp> {
        self.last.get(rule).copied()
    }

    pub(super) fn spent(&self, last_in: Option<Timestamp>, now: Timestamp) -> Spent {
        let mut spent = Spent::default();
        for acted in &self.acted {
            if now.duration_since(acted.decided_at) < BUDGET_HOUR {
                spent.effects += acted.took.len();
            }
            if last_in.is_none_or(|last_in| acted.at >= last_in) {
                spent.messages += acted.took.iter().filter(|took| took.deed.writes()).count();
            }
        }
        spent
    }

    /// As it is once a decision is taken, to be written before anything of it is done. A decision that does nothing changes
    /// nothing, and neither does one that is known.
    #[must_use]
    pub fn after(&self, cause: &Cause, decision: &Decision, now: Timestamp) -> Self {
        let mut state = self.clone();
        if decision.effects.is_empty() || self.acted_on(cause.id).is_some() {
            return state;
        }
        if let Some(floor) = decision.floor {
            state.floor = floor;
        }
        let took = decision.effects.iter().map(|effect| Took {
            rule: effect.rule.clone(),
            deed: effect.action.deed(),
            nth: effect.nth,
        });
        state.acted.push(Acted {
            cause: cause.id,
            at: cause.at,
            decided_at: now,
            fence: decision.effects.iter().find_map(|effect| effect.fence),
            took: took.collect(),
            chain: cause.by.chain().to_vec(),
            done: false,
        });
        if let Some(asked) = decision.effects.iter().find(|effect| effect.action.deed() == Deed::AskScore) {
            state.question = Some(Question { at: asked.at.max(now), first: None, answer: None });
        }
        for effect in &decision.effects {
            let last = state.last.entry(effect.rule.clone()).or_insert(cause.at);
            *last = cause.at.max(*last);
        }
        state.forget(now);
        state
    }

    /// As it is once all that a cause led to is done.
    #[must_use]
    pub fn when_done(&self, cause: EventId) -> Self {
        let mut state = self.clone();
        for acted in state.acted.iter_mut().filter(|acted| acted.cause == cause) {
            acted.done = true;
        }
        state
    }

    /// Whether the customer was asked how satisfied they are, and has not answered yet; or answered by this very message.
    pub fn asked(&self, message: EventId) -> Option<Asked> {
        let question = self.question?;
        if question.answer.is_some_and(|answer| answer != message) {
            return None;
        }
        let first = question.first.is_none_or(|first| first == message);
        Some(Asked { at: question.at, first })
    }

    /// As it is once the customer wrote this message, with or without a score in it. Told again, it changes nothing.
    #[must_use]
    pub fn heard(&self, message: EventId, written_at: Timestamp, scored: bool) -> Self {
        let mut state = self.clone();
        if let Some(question) = state.question.as_mut().filter(|question| written_at >= question.at) {
            question.first = question.first.or(Some(message));
            if scored {
                question.answer = question.answer.or(Some(message));
            }
        }
        state
    }

    /// Who was behind something that a row shows without saying whose doing it was: rules, if they lately decided to do just
    /// that. Should a person have done the same beside them, rules that led to it are kept from going on, and no others.
    pub fn origin_of(&self, happened: &Happened, compiled: &Compiled, now: Timestamp) -> Origin {
        let lately = self.acted.iter().rev().filter(|acted| now.duration_since(acted.decided_at) < BUDGET_HOUR);
        for acted in lately {
            let did = acted.took.iter().rev().find(|took| compiled.may_have_done(&took.rule, took.deed, happened));
            if let Some(took) = did {
                return Origin::Automation { chain: acted.chain.clone() }.then(&took.rule);
            }
        }
        Origin::Nobody {}
    }

    fn forget(&mut self, now: Timestamp) {
        self.acted.retain(|acted| now.duration_since(acted.at.max(acted.decided_at)) < REMEMBERS);
        while self.acted.len() > MOST_CAUSES {
            let gone = self.acted.remove(0);
            self.forgotten_until = self.forgotten_until.max(Some(gone.at));
        }
        while self.last.len() > MOST_RULES {
            let Some(oldest) = self.last.iter().min_by_key(|(_, at)| **at).map(|(rule, _)| rule.clone()) else {
                return;
            };
            self.last.remove(&oldest);
        }
    }
}
