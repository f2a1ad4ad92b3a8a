//! What makes rules act, and who was behind it.

use serde::{Deserialize, Serialize};

use super::{
    ids::{LabelId, RuleId},
    rule::{BookingEvent, Since, State},
    score::Score,
};
use crate::domain::{ConversationId, EventId, Timestamp};

/// Something that happened in a conversation, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Made of what happened and never of when that was noticed, as an event's id is: told again, it is the same.
    pub id: EventId,
    pub conversation: ConversationId,
    /// When it happened; of a timer, when it was due.
    pub at: Timestamp,
    pub happened: Happened,
    pub by: Origin,
}

/// What happened. What a message says is with the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happened", rename_all = "snake_case")]
pub enum Happened {
    /// The customer wrote.
    Message {},
    Scored {
        score: Score,
    },
    State {
        from: State,
        to: State,
    },
    Labelled {
        label: LabelId,
    },
    Timer {
        since: Since,
        minutes: u32,
    },
    Booking {
        event: BookingEvent,
    },
    SlaBreached {},
}

/// Who was behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Origin {
    Customer {},
    Staff {},
    /// A client of the API.
    Program {},
    /// Nobody: time went by, or another system reports.
    Nobody {},
    /// Rules: the one that did it last, and those that led to it first.
    Automation {
        chain: Vec<RuleId>,
    },
}

impl Origin {
    /// How many rules in a row may each be the cause of the next.
    pub const LONGEST_CHAIN: usize = 3;

    /// The rules that led to it.
    pub fn chain(&self) -> &[RuleId] {
        match self {
            Self::Automation { chain } => chain,
            Self::Customer {} | Self::Staff {} | Self::Program {} | Self::Nobody {} => &[],
        }
    }

    /// What a rule does because of something of this origin.
    #[must_use]
    pub fn then(&self, rule: &RuleId) -> Self {
        Self::Automation { chain: self.chain().iter().chain([rule]).cloned().collect() }
    }
}

impl Happened {
    /// How many kinds there are.
    pub(super) const KINDS: usize = 7;

    /// The place of its kind among them.
    pub(super) fn kind(&self) -> usize {
        match self {
            Self::Message {} => 0,
            Self::Scored { .. } => 1,
            Self::State { .. } => 2,
            Self::Labelled { .. } => 3,
            Self::Timer { .. } => 4,
            Self::Booking { .. } => 5,
            Self::SlaBreached {} => 6,
        }
    }
}
