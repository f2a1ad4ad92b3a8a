//! A rule as it is written: when it is looked at, under which condition, and what it does.

use serde::{Deserialize, Serialize};

use super::{
    action::Action,
    ids::{LabelId, RuleId},
    score::Score,
};
use crate::domain::conversation::Tray;

/// One rule. In JSON:
///
/// ```json
/// {"id": "urgent-vip", "trigger": {"on": "keyword", "words": ["urgent"], "languages": ["en"]},
///  "when": "contact.vip && waiting_minutes > 5", "actions": [{"do": "escalate", "to": "manager"}]}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stays the same when the rule is changed: ids of what it does are made of it.
    pub id: RuleId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub on: bool,
    pub trigger: Trigger,
    /// An expression (CEL) over the facts, which must be true; see [`super::VARIABLES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    pub actions: Vec<Action>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub within: Within,
    #[serde(default, skip_serializing_if = "is_default")]
    pub once: Once,
    /// Rules with a smaller number are looked at first; those with the same, as they are listed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: i32,
    /// Once this rule is taken, no later one is looked at.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stop_after: bool,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "Serde hands a reference")]
fn is_yes(it: &bool) -> bool {
    *it
}

pub(super) fn is_default<T: Default + PartialEq>(it: &T) -> bool {
    *it == T::default()
}

// Those without fields have braces, so that Serde does not let any field stand beside their names.

/// What makes somebody look at a rule. An empty list lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "RuleTrigger")]
pub enum Trigger {
    /// The customer wrote.
    Inbound {
        /// Kinds of content, such as `text` or `image`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<String>,
        /// Only a message that opens the service window.
        #[serde(default, skip_serializing_if = "is_default")]
        first: bool,
    },
    /// The customer wrote one of these words or phrases, whatever their case and accents.
    Keyword {
        words: Vec<String>,
        /// Messages that are known to be in another language do not count.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        languages: Vec<String>,
        /// The message is nothing but the phrase.
        #[serde(default, skip_serializing_if = "is_default")]
        alone: bool,
    },
    /// The customer tapped a button or a row of a list.
    Button {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<String>,
    },
    /// The customer sent in a flow.
    FlowAnswer {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flows: Vec<String>,
    },
    /// The customer's message is the first after a template.
    TemplateAnswered {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        templates: Vec<String>,
    },
    /// The customer answered how satisfied they are.
    Scored {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Score>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Score>,
    },
    /// The conversation changed its state.
    State {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<State>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<State>,
    },
    /// A label was put on the conversation.
    Label {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<LabelId>,
    },
    /// So many minutes have passed since something, and it still holds.
    Timer { since: Since, minutes: u32 },
    /// Something happened to the customer's booking.
    Booking {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Vec<BookingEvent>,
    },
    /// The customer was not answered in the time that was promised.
    SlaBreached {},
}

/// The state of a conversation, in the words of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TriggerState")]
pub enum State {
    Initiated,
    /// The customer waits for an answer.
    Waiting,
    Open,
    Closed,
    Archived,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Initiated, Self::Waiting, Self::Open, Self::Closed, Self::Archived];

    pub fn word(self) -> &'static str {
        Tray::from(self).word()
    }
}

impl From<Tray> for State {
    fn from(tray: Tray) -> Self {
        match tray {
            Tray::Initiated => Self::Initiated,
            Tray::Waiting => Self::Waiting,
            Tray::Open => Self::Open,
            Tray::Closed => Self::Closed,
            Tray::Archived => Self::Archived,
        }
    }
}

impl From<State> for Tray {
    fn from(state: State) -> Self {
        match state {
            State::Initiated => Self::Initiated,
            State::Waiting => Self::Waiting,
            State::Open => Self::Open,
            State::Closed => Self::Closed,
            State::Archived => Self::Archived,
        }
    }
}

/// From when a timer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TimerSince")]
pub enum Since {
    /// The customer began to wait for an answer, and still waits.
    Waiting,
    /// The business wrote last, and the customer has not written since.
    Answered,
    /// The conversation was closed, and still is.
    Closed,
}

impl Since {
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

/// What can happen to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingEvent {
    Booked,
    Changed,
    Cancelled,
    CheckedIn,
    CheckedOut,
}

impl BookingEvent {
    pub const ALL: [Self; 5] = [Self::Booked, Self::Changed, Self::Cancelled, Self::CheckedIn, Self::CheckedOut];

    pub fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::CheckedIn => "checked_in",
            Self::CheckedOut => "checked_out",
        }
    }
}

/// At which hours a rule is taken, by the time of its cause. An account that has set no hours is neither within nor outside of
/// them: whoever says "we are closed" must have said when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WithinHours")]
pub enum Within {
    #[default]
    Any,
    BusinessHours,
    OutsideHours,
}

/// How often a rule is taken in one conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "per", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "RuleOnce")]
pub enum Once {
    /// For each cause.
    #[default]
    #[serde(rename = "message")]
    Cause,
    /// Not again before somebody of the business, or a program, has written, or so many hours have passed.
    Turn { hours: u32 },
    /// Once in each service window.
    Window {},
    /// Once in so many hours.
    Hours { hours: u32 },
    /// Once and never again.
    Conversation {},
}
