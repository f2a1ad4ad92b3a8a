//! The decision: which rules are taken because of something that happened, and why not the others.
//!
//! A loop ends, whatever the rules are:
//!
//! - A rule does nothing because of what it did itself, not even by way of others, and no more than
//!   [`Origin::LONGEST_CHAIN`] rules follow from one another.
//! - Rules write no more than [`MOST_MESSAGES`] messages after one of the customer's, and do no more than [`MOST_EFFECTS`] things
//!   within an hour in a conversation. That also ends a talk with another program, which comes from outside and has no chain.
//! - Nothing is written because of a message that a program wrote.

use serde::Serialize;

use super::{
    action::{Action, Deed},
    cause::{Cause, Happened, Origin},
    compiled::{Compiled, Places},
    condition::{Looking, Truth},
    facts::Facts,
    floor::Floor,
    ids::{EffectId, RuleId},
    rule::{Once, Rule, Within},
    state::{Acted, AutomationState, DECIDES_WITHIN},
    triggered::is_triggered,
    variables::Looked,
};
use crate::domain::{AccountId, EventId, Timestamp, time::SignedDuration, window::WindowState};

/// Rules write no more messages after one of the customer's.
pub const MOST_MESSAGES: usize = 3;
/// Rules do no more things within an hour in one conversation …
pub const MOST_EFFECTS: usize = 10;
/// … of which so many are kept for telling somebody higher up, which must not fail because labels went round in circles.
const KEPT_FOR_ESCALATION: usize = 2;
/// A reply to what the customer wrote longer ago is worse than none.
const REPLIES_WITHIN: SignedDuration = SignedDuration::from_hours(2);

