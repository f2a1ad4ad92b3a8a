//! Approved templates, as far as sending needs to know them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{channel::ProviderKind, content::TemplateContent, time::SignedDuration};

/// One template in one language, approved at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub language: String,
    /// The body, with `{{name}}` for each variable; shown to people, and how its variables are ordered.
    pub body: String,
    /// Names of the variables, in the provider's order.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Whether the provider knows the variables by name or by position.
    #[serde(default)]
    pub parameters: ParameterFormat,
    /// How long the provider goes on trying to deliver, in seconds (`message_send_ttl_seconds`).
    pub time_to_live_seconds: u32,
    /// Labels of its quick-reply buttons.
    #[serde(default)]
    pub buttons: Vec<String>,
    /// The provider's own name of it, where name and language do not do: Twilio's ContentSid.
    #[serde(default)]
    pub references: BTreeMap<ProviderKind, String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterFormat {
    #[default]
    Positional,
    Named,
}

/// Meta's life of a utility template that was created without one: 30 days.
pub const DEFAULT_TIME_TO_LIVE_SECONDS: u32 = 2_592_000;

/// Why values do not fit a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValues {
    #[error("the template needs a value for {0:?}")]
    Missing(String),
    #[error("the template has no variable {0:?}")]
    Unknown(String),
    #[error("the value of {0:?} is empty")]
    Empty(String),
    #[error("the value of {0:?} has a line break, a tab or more than four spaces in a row, which WhatsApp refuses")]
    Layout(String),
}

impl Template {
    pub fn time_to_live(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.time_to_live_seconds))
    }

    /// Checks that the values are those of the variables, and that WhatsApp takes them
    /// (Meta, error codes 132000, 132012, 132018).
    pub fn check(&self, content: &TemplateContent) -> Result<(), BadValues> {
        for name in content.values.keys() {
            if !self.variables.contains(name) {
                return Err(BadValues::Unknown(name.clone()));
            }
        }
        for name in &self.variables {
            let value = content.values.get(name).ok_or_else(|| BadValues::Missing(name.clone()))?;
            if value.trim().is_empty() {
                return Err(BadValues::Empty(name.clone()));
            }
            if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
                return Err(BadValues::Layout(name.clone()));
            }
        }
        Ok(())
    }

    /// What the customer will read. A value is text and fills its own place only, whatever it looks like.
    pub fn render(&self, content: &TemplateContent) -> String {
        let mut text = String::with_capacity(self.body.len());
        let mut rest = self.body.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            text.push_str(before);
            let filled = after.split_once("}}").and_then(|(name, after)| Some((content.values.get(name)?, after)));
            let (value, after) = filled.map_or(("{{", after), |(value, after)| (value.as_str(), after));
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

/// Chooses a template's language for a contact: the exact one, its base language, another region of it, then the
/// account's default, then whatever there is (in the order given).
pub fn choose_language<'a>(templates: &'a [Template], wanted: Option<&str>, default: &str) -> Option<&'a Template> {
    let base = |language: &str| language.split(['_', '-']).next().unwrap_or_default().to_owned();
    let exact = |code: &str| templates.iter().find(|t| t.language == code);
    let near = |code: &str| templates.iter().find(|t| base(&t.language) == base(code));
    wanted
        .and_then(|code| exact(code).or_else(|| exact(&base(code))).or_else(|| near(code)))
        .or_else(|| exact(default))
        .or_else(|| near(default))
        .or_else(|| templates.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(language: &str) -> Template {
        Template {
            name: "room_ready".into(),
            language: language.into(),
            body: "Hello {{guest}}, room {{room}} is ready.".into(),
            variables: vec!["guest".into(), "room".into()],
            parameters: ParameterFormat::Named,
            time_to_live_seconds: 3600,
            buttons: vec![],
            references: BTreeMap::new(),
        }
    }

    fn values(pairs: &[(&str, &str)]) -> TemplateContent {
        TemplateContent {
            name: "room_ready".into(),
            language: "en".into(),
            values: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn values_must_be_those_of_the_variables_and_fit_whatsapp() {
        let check = |pairs: &[(&str, &str)]| template("en").check(&values(pairs));
        assert_eq!(check(&[("guest", "Ana"), ("room", "12")]), Ok(()));
        assert_eq!(check(&[("guest", "Ana")]), Err(BadValues::Missing("room".into())));
        assert_eq!(check(&[("guest", "Ana"), ("room", "12"), ("x", "1")]), Err(BadValues::Unknown("x".into())));
        assert_eq!(check(&[("guest", " "), ("room", "12")]), Err(BadValues::Empty("guest".into())));
        assert_eq!(check(&[("guest", "A\nB"), ("room", "12")]), Err(BadValues::Layout("guest".into())));
        assert_eq!(check(&[("guest", "A     B"), ("room", "12")]), Err(BadValues::Layout("guest".into())));
    }

    #[test]
    fn it_renders_what_the_customer_reads() {
        let text = template("en").render(&values(&[("guest", "Ana"), ("room", "12")]));
        assert_eq!(text, "Hello Ana, room 12 is ready.");
        // Fault matrix K6.
        let text = template("en").render(&values(&[("guest", "{{room}}"), ("room", "{{guest}}")]));
        assert_eq!(text, "Hello {{room}}, room {{guest}} is ready.");
        let text = template("en").render(&values(&[("room", "12")]));
        assert_eq!(text, "Hello {{guest}}, room 12 is ready.");
    }

    #[test]
    fn the_contacts_language_chooses_and_the_accounts_default_stands_in() {
        let all = [template("en_US"), template("pt_BR"), template("es")];
        let choose = |wanted: Option<&str>| choose_language(&all, wanted, "en_US").map(|t| t.language.as_str());
        assert_eq!(choose(Some("es")), Some("es"));
        assert_eq!(choose(Some("es_MX")), Some("es"));
        assert_eq!(choose(Some("pt_PT")), Some("pt_BR"));
        assert_eq!(choose(Some("sv")), Some("en_US"));
        assert_eq!(choose(None), Some("en_US"));
        assert_eq!(choose_language(&all[1..], None, "en_US").map(|t| t.language.as_str()), Some("pt_BR"));
        assert_eq!(choose_language(&[], None, "en_US"), None);
    }
}
