//! What a template consists of, and Meta's form of it (Meta, "templates: components").

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::Wrong,
    template::Parameters,
    wording::{Wording, variables},
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    pub header: Option<Header>,
    pub body: Wording,
    pub footer: Option<String>,
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Header {
    Text(Wording),
    Media {
        media: Media,
        /// The handle of an upload, or an address.
        example: String,
    },
    Location,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    Image,
    Video,
    Document,
}

impl Media {
    /// The kind of a send's parameter for it.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Button {
    QuickReply {
        label: String,
        /// What comes back with a tap, at Twilio.
        id: Option<String>,
    },
    Url {
        label: String,
        url: String,
        /// What stands for the variable.
        example: Option<String>,
    },
    PhoneNumber {
        label: String,
        phone: String,
    },
    CopyCode {
        example: String,
    },
}

impl Button {
    /// Its address, if it opens one.
    pub(super) fn url(&self) -> Option<&str> {
        match self {
            Self::Url { url, .. } => Some(url),
            Self::QuickReply { .. } | Self::PhoneNumber { .. } | Self::CopyCode { .. } => None,
        }
    }

    /// Of a kind that sends the customer elsewhere.
    pub(super) fn calls_to_action(&self) -> bool {
        !matches!(self, Self::QuickReply { .. })
    }
}

impl Parts {
    /// What people read, without the buttons.
    pub(super) fn texts(&self) -> Vec<&str> {
        let header = match &self.header {
            Some(Header::Text(wording)) => Some(wording.text.as_str()),
            Some(Header::Media { .. } | Header::Location) | None => None,
        };
        header.into_iter().chain([self.body.text.as_str()]).chain(self.footer.as_deref()).collect()
    }

    /// Reads `components`. Each variable has its example in the form that `parameters` asks for.
    pub(super) fn from_meta(components: &Value, parameters: Parameters) -> Result<Self, Wrong> {
        let list = components.as_array().ok_or_else(|| Wrong::parameter("components", "it must be a list"))?;
        let mut parts = Self::default();
        let mut seen = Vec::new();
        for component in list {
            let kind = component["type"].as_str().unwrap_or_default().to_ascii_uppercase();
            if seen.contains(&kind) {
                return Err(Wrong::parameter("components", format!("there is more than one {kind}")));
            }
            match kind.as_str() {
                "HEADER" => parts.header = Some(header(component, parameters)?),
                "BODY" => parts.body = wording(component, "BODY", "body_text", parameters)?,
                "FOOTER" => parts.footer = Some(text_of(component, "FOOTER")?),
                "BUTTONS" => {
                    let all = component["buttons"].as_array();
                    let all = all.ok_or_else(|| Wrong::missing("BUTTONS", "buttons"))?;
                    parts.buttons = all.iter().map(button).collect::<Result<_, _>>()?;
                }
                _ => return Err(not_played("components", &kind)),
            }
            seen.push(kind);
        }
        Ok(parts)
    }

    /// As Meta gives it back.
    pub(super) fn to_meta(&self, parameters: Parameters) -> Value {
        let mut components = Vec::new();
        match &self.header {
            Some(Header::Text(wording)) => {
                components.push(component_of("HEADER", wording, "header_text", parameters));
                components[0]["format"] = json!("TEXT");
            }
            Some(Header::Media { media, example }) => {
                let format = media.kind().to_uppercase();
                components.push(json!({"type": "HEADER", "format": format, "example": {"header_handle": [example]}}));
            }
            Some(Header::Location) => components.push(json!({"type": "HEADER", "format": "LOCATION"})),
            None => {}
        }
        components.push(component_of("BODY", &self.body, "body_text", parameters));
        if let Some(footer) = &self.footer {
            components.push(json!({"type": "FOOTER", "text": footer}));
        }
        if !self.buttons.is_empty() {
            let buttons: Vec<Value> = self.buttons.iter().map(button_of).collect();
            components.push(json!({"type": "BUTTONS", "buttons": buttons}));
        }
        Value::Array(components)
    }
}

fn not_played(parameter: &str, kind: &str) -> Wrong {
    Wrong::parameter(parameter, format!("the type {kind:?} is unknown, or not played by the stand-in"))
}

fn text_of(component: &Value, kind: &str) -> Result<String, Wrong> {
    let text = component["text"].as_str().filter(|text| !text.trim().is_empty());
    text.map(ToOwned::to_owned).ok_or_else(|| Wrong::missing(kind, "text"))
}

