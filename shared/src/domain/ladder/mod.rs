//! The ladder: an account's ordered policy for a message that may not go out free-form, and for a customer left
//! waiting. Data, with a default.

mod check;
mod conditions;
mod standard;
mod taking;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ChannelId, Timestamp,
    cost::Money,
    hours::BusinessHours,
    template::Template,
    time::SignedDuration,
    window::{ServiceWindow, WINDOW_LASTS},
};
pub use check::{ALWAYS_KNOWN, BadLadder, Standings};
pub use conditions::{Circumstances, Reached};
pub use taking::Taking;

/// Ordered steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    pub steps: Vec<Step>,
    /// The language of templates when the contact's is not known or has none.
    #[serde(default = "english")]
    pub default_language: String,
    /// When staff are there. None set: never, so that it is always outside of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<BusinessHours>,
    /// What was written for WhatsApp may go out by SMS as it is. Without that, an SMS only invites.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content_by_sms: bool,
    /// Of two ways that are both allowed, take the one that is expected to cost less.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prefer_cheaper: bool,
    /// Other steps for some channels. A channel's steps take the place of all of these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<ChannelId, Vec<Step>>,
}

fn english() -> String {
    "en".to_owned()
}

/// One step: a moment, a condition, an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "LadderStep")]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Names the step within the ladder, in messages and logs.
    pub name: String,
    pub when: Moment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Vec<Condition>,
    #[serde(rename = "do")]
    pub action: Action,
}

// Those without fields have braces, so that Serde does not let any field stand beside their names.

/// When a step is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "LadderMoment")]
#[serde(tag = "moment", rename_all = "snake_case", deny_unknown_fields)]
pub enum Moment {
    /// So many minutes before the window ends.
    BeforeEnd { minutes: u32 },
    /// When the window has ended (and clocks may not differ about it any more).
    AtEnd {},
    /// An answer is written that may not go out free-form any more.
    AnswerHeld {},
    /// The window's template failed.
    TemplateFailed {},
    /// The window's template went out so many minutes ago, and the customer has not written since.
    AfterTemplate { minutes: u32 },
    /// A held message has waited so many hours.
    HeldFor { hours: u32 },
}

/// What must be true for a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "LadderCondition")]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The customer wrote last and nobody answered.
    CustomerWaits,
    WithinBusinessHours,
    OutsideBusinessHours,
    /// A phone number is known, and an SMS channel is there.
    MayBeTexted,
    /// The window's template is not on the customer's device, as far as is known.
    Undelivered,
    /// The customer has not read the window's template, as far as is known.
    Unread,
    Vip,
    NotVip,
    /// What the step sends is expected to cost less. What it costs is not known: then it does not hold.
    CostBelow(Money),
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "LadderAction")]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Remind the staff: an event.
    Remind {},
    /// Tell another system, which may write an e-mail or call: an event with these words.
    Notify { note: String },
    /// A free-form message, while it is allowed.
    HoldingMessage {
        text: String,
        /// The same in other languages, by code.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<String, String>,
    },
    /// The window's template, in the contact's language. Once per closed window.
    SendTemplate {
        template: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, String>,
    },
    /// An SMS with a link that leads back to the conversation.
    SmsInvite {
        text: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        languages: BTreeMap<String, String>,
    },
    /// What is held goes out by SMS, as it is.
    SmsContent {},
    /// Nothing goes out: what is held waits until the customer writes.
    Hold {},
    /// What is still held ends as expired.
    GiveUp {
        /// And an event asks for a ticket.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ticket: bool,
    },
}

impl Moment {
    /// A moment that a ladder has once at most.
    fn is_single(&self) -> bool {
        matches!(self, Self::HeldFor { .. })
    }
}

impl Action {
    /// Whether it sends the customer something.
    pub fn sends(&self) -> bool {
        matches!(
            self,
            Self::HoldingMessage { .. } | Self::SendTemplate { .. } | Self::SmsInvite { .. } | Self::SmsContent {}
        )
    }
}

/// Words in the contact's language, where there are some.
pub fn in_language<'a>(text: &'a str, languages: &'a BTreeMap<String, String>, wanted: Option<&str>) -> &'a str {
    let base = |code: &str| code.split(['_', '-']).next().unwrap_or_default().to_owned();
    let exact = |code: &str| languages.get(code);
    wanted.and_then(|code| exact(code).or_else(|| exact(&base(code)))).map_or(text, String::as_str)
}

impl Ladder {
    /// As it is for a channel.
    #[must_use]
    pub fn for_channel(mut self, channel: &ChannelId) -> Self {
        if let Some(steps) = self.channels.remove(channel) {
            self.steps = steps;
        }
        self.channels.clear();
        self
    }

    /// For how long a message may be held on a channel.
    pub fn gives_up_on(&self, channel: &ChannelId) -> Option<SignedDuration> {
        gives_up(self.channels.get(channel).unwrap_or(&self.steps)).map(|(after, _)| after)
    }

