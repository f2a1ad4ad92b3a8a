//! What an account sets about consent: its own words, what it answers to them, and how often it writes at most.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Cap, ConsentPurpose, ConsentWord, words};

/// More words than anybody remembers.
const MOST_WORDS: usize = 50;
/// The longest confirmation, in characters: as WhatsApp lets an interactive text be, which is enough to say it once.
const LONGEST_CONFIRMATION: usize = 1_024;
/// The most languages of confirmations.
const MOST_LANGUAGES: usize = 50;
/// The longest time that a cap looks back: 90 days.
pub(super) const LONGEST_CAP_HOURS: u32 = 90 * 24;
/// The most that a cap may allow: each is noted.
pub(super) const MOST_CAPPED: u32 = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentSettings {
    /// Beside the words that everybody knows.
    #[serde(default)]
    pub stop_words: Vec<String>,
    #[serde(default)]
    pub start_words: Vec<String>,
    #[serde(default)]
    pub marketing_stop_words: Vec<String>,
    /// Whether a word is confirmed, once, on WhatsApp. (On SMS the carrier does so.)
    #[serde(default)]
    pub confirm: bool,
    /// The account's own texts, by language.
    #[serde(default)]
    pub confirmations: BTreeMap<String, Confirmations>,
    /// One for each purpose at most.
    #[serde(default)]
    pub caps: Vec<Cap>,
}

/// What is answered to each word, where it is not the usual text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmations {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_marketing: Option<String>,
}

impl Confirmations {
    pub fn of(&self, word: ConsentWord) -> Option<&str> {
        match word {
            ConsentWord::Stop => self.stop.as_deref(),
            ConsentWord::Start => self.start.as_deref(),
            ConsentWord::StopMarketing => self.stop_marketing.as_deref(),
        }
    }
}

/// Why settings cannot be stored, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadConsentSettings {
    /// Such as `caps[1].most`.
    pub field: String,
    pub message: String,
}

fn bad<T>(field: String, message: &str) -> Result<T, BadConsentSettings> {
    Err(BadConsentSettings { field, message: message.to_owned() })
}

impl ConsentSettings {
    /// How often messages for a purpose may go to one customer, if the account limits that.
    pub fn cap(&self, purpose: ConsentPurpose) -> Option<&Cap> {
        self.caps.iter().find(|cap| cap.purpose == purpose)
    }

    /// # Errors
    /// The field that is wrong.
    pub fn check(&self) -> Result<(), BadConsentSettings> {
        self.check_words()?;
        if self.confirmations.len() > MOST_LANGUAGES {
            return bad("confirmations".to_owned(), "may have 50 languages");
        }
        for (language, texts) in &self.confirmations {
            check_language(language)?;
            for (name, text) in
                [("stop", &texts.stop), ("start", &texts.start), ("stop_marketing", &texts.stop_marketing)]
            {
                let Some(text) = text else { continue };
                if text.trim().is_empty() || text.chars().count() > LONGEST_CONFIRMATION {
                    return bad(format!("confirmations.{language}.{name}"), "must have 1 to 1024 characters");
                }
            }
        }
        let mut capped = BTreeSet::new();
        for (index, cap) in self.caps.iter().enumerate() {
            let field = |name: &str| format!("caps[{index}].{name}");
            if cap.purpose == ConsentPurpose::Service {
                return bad(field("purpose"), "must be marketing or utility: an answer is not limited");
            }
            if !capped.insert(cap.purpose) {
                return bad(field("purpose"), "has a cap already");
            }
            if !(1..=MOST_CAPPED).contains(&cap.most) {
                return bad(field("most"), "must be from 1 to 100");
            }
            if !(1..=LONGEST_CAP_HOURS).contains(&cap.per_hours) {
                return bad(field("per_hours"), "must be from 1 to 2160 (90 days)");
            }
        }
        Ok(())
    }

