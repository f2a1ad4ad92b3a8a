//! The ladder: an account's ordered policy for a message that may not go out free-form, and for a customer left
//! waiting. Data, with a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{template::Template, time::SignedDuration, window::WINDOW_LASTS};

/// Ordered steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    pub steps: Vec<Step>,
    /// The language of templates when the contact's is not known or has none.
    #[serde(default = "english")]
    pub default_language: String,
}

fn english() -> String {
    "en".to_owned()
}

/// One step: a moment, a condition, an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// When a step is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "moment", rename_all = "snake_case", deny_unknown_fields)]
pub enum Moment {
    /// So many minutes before the window ends.
    BeforeEnd { minutes: u32 },
    /// When the window has ended (and clocks may not differ about it any more).
    AtEnd,
    /// An answer is written that may not go out free-form any more.
    AnswerHeld,
    /// The window's template failed.
    TemplateFailed,
    /// The window's template went out so many minutes ago, and the customer has not written since.
    AfterTemplate { minutes: u32 },
    /// A held message has waited so many hours.
    HeldFor { hours: u32 },
}

/// What must be true for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    CustomerWaits,
    OutsideBusinessHours,
    MayBeTexted,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Remind the staff.
    Remind,
    /// A free-form message, while it is allowed.
    HoldingMessage { text: String },
    /// The window's template, in the contact's language. Once per closed window.
    SendTemplate {
        template: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        values: BTreeMap<String, String>,
    },
    /// An SMS with a link that leads back to the conversation.
    SmsInvite { text: String },
    /// What is still held ends as expired.
    GiveUp,
}

/// Why a ladder cannot be saved, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadLadder {
    /// Such as `steps[2].do.template`.
    pub field: String,
    pub message: String,
}

impl Default for Ladder {
    /// The default of the design, section 5.
    fn default() -> Self {
        let step = |name: &str, when, only_if: &[Condition], action| Step {
            name: name.to_owned(),
            when,
            only_if: only_if.to_vec(),
            action,
        };
        let template = |template: &str| Action::SendTemplate { template: template.to_owned(), values: BTreeMap::new() };
        let invite = || Action::SmsInvite { text: "Please write to us on WhatsApp to go on:".to_owned() };
        Self {
            default_language: english(),
            steps: vec![
                step("remind", Moment::BeforeEnd { minutes: 240 }, &[Condition::CustomerWaits], Action::Remind),
                step(
                    "holding-message",
                    Moment::BeforeEnd { minutes: 60 },
                    &[Condition::CustomerWaits, Condition::OutsideBusinessHours],
                    Action::HoldingMessage {
                        text: "Thank you for your message. We are away just now and will answer as soon as we can."
                            .to_owned(),
                    },
                ),
                step("fallback", Moment::AtEnd, &[Condition::CustomerWaits], template("fallback")),
                step("answer-waiting", Moment::AnswerHeld, &[], template("answer_waiting")),
                step("sms-at-once", Moment::TemplateFailed, &[Condition::MayBeTexted], invite()),
                step("sms-later", Moment::AfterTemplate { minutes: 120 }, &[Condition::MayBeTexted], invite()),
                step("give-up", Moment::HeldFor { hours: 72 }, &[], Action::GiveUp),
            ],
        }
    }
}

/// What conditions look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    pub customer_waits: bool,
    /// A phone number is known and an SMS channel is there. Whether the customer wants it is the plan's to say, since a
    /// refusal is kept with its reason.
    pub may_be_texted: bool,
}

impl Step {
    /// Whether all its conditions hold. No business hours can be set yet, so it is always outside of them.
    pub fn applies(&self, circumstances: Circumstances) -> bool {
        self.only_if.iter().all(|condition| match condition {
            Condition::CustomerWaits => circumstances.customer_waits,
            Condition::MayBeTexted => circumstances.may_be_texted,
            Condition::OutsideBusinessHours => true,
        })
    }
}

impl Ladder {
    /// The first step of a moment's kind.
    fn step_at(&self, matches: impl Fn(&Moment) -> bool) -> Option<&Step> {
        self.steps.iter().find(|step| matches(&step.when))
    }

    /// What goes out when a window ends on a waiting customer.
    pub fn fallback(&self) -> Option<&Step> {
        self.step_at(|moment| matches!(moment, Moment::AtEnd))
    }

    /// What goes out when an answer had to be held.
    pub fn answer_held(&self) -> Option<&Step> {
        self.step_at(|moment| matches!(moment, Moment::AnswerHeld))
    }

    /// What follows a template that failed.
    pub fn template_failed(&self) -> Option<&Step> {
        self.step_at(|moment| matches!(moment, Moment::TemplateFailed))
    }

