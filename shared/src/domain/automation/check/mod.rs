//! Whether an account's automations make sense, by themselves and with what else it has. All that is wrong is named, each
//! with its field.

mod actions;

use super::{
    Automations,
    action::Action,
    builtin,
    condition::Condition,
    escalation::EscalationPlan,
    facts::LONGEST_FIELD,
    floor::Resume,
    ids::{SequenceId, SkillId, StaffId, TeamId},
    loops,
    rule::{Once, Rule, Since, Trigger},
    sequence::Sequence,
    variables::{self, named},
    words::Words,
};
use crate::domain::{SubscriptionId, content::Content, ladder::Standings};

/// What is wrong, or to be looked at, with its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Problem {
    /// Such as `rules[2].actions[0].template`.
    pub field: String,
    pub message: String,
}

/// What an account has, as far as its automations name it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub teams: &'a [TeamId],
    pub skills: &'a [SkillId],
    pub staff: &'a [StaffId],
    pub subscriptions: &'a [SubscriptionId],
    /// Its templates, and which may be sent.
    pub templates: Standings<'a>,
    /// The language of templates where the customer's is not known.
    pub default_language: &'a str,
}

/// More rules than anybody oversees.
pub const MOST_RULES: usize = 50;
const MOST_ACTIONS: usize = 10;
const MOST_WORDS: usize = 100;
const LONGEST_WORD: usize = 100;
const MOST_ENTRIES: usize = 50;
const LONGEST_NAME: usize = 80;
const LONGEST_REPLY: usize = 1024;
const LONGEST_NOTE: usize = 200;
const MOST_SEQUENCES: usize = 20;
const MOST_STEPS: usize = 20;
/// Of all conditions together, so that one message does not cost what fifty of the dearest do.
const MOST_STEPS_TOGETHER: u64 = 20_000;
/// A month.
const LONGEST_TIMER: u32 = 43_200;
/// Two months.
const LONGEST_PERIOD: u32 = 1440;
const LATEST_DAY: u16 = 365;

impl Automations {
    /// Checks everything.
    ///
    /// # Errors
    /// All that is wrong, in the order in which it is written.
    pub fn check(&self, known: &Known<'_>) -> Result<(), Vec<Problem>> {
        let mut check = Check { known, automations: self, problems: Vec::new() };
        check.all();
        if check.problems.is_empty() { Ok(()) } else { Err(check.problems) }
    }

    /// What may be meant, and is better looked at: rules that may lead to themselves.
    pub fn warnings(&self) -> Vec<Problem> {
        let own = self.rules.iter().enumerate().map(|(index, rule)| (format!("rules[{index}]"), rule));
        loops::warnings(&own.collect::<Vec<_>>())
    }
}

