//! A template with the values of one send (Meta, "send templates", error codes 132000, 132005, 132012, 132018; Twilio,
//! "using variables").

use serde_json::Value;

use super::{
    parts::{Button, Header},
    rules::{LONGEST_BODY, LONGEST_HEADER, LONGEST_URL},
    template::{HeldTemplate, Parameters, Status},
    wording::{Values, Wording, rendered},
};
use crate::outside::rules::Violation;

/// Why a template cannot be sent as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateProblem {
    Unknown,
    Paused,
    Disabled,
    /// So many values were expected for that component, so many came.
    Count {
        component: String,
        expected: usize,
        given: usize,
    },
    /// Names where positions are expected, the reverse, a name that the template does not have, or another kind of value
    /// or component than the template's.
    Format {
        component: String,
    },
    /// A line break, a tab, or more than four spaces in a row.
    Layout,
    TooLong,
}

/// What arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// What the customer reads, with the buttons that lead elsewhere.
    pub text: String,
    /// The labels of what can be tapped to answer.
    pub buttons: Vec<String>,
    /// What comes back with a tap, by the label, where the sender or the template says.
    pub payloads: Values,
}

/// Whether a template in that state is sent at Meta.
pub(in crate::outside) fn usable(template: &HeldTemplate) -> Result<(), TemplateProblem> {
    match template.status {
        Status::Approved => Ok(()),
        Status::Paused => Err(TemplateProblem::Paused),
        Status::Disabled => Err(TemplateProblem::Disabled),
        Status::Unsubmitted
        | Status::Pending
        | Status::Rejected
        | Status::InAppeal
        | Status::LimitExceeded
        | Status::Locked
        | Status::Archived => Err(TemplateProblem::Unknown),
    }
}

fn format(component: &str) -> TemplateProblem {
    TemplateProblem::Format { component: component.to_owned() }
}

fn count(component: &str, expected: usize, given: usize) -> TemplateProblem {
    TemplateProblem::Count { component: component.to_owned(), expected, given }
}

/// Whether WhatsApp takes the value as it is laid out.
fn is_laid_out(value: &str) -> bool {
    !value.contains(['\n', '\r', '\t']) && !value.contains("     ")
}

/// The components of one send at Meta, by what they are for.
#[derive(Debug, Default)]
struct Given<'a> {
    header: &'a [Value],
    body: &'a [Value],
    /// Index, sub type, parameters.
    buttons: Vec<(usize, String, &'a [Value])>,
}

fn given(components: &Value) -> Result<Given<'_>, TemplateProblem> {
    let mut given = Given::default();
    let mut seen: Vec<String> = Vec::new();
    for component in components.as_array().into_iter().flatten() {
        let kind = component["type"].as_str().unwrap_or_default().to_ascii_lowercase();
        let parameters = component["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let place = match kind.as_str() {
            "header" => {
                given.header = parameters;
                kind
            }
            "body" => {
                given.body = parameters;
                kind
            }
            "button" => {
                let index = &component["index"];
                let index = index.as_u64().or_else(|| index.as_str()?.parse().ok());
                let index = index.and_then(|index| usize::try_from(index).ok()).ok_or_else(|| format("button"))?;
                let sub_type = component["sub_type"].as_str().unwrap_or_default().to_ascii_lowercase();
                given.buttons.push((index, sub_type, parameters));
                format!("button {index}")
            }
            _ => return Err(format(&kind)),
        };
        if seen.contains(&place) {
            return Err(format(&place));
        }
        seen.push(place);
    }
    Ok(given)
}

/// The values of a text's variables.
fn values(
    component: &str,
    wording: &Wording,
    parameters: Parameters,
    given: &[Value],
) -> Result<Values, TemplateProblem> {
    let expected = wording.variables().len();
    if given.len() != expected {
        return Err(count(component, expected, given.len()));
    }
    let mut found = Values::new();
    for (parameter, in_order) in given.iter().zip(wording.variables()) {
        let text = value_of(parameter).ok_or_else(|| format(component))?;
        let variable = match (parameters, parameter["parameter_name"].as_str()) {
            (Parameters::Positional, None) => in_order,
            (Parameters::Named, Some(name)) if wording.variables().any(|known| known == name) => name,
            (Parameters::Positional, Some(_)) | (Parameters::Named, _) => return Err(format(component)),
        };
        if !is_laid_out(text) {
            return Err(TemplateProblem::Layout);
        }
        found.insert(variable.to_owned(), text.to_owned());
    }
    // One name twice leaves another one out.
    if found.len() == expected { Ok(found) } else { Err(format(component)) }
}

fn value_of(parameter: &Value) -> Option<&str> {
    match parameter["type"].as_str()? {
        "text" => parameter["text"].as_str(),
        kind @ ("currency" | "date_time") => parameter[kind]["fallback_value"].as_str(),
        _ => None,
    }
}

