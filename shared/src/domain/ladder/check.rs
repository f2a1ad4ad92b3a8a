//! Whether a ladder makes sense, by itself and with the account's templates.

use std::{collections::BTreeMap, fmt};

use super::{Action, Condition, Ladder, Moment, Step};
use crate::domain::{
    content::TemplateContent,
    gsm7,
    template::{Template, missing_languages, serves},
    window::{GUARD_BAND, WINDOW_LASTS},
};

/// Why a ladder cannot be saved, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadLadder {
    /// Such as `steps[2].do.template`.
    pub field: String,
    pub message: String,
}

/// How templates stand, as far as a ladder needs them.
#[derive(Clone, Copy)]
pub struct Standings<'a> {
    pub templates: &'a [Template],
    /// The languages that the account's customers are written to in.
    pub languages: &'a [String],
    /// Whether a template may go out wherever the account sends from; if not, why not.
    pub sendable: &'a dyn Fn(&Template) -> Result<(), String>,
}

impl fmt::Debug for Standings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").field("languages", &self.languages).finish_non_exhaustive()
    }
}

/// More steps than anybody follows.
const MOST_STEPS: usize = 20;
const LONGEST_NAME: usize = 40;
/// WhatsApp's text has more room; a holding message needs less.
const LONGEST_HOLDING: usize = 1024;
/// In septets (an SMS has 160), so that it is one SMS with its link and the channel's name.
const LONGEST_INVITATION: usize = 60;
const LONGEST_NOTE: usize = 200;
/// Variables that are filled whoever the customer is.
pub const ALWAYS_KNOWN: [&str; 3] = ["hotel_name", "business_name", "channel_name"];

fn bad<T>(field: String, message: impl Into<String>) -> Result<T, BadLadder> {
    Err(BadLadder { field, message: message.into() })
}

impl Ladder {
    /// Checks the ladder by itself, and against the account's templates.
    pub fn check(&self, known: &Standings<'_>) -> Result<(), BadLadder> {
        self.check_steps("steps", &self.steps, known)?;
        for (channel, steps) in &self.channels {
            self.check_steps(&format!("channels.{channel}"), steps, known)?;
        }
        Ok(())
    }

    fn check_steps(&self, place: &str, steps: &[Step], known: &Standings<'_>) -> Result<(), BadLadder> {
        if steps.len() > MOST_STEPS {
            return bad(place.to_owned(), format!("a ladder has at most {MOST_STEPS} steps"));
        }
        for (index, step) in steps.iter().enumerate() {
            let at = |field: &str| format!("{place}[{index}].{field}");
            if step.name.is_empty() || step.name.chars().count() > LONGEST_NAME {
                return bad(at("name"), format!("a step's name has 1 to {LONGEST_NAME} characters"));
            }
            let earlier = &steps[..index];
            if earlier.iter().any(|earlier| earlier.name == step.name) {
                return bad(at("name"), format!("another step is already called {:?}", step.name));
            }
            if step.when.is_single()
                && earlier.iter().any(|it| std::mem::discriminant(&it.when) == std::mem::discriminant(&step.when))
            {
                return bad(at("when"), "this moment already has a step");
            }
            check_time(&step.when, &at)?;
            check_conditions(step, &at)?;
            self.check_action(step, &at, known)?;
        }
        Ok(())
    }

    fn check_action(&self, step: &Step, at: &impl Fn(&str) -> String, known: &Standings<'_>) -> Result<(), BadLadder> {
        use Moment::{AfterTemplate, AnswerHeld, AtEnd, BeforeEnd, HeldFor, TemplateFailed};
        let fits = match &step.action {
            Action::Remind {} | Action::Notify { .. } => true,
            Action::HoldingMessage { .. } => matches!(step.when, BeforeEnd { .. }),
            Action::SendTemplate { .. } => matches!(step.when, AtEnd {} | AnswerHeld {}),
            Action::SmsInvite { .. } => {
                matches!(step.when, AtEnd {} | AnswerHeld {} | TemplateFailed {} | AfterTemplate { .. })
            }
            Action::SmsContent {} => matches!(step.when, AnswerHeld {} | TemplateFailed {} | AfterTemplate { .. }),
            Action::Hold {} => matches!(step.when, AnswerHeld {}),
            Action::GiveUp { .. } => matches!(step.when, HeldFor { .. }),
        };
        if !fits || (matches!(step.when, HeldFor { .. }) && !matches!(step.action, Action::GiveUp { .. })) {
            return bad(at("do.action"), "this action does not fit the step's moment");
        }
        if let (Action::HoldingMessage { .. }, BeforeEnd { minutes }) = (&step.action, &step.when)
            && i64::from(*minutes) <= GUARD_BAND.as_mins()
        {
            let words =
                format!("must be more than {}: so long before its end nothing free is sent", GUARD_BAND.as_mins());
            return bad(at("when.minutes"), words);
        }
        match &step.action {
            Action::SendTemplate { template, values } => self.check_template(template, values, at, known),
            Action::SmsInvite { text, languages } => {
                for (field, text) in worded(text, languages) {
                    let Some(length) = gsm7::septets(text) else {
                        let words = format!(
                            "has characters that make an SMS twice as long; write it as {:?}",
                            gsm7::transliterate(text)
                        );
                        return bad(at(&field), words);
                    };
                    if text.trim().is_empty() || length > LONGEST_INVITATION {
                        let words = format!(
                            "must have 1 to {LONGEST_INVITATION} characters, so that it fits one SMS with its link (signs like € count as two)"
                        );
                        return bad(at(&field), words);
                    }
                }
                Ok(())
            }
            Action::HoldingMessage { text, languages } => {
                for (field, text) in worded(text, languages) {
                    if text.trim().is_empty() || text.chars().count() > LONGEST_HOLDING {
                        return bad(at(&field), format!("must have 1 to {LONGEST_HOLDING} characters"));
                    }
                }
                Ok(())
            }
            Action::Notify { note } => {
                if note.trim().is_empty() || note.chars().count() > LONGEST_NOTE {
                    return bad(at("do.note"), format!("must have 1 to {LONGEST_NOTE} characters"));
                }
                Ok(())
            }
            Action::SmsContent {} if !self.content_by_sms => {
                bad(at("do.action"), "needs \"content_by_sms\": true of the ladder, since an SMS may be read by others")
            }
            Action::SmsContent {} | Action::Remind {} | Action::Hold {} | Action::GiveUp { .. } => Ok(()),
        }
    }

