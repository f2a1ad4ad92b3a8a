//! A rehearsal that was asked for.

use serde::{Deserialize, Serialize};

use super::{Assumptions, Fate, Stretch};
use crate::domain::{Timestamp, ladder::Ladder, sending::DEFAULT_LIFE, time::SignedDuration, window::WINDOW_LASTS};

/// What is rehearsed over which stretch of the account's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalOrder {
    pub from: Timestamp,
    /// Not included.
    pub until: Timestamp,
    /// The account's ladder when it was asked for.
    pub current: Ladder,
    /// The one under rehearsal; `None`: the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<Ladder>,
    #[serde(default)]
    pub assume: Assumed,
}

/// What is assumed of what nobody can know, as people say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "RehearsalAssumed")]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// How far a template comes, where no real one to the customer tells.
    #[serde(default)]
    pub template: AssumedTemplate,
    /// A customer whom a template reached writes so many minutes later, if they did not write before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comes_back_after_minutes: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssumedTemplate {
    #[default]
    Delivered,
    Read,
    /// The provider takes it, and it never arrives.
    Lost,
    /// The provider turns it down.
    Fails,
}

impl Assumed {
    pub fn assumptions(self) -> Assumptions {
        let template = match self.template {
            AssumedTemplate::Delivered => Fate::delivered(),
            AssumedTemplate::Read => Fate::read(),
            AssumedTemplate::Lost => Fate::lost(),
            AssumedTemplate::Fails => Fate::fails(),
        };
        let minutes = self.comes_back_after_minutes;
        Assumptions { template, comes_back_after: minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes))) }
    }

    /// The same in words.
    pub fn in_words(self) -> Vec<String> {
        let template = match self.template {
            AssumedTemplate::Delivered => "is delivered and not read",
            AssumedTemplate::Read => "is read at once",
            AssumedTemplate::Lost => "never arrives",
            AssumedTemplate::Fails => "is turned down by the provider",
        };
        let mut words = vec![
            "Staff and customers behave as they did: each writes when they wrote, whatever the ladder would have sent."
                .to_owned(),
            format!("A template {template}, unless a real one to the same customer tells otherwise."),
            "What an answer says is not looked at: by SMS it counts as one segment.".to_owned(),
            "Free-form messages are priced as if the number's free ones of the month were used up.".to_owned(),
        ];
        if let Some(minutes) = self.comes_back_after_minutes {
            words.push(format!(
                "A customer whom a template reached writes {minutes} minutes later, unless they wrote before; one whom \
                 nobody answers does so after every template."
            ));
        }
        words
    }
}

/// Nothing older than this matters to how things stand at the beginning of a stretch.
const LONGEST_LEAD: SignedDuration = SignedDuration::from_hours(10 * 24);

impl RehearsalOrder {
    pub fn stretch(&self) -> Stretch {
        Stretch { from: self.from, until: self.until }
    }

    pub fn rehearsed(&self) -> &Ladder {
        self.rehearsed.as_ref().unwrap_or(&self.current)
    }

    /// Where reading begins: early enough to know which windows are open and what is held when the stretch begins.
    pub fn reads_from(&self) -> Timestamp {
        let of = |ladder: &Ladder| {
            let held = ladder.gives_up_at_latest().unwrap_or(DEFAULT_LIFE);
            ladder.after_template().map(|(after, _)| after).chain([held]).max().unwrap_or(held)
        };
        let lead = (WINDOW_LASTS * 2 + of(&self.current).max(of(self.rehearsed()))).min(LONGEST_LEAD);
        self.from - lead
    }
}
