//! The template library: what a hotel says to its guests, ready in six languages. Data; a file for each template.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Definition;

/// One template of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a template is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::{Circumstances, Severity, Template, lint},
        *,
    };
    use crate::domain::ladder::{Ladder, Standings};

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