/// The template as `components` fill it.
pub(in crate::outside) fn fill(template: &HeldTemplate, components: &Value) -> Result<Filled, TemplateProblem> {
    let (parts, given) = (&template.parts, given(components)?);
    let header = match &parts.header {
        Some(Header::Text(wording)) => values("header", wording, template.parameters, given.header)?,
        Some(Header::Media { media, .. }) => {
            let object = given.header.first().map(|parameter| &parameter[media.kind()]);
            let whole = object.is_some_and(|object| object["id"].is_string() || object["link"].is_string());
            if !whole || given.header.len() > 1 {
                return Err(format("header"));
            }
            Values::new()
        }
        Some(Header::Location) => {
            if given.header.len() != 1 || !given.header[0]["location"]["latitude"].is_number() {
                return Err(format("header"));
            }
            Values::new()
        }
        None if given.header.is_empty() => Values::new(),
        None => return Err(count("header", 0, given.header.len())),
    };
    let body = values("body", &parts.body, template.parameters, given.body)?;

    let mut payloads = Values::new();
    let mut suffixes = vec![Values::new(); parts.buttons.len()];
    if let Some((index, ..)) = given.buttons.iter().find(|(index, ..)| *index >= parts.buttons.len()) {
        return Err(format(&format!("button {index}")));
    }
    for (index, button) in parts.buttons.iter().enumerate() {
        let component = format!("button {index}");
        let own = given.buttons.iter().find(|(of, ..)| *of == index);
        let sub_type = own.map(|(_, sub_type, _)| sub_type.as_str());
        let parameters = own.map(|(.., parameters)| *parameters).unwrap_or_default();
        let (wanted, expected) = match button {
            Button::QuickReply { .. } => ("quick_reply", parameters.len().min(1)),
            Button::Url { url, .. } => ("url", usize::from(url.contains("{{"))),
            Button::CopyCode { .. } => ("copy_code", 1),
            Button::PhoneNumber { .. } => ("", 0),
        };
        if sub_type.is_some_and(|sub_type| sub_type != wanted) {
            return Err(format(&component));
        }
        if parameters.len() != expected {
            return Err(count(&component, expected, parameters.len()));
        }
        let Some(parameter) = parameters.first() else { continue };
        let key = match button {
            Button::QuickReply { .. } => "payload",
            Button::CopyCode { .. } => "coupon_code",
            Button::Url { .. } | Button::PhoneNumber { .. } => "text",
        };
        let text = parameter[key].as_str().filter(|_| parameter["type"] == key).ok_or_else(|| format(&component))?;
        match button {
            Button::QuickReply { label, .. } => drop(payloads.insert(label.clone(), text.to_owned())),
            Button::Url { .. } if !is_laid_out(text) => return Err(TemplateProblem::Layout),
            Button::Url { .. } => drop(suffixes[index].insert("1".to_owned(), text.to_owned())),
            Button::CopyCode { .. } => drop(suffixes[index].insert("code".to_owned(), text.to_owned())),
            Button::PhoneNumber { .. } => {}
        }
    }
    let filled = shown(template, &header, &body, &suffixes);
    let too_long = |text: &str, values: &Values, most: usize| rendered(text, values).chars().count() > most;
    let header_too_long =
        matches!(&parts.header, Some(Header::Text(wording)) if too_long(&wording.text, &header, LONGEST_HEADER));
    let urls = parts.buttons.iter().zip(&suffixes);
    let url_too_long = urls
        .filter_map(|(button, suffix)| Some((button.url()?, suffix)))
        .any(|(url, suffix)| too_long(url, suffix, LONGEST_URL));
    if header_too_long || url_too_long || too_long(&parts.body.text, &body, LONGEST_BODY) {
        return Err(TemplateProblem::TooLong);
    }
    Ok(Filled { payloads, ..filled })
}

/// Content at Twilio, whose variables count over all its texts.
pub(in crate::outside) fn fill_content(template: &HeldTemplate, values: &Values) -> Filled {
    shown(template, values, values, &vec![values.clone(); template.parts.buttons.len()])
}

/// What WhatsApp finds wrong with the content later.
pub(in crate::outside) fn violation(template: &HeldTemplate, values: &Values) -> Option<Violation> {
    if !values.values().all(|value| is_laid_out(value)) {
        return Some(Violation::BadVariable);
    }
    if rendered(&template.parts.body.text, values).chars().count() > LONGEST_BODY {
        return Some(Violation::TextTooLong);
    }
    match template.status {
        Status::Approved => None,
        Status::Paused => Some(Violation::TemplatePaused),
        Status::Disabled | Status::LimitExceeded | Status::Locked | Status::Archived => {
            Some(Violation::TemplateDisabled)
        }
        Status::Rejected => Some(Violation::TemplateRejected),
        Status::Unsubmitted | Status::Pending | Status::InAppeal => Some(Violation::TemplateNotApproved),
    }
}

fn shown(template: &HeldTemplate, header: &Values, body: &Values, buttons: &[Values]) -> Filled {
    let parts = &template.parts;
    let mut lines = Vec::new();
    match &parts.header {
        Some(Header::Text(wording)) => lines.push(rendered(&wording.text, header)),
        Some(Header::Media { media, .. }) => lines.push(format!("[{}]", media.kind())),
        Some(Header::Location) => lines.push("[location]".to_owned()),
        None => {}
    }
    lines.push(rendered(&parts.body.text, body));
    lines.extend(parts.footer.clone());
    let (mut labels, mut payloads) = (Vec::new(), Values::new());
    for (button, values) in parts.buttons.iter().zip(buttons) {
        match button {
            Button::QuickReply { label, id } => {
                let label = rendered(label, values);
                if let Some(id) = id {
                    payloads.insert(label.clone(), rendered(id, values));
                }
                labels.push(label);
            }
            Button::Url { label, url, .. } => lines.push(format!("[{label}] {}", rendered(url, values))),
            Button::PhoneNumber { label, phone } => lines.push(format!("[{label}] {phone}")),
            Button::CopyCode { example } => {
                lines.push(format!("[Copy offer code] {}", values.get("code").unwrap_or(example)));
            }
        }
    }
    Filled { text: lines.join("\n"), buttons: labels, payloads }
}