    /// What follows a template after a time, with that time.
    pub fn after_template(&self) -> impl Iterator<Item = (SignedDuration, &Step)> {
        self.steps.iter().filter_map(|step| match step.when {
            Moment::AfterTemplate { minutes } => Some((SignedDuration::from_mins(i64::from(minutes)), step)),
            Moment::BeforeEnd { .. }
            | Moment::AtEnd
            | Moment::AnswerHeld
            | Moment::TemplateFailed
            | Moment::HeldFor { .. } => None,
        })
    }

    /// For how long a message may be held.
    pub fn gives_up_after(&self) -> Option<SignedDuration> {
        self.steps.iter().find_map(|step| match step.when {
            Moment::HeldFor { hours } => Some(SignedDuration::from_hours(i64::from(hours))),
            Moment::BeforeEnd { .. }
            | Moment::AtEnd
            | Moment::AnswerHeld
            | Moment::TemplateFailed
            | Moment::AfterTemplate { .. } => None,
        })
    }

    /// Whether the ladder sends this template and goes on to its next step while the provider may still deliver it.
    ///
    /// A provider goes on trying until the template's time-to-live ends; the customer would then get both (Meta, "time
    /// to live").
    pub fn outlived_by(&self, template: &Template) -> Result<(), String> {
        let sends =
            |step: &Step| matches!(&step.action, Action::SendTemplate { template: name, .. } if *name == template.name);
        let next_step = self.after_template().map(|(after, _)| after).min();
        match next_step.filter(|next| template.time_to_live() > *next) {
            Some(next) if self.steps.iter().any(sends) => Err(format!(
                "template {:?} ({}) may still be delivered {} s after it was sent, but the ladder's next step comes after {} s: the customer could get both",
                template.name,
                template.language,
                template.time_to_live_seconds,
                next.as_secs(),
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks the ladder by itself, and against the account's templates.
    pub fn check(&self, templates: &[Template]) -> Result<(), BadLadder> {
        let bad = |field: String, message: String| Err(BadLadder { field, message });
        if self.steps.len() > 20 {
            return bad("steps".into(), "a ladder has at most 20 steps".into());
        }
        for (index, step) in self.steps.iter().enumerate() {
            let at = |field: &str| format!("steps[{index}].{field}");
            if step.name.is_empty() || step.name.len() > 40 {
                return bad(at("name"), "a step's name has 1 to 40 characters".into());
            }
            if self.steps[..index].iter().any(|earlier| earlier.name == step.name) {
                return bad(at("name"), format!("another step is already called {:?}", step.name));
            }
            let once = matches!(
                step.when,
                Moment::AtEnd | Moment::AnswerHeld | Moment::TemplateFailed | Moment::HeldFor { .. }
            );
            let same = |other: &&Step| std::mem::discriminant(&other.when) == std::mem::discriminant(&step.when);
            if once && self.steps[..index].iter().any(|earlier| same(&earlier)) {
                return bad(at("when"), "this moment already has a step".into());
            }
            match step.when {
                Moment::BeforeEnd { minutes } if minutes == 0 || i64::from(minutes) >= WINDOW_LASTS.as_mins() => {
                    return bad(at("when.minutes"), "must be between 1 and 1439: the window lasts 24 hours".into());
                }
                Moment::AfterTemplate { minutes } if !(1..=10_080).contains(&minutes) => {
                    return bad(at("when.minutes"), "must be between 1 and 10080 (a week)".into());
                }
                Moment::HeldFor { hours } if !(1..=720).contains(&hours) => {
                    return bad(at("when.hours"), "must be between 1 and 720 (30 days)".into());
                }
                Moment::BeforeEnd { .. }
                | Moment::AtEnd
                | Moment::AnswerHeld
                | Moment::TemplateFailed
                | Moment::AfterTemplate { .. }
                | Moment::HeldFor { .. } => {}
            }
            match (&step.action, &step.when) {
                (Action::SendTemplate { template, values }, Moment::AtEnd | Moment::AnswerHeld) => {
                    let languages: Vec<_> = templates.iter().filter(|known| known.name == *template).collect();
                    if languages.is_empty() {
                        return bad(at("do.template"), format!("no template {template:?} is known; store it first"));
                    }
                    for known in languages {
                        if let Err(message) = self.outlived_by(known) {
                            return bad(at("do.template"), message);
                        }
                        let content = super::content::TemplateContent {
                            name: template.clone(),
                            language: known.language.clone(),
                            values: values.clone(),
                        };
                        if let Err(error) = known.check(&content) {
                            return bad(at("do.values"), format!("{} ({}): {error}", known.name, known.language));
                        }
                    }
                }
                (Action::SmsInvite { text }, Moment::TemplateFailed | Moment::AfterTemplate { .. }) => {
                    if text.trim().is_empty() || text.chars().count() > 60 {
                        return bad(
                            at("do.text"),
                            "must have 1 to 60 characters, so that it fits one SMS with its link".into(),
                        );
                    }
                }
                (Action::HoldingMessage { text }, Moment::BeforeEnd { .. }) => {
                    if text.trim().is_empty() || text.chars().count() > 1024 {
                        return bad(at("do.text"), "must have 1 to 1024 characters".into());
                    }
                }
                (Action::Remind, Moment::BeforeEnd { .. }) | (Action::GiveUp, Moment::HeldFor { .. }) => {}
                (
                    Action::SendTemplate { .. }
                    | Action::SmsInvite { .. }
                    | Action::HoldingMessage { .. }
                    | Action::Remind
                    | Action::GiveUp,
                    _,
                ) => return bad(at("do.action"), "this action does not fit the step's moment".into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str, time_to_live_seconds: u32) -> Template {
        Template {
            name: name.into(),
            language: "en".into(),
            body: "Hello".into(),
            variables: vec![],
            parameters: super::super::template::ParameterFormat::Positional,
            time_to_live_seconds,
            buttons: vec![],
            references: BTreeMap::new(),
        }
    }

    fn templates(time_to_live_seconds: u32) -> Vec<Template> {
        vec![template("fallback", time_to_live_seconds), template("answer_waiting", 3600)]
    }

    #[track_caller]
    fn refused(ladder: &Ladder, field: &str) {
        assert_eq!(ladder.check(&templates(3600)).unwrap_err().field, field);
    }

    #[test]
    fn the_default_is_valid_and_survives_json() {
        let ladder = Ladder::default();
        assert_eq!(ladder.check(&templates(3600)), Ok(()));
        let json = serde_json::to_string(&ladder).unwrap();
        assert_eq!(serde_json::from_str::<Ladder>(&json).unwrap(), ladder);
        assert!(ladder.fallback().is_some() && ladder.answer_held().is_some() && ladder.template_failed().is_some());
        assert_eq!(ladder.after_template().map(|(after, _)| after.as_mins()).collect::<Vec<_>>(), [120]);
        assert_eq!(ladder.gives_up_after().unwrap().as_hours(), 72);
    }

    #[test]
    fn a_step_applies_only_if_all_its_conditions_hold() {
        let ladder = Ladder::default();
        let applies = |name: &str, customer_waits, may_be_texted| {
            let step = ladder.steps.iter().find(|step| step.name == name).unwrap();
            step.applies(Circumstances { customer_waits, may_be_texted })
        };
        assert!(applies("fallback", true, false));
        assert!(!applies("fallback", false, true));
        assert!(applies("answer-waiting", false, false));
        assert!(applies("sms-at-once", false, true));
        assert!(!applies("sms-at-once", true, false));
        assert!(applies("holding-message", true, false));
    }

    #[test]
    fn a_template_that_outlives_the_next_step_is_refused() {
        assert_eq!(Ladder::default().check(&templates(7200)), Ok(()));
        let error = Ladder::default().check(&templates(7201)).unwrap_err();
        assert_eq!(error.field, "steps[2].do.template");
        assert!(error.message.contains("both"), "{error}");
    }

    /// (Fault matrix I-4.)
    #[test]
    fn a_step_that_makes_no_sense_is_refused_with_its_field() {
        let with = |change: fn(&mut Ladder)| {
            let mut ladder = Ladder::default();
            change(&mut ladder);
            ladder
        };
        refused(&with(|l| l.steps[0].when = Moment::BeforeEnd { minutes: 1440 }), "steps[0].when.minutes");
        refused(&with(|l| l.steps[1].name = "remind".into()), "steps[1].name");
        refused(&with(|l| l.steps[3].when = Moment::AtEnd), "steps[3].when");
        refused(&with(|l| l.steps[2].action = Action::GiveUp), "steps[2].do.action");
        refused(&with(|l| l.steps[4].action = Action::SmsInvite { text: String::new() }), "steps[4].do.text");
        refused(&with(|l| l.steps[6].when = Moment::HeldFor { hours: 0 }), "steps[6].when.hours");
        refused(
            &with(|l| l.steps[2].action = Action::SendTemplate { template: "nope".into(), values: BTreeMap::new() }),
            "steps[2].do.template",
        );
        refused(
            &with(|l| {
                l.steps[2].action = Action::SendTemplate {
                    template: "fallback".into(),
                    values: BTreeMap::from([("x".to_owned(), "y".to_owned())]),
                };
            }),
            "steps[2].do.values",
        );
    }
}
