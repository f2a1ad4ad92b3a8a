//! What may be known of a person, and how it changes: by a call, or by a row of an imported file.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

use super::Profile;
use crate::domain::{hours::QuietHours, template::variables::check_name};

/// More than a stay has.
const MOST_FIELDS: usize = 100;
const LONGEST_FIELD: usize = 500;
const LONGEST_NAME: usize = 200;
const MOST_TAGS: usize = 50;
const LONGEST_TAG: usize = 40;

/// What becomes of a value: left out, it stays; `null`, it is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    Forget,
    To(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Forget, Self::To))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// A change of what is known of a person.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    #[serde(default)]
    pub name: Change<String>,
    #[serde(default)]
    pub language: Change<String>,
    #[serde(default)]
    pub time_zone: Change<String>,
    /// Each by itself; `null` forgets it.
    #[serde(default)]
    pub fields: BTreeMap<String, Change<String>>,
    pub vip: Option<bool>,
    /// All of them anew.
    pub tags: Option<Vec<String>>,
    #[serde(default)]
    pub quiet_hours: Change<QuietHours>,
}

/// A value that is wrong, by the name of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadField {
    pub field: String,
    pub message: String,
}

impl BadField {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl ProfileChange {
    /// Whether every value may be kept, whatever is known already.
    ///
    /// # Errors
    /// The first one that may not.
    pub fn check(&self) -> Result<(), BadField> {
        self.clone().applied_to(Profile::default()).map(|_| ())
    }

    /// What is known afterwards.
    ///
    /// # Errors
    /// The first field whose value may not be kept.
    pub fn applied_to(self, profile: Profile) -> Result<Profile, BadField> {
        let name = changed(self.name, profile.name, |name| words("name", &name, LONGEST_NAME))?;
        let language = changed(self.language, profile.language, |language| {
            if is_language_code(&language) {
                Ok(language)
            } else {
                Err(BadField::new("language", "must be a language code such as es or pt_BR"))
            }
        })?;
        let time_zone = changed(self.time_zone, profile.time_zone, |name| {
            let known = jiff::tz::TimeZone::get(&name).is_ok();
            let wrong = || BadField::new("time_zone", "must be a time zone such as Europe/Madrid");
            if known { Ok(name) } else { Err(wrong()) }
        })?;
        let tags = match self.tags {
            None => profile.tags,
            Some(tags) => read_tags(&tags)?,
        };
        let quiet_hours = changed(self.quiet_hours, profile.quiet_hours, Ok)?;
        let fields = change_fields(profile.fields, self.fields)?;
        Ok(Profile { name, language, time_zone, fields, vip: self.vip.unwrap_or(profile.vip), tags, quiet_hours })
    }
}

fn changed<T>(
    change: Change<T>,
    known: Option<T>,
    check: impl FnOnce(T) -> Result<T, BadField>,
) -> Result<Option<T>, BadField> {
    match change {
        Change::Keep => Ok(known),
        Change::Forget => Ok(None),
        Change::To(value) => check(value).map(Some),
    }
}

fn change_fields(
    mut fields: BTreeMap<String, String>,
    changes: BTreeMap<String, Change<String>>,
) -> Result<BTreeMap<String, String>, BadField> {
    for (name, change) in changes {
        let field = format!("fields.{name}");
        check_name(&name).map_err(|bad| BadField::new(&field, bad.message()))?;
        match change {
            Change::Keep => {}
            Change::Forget => {
                fields.remove(&name);
            }
            Change::To(value) => {
                fields.insert(name, words(&field, &value, LONGEST_FIELD)?);
            }
        }
    }
    if fields.len() > MOST_FIELDS {
        return Err(BadField::new("fields", format!("a contact has at most {MOST_FIELDS} fields")));
    }
    Ok(fields)
}

/// Tags in lower case, each once.
fn read_tags(tags: &[String]) -> Result<BTreeSet<String>, BadField> {
    let read = |(index, tag): (usize, &String)| {
        words(&format!("tags[{index}]"), tag, LONGEST_TAG).map(|tag| tag.to_lowercase())
    };
    let tags: BTreeSet<String> = tags.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    if tags.len() > MOST_TAGS {
        return Err(BadField::new("tags", format!("a contact has at most {MOST_TAGS} tags")));
    }
    Ok(tags)
}

/// Text that people wrote into a form: something visible, no control characters, at most `most` characters.
///
/// # Errors
/// The field, where it is none.
pub fn words(field: &str, text: &str, most: usize) -> Result<String, BadField> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(BadField::new(field, format!("must have 1 to {most} characters, on one line")));
    }
    Ok(text.to_owned())
}

