//! What a template says: header, body, footer, buttons (Meta, "template components").

use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::variables::names_in;

/// Meta's life of a utility template that was created without one: 30 days.
pub const DEFAULT_TIME_TO_LIVE_SECONDS: u32 = 2_592_000;

/// What a template says in one language: what people edit, what is submitted, and what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateDefinition")]
pub struct Definition {
    #[serde(default)]
    pub category: Category,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// With `{{name}}` for each variable.
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// What each variable may look like, by its name: reviewers see it, and so does a preview.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub samples: BTreeMap<String, String>,
    /// How long the provider goes on trying to deliver, in seconds (`message_send_ttl_seconds`).
    #[serde(default = "default_time_to_live")]
    pub time_to_live_seconds: u32,
}

fn default_time_to_live() -> u32 {
    DEFAULT_TIME_TO_LIVE_SECONDS
}

/// What it is for, which decides what it may say and what it costs (Meta, "template categorization").
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[schemars(rename = "TemplateCategory")]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// About the customer's own request or stay.
    #[default]
    Utility,
    Marketing,
    /// One-time codes.
    Authentication,
}

impl Category {
    /// By the provider's word, whatever its case.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "utility" => Some(Self::Utility),
            "marketing" => Some(Self::Marketing),
            "authentication" => Some(Self::Authentication),
            _ => None,
        }
    }

    /// The providers' word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utility => "UTILITY",
            Self::Marketing => "MARKETING",
            Self::Authentication => "AUTHENTICATION",
        }
    }
}

/// Above the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateHeader")]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Header {
    Text { text: String },
    Image,
    Video,
    Document,
    Location,
}

/// Below the body. A quick reply is its label alone; others are objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateButton")]
#[serde(untagged)]
pub enum Button {
    QuickReply(String),
    Rich(RichButton),
}

/// A button that does something else than answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RichButton {
    /// `url` may end with one `{{name}}`.
    Url {
        text: String,
        url: String,
    },
    Phone {
        text: String,
        phone: String,
    },
    CopyCode {
        example: String,
    },
    /// A kind that is only passed through; `kind` is the provider's word, such as `FLOW`.
    Other {
        kind: String,
        text: String,
    },
}

/// Read by hand: what is wrong is then said of the field that is wrong.
impl<'de> Deserialize<'de> for Button {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ButtonVisitor)
    }
}

struct ButtonVisitor;

impl<'de> Visitor<'de> for ButtonVisitor {
    type Value = Button;

    fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("a label or an object")
    }

    fn visit_str<E: Error>(self, label: &str) -> Result<Button, E> {
        Ok(Button::from(label))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Button, A::Error> {
        RichFields::deserialize(MapAccessDeserializer::new(map))?.read().map(Button::Rich)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RichType {
    Url,
    Phone,
    CopyCode,
    Other,
}

/// The fields of all types.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RichFields {
    #[serde(rename = "type")]
    is: RichType,
    text: Option<String>,
    url: Option<String>,
    phone: Option<String>,
    example: Option<String>,
    kind: Option<String>,
}

impl RichFields {
    fn read<E: Error>(self) -> Result<RichButton, E> {
        let Self { is, text, url, phone, example, kind } = self;
        let of_this: &'static [&'static str] = match is {
            RichType::Url => &["text", "url"],
            RichType::Phone => &["text", "phone"],
            RichType::CopyCode => &["example"],
            RichType::Other => &["kind", "text"],
        };
        let given = [("text", &text), ("url", &url), ("phone", &phone), ("example", &example), ("kind", &kind)];
        if let Some((name, _)) = given.iter().find(|(name, value)| value.is_some() && !of_this.contains(name)) {
            return Err(E::unknown_field(name, of_this));
        }
        let needed = |name: &'static str, value: Option<String>| value.ok_or_else(|| E::missing_field(name));
        Ok(match is {
            RichType::Url => RichButton::Url { text: needed("text", text)?, url: needed("url", url)? },
            RichType::Phone => RichButton::Phone { text: needed("text", text)?, phone: needed("phone", phone)? },
            RichType::CopyCode => RichButton::CopyCode { example: needed("example", example)? },
            RichType::Other => RichButton::Other { kind: needed("kind", kind)?, text: needed("text", text)? },
        })
    }
}

impl Button {
    /// What stands on it.
    pub fn label(&self) -> &str {
        match self {
            Self::QuickReply(text)
            | Self::Rich(
                RichButton::Url { text, .. } | RichButton::Phone { text, .. } | RichButton::Other { text, .. },
            ) => text,
            Self::Rich(RichButton::CopyCode { example }) => example,
        }
    }
}

impl From<&str> for Button {
    fn from(label: &str) -> Self {
        Self::QuickReply(label.to_owned())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterFormat {
    #[default]
    Positional,
    Named,
}

impl Definition {
    /// A body and nothing else, as a utility template with Meta's own life.
    pub fn of(body: impl Into<String>) -> Self {
        Self {
            category: Category::default(),
            header: None,
            body: body.into(),
            footer: None,
            buttons: Vec::new(),
            samples: BTreeMap::new(),
            time_to_live_seconds: DEFAULT_TIME_TO_LIVE_SECONDS,
        }
    }

    #[must_use]
    pub fn living(mut self, time_to_live_seconds: u32) -> Self {
        self.time_to_live_seconds = time_to_live_seconds;
        self
    }

    #[must_use]
    pub fn with_buttons(mut self, labels: &[&str]) -> Self {
        self.buttons = labels.iter().map(|label| Button::from(*label)).collect();
        self
    }

    /// The texts in which variables may stand, each with its field: the body first, since its variables are counted first.
    pub fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let header = match &self.header {
            Some(Header::Text { text }) => Some(("header.text".to_owned(), text.as_str())),
            Some(Header::Image | Header::Video | Header::Document | Header::Location) | None => None,
        };
        let urls = self.buttons.iter().enumerate().filter_map(|(index, button)| match button {
            Button::Rich(RichButton::Url { url, .. }) => Some((format!("buttons[{index}].url"), url.as_str())),
            Button::QuickReply(_)
            | Button::Rich(RichButton::Phone { .. } | RichButton::CopyCode { .. } | RichButton::Other { .. }) => None,
        });
        std::iter::once(("body".to_owned(), self.body.as_str())).chain(header).chain(urls)
    }

    /// What of it cannot be filled when it is sent, with its field: a place, a file and a code have no variables. A provider
    /// would refuse each message.
    pub fn unsendable(&self) -> Option<(String, &'static str)> {
        match &self.header {
            Some(Header::Location) => return Some(("header".to_owned(), "a header with a place")),
            Some(Header::Image | Header::Video | Header::Document) => {
                return Some(("header".to_owned(), "a header with a file"));
            }
            Some(Header::Text { .. }) | None => {}
        }
        let copies = |button: &Button| matches!(button, Button::Rich(RichButton::CopyCode { .. }));
        let index = self.buttons.iter().position(copies)?;
        Some((format!("buttons[{index}]"), "a button that copies a code"))
    }

    /// The names of all variables, those of the body first; of a text that cannot be read, none.
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.texts().flat_map(|(_, text)| names_in(text).unwrap_or_default()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
