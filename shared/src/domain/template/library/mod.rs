//! The template library: what a hotel says to its guests, ready in six languages. Data; a file for each template.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Definition;

/// One template of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LibraryTemplate {
    pub name: String,
    pub group: Group,
    /// What it is for, for whoever chooses.
    pub about: String,
    /// What each variable is filled with, in words.
    pub variables: BTreeMap<String, String>,
    /// By language code.
    pub languages: BTreeMap<String, Definition>,
}

/// What the library lists: templates, and texts that belong to them but are no templates of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LibraryEntry")]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    Template(LibraryTemplate),
    /// What an SMS says. Nobody approves it, so it is not installed: the ladder has it.
    SmsText(SmsText),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SmsText {
    pub name: String,
    pub group: Group,
    /// What it is for, for whoever chooses.
    pub about: String,
    /// By language code.
    pub languages: BTreeMap<String, String>,
}

/// What a template is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "LibraryGroup")]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Stay,
    Service,
    Marketing,
    /// What the ladder sends.
    Fallback,
}

const FILES: [&str; 16] = [
    include_str!("answer_waiting.json"),
    include_str!("fallback.json"),
    include_str!("out_of_hours_apology.json"),
    include_str!("window_closing.json"),
    include_str!("welcome_check_in.json"),
    include_str!("room_ready.json"),
    include_str!("check_out_reminder.json"),
    include_str!("post_stay_follow_up.json"),
    include_str!("service_confirmation.json"),
    include_str!("request_acknowledgement.json"),
    include_str!("delivery_notification.json"),
    include_str!("emergency.json"),
    include_str!("promotional_offer.json"),
    include_str!("event_invitation.json"),
    include_str!("seasonal_campaign.json"),
    include_str!("loyalty_news.json"),
];

/// All of it, the fallback set first.
pub fn library() -> Vec<LibraryTemplate> {
    let read = |file: &&str| serde_json::from_str(file).expect("it is part of the program, and a test reads it");
    FILES.iter().map(read).collect()
}

/// The ladder's step `sms_invite` says this unless somebody changes it.
const INVITATIONS: &str = include_str!("../../ladder/invitations.json");

/// What an SMS invites with, in every language of the library.
pub fn sms_invitation() -> SmsText {
    SmsText {
        name: "sms_invitation".to_owned(),
        group: Group::Fallback,
        about: "Sent by SMS, with a link that leads back to WhatsApp, when no template reached the customer. The ladder's step sms_invite says it by default; change it there. It is not submitted.".to_owned(),
        languages: serde_json::from_str(INVITATIONS).expect("it is part of the program, and a test reads it"),
    }
}

/// All that the library lists, the fallback set first.
pub fn entries() -> Vec<Entry> {
    let is_fallback = |it: &LibraryTemplate| it.group == Group::Fallback;
    let (fallback, others): (Vec<_>, Vec<_>) = library().into_iter().partition(is_fallback);
    let entries = fallback.into_iter().map(Entry::Template).chain([Entry::SmsText(sms_invitation())]);
    entries.chain(others.into_iter().map(Entry::Template)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::{Circumstances, Severity, Template, lint},
        *,
    };
    use crate::domain::ladder::{Action, Ladder, Standings};

    const LANGUAGES: [&str; 6] = ["de", "en", "es", "fr", "pt_BR", "sv"];

    #[test]
    fn each_template_is_there_in_every_language_with_the_same_variables_and_buttons() {
        let names: BTreeSet<String> = library().into_iter().map(|it| it.name).collect();
        assert_eq!(names.len(), FILES.len());
        for it in library() {
            assert_eq!(it.languages.keys().map(String::as_str).collect::<Vec<_>>(), LANGUAGES, "{}", it.name);
            let described: BTreeSet<&String> = it.variables.keys().collect();
            for (language, definition) in &it.languages {
                let variables = definition.variables();
                assert_eq!(variables.iter().collect::<BTreeSet<_>>(), described, "{} {language}", it.name);
                assert_eq!(definition.samples.keys().collect::<BTreeSet<_>>(), described, "{} {language}", it.name);
                assert_eq!(definition.buttons.len(), it.languages["en"].buttons.len(), "{} {language}", it.name);
                assert_eq!(definition.category, it.languages["en"].category, "{} {language}", it.name);
            }
        }
    }

    #[test]
    fn every_text_passes_the_linter() {
        let all = library();
        for it in &all {
            for (language, definition) in &it.languages {
                let others: Vec<(&str, &Definition)> = all
                    .iter()
                    .filter(|other| other.name != it.name)
                    .map(|other| (other.name.as_str(), &other.languages[language]))
                    .collect();
                let next = (it.group == Group::Fallback).then_some(7200);
                let circumstances = Circumstances { next_step_after_seconds: next, others: &others };
                let findings = lint(&it.name, language, definition, &circumstances);
                let errors: Vec<_> = findings.iter().filter(|it| it.severity == Severity::Error).collect();
                assert!(errors.is_empty(), "{} {language}: {errors:?}", it.name);
            }
        }
    }

    #[test]
    fn the_fallback_set_has_the_sms_that_the_default_ladder_sends() {
        let names: Vec<String> = entries()
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Template(it) => (it.group == Group::Fallback).then_some(it.name),
                Entry::SmsText(it) => Some(it.name),
            })
            .collect();
        assert_eq!(names, ["answer_waiting", "fallback", "out_of_hours_apology", "window_closing", "sms_invitation"]);
        let it = sms_invitation();
        assert_eq!(it.languages.keys().map(String::as_str).collect::<Vec<_>>(), LANGUAGES);
        let sent: Vec<BTreeMap<String, String>> = Ladder::default()
            .steps
            .into_iter()
            .filter_map(|step| match step.action {
                Action::SmsInvite { text, mut languages } => {
                    languages.insert("en".to_owned(), text);
                    Some(languages)
                }
                _ => None,
            })
            .collect();
        assert_eq!(sent, [it.languages.clone(), it.languages]);
    }

    /// What is known of a customer fills all languages alike.
    #[test]
    fn no_language_writes_a_unit_that_another_has_in_the_value() {
        for it in library() {
            assert!(!it.languages["de"].body.contains("}} Uhr"), "{}", it.name);
        }
    }

    #[test]
    fn the_default_ladder_can_be_stored_once_the_library_is_approved() {
        let approved = |it: LibraryTemplate| {
            let LibraryTemplate { name, languages, .. } = it;
            languages
                .into_iter()
                .map(move |(language, definition)| Template::declared(name.clone(), language, definition))
        };
        let templates: Vec<Template> = library().into_iter().flat_map(approved).collect();
        let languages = LANGUAGES.map(str::to_owned);
        let standings = Standings { templates: &templates, languages: &languages, sendable: &|_| Ok(()) };
        assert_eq!(Ladder::default().check(&standings), Ok(()));
    }
}