    /// For how long a message may be held at most, on whatever channel.
    pub fn gives_up_at_latest(&self) -> Option<SignedDuration> {
        let others = self.channels.values().map(|steps| gives_up(steps));
        others.chain([gives_up(&self.steps)]).flatten().map(|(after, _)| after).max()
    }

    /// Steps that are due when a window ends on a waiting customer.
    pub fn at_end(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.when == Moment::AtEnd {})
    }

    /// Steps that follow when an answer had to be held.
    pub fn answer_held(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.when == Moment::AnswerHeld {})
    }

    /// Steps that follow a template that failed.
    pub fn template_failed(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.when == Moment::TemplateFailed {})
    }

    /// What follows a template after a time, with that time.
    pub fn after_template(&self) -> impl Iterator<Item = (SignedDuration, &Step)> {
        self.steps.iter().filter_map(|step| match step.when {
            Moment::AfterTemplate { minutes } => Some((SignedDuration::from_mins(i64::from(minutes)), step)),
            Moment::BeforeEnd { .. }
            | Moment::AtEnd {}
            | Moment::AnswerHeld {}
            | Moment::TemplateFailed {}
            | Moment::HeldFor { .. } => None,
        })
    }

    /// What is due before a window's end, with how long before it.
    pub fn before_end(&self) -> impl Iterator<Item = (SignedDuration, &Step)> {
        self.steps.iter().filter_map(|step| match step.when {
            Moment::BeforeEnd { minutes } => Some((SignedDuration::from_mins(i64::from(minutes)), step)),
            Moment::AtEnd {}
            | Moment::AnswerHeld {}
            | Moment::TemplateFailed {}
            | Moment::AfterTemplate { .. }
            | Moment::HeldFor { .. } => None,
        })
    }

    /// The steps before its end that are due in this window at `now`, with how long before it.
    pub fn due_before_end(
        &self,
        window: ServiceWindow,
        now: Timestamp,
    ) -> impl Iterator<Item = (SignedDuration, &Step)> {
        let end = window.closes_at();
        self.before_end().filter(move |(before, _)| end.is_some_and(|end| end - *before <= now && now < end))
    }

    /// When somebody has to look at a window next: at its steps, and at its end. A window that is extended while a look is
    /// pending must not miss its own first step, so looks are never further apart than the time until that.
    pub fn next_look(&self, window: ServiceWindow, now: Timestamp) -> Option<Timestamp> {
        let (end, closes_at) = (window.fallback_from()?, window.closes_at()?);
        let moments = self.before_end().map(|(before, _)| closes_at - before).filter(|at| *at > now);
        let next = moments.chain([end]).filter(|at| *at > now).min()?;
        let earliest = self.before_end().map(|(before, _)| before).max().unwrap_or_default();
        Some(next.min(now + (WINDOW_LASTS - earliest)))
    }

    /// For how long a message may be held.
    pub fn gives_up_after(&self) -> Option<SignedDuration> {
        self.gives_up().map(|(after, _)| after)
    }

    /// The step that ends what is held, with its time.
    pub fn gives_up(&self) -> Option<(SignedDuration, &Step)> {
        gives_up(&self.steps)
    }

    /// Every step: of the account, and of channels.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.channels.values().flatten())
    }

    /// How long after this template the next step comes, if the ladder sends it.
    pub fn next_step_after(&self, template: &str) -> Option<SignedDuration> {
        let next = |steps: &[Step]| {
            let sends =
                |step: &Step| matches!(&step.action, Action::SendTemplate { template: name, .. } if *name == *template);
            let after = |step: &Step| match step.when {
                Moment::AfterTemplate { minutes } if step.action.sends() => {
                    Some(SignedDuration::from_mins(i64::from(minutes)))
                }
                _ => None,
            };
            steps.iter().any(sends).then(|| steps.iter().filter_map(after).min()).flatten()
        };
        std::iter::once(&self.steps).chain(self.channels.values()).filter_map(|steps| next(steps)).min()
    }

    /// Whether the ladder sends this template and goes on to its next step while the provider may still deliver it.
    ///
    /// A provider goes on trying until the template's time-to-live ends; the customer would then get both (Meta, "time
    /// to live").
    pub fn outlived_by(&self, template: &Template) -> Result<(), String> {
        match self.next_step_after(&template.name).filter(|next| template.time_to_live() > *next) {
            Some(next) => Err(format!(
                "template {:?} ({}) may still be delivered {} s after it was sent, but the ladder's next step comes after {} s: the customer could get both",
                template.name,
                template.language,
                template.definition.time_to_live_seconds,
                next.as_secs(),
            )),
            None => Ok(()),
        }
    }
}

fn gives_up(steps: &[Step]) -> Option<(SignedDuration, &Step)> {
    steps.iter().find_map(|step| match step.when {
        Moment::HeldFor { hours } => Some((SignedDuration::from_hours(i64::from(hours)), step)),
        Moment::BeforeEnd { .. }
        | Moment::AtEnd {}
        | Moment::AnswerHeld {}
        | Moment::TemplateFailed {}
        | Moment::AfterTemplate { .. } => None,
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