/// What rules do because of one cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RuleDecision")]
pub struct Decision {
    /// To be done in this order, after [`AutomationState::after`] has been written.
    pub effects: Vec<Intended>,
    /// The rules whose triggers this is, in their order, and what came of each.
    pub why: Vec<Considered>,
    /// Why no rule was looked at, if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing: Option<Nothing>,
    /// As rules hold the conversation from now on, where an effect takes part in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "IntendedEffect")]
pub struct Intended {
    /// The same however often this is decided: what has it already is not done again.
    pub id: EffectId,
    pub rule: RuleId,
    pub action: Action,
    /// Which of the rule's actions of this kind.
    pub nth: u8,
    /// Which of all that the cause led to: what is said first is read first.
    pub place: u8,
    /// The time of the cause, for keys: as much the same each time as the id is.
    pub at: Timestamp,
    /// What this effect is the cause of is of this origin.
    pub by: Origin,
    /// The number of the floor that it was decided under, where it takes part in the conversation. If the floor does not admit
    /// it when it is to be done, a person came between, and it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
}

/// What came of a rule, or of one of its actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ConsideredRule")]
pub struct Considered {
    pub rule: RuleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deed: Option<Deed>,
    pub outcome: Outcome,
}

/// Why nothing was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WhyNothing")]
pub enum Nothing {
    /// All that it led to is done.
    Done,
    /// It happened more than a day ago.
    TooOld,
    /// So much has happened since that it may have been decided and forgotten.
    MayBeForgotten,
    /// Three rules in a row led to it.
    ChainTooLong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RuleOutcome")]
pub enum Outcome {
    Taken,
    /// It was decided before, and this is done once more.
    TakenBefore,
    /// It was decided before, and the rule or its action is there no more.
    Gone,
    ConditionFalse,
    /// Such as of a field that the customer does not have.
    ConditionUnknown,
    /// Not at this hour, or no hours are set.
    OtherHours,
    /// It was taken already, and is so often at most.
    OnceEnough,
    /// The rule itself led to this.
    OwnEffect,
    /// An earlier rule lets none follow.
    StoppedBefore,
    /// A person takes part in the conversation.
    PersonHasIt,
    /// Another program answers in the conversation.
    ProgramHasIt,
    /// A program wrote the message.
    AutomaticMessage,
    /// The customer wants no messages.
    OptedOut,
    /// Nothing free may be written now.
    WindowClosed,
    /// What the customer wrote is too old for a reply.
    TooLate,
    /// Enough messages were written since the customer wrote.
    EnoughMessages,
    /// Enough was done within an hour.
    EnoughDone,
}

/// Decides what rules do. Pure: the same again, as long as `state` does not know the cause; and what `state` knows of a cause
/// is done once more, whatever the facts have become.
pub fn decide(
    compiled: &Compiled,
    cause: &Cause,
    facts: &Facts<'_>,
    state: &AutomationState,
    now: Timestamp,
) -> Decision {
    if let Some(acted) = state.acted_on(cause.id) {
        return again(compiled, cause, acted);
    }
    let nothing = |why| Decision { nothing: Some(why), ..Decision::default() };
    let about = compiled.about(&cause.happened);
    if about.is_empty() {
        return Decision::default();
    }
    if now.duration_since(cause.at) > DECIDES_WITHIN {
        return nothing(Nothing::TooOld);
    }
    if state.may_have_forgotten(cause.at) {
        return nothing(Nothing::MayBeForgotten);
    }
    if cause.by.chain().len() >= Origin::LONGEST_CHAIN {
        return nothing(Nothing::ChainTooLong);
    }
    let looked = Looked::new(facts, cause);
    let spent = state.spent(facts.thread.last_in, now);
    let mut deciding = Deciding {
        compiled,
        cause,
        facts,
        state,
        now,
        messages: spent.messages,
        done: spent.effects,
        decision: Decision::default(),
    };
    let mut looking = None;
    let keywords = facts.message.map_or_else(Places::default, |said| compiled.keywords_in(&said.text));
    let mut stopped = false;
    for place in about {
        let it = &compiled.rules[*place];
        let rule = &it.rule;
        if !is_triggered(rule, cause, facts, keywords.has(*place)) {
            continue;
        }
        let refused = if stopped { Some(Outcome::StoppedBefore) } else { deciding.refuses(rule) };
        let refused = refused.or_else(|| {
            let condition = it.condition.as_ref()?;
            match condition.holds(looking.get_or_insert_with(|| Looking::at(&looked))) {
                Truth::True => None,
                Truth::False => Some(Outcome::ConditionFalse),
                Truth::Unknown => Some(Outcome::ConditionUnknown),
            }
        });
        if let Some(outcome) = refused {
            deciding.note(rule, None, outcome);
        } else {
            deciding.take(rule);
            stopped = rule.stop_after;
        }
    }
    deciding.decision
}

/// A decision while it is made.
struct Deciding<'a> {
    compiled: &'a Compiled,
    cause: &'a Cause,
    facts: &'a Facts<'a>,
    state: &'a AutomationState,
    now: Timestamp,
    messages: usize,
    done: usize,
    decision: Decision,
}

impl Deciding<'_> {
    fn note(&mut self, rule: &Rule, deed: Option<Deed>, outcome: Outcome) {
        self.decision.why.push(Considered { rule: rule.id.clone(), deed, outcome });
    }

    /// Why a rule is not taken, whatever its condition says.
    fn refuses(&self, rule: &Rule) -> Option<Outcome> {
        let open = self.facts.clock.open;
        let other_hours = match rule.within {
            Within::Any => false,
            Within::BusinessHours => open != Some(true),
            Within::OutsideHours => open != Some(false),
        };
        if self.cause.by.chain().contains(&rule.id) {
            Some(Outcome::OwnEffect)
        } else if other_hours {
            Some(Outcome::OtherHours)
        } else if self.was_taken(rule) {
            Some(Outcome::OnceEnough)
        } else {
            None
        }
    }

    /// Whether a rule has been taken as often as it may.
    fn was_taken(&self, rule: &Rule) -> bool {
        let Some(last) = self.state.last_taken(&rule.id) else { return false };
        // Causes may be told out of order, so a later one counts as much as an earlier one.
        let apart = self.cause.at.duration_since(last).abs();
        let within = |hours: u32| apart < SignedDuration::from_hours(i64::from(hours));
        match rule.once {
            Once::Cause => false,
            Once::Turn { hours } => within(hours) && self.facts.thread.last_business.is_none_or(|wrote| wrote <= last),
            Once::Window {} => match self.facts.thread.window_opened_at {
                Some(opened) => last >= opened,
                None => within(24),
            },
            Once::Hours { hours } => within(hours),
            Once::Conversation {} => true,
        }
    }

