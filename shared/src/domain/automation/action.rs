//! What rules do, as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{LabelId, SequenceId, SkillId, StaffId, TeamId};
use crate::domain::SubscriptionId;

// Those without fields have braces, so that Serde does not let any field stand beside their names.

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "RuleAction")]
pub enum Action {
    /// Writes to the customer, while that is free.
    Reply {
        text: String,
        /// The same in other languages, by code.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<String, String>,
        /// It is what the customer waits for. Else they wait on, and the ladder and everybody else with them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        answers: bool,
    },
    /// Sends a template, in the customer's language.
    Template {
        template: String,
        /// What fills variables of which nothing is known.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, String>,
    },
    /// Asks how satisfied the customer is, from 1 to 5.
    AskScore {
        text: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<String, String>,
    },
    /// Hands the conversation to a team, and there to somebody who has the skill.
    Route {
        team: TeamId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skill: Option<SkillId>,
    },
    /// Hands the conversation to somebody.
    Assign {
        to: StaffId,
    },
    Label {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<LabelId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<LabelId>,
    },
    /// Opens a request, such as one for towels.
    OpenRequest {
        kind: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// Tells somebody higher up: an event.
    Escalate {
        to: Level,
    },
    /// Tells other systems: an event with these words.
    Notify {
        note: String,
    },
    /// Calls one subscriber, whatever else it is told of.
    Webhook {
        subscription: SubscriptionId,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    StartSequence {
        sequence: SequenceId,
    },
    StopSequence {
        sequence: SequenceId,
    },
    /// Closes the conversation.
    Close {},
}

/// Who is told, from the nearest to the highest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EscalationLevel")]
pub enum Level {
    /// Whoever has the conversation.
    Owner,
    /// The conversation's team.
    Team,
    /// Another team.
    OtherTeam(TeamId),
    Manager,
    Admin,
}

/// The kind of an action, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    Reply,
    Template,
    AskScore,
    Route,
    Assign,
    Label,
    OpenRequest,
    Escalate,
    Notify,
    Webhook,
    StartSequence,
    StopSequence,
    Close,
}

impl Deed {
    pub fn word(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Template => "template",
            Self::AskScore => "ask_score",
            Self::Route => "route",
            Self::Assign => "assign",
            Self::Label => "label",
            Self::OpenRequest => "open_request",
            Self::Escalate => "escalate",
            Self::Notify => "notify",
            Self::Webhook => "webhook",
            Self::StartSequence => "start_sequence",
            Self::StopSequence => "stop_sequence",
            Self::Close => "close",
        }
    }

    /// Whether it writes to the customer.
    pub fn writes(self) -> bool {
        matches!(self, Self::Reply | Self::Template | Self::AskScore)
    }

    /// Whether it takes part in the conversation, which automation does only while no person does.
    pub fn takes_part(self) -> bool {
        match self {
            Self::Reply | Self::Template | Self::AskScore | Self::Route | Self::Assign | Self::Close => true,
            Self::Label
            | Self::OpenRequest
            | Self::Escalate
            | Self::Notify
            | Self::Webhook
            | Self::StartSequence
            | Self::StopSequence => false,
        }
    }
}

impl Action {
    pub fn deed(&self) -> Deed {
        match self {
            Self::Reply { .. } => Deed::Reply,
            Self::Template { .. } => Deed::Template,
            Self::AskScore { .. } => Deed::AskScore,
            Self::Route { .. } => Deed::Route,
            Self::Assign { .. } => Deed::Assign,
            Self::Label { .. } => Deed::Label,
            Self::OpenRequest { .. } => Deed::OpenRequest,
            Self::Escalate { .. } => Deed::Escalate,
            Self::Notify { .. } => Deed::Notify,
            Self::Webhook { .. } => Deed::Webhook,
            Self::StartSequence { .. } => Deed::StartSequence,
            Self::StopSequence { .. } => Deed::StopSequence,
            Self::Close {} => Deed::Close,
        }
    }

    /// What it writes to the customer in words of its own, and the same in other languages, by code.
    pub fn wording(&self) -> Option<(&str, &BTreeMap<String, String>)> {
        match self {
            Self::Reply { text, languages, .. } | Self::AskScore { text, languages } => Some((text, languages)),
            Self::Template { .. }
            | Self::Route { .. }
            | Self::Assign { .. }
            | Self::Label { .. }
            | Self::OpenRequest { .. }
            | Self::Escalate { .. }
            | Self::Notify { .. }
            | Self::Webhook { .. }
            | Self::StartSequence { .. }
            | Self::StopSequence { .. }
            | Self::Close {} => None,
        }
    }
}
