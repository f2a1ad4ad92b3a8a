//! The rules of an account, read once and kept for as long as they are not changed.

use super::{
    Automations,
    action::{Action, Deed},
    cause::Happened,
    condition::{BadCondition, Condition},
    floor::Resume,
    ids::RuleId,
    rule::{Once, Rule, Since, State, Trigger, Within},
    words::{Phrases, Words},
};
use crate::domain::AccountId;

/// Rules that are on, in the order in which they are looked at.
#[derive(Debug)]
pub struct Compiled {
    pub(super) account: AccountId,
    pub(super) rules: Vec<CompiledRule>,
    /// For each kind of what may happen, the rules that may be about it.
    by_kind: [Vec<usize>; Happened::KINDS],
    /// Phrases of keyword rules, with the places of those.
    keywords: Phrases<usize>,
    pub(super) resume: Resume,
    /// Rules whose conditions cannot be read, and are left out: none that was checked when it was stored.
    pub broken: Vec<(RuleId, BadCondition)>,
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) rule: Rule,
    pub(super) condition: Option<Condition>,
}

/// A set of places of rules.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places(u128);

impl Places {
    fn add(&mut self, place: usize) {
        self.0 |= 1_u128.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0);
    }
    pub(super) fn has(self, place: usize) -> bool {
        self.0.checked_shr(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 1
    }
}

impl Compiled {
    /// Reads an account's rules and those that come with the system.
    pub fn new(account: AccountId, automations: &Automations) -> Self {
        let mut rules: Vec<Rule> = automations.in_force().into_iter().filter(|rule| rule.on).collect();
        rules.sort_by_key(|rule| rule.order);
        let mut compiled = Self {
            account,
            rules: Vec::with_capacity(rules.len()),
            by_kind: std::array::from_fn(|_| Vec::new()),
            keywords: Phrases::default(),
            resume: automations.resume,
            broken: Vec::new(),
        };
        for rule in rules {
            let condition = match rule.when.as_deref().map(Condition::parse).transpose() {
                Ok(condition) => condition,
                Err(error) => {
                    compiled.broken.push((rule.id.clone(), error));
                    continue;
                }
            };
            let place = compiled.rules.len();
            compiled.by_kind[kind_of(&rule.trigger)].push(place);
            if let Trigger::Keyword { words, .. } = &rule.trigger {
                for phrase in words {
                    compiled.keywords.add(phrase, place);
                }
            }
            compiled.rules.push(CompiledRule { rule, condition });
        }
        compiled
    }

    /// Places of the rules that may be about what happened, in their order.
    pub(super) fn about(&self, happened: &Happened) -> &[usize] {
        &self.by_kind[happened.kind()]
    }

    /// The keyword rules whose phrases a text holds.
    pub(super) fn keywords_in(&self, text: &str) -> Places {
        let mut places = Places::default();
        if self.keywords.is_empty() || text.is_empty() {
            return places;
        }
        let words = Words::of(text);
        for (_, phrase, place) in self.keywords.found_in(&words) {
            let alone = matches!(self.rules[*place].rule.trigger, Trigger::Keyword { alone: true, .. });
            if !alone || phrase.len() == words.len() {
                places.add(*place);
            }
        }
        places
    }

    pub(super) fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().map(|it| &it.rule).find(|rule| rule.id == *id)
    }

    /// Whether this deed of a rule makes such a thing happen.
    pub(super) fn may_have_done(&self, rule: &RuleId, deed: Deed, happened: &Happened) -> bool {
        match happened {
            Happened::Labelled { label } => {
                let adds = |action: &Action| matches!(action, Action::Label { add, .. } if add.contains(label));
                deed == Deed::Label && self.rule(rule).is_some_and(|rule| rule.actions.iter().any(adds))
            }
            Happened::State { to: State::Closed, .. } => deed == Deed::Close,
            Happened::State { from: State::Waiting, to: State::Open } => deed.writes(),
            Happened::State { .. }
            | Happened::Message {}
            | Happened::Scored { .. }
            | Happened::Timer { .. }
            | Happened::Booking { .. }
            | Happened::SlaBreached {} => false,
        }
    }

    /// Whether some rule may do something when this happens. `has_hours`: the account says when its staff are there.
    pub fn may_act(&self, happened: &Happened, has_hours: bool) -> bool {
        let mut about = self.about(happened).iter().map(|place| &self.rules[*place].rule);
        about.any(|rule| has_hours || rule.within == Within::Any)
    }

    /// Whether some rule takes part in conversations, so that it matters whether people do.
    pub fn takes_part(&self, has_hours: bool) -> bool {
        let mut rules = self.rules.iter().filter(|it| has_hours || it.rule.within == Within::Any);
        rules.any(|it| it.rule.actions.iter().any(|action| action.deed().takes_part()))
    }

    /// Whether some rule asks what came before a message: whether it is the first, or answers a template.
    pub fn looks_back(&self) -> bool {
        self.rules.iter().any(|it| {
            let names = it.condition.as_ref().map(Condition::names).unwrap_or_default();
            matches!(it.rule.trigger, Trigger::Inbound { first: true, .. } | Trigger::TemplateAnswered { .. })
                || names.iter().any(|name| ["message.first", "message.template"].contains(name))
        })
    }

    /// Whether some rule asks how satisfied the customer is.
    pub fn asks_for_scores(&self) -> bool {
        self.rules.iter().any(|it| it.rule.actions.iter().any(|action| action.deed() == Deed::AskScore))
    }

    /// The times at which somebody has to look, for rules that are timers.
    pub fn timers(&self) -> impl Iterator<Item = (Since, u32)> {
        self.rules.iter().filter_map(|it| match it.rule.trigger {
            Trigger::Timer { since, minutes } => Some((since, minutes)),
            _ => None,
        })
    }

    /// Whether some rule asks who wrote last, or in which window: whoever loads the facts must know it.
    pub fn asks_for_turns(&self) -> bool {
        self.rules.iter().any(|it| matches!(it.rule.once, Once::Turn { .. } | Once::Window {}))
    }
}

/// The kind of what may happen that a trigger is about.
fn kind_of(trigger: &Trigger) -> usize {
    match trigger {
        Trigger::Inbound { .. }
        | Trigger::Keyword { .. }
        | Trigger::Button { .. }
        | Trigger::FlowAnswer { .. }
        | Trigger::TemplateAnswered { .. } => 0,
        Trigger::Scored { .. } => 1,
        Trigger::State { .. } => 2,
        Trigger::Label { .. } => 3,
        Trigger::Timer { .. } => 4,
        Trigger::Booking { .. } => 5,
        Trigger::SlaBreached {} => 6,
    }
}
