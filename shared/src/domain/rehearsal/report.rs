//! What a rehearsal says, as people and programs read it.

use serde::{Deserialize, Serialize};

use super::{Figures, What, figures::Clock};
use crate::domain::{Timestamp, cost::Money, ladder::Ladder, message::Way};

/// How customers' waits ended. A wait begins when a customer writes who was not waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalTurns")]
pub struct Turns {
    /// Freely, before the window ended.
    pub in_window: u64,
    /// Freely, but the customer had to write again first.
    pub after_window: u64,
    /// By SMS or by a template.
    pub by_another_way: u64,
    /// Staff closed the conversation.
    pub closed: u64,
    /// Not at all.
    pub never: u64,
    /// The window was open still when the stretch ended.
    pub open: u64,
}

/// How answers ended that had to wait for the customer's next message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalHeld")]
pub struct Held {
    pub released: u64,
    pub by_sms: u64,
    pub expired: u64,
    pub refused: u64,
    pub taken_back: u64,
    pub still_held: u64,
}

/// What one ladder would have come to.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalReport")]
pub struct Report {
    /// In the ladder's order; people's answers first.
    pub rows: Vec<RowView>,
    pub cost: Vec<Money>,
    /// Messages that nobody knows a price of; they are missing from the cost.
    pub unpriced: u64,
    pub turns: Turns,
    pub answered: Answers,
    pub held: Held,
    pub reminders: u64,
    pub sms: u64,
    /// The time zone in which hours of a day are counted.
    pub hours_in: String,
}

/// Two ladders over the same conversations.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalComparison")]
pub struct Comparison {
    pub from: Timestamp,
    /// Not included.
    pub until: Timestamp,
    pub conversations: u64,
    /// Conversations that a ladder has no part in: by SMS, or of people who were erased.
    pub left_out: u64,
    pub assumptions: Vec<String>,
    /// The account's ladder.
    pub current: Report,
    pub rehearsed: Report,
}

/// After how long customers who waited were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalAnswers")]
pub struct Answers {
    pub median_seconds: Option<i64>,
    pub p95_seconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalRow")]
pub struct RowView {
    #[serde(flatten)]
    pub what: What,
    pub count: u64,
    pub cost: Vec<Money>,
    pub unpriced: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub by_hour: [u64; 24],
}

impl Report {
    pub fn of(figures: &Figures, ladder: &Ladder) -> Self {
        let place = |what: &What| match &what.step {
            None => 0,
            Some(name) => 1 + ladder.all_steps().position(|step| step.name == *name).unwrap_or(usize::MAX - 1),
        };
        let mut rows: Vec<_> = figures.rows.iter().collect();
        rows.sort_by_key(|row| (place(&row.what), row.what.way.map(|way| way as u8), row.what.not_sent));
        let count = |of: &dyn Fn(&What) -> bool| rows.iter().filter(|row| of(&row.what)).map(|row| row.count).sum();
        let seconds = |percent| figures.answered_after(percent).map(|time| time.as_secs());
        Self {
            cost: figures.cost.sums().collect(),
            unpriced: figures.cost.unpriced(),
            turns: figures.turns,
            answered: Answers { median_seconds: seconds(50), p95_seconds: seconds(95) },
            held: figures.held,
            reminders: count(&|what| what.action == "remind"),
            sms: count(&|what| what.way == Some(Way::Sms)),
            hours_in: Clock::of(ladder).name().to_owned(),
            rows: rows
                .iter()
                .map(|row| RowView {
                    what: row.what.clone(),
                    count: row.count,
                    cost: row.cost.sums().collect(),
                    unpriced: row.cost.unpriced(),
                    first: row.first,
                    last: row.last,
                    by_hour: row.by_hour,
                })
                .collect(),
        }
    }
}