    fn check_template(
        &self,
        template: &str,
        values: &BTreeMap<String, String>,
        at: &impl Fn(&str) -> String,
        known: &Standings<'_>,
    ) -> Result<(), BadLadder> {
        let languages: Vec<&Template> = known.templates.iter().filter(|known| known.name == *template).collect();
        if languages.is_empty() {
            return bad(at("do.template"), format!("no template {template:?} is known; store it first"));
        }
        for it in &languages {
            if let Err(message) = self.outlived_by(it) {
                return bad(at("do.template"), message);
            }
        }
        let refusal = languages.iter().find_map(|it| (known.sendable)(it).err().map(|why| (it.language.as_str(), why)));
        let sendable: Vec<&Template> = languages.into_iter().filter(|it| (known.sendable)(it).is_ok()).collect();
        // Whose language is not known, or not there, gets the default one.
        let default = (!serves(&sendable, &self.default_language)).then(|| self.default_language.clone());
        if let Some(language) = default.or_else(|| missing_languages(&sendable, known.languages).into_iter().next()) {
            let why = refusal.map(|(language, why)| format!(" ({language}: {why})")).unwrap_or_default();
            return bad(at("do.template"), format!("template {template:?} is not approved in {language}{why}"));
        }
        for it in sendable {
            if let Some(name) = values.keys().find(|name| !it.variables.contains(name)) {
                return bad(at("do.values"), format!("{} ({}) has no variable {name:?}", it.name, it.language));
            }
            // What is known of a customer fills it first; these stand in, so that it can always go out.
            let always = ALWAYS_KNOWN.map(|name| (name.to_owned(), "…".to_owned())).into();
            let content = TemplateContent {
                name: template.to_owned(),
                language: it.language.clone(),
                values: it.fill_from(values, &always),
            };
            if let Err(error) = it.check(&content) {
                return bad(at("do.values"), format!("{} ({}): {error}", it.name, it.language));
            }
        }
        Ok(())
    }
}

/// The fields of a step's words, and the words.
fn worded<'a>(text: &'a str, languages: &'a BTreeMap<String, String>) -> impl Iterator<Item = (String, &'a str)> {
    let others = languages.iter().map(|(code, text)| (format!("do.languages.{code}"), text.as_str()));
    std::iter::once(("do.text".to_owned(), text)).chain(others)
}

fn check_time(when: &Moment, at: &impl Fn(&str) -> String) -> Result<(), BadLadder> {
    match when {
        Moment::BeforeEnd { minutes } if *minutes == 0 || i64::from(*minutes) >= WINDOW_LASTS.as_mins() => {
            bad(at("when.minutes"), "must be between 1 and 1439: the window lasts 24 hours")
        }
        Moment::AfterTemplate { minutes } if !(1..=10_080).contains(minutes) => {
            bad(at("when.minutes"), "must be between 1 and 10080 (a week)")
        }
        Moment::HeldFor { hours } if !(1..=720).contains(hours) => {
            bad(at("when.hours"), "must be between 1 and 720 (30 days)")
        }
        Moment::BeforeEnd { .. }
        | Moment::AtEnd {}
        | Moment::AnswerHeld {}
        | Moment::TemplateFailed {}
        | Moment::AfterTemplate { .. }
        | Moment::HeldFor { .. } => Ok(()),
    }
}

/// A condition must be about something that can be at the step's moment.
fn check_conditions(step: &Step, at: &impl Fn(&str) -> String) -> Result<(), BadLadder> {
    for (index, condition) in step.only_if.iter().enumerate() {
        let field = || at(&format!("only_if[{index}]"));
        let of_a_template = matches!(condition, Condition::Undelivered | Condition::Unread);
        if of_a_template && !matches!(step.when, Moment::AfterTemplate { .. } | Moment::TemplateFailed {}) {
            return bad(field(), "is about a template, and none has gone out at this moment");
        }
        match condition {
            Condition::CostBelow(limit) if limit.micros <= 0 => return bad(field(), "must be more than nothing"),
            Condition::CostBelow(_) if !step.action.sends() => {
                return bad(field(), "this action sends nothing that costs");
            }
            _ if step.only_if[..index].contains(condition) => return bad(field(), "is listed twice"),
            _ => {}
        }
    }
    Ok(())
}
