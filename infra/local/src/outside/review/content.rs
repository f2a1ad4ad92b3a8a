//! Twilio's content types, and what becomes of them at WhatsApp (Twilio, "Content API: content types", "using variables").

use serde_json::{Value, json};

use super::{
    answer::Failure,
    parts::{Button, Header, Media, Parts},
    template::HeldTemplate,
    wording::{Values, Wording, variables},
};

const MOST_VARIABLES: usize = 100;

/// The richest is what WhatsApp gets.
const TYPES: [&str; 4] = ["whatsapp/card", "twilio/quick-reply", "twilio/call-to-action", "twilio/text"];

/// The type and its object for a text with quick replies, or without.
pub(super) fn simple(body: &str, labels: &[String]) -> (String, Value) {
    if labels.is_empty() {
        return ("twilio/text".to_owned(), json!({"twilio/text": {"body": body}}));
    }
    let action = |label: &String| json!({"type": "QUICK_REPLY", "title": label, "id": label});
    let actions: Vec<Value> = labels.iter().map(action).collect();
    ("twilio/quick-reply".to_owned(), json!({"twilio/quick-reply": {"body": body, "actions": actions}}))
}

fn wrong(why: impl Into<String>) -> Failure {
    Failure::twilio(20001, why)
}

/// The type that WhatsApp gets, and its parts. Every type is looked at.
pub(super) fn read(types: &Value, samples: &Values) -> Result<(String, Parts), Failure> {
    let given = types.as_object().filter(|types| !types.is_empty()).ok_or_else(|| wrong("types is required"))?;
    if let Some(unknown) = given.keys().find(|name| !TYPES.contains(&name.as_str())) {
        return Err(wrong(format!("the content type {unknown} is unknown, or not played by the stand-in")));
    }
    let all: Vec<Parts> = given.iter().map(|(kind, content)| parts(kind, content)).collect::<Result<_, _>>()?;
    check_numbers(&all)?;
    let richest = TYPES.iter().find(|kind| given.contains_key(**kind)).copied().unwrap_or_default();
    let place = given.keys().position(|kind| kind == richest).unwrap_or_default();
    let mut parts = all.into_iter().nth(place).unwrap_or_default();
    parts.body.examples = examples(&parts.body.text, samples);
    if let Some(Header::Text(wording)) = &mut parts.header {
        wording.examples = examples(&wording.text, samples);
    }
    Ok((richest.to_owned(), parts))
}

fn examples(text: &str, samples: &Values) -> Vec<(String, String)> {
    let example = |variable: String| samples.get(&variable).cloned().map(|sample| (variable, sample));
    variables(text).into_iter().filter_map(example).collect()
}

/// Numbers without gaps, over all texts.
fn check_numbers(all: &[Parts]) -> Result<(), Failure> {
    let found = variables(&all.iter().flat_map(Parts::with_variables).collect::<Vec<_>>().join("\n"));
    if found.len() > MOST_VARIABLES {
        return Err(wrong("there may be 100 variables at most"));
    }
    if found.iter().zip(1..).any(|(variable, at)| *variable != at.to_string()) {
        return Err(wrong("variables must be numbered from 1 without gaps"));
    }
    Ok(())
}

impl Parts {
    /// Everything in which Twilio fills variables.
    fn with_variables(&self) -> Vec<&str> {
        let mut texts = self.texts();
        for button in &self.buttons {
            match button {
                Button::QuickReply { label, id } => {
                    texts.push(label);
                    texts.extend(id.as_deref());
                }
                Button::Url { label, url, .. } => texts.extend([label.as_str(), url]),
                Button::PhoneNumber { label, phone } => texts.extend([label.as_str(), phone]),
                Button::CopyCode { example } => texts.push(example),
            }
        }
        if let Some(Header::Media { example, .. }) = &self.header {
            texts.push(example);
        }
        texts
    }
}

impl HeldTemplate {
    /// What a send by Twilio has to give values for.
    pub(in crate::outside) fn content_variables(&self) -> Vec<String> {
        variables(&self.parts.with_variables().join("\n"))
    }
}

fn parts(kind: &str, content: &Value) -> Result<Parts, Failure> {
    let body = content["body"].as_str().filter(|body| !body.trim().is_empty());
    let text = body.ok_or_else(|| wrong(format!("{kind} needs a body")))?.to_owned();
    let body = Wording { text, examples: vec![] };
    let actions = || -> Result<Vec<Button>, Failure> {
        let list = content["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|action| button(kind, action)).collect()
    };
    let needed = |buttons: Vec<Button>| {
        if buttons.is_empty() { Err(wrong(format!("{kind} needs actions"))) } else { Ok(buttons) }
    };
    match kind {
        "twilio/text" => Ok(Parts { body, ..Parts::default() }),
        "twilio/quick-reply" | "twilio/call-to-action" => {
            Ok(Parts { body, buttons: needed(actions()?)?, ..Parts::default() })
        }
        _ => {
            let text = content["header_text"].as_str().map(ToOwned::to_owned);
            let media = content["media"][0].as_str().map(ToOwned::to_owned);
            let header = match (text, media) {
                (Some(_), Some(_)) => return Err(wrong("a card has a header_text or media, not both")),
                (Some(text), None) => Some(Header::Text(Wording { text, examples: vec![] })),
                (None, Some(example)) => Some(Header::Media { media: media_of(&example), example }),
                (None, None) => None,
            };
            let footer = content["footer"].as_str().map(ToOwned::to_owned);
            Ok(Parts { header, body, footer, buttons: actions()? })
        }
    }
}

fn media_of(address: &str) -> Media {
    match address.rsplit('.').next().unwrap_or_default() {
        "mp4" => Media::Video,
        "pdf" => Media::Document,
        _ => Media::Image,
    }
}

fn button(kind: &str, action: &Value) -> Result<Button, Failure> {
    let needed = |field: &str| {
        let text = action[field].as_str().filter(|text| !text.trim().is_empty());
        text.map(ToOwned::to_owned).ok_or_else(|| wrong(format!("an action of {kind} needs {field}")))
    };
    match (kind, action["type"].as_str().unwrap_or_default()) {
        // A quick reply's actions need no type.
        ("twilio/quick-reply" | "whatsapp/card", "QUICK_REPLY") | ("twilio/quick-reply", "") => {
            let id = action["id"].as_str().filter(|id| !id.is_empty()).map(ToOwned::to_owned);
            Ok(Button::QuickReply { label: needed("title")?, id })
        }
        ("twilio/call-to-action" | "whatsapp/card", "URL") => {
            Ok(Button::Url { label: needed("title")?, url: needed("url")?, example: None })
        }
        ("twilio/call-to-action" | "whatsapp/card", "PHONE_NUMBER") => {
            Ok(Button::PhoneNumber { label: needed("title")?, phone: needed("phone")? })
        }
        ("twilio/call-to-action" | "whatsapp/card", "COPY_CODE") => Ok(Button::CopyCode { example: needed("code")? }),
        (_, other) => Err(wrong(format!("{kind} has no actions of type {other:?}, or the stand-in does not play it"))),
    }
}