    fn take(&mut self, rule: &Rule) {
        for (index, action) in rule.actions.iter().enumerate() {
            let deed = action.deed();
            let (outcome, fence) = match self.may(deed) {
                Ok(fence) => (Outcome::Taken, fence),
                Err(outcome) => (outcome, None),
            };
            self.note(rule, Some(deed), outcome);
            if outcome == Outcome::Taken {
                self.done += 1;
                self.messages += usize::from(deed.writes());
                let place = (self.decision.effects.len(), nth(rule, index));
                self.decision.effects.push(intended(&self.compiled.account, self.cause, rule, action, place, fence));
            }
        }
    }

    /// Whether such a thing may be done now; under which number, if it takes part in the conversation.
    fn may(&mut self, deed: Deed) -> Result<Option<u64>, Outcome> {
        let Facts { message, customer, thread, .. } = self.facts;
        if deed.writes() {
            if message.is_some_and(|said| said.automatic) {
                return Err(Outcome::AutomaticMessage);
            }
            if customer.opted_out {
                return Err(Outcome::OptedOut);
            }
            let late = self.now.duration_since(self.cause.at) > REPLIES_WITHIN;
            if late && deed == Deed::Reply && matches!(self.cause.happened, Happened::Message {}) {
                return Err(Outcome::TooLate);
            }
            if deed != Deed::Template && thread.window != WindowState::Open {
                return Err(Outcome::WindowClosed);
            }
            if self.messages >= MOST_MESSAGES {
                return Err(Outcome::EnoughMessages);
            }
        }
        let most = if deed == Deed::Escalate { MOST_EFFECTS } else { MOST_EFFECTS - KEPT_FOR_ESCALATION };
        if self.done >= most {
            return Err(Outcome::EnoughDone);
        }
        if !deed.takes_part() {
            return Ok(None);
        }
        if thread.lent {
            return Err(Outcome::ProgramHasIt);
        }
        let floor = self.state.floor.for_rules(self.compiled.resume, thread.ended_at, self.now);
        let floor = floor.ok_or(Outcome::PersonHasIt)?;
        self.decision.floor = Some(floor);
        Ok(Some(floor.fence))
    }
}

/// What was decided before, once more.
fn again(compiled: &Compiled, cause: &Cause, acted: &Acted) -> Decision {
    let mut decision = Decision::default();
    if acted.done {
        return Decision { nothing: Some(Nothing::Done), ..decision };
    }
    for (place, took) in acted.took.iter().enumerate() {
        let rule = compiled.rule(&took.rule);
        let action = rule.and_then(|rule| {
            rule.actions.iter().filter(|action| action.deed() == took.deed).nth(usize::from(took.nth))
        });
        let outcome = if action.is_some() { Outcome::TakenBefore } else { Outcome::Gone };
        decision.why.push(Considered { rule: took.rule.clone(), deed: Some(took.deed), outcome });
        if let (Some(rule), Some(action)) = (rule, action) {
            let fence = acted.fence.filter(|_| took.deed.takes_part());
            decision.effects.push(intended(&compiled.account, cause, rule, action, (place, took.nth), fence));
        }
    }
    decision
}

/// Which of the rule's actions of its kind the one at this index is. Others may be put before it without making it another.
fn nth(rule: &Rule, index: usize) -> u8 {
    let deed = rule.actions[index].deed();
    let before = rule.actions[..index].iter().filter(|action| action.deed() == deed).count();
    u8::try_from(before).unwrap_or(u8::MAX)
}

fn intended(
    account: &AccountId,
    cause: &Cause,
    rule: &Rule,
    action: &Action,
    (place, nth): (usize, u8),
    fence: Option<u64>,
) -> Intended {
    Intended {
        id: effect_id(account, &rule.id, cause.id, action.deed(), nth),
        rule: rule.id.clone(),
        action: action.clone(),
        nth,
        place: u8::try_from(place).unwrap_or(u8::MAX),
        at: cause.at,
        by: cause.by.then(&rule.id),
        fence,
    }
}

/// The id of what a rule does because of a cause: of the rule as such, however often it is changed.
pub fn effect_id(account: &AccountId, rule: &RuleId, cause: EventId, deed: Deed, nth: u8) -> EffectId {
    EffectId::derived(account, &["effect", rule.as_str(), &cause.to_string(), deed.word(), &nth.to_string()])
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