/// A language code as WhatsApp writes it: `es`, `fil`, `pt_BR` (Meta, "supported languages").
pub fn is_language_code(text: &str) -> bool {
    let (language, region) = match text.split_once('_') {
        None => (text, None),
        Some((language, region)) => (language, Some(region)),
    };
    let lower = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
    lower && region.is_none_or(|region| region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(body: &str) -> Result<Profile, BadField> {
        let fields = BTreeMap::from([("room_number".to_owned(), "12".to_owned())]);
        let (name, language) = (Some("Ana".into()), Some("es".into()));
        let profile = Profile { name, language, fields, vip: true, ..Profile::default() };
        serde_json::from_str::<ProfileChange>(body).unwrap().applied_to(profile)
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_forgets_what_is_null() {
        let named = |body: &str| change(body).map(|it| (it.name, it.language)).unwrap();
        let pair = |name: Option<&str>, language: Option<&str>| (name.map(str::to_owned), language.map(str::to_owned));
        assert_eq!(named("{}"), pair(Some("Ana"), Some("es")));
        assert_eq!(named(r#"{"name": " Ana María "}"#), pair(Some("Ana María"), Some("es")));
        assert_eq!(named(r#"{"language": null}"#), pair(Some("Ana"), None));
        assert_eq!(named(r#"{"name": null, "language": "pt_BR"}"#), pair(None, Some("pt_BR")));
        assert!(change("{}").unwrap().vip && !change(r#"{"vip": false}"#).unwrap().vip);
    }

    #[test]
    fn fields_change_one_by_one_and_tags_all_at_once() {
        let fields = |body: &str| change(body).unwrap().fields.into_iter().collect::<Vec<_>>();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let both = [pair("check_in_date", "12 May"), pair("room_number", "12")];
        assert_eq!(fields(r#"{"fields": {"check_in_date": "12 May"}}"#), both);
        assert_eq!(fields(r#"{"fields": {"room_number": null}}"#), []);
        let tags = change(r#"{"tags": ["Returning", "vegan", "returning "]}"#).unwrap().tags;
        assert_eq!(tags.into_iter().collect::<Vec<_>>(), ["returning", "vegan"]);
        let quiet = r#"{"quiet_hours": {"from": "21:00", "until": "08:00", "time_zone": "Europe/Madrid"}}"#;
        assert!(change(quiet).unwrap().quiet_hours.is_some());
        assert!(change(r#"{"quiet_hours": null}"#).unwrap().quiet_hours.is_none());
    }

    #[test]
    fn a_wrong_change_is_named() {
        let field = |body: &str| change(body).unwrap_err().field;
        assert_eq!(field(r#"{"name": ""}"#), "name");
        assert_eq!(field(r#"{"language": "Spanish"}"#), "language");
        assert_eq!(field(r#"{"time_zone": "Madrid"}"#), "time_zone");
        assert_eq!(field(r#"{"fields": {"Room": "12"}}"#), "fields.Room");
        assert_eq!(field(r#"{"fields": {"room": ""}}"#), "fields.room");
        assert_eq!(field(r#"{"tags": ["a", ""]}"#), "tags[1]");
        let many: Vec<String> = (0..51).map(|n| format!("tag {n}")).collect();
        assert_eq!(field(&serde_json::json!({ "tags": many }).to_string()), "tags");
    }

    #[test]
    fn a_language_code_has_its_shape() {
        for good in ["en", "fil", "pt_BR", "zh_HK"] {
            assert!(is_language_code(good), "{good}");
        }
        for bad in ["", "e", "EN", "en_us", "en-US", "en_", "_US", "english", "en_US_x", "é_US"] {
            assert!(!is_language_code(bad), "{bad}");
        }
    }
}