struct Check<'a> {
    known: &'a Known<'a>,
    automations: &'a Automations,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn bad(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), message: message.into() });
    }

    fn all(&mut self) {
        let automations = self.automations;
        if automations.rules.len() > MOST_RULES {
            self.bad("rules", format!("there may be at most {MOST_RULES} rules"));
            return;
        }
        let mut steps = 0_u64;
        for (index, rule) in automations.rules.iter().enumerate() {
            let at = format!("rules[{index}]");
            if automations.rules[..index].iter().any(|earlier| earlier.id == rule.id) {
                self.bad(format!("{at}.id"), format!("another rule is already called {:?}", rule.id.as_str()));
            }
            steps = steps.saturating_add(self.rule(&at, rule));
        }
        if steps > MOST_STEPS_TOGETHER {
            let words = format!(
                "all conditions together may take {steps} steps, and at most {MOST_STEPS_TOGETHER} are allowed"
            );
            self.bad("rules", words);
        }
        self.switches();
        if automations.sequences.len() > MOST_SEQUENCES {
            self.bad("sequences", format!("there may be at most {MOST_SEQUENCES} sequences"));
            return;
        }
        for (index, sequence) in automations.sequences.iter().enumerate() {
            let at = format!("sequences[{index}]");
            if automations.sequences[..index].iter().any(|earlier| earlier.id == sequence.id) {
                self.bad(format!("{at}.id"), format!("another sequence is already called {:?}", sequence.id.as_str()));
            }
            self.sequence(&at, sequence);
        }
        self.escalation(&automations.escalation);
        if let Resume::AfterMinutes { minutes } = automations.resume
            && !(1..=LONGEST_TIMER).contains(&minutes)
        {
            self.bad("resume.minutes", format!("must be between 1 and {LONGEST_TIMER} (30 days)"));
        }
    }

    /// Rules that come with the system and are turned on must have what they name.
    fn switches(&mut self) {
        let automations = self.automations;
        let shipped = builtin::rules();
        for (id, switch) in &automations.builtin {
            let field = format!("builtin.{id}");
            match shipped.iter().find(|rule| rule.id == *id) {
                None => {
                    let names: Vec<&str> = shipped.iter().map(|rule| rule.id.as_str()).collect();
                    self.bad(field, format!("no such rule comes with the system; there are {}", names.join(", ")));
                }
                Some(rule) if switch.on && !automations.rules.iter().any(|own| own.id == *id) => {
                    self.rule(&field, rule);
                    for action in &rule.actions {
                        if let Action::StartSequence { sequence } = action {
                            self.shipped_sequence(&field, sequence);
                        }
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn shipped_sequence(&mut self, field: &str, id: &SequenceId) {
        let own = self.automations.sequences.iter().any(|sequence| sequence.id == *id);
        let shipped = builtin::sequences().into_iter().find(|sequence| sequence.id == *id);
        if let Some(sequence) = shipped.filter(|_| !own) {
            self.sequence(field, &sequence);
        }
    }

    /// Checks one rule; answers how many steps its condition takes.
    fn rule(&mut self, at: &str, rule: &Rule) -> u64 {
        self.length(&format!("{at}.name"), &rule.name, 0, LONGEST_NAME);
        self.trigger(&format!("{at}.trigger"), &rule.trigger);
        let steps = rule.when.as_deref().map_or(0, |when| self.condition(&format!("{at}.when"), when, &rule.trigger));
        if rule.actions.is_empty() || rule.actions.len() > MOST_ACTIONS {
            self.bad(format!("{at}.actions"), format!("a rule has 1 to {MOST_ACTIONS} actions"));
            return steps;
        }
        for (index, action) in rule.actions.iter().enumerate() {
            self.action(&format!("{at}.actions[{index}]"), action);
        }
        if let Once::Hours { hours } | Once::Turn { hours } = rule.once
            && !(1..=LONGEST_PERIOD).contains(&hours)
        {
            self.bad(format!("{at}.once.hours"), format!("must be between 1 and {LONGEST_PERIOD} (60 days)"));
        }
        steps
    }

    fn trigger(&mut self, at: &str, trigger: &Trigger) {
        match trigger {
            Trigger::Inbound { kinds, .. } => {
                let unknown = kinds.iter().position(|kind| !Content::KINDS.contains(&kind.as_str()));
                if let Some(index) = unknown {
                    let words =
                        format!("{:?} is no kind of content; there are {}", kinds[index], Content::KINDS.join(", "));
                    self.bad(format!("{at}.kinds[{index}]"), words);
                }
            }
            Trigger::Keyword { words, languages, .. } => {
                if words.is_empty() || words.len() > MOST_WORDS {
                    self.bad(format!("{at}.words"), format!("must have 1 to {MOST_WORDS} words or phrases"));
                    return;
                }
                for (index, word) in words.iter().enumerate() {
                    let field = format!("{at}.words[{index}]");
                    if word.chars().count() > LONGEST_WORD {
                        self.bad(field, format!("may have {LONGEST_WORD} characters"));
                    } else if Words::of(word).is_empty() {
                        self.bad(field, "has no letter or digit that could be found in a text");
                    }
                }
                self.languages(&format!("{at}.languages"), languages.iter().map(String::as_str));
            }
            Trigger::Button { ids: named } | Trigger::FlowAnswer { flows: named } => self.named(at, named),
            Trigger::TemplateAnswered { templates } => {
                self.named(at, templates);
                for (index, name) in templates.iter().enumerate() {
                    if !self.known.templates.templates.iter().any(|template| template.name == *name) {
                        self.bad(
                            format!("{at}.templates[{index}]"),
                            format!("no template {name:?} is known; store it first"),
                        );
                    }
                }
            }
            Trigger::Scored { at_least: Some(least), at_most: Some(most) } if least > most => {
                self.bad(format!("{at}.at_least"), "is more than at_most: no score is both");
            }
            Trigger::State { from, to } if from.len() == 1 && from == to => {
                self.bad(format!("{at}.to"), "is what it is changed from: nothing changes so");
            }
            Trigger::Timer { minutes, .. } if !(1..=LONGEST_TIMER).contains(minutes) => {
                self.bad(format!("{at}.minutes"), format!("must be between 1 and {LONGEST_TIMER} (30 days)"));
            }
            Trigger::Label { added } if added.len() > MOST_ENTRIES => {
                self.bad(format!("{at}.added"), format!("may list {MOST_ENTRIES}"));
            }
            Trigger::Scored { .. }
            | Trigger::State { .. }
            | Trigger::Label { .. }
            | Trigger::Timer { since: Since::Waiting | Since::Answered | Since::Closed, .. }
            | Trigger::Booking { .. }
            | Trigger::SlaBreached {} => {}
        }
    }

    fn named(&mut self, at: &str, names: &[String]) {
        if names.len() > MOST_ENTRIES
            || names.iter().any(|name| name.is_empty() || name.chars().count() > LONGEST_FIELD)
        {
            self.bad(at, format!("may list {MOST_ENTRIES} names of 1 to {LONGEST_FIELD} characters"));
        }
    }

    /// Checks a condition; answers how many steps it takes.
    fn condition(&mut self, at: &str, when: &str, trigger: &Trigger) -> u64 {
        let condition = match Condition::parse(when) {
            Ok(condition) => condition,
            Err(error) => {
                self.bad(at, error.to_string());
                return 0;
            }
        };
        let before = self.problems.len();
        for name in condition.names() {
            let known = named(name).map_or(variables::Known::Always, |variable| variable.known);
            let missing = match known {
                variables::Known::Always => None,
                variables::Known::InMessages => {
                    (!is_message(trigger)).then_some("there is no message of the customer's")
                }
                variables::Known::InBookings => {
                    (!matches!(trigger, Trigger::Booking { .. })).then_some("nothing happens to a booking")
                }
                variables::Known::InScores => {
                    (!matches!(trigger, Trigger::Scored { .. })).then_some("no score is given")
                }
            };
            if let Some(why) = missing {
                self.bad(at, format!("looks at {name:?}, and {why} at this trigger"));
            }
        }
        if self.problems.len() == before
            && let Some(words) = condition.fails_on_samples(trigger)
        {
            self.bad(at, words);
        }
        condition.steps()
    }

    fn sequence(&mut self, at: &str, sequence: &Sequence) {
        self.length(&format!("{at}.name"), &sequence.name, 0, LONGEST_NAME);
        if sequence.steps.is_empty() || sequence.steps.len() > MOST_STEPS {
            self.bad(format!("{at}.steps"), format!("a sequence has 1 to {MOST_STEPS} steps"));
            return;
        }
        if sequence.cap.messages == 0 || sequence.cap.days == 0 || sequence.cap.days > LATEST_DAY {
            self.bad(format!("{at}.cap"), format!("must be at least one message in 1 to {LATEST_DAY} days"));
        }
        for (index, step) in sequence.steps.iter().enumerate() {
            let at = format!("{at}.steps[{index}]");
            let earlier = &sequence.steps[..index];
            self.length(&format!("{at}.name"), &step.name, 1, LONGEST_NAME);
            if earlier.iter().any(|it| it.name == step.name) {
                self.bad(format!("{at}.name"), format!("another step is already called {:?}", step.name));
            }
            if step.after_days > LATEST_DAY {
                self.bad(format!("{at}.after_days"), format!("may be {LATEST_DAY} at most"));
            } else if earlier.last().is_some_and(|it| (it.after_days, it.at_hour) >= (step.after_days, step.at_hour)) {
                self.bad(format!("{at}.after_days"), "is not after the step before it");
            }
            if step.at_hour > 23 {
                self.bad(format!("{at}.at_hour"), "must be between 0 and 23");
            }
            self.template(&at, &step.template, &step.values);
        }
    }

    fn escalation(&mut self, plan: &EscalationPlan) {
        if plan.steps.len() > MOST_STEPS {
            self.bad("escalation.steps", format!("a plan has at most {MOST_STEPS} steps"));
            return;
        }
        for (index, step) in plan.steps.iter().enumerate() {
            let at = format!("escalation.steps[{index}]");
            self.length(&format!("{at}.name"), &step.name, 1, LONGEST_NAME);
            let earlier = &plan.steps[..index];
            if earlier.iter().any(|it| it.name == step.name) {
                self.bad(format!("{at}.name"), format!("another step is already called {:?}", step.name));
            }
            let together = |it: &&super::escalation::EscalationStep| {
                it.only_for.is_empty()
                    || step.only_for.is_empty()
                    || it.only_for.iter().any(|why| step.only_for.contains(why))
            };
            if step.after_minutes > LONGEST_TIMER {
                self.bad(format!("{at}.after_minutes"), format!("may be {LONGEST_TIMER} (30 days) at most"));
            } else if earlier.iter().filter(together).any(|it| it.after_minutes > step.after_minutes) {
                self.bad(format!("{at}.after_minutes"), "is before an earlier step of the same reason");
            }
        }
        for (field, team) in plan.teams() {
            self.team(&field, team);
        }
    }
}

/// Whether the customer wrote, at this trigger.
fn is_message(trigger: &Trigger) -> bool {
    match trigger {
        Trigger::Inbound { .. }
        | Trigger::Keyword { .. }
        | Trigger::Button { .. }
        | Trigger::FlowAnswer { .. }
        | Trigger::TemplateAnswered { .. } => true,
        Trigger::Scored { .. }
        | Trigger::State { .. }
        | Trigger::Label { .. }
        | Trigger::Timer { .. }
        | Trigger::Booking { .. }
        | Trigger::SlaBreached {} => false,
    }
}

#[cfg(test)]
mod tests;
