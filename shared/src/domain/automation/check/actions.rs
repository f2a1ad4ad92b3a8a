//! Whether actions can be done with what the account has.

use std::collections::BTreeMap;

use super::{Check, LONGEST_NAME, LONGEST_NOTE, LONGEST_REPLY, MOST_ENTRIES};
use crate::domain::{
    automation::{
        action::{Action, Level},
        ids::TeamId,
    },
    content::TemplateContent,
    ladder::{ALWAYS_KNOWN, Standings},
    template::{Template, names_in, serves},
};

impl Check<'_> {
    pub(super) fn action(&mut self, at: &str, action: &Action) {
        if let Some((text, languages)) = action.wording() {
            self.wording(at, text, languages);
        }
        match action {
            Action::Reply { .. } | Action::AskScore { .. } | Action::Close {} => {}
            Action::Template { template, values } => self.template(at, template, values),
            Action::Route { team, skill } => {
                self.team(&format!("{at}.team"), team);
                if let Some(skill) = skill
                    && !self.known.skills.contains(skill)
                {
                    self.bad(format!("{at}.skill"), format!("no skill {:?} is known", skill.as_str()));
                }
            }
            Action::Assign { to } => {
                if !self.known.staff.contains(to) {
                    self.bad(format!("{at}.to"), "nobody of the staff has this id");
                }
            }
            Action::Label { add, remove } => {
                if add.is_empty() && remove.is_empty() || add.len() + remove.len() > MOST_ENTRIES {
                    self.bad(format!("{at}.add"), format!("adds or removes 1 to {MOST_ENTRIES} labels"));
                } else if add.iter().any(|label| remove.contains(label)) {
                    self.bad(format!("{at}.remove"), "also removes what it adds");
                }
            }
            Action::OpenRequest { kind, note } => {
                self.length(&format!("{at}.kind"), kind, 1, LONGEST_NAME);
                self.length(&format!("{at}.note"), note, 0, LONGEST_NOTE);
            }
            Action::Escalate { to } => self.level(&format!("{at}.to"), to),
            Action::Notify { note } => self.length(&format!("{at}.note"), note, 1, LONGEST_NOTE),
            Action::Webhook { subscription, note } => {
                if !self.known.subscriptions.contains(subscription) {
                    let words = format!("no subscription {:?} is known; store it first", subscription.as_str());
                    self.bad(format!("{at}.subscription"), words);
                }
                self.length(&format!("{at}.note"), note, 0, LONGEST_NOTE);
            }
            Action::StartSequence { sequence } | Action::StopSequence { sequence } => {
                if self.automations.sequence(sequence).is_none() {
                    self.bad(format!("{at}.sequence"), format!("there is no sequence {:?}", sequence.as_str()));
                }
            }
        }
    }

    pub(super) fn wording(&mut self, at: &str, text: &str, languages: &BTreeMap<String, String>) {
        let others = languages.iter().map(|(code, text)| (format!("{at}.languages.{code}"), text.as_str()));
        for (field, text) in std::iter::once((format!("{at}.text"), text)).chain(others) {
            self.length(&field, text, 1, LONGEST_REPLY);
            match names_in(text) {
                Err(words) => self.bad(field, words),
                Ok(names) => {
                    if let Some(name) = names.iter().find(|name| !ALWAYS_KNOWN.contains(&name.as_str())) {
                        let words = format!(
                            "may not be known of a customer: {name:?}; always known are {}",
                            ALWAYS_KNOWN.join(", ")
                        );
                        self.bad(field, words);
                    }
                }
            }
        }
        self.languages(&format!("{at}.languages"), languages.keys().map(String::as_str));
    }

    pub(super) fn languages<'b>(&mut self, at: &str, mut codes: impl Iterator<Item = &'b str>) {
        let is_code = |code: &str| {
            let (base, region) =
                code.split_once(['_', '-']).map_or((code, None), |(base, region)| (base, Some(region)));
            (2..=3).contains(&base.len())
                && base.bytes().all(|b| b.is_ascii_lowercase())
                && region.is_none_or(|region| {
                    (2..=4).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric())
                })
        };
        if let Some(code) = codes.find(|code| !is_code(code)) {
            self.bad(at, format!("{code:?} is no language: write its code, such as es or pt_BR"));
        }
    }

    pub(super) fn level(&mut self, field: &str, level: &Level) {
        match level {
            Level::OtherTeam(team) => self.team(field, team),
            Level::Owner | Level::Team | Level::Manager | Level::Admin => {}
        }
    }

    pub(super) fn team(&mut self, field: &str, team: &TeamId) {
        if !self.known.teams.contains(team) {
            self.bad(field, format!("no team {:?} is known; make it first", team.as_str()));
        }
    }

    pub(super) fn length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = text.trim().chars().count();
        if length < least || text.chars().count() > most {
            let words = if least == 0 {
                format!("may have {most} characters")
            } else {
                format!("must have {least} to {most} characters")
            };
            self.bad(field, words);
        }
    }

    /// A template must be there in the default language, and be filled whoever the customer is.
    pub(super) fn template(&mut self, at: &str, name: &str, values: &BTreeMap<String, String>) {
        let Standings { templates, sendable, .. } = self.known.templates;
        let field = format!("{at}.template");
        let languages: Vec<&Template> = templates.iter().filter(|template| template.name == name).collect();
        if languages.is_empty() {
            self.bad(field, format!("no template {name:?} is known; store it first"));
            return;
        }
        let refusal = languages.iter().find_map(|it| sendable(it).err().map(|why| (it.language.as_str(), why)));
        let usable: Vec<&Template> = languages.iter().copied().filter(|it| sendable(it).is_ok()).collect();
        let default = self.known.default_language;
        if !serves(&usable, default) {
            let why = refusal.map(|(language, why)| format!(" ({language}: {why})")).unwrap_or_default();
            self.bad(field, format!("template {name:?} is not approved in {default}{why}"));
        }
        let always: BTreeMap<String, String> = ALWAYS_KNOWN.map(|name| (name.to_owned(), "…".to_owned())).into();
        for it in usable {
            let unknown = values.keys().find(|value| !it.variables.contains(value));
            let values = it.fill_from(values, &always);
            let content = TemplateContent { name: name.to_owned(), language: it.language.clone(), values };
            let words = match (unknown, it.check(&content)) {
                (Some(unknown), _) => format!("{name} ({}) has no variable {unknown:?}", it.language),
                (None, Err(error)) => format!("{name} ({}): {error}", it.language),
                (None, Ok(())) => continue,
            };
            self.bad(format!("{at}.values"), words);
            return;
        }
    }
}
