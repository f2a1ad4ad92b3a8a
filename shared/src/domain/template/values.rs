//! What fills a template, and what the customer then sees.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{super::content::TemplateContent, Button, Category, Definition, Header, RichButton, Template, names_in};

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
    #[error("with these values {field} has {length} characters, and at most {most} may be sent: shorten a value")]
    TooLong { field: String, length: usize, most: usize },
    #[error("the template has {what} ({field}), and sending these is not supported yet")]
    Unsendable { field: String, what: &'static str },
}

impl BadValues {
    /// Which part of a message's content is wrong.
    pub fn field(&self) -> String {
        match self {
            Self::Missing(name) | Self::Unknown(name) | Self::Empty(name) | Self::Layout(name) => {
                format!("values.{name}")
            }
            Self::TooLong { .. } => "values".to_owned(),
            Self::Unsendable { .. } => "name".to_owned(),
        }
    }
}

/// Meta, "template components": the longest header and body, with their values.
const MOST_HEADER: usize = 60;
const MOST_BODY: usize = 1024;
/// Meta, "template components": a button's address.
const MOST_URL: usize = 2000;

/// Exactly what the customer sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplatePreview")]
pub struct Preview {
    pub category: Category,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    pub body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    pub buttons: Vec<Button>,
    /// More than three buttons are not shown at once (Meta, "template components: buttons").
    pub buttons_shown: usize,
}

/// A text with its variables filled. A value is text and fills its own place only, whatever it looks like; what has no value
/// stays as it is.
pub fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let filled = after.split_once("}}").and_then(|(name, after)| Some((values.get(name)?, after)));
        let (value, after) = filled.map_or(("{{", after), |(value, after)| (value.as_str(), after));
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The same, with other names for its variables.
pub fn filled_names(definition: &Definition, names: &BTreeMap<String, String>) -> Definition {
    let braced = names.iter().map(|(old, new)| (old.clone(), format!("{{{{{new}}}}}"))).collect();
    let renamed = |text: &str| filled(text, &braced);
    let mut it = definition.clone();
    it.body = renamed(&it.body);
    if let Some(Header::Text { text }) = &mut it.header {
        *text = renamed(text);
    }
    for button in &mut it.buttons {
        if let Button::Rich(RichButton::Url { url, .. }) = button {
            *url = renamed(url);
        }
    }
    it.samples =
        it.samples.into_iter().map(|(name, sample)| (names.get(&name).cloned().unwrap_or(name), sample)).collect();
    it
}

impl Template {
    /// Checks that the values are those of the variables, and that WhatsApp takes them
    /// (Meta, error codes 132000, 132005, 132012, 132018).
    pub fn check(&self, content: &TemplateContent) -> Result<(), BadValues> {
        if let Some((field, what)) = self.definition.unsendable() {
            return Err(BadValues::Unsendable { field, what });
        }
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
        for (field, text) in self.definition.texts() {
            // What is without variables was taken by the provider as it is.
            if names_in(text).is_ok_and(|names| names.is_empty()) {
                continue;
            }
            let length = filled(text, &content.values).encode_utf16().count();
            let most = match field.as_str() {
                "body" => MOST_BODY,
                "header.text" => MOST_HEADER,
                _ => MOST_URL,
            };
            if length > most {
                return Err(BadValues::TooLong { field, length, most });
            }
        }
        Ok(())
    }

    /// The body as the customer will read it.
    pub fn render(&self, content: &TemplateContent) -> String {
        filled(&self.definition.body, &content.values)
    }

    /// The given values, and for variables that have none those of `known` that are named alike.
    pub fn fill_from(
        &self,
        given: &BTreeMap<String, String>,
        known: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let mut values = given.clone();
        for name in &self.variables {
            if let (None, Some(value)) = (values.get(name), known.get(name)) {
                values.insert(name.clone(), value.clone());
            }
        }
        values
    }
}

impl Definition {
    /// All of it as the customer will see it.
    pub fn preview(&self, values: &BTreeMap<String, String>) -> Preview {
        let header = self.header.as_ref().map(|header| match header {
            Header::Text { text } => Header::Text { text: filled(text, values) },
            other => other.clone(),
        });
        let button = |button: &Button| match button {
            Button::Rich(RichButton::Url { text, url }) => {
                Button::Rich(RichButton::Url { text: text.clone(), url: filled(url, values) })
            }
            other => other.clone(),
        };
        let buttons: Vec<Button> = self.buttons.iter().map(button).collect();
        Preview {
            category: self.category,
            header,
            body: filled(&self.body, values),
            footer: self.footer.clone(),
            buttons_shown: if buttons.len() > 3 { 2 } else { buttons.len() },
            buttons,
        }
    }
}