    fn check_words(&self) -> Result<(), BadConsentSettings> {
        let lists = [
            ("stop_words", &self.stop_words, ConsentWord::Stop),
            ("marketing_stop_words", &self.marketing_stop_words, ConsentWord::StopMarketing),
            ("start_words", &self.start_words, ConsentWord::Start),
        ];
        for (name, list, word) in lists {
            if list.len() > MOST_WORDS {
                return bad(name.to_owned(), "may have 50 words");
            }
            for (index, text) in list.iter().enumerate() {
                let field = || format!("{name}[{index}]");
                if words::normal(text).is_none() {
                    return bad(field(), "must have 1 to 60 bytes, with a letter or a digit");
                }
                // A word means one thing: what everybody knows it as, and what else is set here.
                let read = [words::consent_word(text, &Self::default()), words::consent_word(text, self)];
                if read.into_iter().flatten().any(|read| read.word != word) {
                    return bad(field(), "means something else already");
                }
            }
        }
        Ok(())
    }
}

fn check_language(language: &str) -> Result<(), BadConsentSettings> {
    let base = language.split(['_', '-']).next().unwrap_or_default();
    let fine = (2..=3).contains(&base.len())
        && base.bytes().all(|b| b.is_ascii_lowercase())
        && language.len() <= 12
        && language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fine {
        return Ok(());
    }
    // Whatever stands there may be long.
    let shown: String = language.chars().take(12).collect();
    bad(format!("confirmations.{shown}"), "must be a language code such as es or pt_BR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn field(change: impl FnOnce(&mut ConsentSettings)) -> String {
        let mut settings = ConsentSettings::default();
        change(&mut settings);
        settings.check().unwrap_err().field
    }

    fn cap(purpose: ConsentPurpose, most: u32, per_hours: u32) -> Cap {
        Cap { purpose, most, per_hours }
    }

    #[test]
    fn good_settings_are_taken() {
        let settings = ConsentSettings {
            stop_words: vec!["adiós".into()],
            start_words: vec!["hola".into()],
            marketing_stop_words: vec!["sin ofertas".into()],
            confirm: true,
            confirmations: [(
                "pt_BR".to_owned(),
                Confirmations { stop: Some("Ok".into()), ..Confirmations::default() },
            )]
            .into(),
            caps: vec![cap(ConsentPurpose::Marketing, 2, 168), cap(ConsentPurpose::Utility, 100, LONGEST_CAP_HOURS)],
        };
        assert_eq!(settings.check(), Ok(()));
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<ConsentSettings>(&json).unwrap(), settings);
        assert_eq!(serde_json::from_str::<ConsentSettings>("{}").unwrap(), ConsentSettings::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(field(|it| it.stop_words = vec!["adiós".into(), "!".into()]), "stop_words[1]");
        assert_eq!(field(|it| it.stop_words = vec!["x".repeat(61)]), "stop_words[0]");
        assert_eq!(field(|it| it.stop_words = vec!["x".into(); 51]), "stop_words");
        assert_eq!(field(|it| it.start_words = vec!["stop".into()]), "start_words[0]");
        assert_eq!(field(|it| it.stop_words = vec!["start".into()]), "stop_words[0]");
        assert_eq!(
            field(|it| {
                it.stop_words = vec!["x".into()];
                it.start_words = vec!["X!".into()];
            }),
            "start_words[0]"
        );
        let texts = |stop: &str| Confirmations { stop: Some(stop.to_owned()), ..Confirmations::default() };
        assert_eq!(field(|it| drop(it.confirmations.insert("es".into(), texts(" ")))), "confirmations.es.stop");
        assert_eq!(field(|it| drop(it.confirmations.insert("Español".into(), texts("x")))), "confirmations.Español");
        assert_eq!(field(|it| it.caps = vec![cap(ConsentPurpose::Service, 1, 1)]), "caps[0].purpose");
        assert_eq!(field(|it| it.caps = vec![cap(ConsentPurpose::Utility, 1, 1); 2]), "caps[1].purpose");
        assert_eq!(field(|it| it.caps = vec![cap(ConsentPurpose::Marketing, 0, 1)]), "caps[0].most");
        assert_eq!(field(|it| it.caps = vec![cap(ConsentPurpose::Marketing, 1, 2161)]), "caps[0].per_hours");
    }
}