/// A text with its examples: `example.{field}` or `example.{field}_named_params`.
fn wording(component: &Value, kind: &str, field: &str, parameters: Parameters) -> Result<Wording, Wrong> {
    let text = text_of(component, kind)?;
    let names = variables(&text);
    if names.is_empty() {
        return Ok(Wording { text, examples: vec![] });
    }
    let missing = || Wrong::missing(kind, "example");
    let example = &component["example"];
    let given: Vec<(String, String)> = match parameters {
        Parameters::Named => {
            let list = example[format!("{field}_named_params")].as_array().ok_or_else(missing)?;
            let pair =
                |one: &Value| Some((one["param_name"].as_str()?.to_owned(), one["example"].as_str()?.to_owned()));
            list.iter().map(pair).collect::<Option<_>>().ok_or_else(missing)?
        }
        Parameters::Positional => {
            // A body's examples are a list of lists, a header's a list (Meta's examples).
            let list = if kind == "BODY" { &example[field][0] } else { &example[field] };
            let texts = list.as_array().ok_or_else(missing)?.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
            texts
                .ok_or_else(missing)?
                .into_iter()
                .zip(1..)
                .map(|(text, at)| (at.to_string(), text.to_owned()))
                .collect()
        }
    };
    let one = |name: &String| {
        let found = given.iter().find(|(of, example)| of == name && !example.trim().is_empty());
        found.cloned().ok_or_else(missing)
    };
    let examples: Vec<(String, String)> = names.iter().map(one).collect::<Result<_, _>>()?;
    if given.len() != examples.len() {
        return Err(Wrong::parameter("example", format!("the {kind} has other variables than its examples")));
    }
    Ok(Wording { text, examples })
}

fn header(component: &Value, parameters: Parameters) -> Result<Header, Wrong> {
    let format = component["format"].as_str().unwrap_or_default().to_ascii_uppercase();
    let media = match format.as_str() {
        "TEXT" => return Ok(Header::Text(wording(component, "HEADER", "header_text", parameters)?)),
        "LOCATION" => return Ok(Header::Location),
        "IMAGE" => Media::Image,
        "VIDEO" => Media::Video,
        "DOCUMENT" => Media::Document,
        _ => return Err(not_played("components[HEADER]['format']", &format)),
    };
    let example = component["example"]["header_handle"][0].as_str().filter(|handle| !handle.is_empty());
    let example = example.ok_or_else(|| Wrong::missing("HEADER", "example"))?.to_owned();
    Ok(Header::Media { media, example })
}

fn button(given: &Value) -> Result<Button, Wrong> {
    let text = |field: &str| {
        let text = given[field].as_str().filter(|text| !text.trim().is_empty());
        text.map(ToOwned::to_owned).ok_or_else(|| Wrong::missing("BUTTONS", field))
    };
    let kind = given["type"].as_str().unwrap_or_default().to_ascii_uppercase();
    match kind.as_str() {
        "QUICK_REPLY" => Ok(Button::QuickReply { label: text("text")?, id: None }),
        "URL" => {
            let (label, url) = (text("text")?, text("url")?);
            let example = given["example"][0].as_str().filter(|example| !example.is_empty()).map(ToOwned::to_owned);
            if example.is_none() && !variables(&url).is_empty() {
                return Err(Wrong::missing("BUTTONS", "example"));
            }
            Ok(Button::Url { label, url, example })
        }
        "PHONE_NUMBER" => Ok(Button::PhoneNumber { label: text("text")?, phone: text("phone_number")? }),
        "COPY_CODE" => {
            let example = given["example"].as_str().or(given["example"][0].as_str()).filter(|code| !code.is_empty());
            let example = example.ok_or_else(|| Wrong::missing("BUTTONS", "example"))?.to_owned();
            Ok(Button::CopyCode { example })
        }
        _ => Err(not_played("buttons", &kind)),
    }
}

fn component_of(kind: &str, wording: &Wording, field: &str, parameters: Parameters) -> Value {
    let mut component = json!({"type": kind, "text": wording.text});
    if wording.examples.is_empty() {
        return component;
    }
    component["example"] = match parameters {
        Parameters::Named => {
            let one = |(name, example): &(String, String)| json!({"param_name": name, "example": example});
            let all: Vec<Value> = wording.examples.iter().map(one).collect();
            json!({format!("{field}_named_params"): all})
        }
        Parameters::Positional => {
            let all: Vec<&String> = wording.examples.iter().map(|(_, example)| example).collect();
            if kind == "BODY" { json!({field: [all]}) } else { json!({field: all}) }
        }
    };
    component
}

fn button_of(button: &Button) -> Value {
    match button {
        Button::QuickReply { label, .. } => json!({"type": "QUICK_REPLY", "text": label}),
        Button::Url { label, url, example: None } => json!({"type": "URL", "text": label, "url": url}),
        Button::Url { label, url, example: Some(example) } => {
            json!({"type": "URL", "text": label, "url": url, "example": [example]})
        }
        Button::PhoneNumber { label, phone } => json!({"type": "PHONE_NUMBER", "text": label, "phone_number": phone}),
        Button::CopyCode { example } => json!({"type": "COPY_CODE", "text": "Copy offer code", "example": [example]}),
    }
}
