//! Automations: rules as data. When something happens, the rules of its kind are looked at in their order; those whose
//! condition holds say what is to be done.
//!
//! # From a record of the stream to an effect
//!
//! 1. What happened becomes a [`Cause`], with an id made of what it was and never of when that was noticed.
//! 2. [`decide`] looks at the account's [`Compiled`] rules, the [`Facts`], and the conversation's [`AutomationState`]. It answers
//!    a [`Decision`]: effects, each with a derived id, and why no others.
//! 3. If it has effects, [`AutomationState::after`] is written on condition of the row's revision. Lost: from 2 again.
//! 4. Each effect is done under its id. One that takes part in the conversation carries the number of the floor
//!    ([`Floor::admits`]): if a person came between, it is left out.
//!
//! A record that comes again finds its cause in the state and does the same effects, under the same ids, whatever the facts have
//! become. A process may die at any point of it.
//!
//! What comes by time has its own pure rules and the same kind of ids: [`EscalationPlan::due`], and [`next`] of a
//! [`Sequence`].

mod action;
mod automatic;
pub mod builtin;
mod cause;
mod check;
mod compiled;
mod condition;
mod decide;
mod escalation;
mod facts;
mod floor;
mod ids;
mod loops;
mod rule;
mod score;
mod sequence;
mod state;
mod triggered;
mod urgent;
mod variables;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use action::{Action, Deed, Level};
pub use automatic::{Arrival, Automatic, looks_automatic};
pub use cause::{Cause, Happened, Origin};
pub use check::{Known, MOST_RULES, Problem};
pub use compiled::Compiled;
pub use condition::{BadCondition, Condition, LONGEST, MOST_STEPS};
pub use decide::{Considered, Decision, Intended, MOST_EFFECTS, MOST_MESSAGES, Nothing, Outcome, decide, effect_id};
pub use escalation::{Counts, Escalation, EscalationPlan, EscalationStep, Reason, Upward, after_open_time, step_id};
pub use facts::{Clock, Customer, Facts, Said, Thread};
pub use floor::{Floor, Holder, Resume};
pub use ids::{EffectId, LabelId, RuleId, SequenceId, SkillId, StaffId, TeamId, begun_by_hand};
pub use rule::{BookingEvent, Once, Rule, Since, State, Trigger, Within};
pub use score::{ANSWERED_WITHIN, Asked, Score, score_of};
pub use sequence::{Cap, Circumstances, Enrolment, Next, Sequence, SequenceStep, StopOn, Stopped, message_id, next};
pub use state::{AutomationState, DECIDES_WITHIN};
pub use urgent::urgent;
pub use variables::{Kind, Known as KnownWhen, VARIABLES, Variable};

/// All automations of an account, as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Automations {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Rules that come with the system, turned on or off. One of `rules` with the same id takes its place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub builtin: BTreeMap<RuleId, Switch>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<Sequence>,
    #[serde(default)]
    pub escalation: EscalationPlan,
    /// When rules take part in a conversation again after a person did.
    #[serde(default)]
    pub resume: Resume,
}

/// Whether a rule that comes with the system is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RuleSwitch")]
pub struct Switch {
    pub on: bool,
}

impl Automations {
    /// The account's own rules, and those that come with the system, as it has turned them.
    pub fn in_force(&self) -> Vec<Rule> {
        let mut rules = self.rules.clone();
        for mut rule in builtin::rules() {
            if self.rules.iter().any(|own| own.id == rule.id) {
                continue;
            }
            if let Some(switch) = self.builtin.get(&rule.id) {
                rule.on = switch.on;
            }
            rules.push(rule);
        }
        rules
    }

    /// The account's sequence of this name, or the one that comes with the system.
    pub fn sequence(&self, id: &SequenceId) -> Option<Sequence> {
        let own = self.sequences.iter().find(|sequence| sequence.id == *id).cloned();
        own.or_else(|| builtin::sequences().into_iter().find(|sequence| sequence.id == *id))
    }
}
