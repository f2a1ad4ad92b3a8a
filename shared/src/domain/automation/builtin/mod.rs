//! What comes with the system, as the data that users write themselves.
//!
//! | rule | on by default | since |
//! | --- | --- | --- |
//! | `auto-responder-outside-hours` | yes | it does nothing until the account has set hours, and then says what they mean |
//! | `auto-responder-in-hours` | no | somebody is there: a person's answer is better |
//! | `escalate-urgent` | no | the escalation plan, which is on, tells of urgent words step by step; this is the single step |
//! | `route-by-language`, `route-by-keyword` | no | there are no teams until somebody makes them |
//! | `ask-score-after-close` | no | it writes to customers who did not ask |
//! | `unhappy` | yes | an event for a score of 1 or 2; nothing happens until scores are asked for |
//! | `follow-up-after-stay` | no | its sequence needs two templates, which must be approved first |
//!
//! What is on writes to nobody who did not write first, or only tells the staff. An account switches each, or stores a rule of
//! the same id, which takes its place.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Rule, Sequence};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    rules: Vec<Rule>,
    sequences: Vec<Sequence>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    serde_json::from_str(include_str!("automations.json")).expect("it is part of the program, and a test reads it")
});

/// The rules, in the order in which they are looked at.
pub fn rules() -> Vec<Rule> {
    SHIPPED.rules.clone()
}

/// The sequences that they begin.
pub fn sequences() -> Vec<Sequence> {
    SHIPPED.sequences.clone()
}

#[cfg(test)]
mod tests;
