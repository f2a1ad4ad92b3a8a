//! Templates in Meta's words and back (Graph API, "message templates: components").

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    domain::template::{
        Button, Category, DEFAULT_TIME_TO_LIVE_SECONDS, Definition, Header, ParameterFormat, RichButton, names_in,
    },
    ports::template_review::ListedContent,
};

/// What is posted to make a template.
pub(super) fn create(name: &str, language: &str, definition: &Definition) -> Value {
    let mut form = changed(definition);
    form["name"] = name.into();
    form["language"] = language.into();
    form["category"] = definition.category.word().into();
    form
}

/// What is posted to change one that Meta lists: all of its components take the place of those before.
pub(super) fn edit(definition: &Definition, listed: &Value) -> Value {
    let mut form = changed(definition);
    // A life that is to be Meta's own again has to be said (Meta, "time-to-live": -1).
    if form.get("message_send_ttl_seconds").is_none() && !same_life(definition, listed) {
        form["message_send_ttl_seconds"] = (-1).into();
    }
    form
}

/// Whether a listed template lives as long as this definition would; that of a marketing template is not ours to say.
fn same_life(definition: &Definition, listed: &Value) -> bool {
    let lives = listed["message_send_ttl_seconds"].as_i64().filter(|seconds| *seconds > 0);
    definition.category != Category::Utility
        || lives.unwrap_or(DEFAULT_TIME_TO_LIVE_SECONDS.into()) == i64::from(definition.time_to_live_seconds)
}

fn changed(definition: &Definition) -> Value {
    let mut form = json!({"components": components(definition)});
    let named = |text: &str| names_in(text).is_ok_and(|names| !names.is_empty());
    let title = matches!(&definition.header, Some(Header::Text { text }) if named(text));
    if title || named(&definition.body) {
        form["parameter_format"] = "NAMED".into();
    }
    // Meta takes a life of a marketing template only by another API (Meta, "time-to-live").
    if definition.category == Category::Utility && definition.time_to_live_seconds != DEFAULT_TIME_TO_LIVE_SECONDS {
        form["message_send_ttl_seconds"] = definition.time_to_live_seconds.into();
    }
    form
}

fn components(definition: &Definition) -> Vec<Value> {
    let mut components = Vec::new();
    match &definition.header {
        Some(Header::Text { text }) => {
            let mut header = json!({"type": "HEADER", "format": "TEXT", "text": text});
            if let Some(samples) = samples(text, definition) {
                header["example"] = json!({"header_text_named_params": samples});
            }
            components.push(header);
        }
        Some(Header::Image) => components.push(json!({"type": "HEADER", "format": "IMAGE"})),
        Some(Header::Video) => components.push(json!({"type": "HEADER", "format": "VIDEO"})),
        Some(Header::Document) => components.push(json!({"type": "HEADER", "format": "DOCUMENT"})),
        Some(Header::Location) => components.push(json!({"type": "HEADER", "format": "LOCATION"})),
        None => {}
    }
    let mut body = json!({"type": "BODY", "text": definition.body});
    if let Some(samples) = samples(&definition.body, definition) {
        body["example"] = json!({"body_text_named_params": samples});
    }
    components.push(body);
    if let Some(footer) = &definition.footer {
        components.push(json!({"type": "FOOTER", "text": footer}));
    }
    if !definition.buttons.is_empty() {
        let buttons: Vec<Value> = definition.buttons.iter().map(|it| button(it, definition)).collect();
        components.push(json!({"type": "BUTTONS", "buttons": buttons}));
    }
    components
}

fn samples(text: &str, definition: &Definition) -> Option<Vec<Value>> {
    let names = names_in(text).ok().filter(|names| !names.is_empty())?;
    let sample = |name: &String| json!({"param_name": name, "example": definition.samples.get(name)});
    Some(names.iter().map(sample).collect())
}

fn button(button: &Button, definition: &Definition) -> Value {
    match button {
        Button::QuickReply(text) => json!({"type": "QUICK_REPLY", "text": text}),
        Button::Rich(RichButton::Url { text, url }) => {
            let mut form = json!({"type": "URL", "text": text, "url": url});
            // An address has at most one variable, at its end, and it is written by its position.
            if let Some(name) = names_in(url).ok().and_then(|names| names.into_iter().next()) {
                form["url"] = url.replace(&format!("{{{{{name}}}}}"), "{{1}}").into();
                form["example"] = json!([definition.samples.get(&name)]);
            }
            form
        }
        Button::Rich(RichButton::Phone { text, phone }) => {
            json!({"type": "PHONE_NUMBER", "text": text, "phone_number": phone})
        }
        Button::Rich(RichButton::CopyCode { example }) => json!({"type": "COPY_CODE", "example": example}),
        Button::Rich(RichButton::Other { kind, text }) => json!({"type": kind, "text": text}),
    }
}

/// Whether a listed template says what this definition would, and lives as long, whatever its samples are.
pub(super) fn says(definition: &Definition, listed: &Value) -> bool {
    let bare = |component: &Value| {
        let mut component = component.clone();
        let parts = component.as_object_mut();
        if let Some(parts) = parts {
            parts.remove("example");
            if let Some(buttons) = parts.get_mut("buttons").and_then(Value::as_array_mut) {
                buttons.iter_mut().filter_map(Value::as_object_mut).for_each(|button| {
                    button.remove("example");
                });
            }
        }
        component
    };
    let ours: Vec<Value> = components(definition).iter().map(bare).collect();
    let theirs: Vec<Value> = listed["components"].as_array().into_iter().flatten().map(bare).collect();
    // In whichever order they are listed.
    same_life(definition, listed)
        && ours.len() == theirs.len()
        && ours.iter().all(|component| theirs.contains(component))
}

/// What a listed template says. `None`: it has components that we have no form for.
pub(super) fn read(listed: &Value) -> Option<ListedContent> {
    let parameters = match listed["parameter_format"].as_str() {
        Some(word) if word.eq_ignore_ascii_case("named") => ParameterFormat::Named,
        Some(_) | None => ParameterFormat::Positional,
    };
    let mut definition = Definition::of("");
    definition.category = listed["category"].as_str().and_then(Category::from_word)?;
    if definition.category == Category::Authentication {
        return None;
    }
    if let Some(seconds) = listed["message_send_ttl_seconds"].as_u64().and_then(|seconds| u32::try_from(seconds).ok()) {
        definition.time_to_live_seconds = seconds;
    }
    for component in listed["components"].as_array()? {
        let text = component["text"].as_str();
        match component["type"].as_str()?.to_ascii_uppercase().as_str() {
            "HEADER" => definition.header = Some(header(component, &mut definition.samples)?),
            "BODY" => definition.body = taken(text?, "value", component, &mut definition.samples)?,
            "FOOTER" => definition.footer = Some(text?.to_owned()),
            "BUTTONS" => {
                for (index, listed) in component["buttons"].as_array()?.iter().enumerate() {
                    let button = read_button(index, listed, &mut definition.samples)?;
                    definition.buttons.push(button);
                }
            }
            _ => return None,
        }
    }
    let variables = definition.variables();
    (!definition.body.is_empty()).then_some(ListedContent { definition, variables, parameters })
}

fn header(component: &Value, samples: &mut BTreeMap<String, String>) -> Option<Header> {
    match component["format"].as_str()?.to_ascii_uppercase().as_str() {
        "TEXT" => Some(Header::Text { text: taken(component["text"].as_str()?, "header", component, samples)? }),
        "IMAGE" => Some(Header::Image),
        "VIDEO" => Some(Header::Video),
        "DOCUMENT" => Some(Header::Document),
        "LOCATION" => Some(Header::Location),
        _ => None,
    }
}

fn read_button(index: usize, listed: &Value, samples: &mut BTreeMap<String, String>) -> Option<Button> {
    let kind = listed["type"].as_str()?.to_ascii_uppercase();
    let text = listed["text"].as_str().unwrap_or_default().to_owned();
    Some(match kind.as_str() {
        "QUICK_REPLY" => Button::QuickReply(text),
        "URL" => {
            let url = taken(listed["url"].as_str()?, &format!("button_{}", index + 1), listed, samples)?;
            Button::Rich(RichButton::Url { text, url })
        }
        "PHONE_NUMBER" => Button::Rich(RichButton::Phone { text, phone: listed["phone_number"].as_str()?.to_owned() }),
        "COPY_CODE" => {
            let example = &listed["example"];
            let example = example.as_str().or_else(|| example[0].as_str()).unwrap_or_default().to_owned();
            Button::Rich(RichButton::CopyCode { example })
        }
        _ => Button::Rich(RichButton::Other { kind, text }),
    })
}

/// A text with a name for each variable that has none: `{{1}}` becomes `{{value_1}}`. Notes the samples that come with it.
fn taken(text: &str, word: &str, around: &Value, samples: &mut BTreeMap<String, String>) -> Option<String> {
    let names = names_in(text).ok()?;
    let mut taken = text.to_owned();
    let given = examples(&around["example"]);
    for (index, name) in names.iter().enumerate() {
        let position: Option<usize> = name.parse().ok();
        let ours = if position.is_some() { format!("{word}_{name}") } else { name.clone() };
        taken = taken.replace(&format!("{{{{{name}}}}}"), &format!("{{{{{ours}}}}}"));
        // What is numbered is found by its place alone: places count from 0, and names from 1.
        let sample = match position {
            Some(position) => given.get(&position.saturating_sub(1).to_string()),
            None => given.get(name).or_else(|| given.get(&index.to_string())),
        };
        if let Some(sample) = sample {
            samples.insert(ours, sample.clone());
        }
    }
    Some(taken)
}

/// Samples by name, or by place counted from 0, in whichever of its forms Meta gives them.
fn examples(example: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut list = |values: &[Value]| {
        for (place, value) in values.iter().enumerate() {
            if let Some(text) = value.as_str() {
                found.insert(place.to_string(), text.to_owned());
            }
        }
    };
    if let Some(values) = example.as_array() {
        list(values);
    }
    let none = Map::new();
    let parts = example.as_object().unwrap_or(&none);
    for (key, value) in parts {
        let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
        match key.as_str() {
            "body_text" => {
                if let Some(first) = values.first().and_then(Value::as_array) {
                    list(first);
                }
            }
            "header_text" => list(values),
            _ => {}
        }
    }
    for values in parts.values().filter_map(Value::as_array) {
        for value in values {
            if let (Some(name), Some(text)) = (value["param_name"].as_str(), value["example"].as_str()) {
                found.insert(name.to_owned(), text.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Definition {
        let mut it = Definition::of("Hello {{guest_name}}, room {{room}} is ready for you.").living(14_400);
        it.header = Some(Header::Text { text: "Room {{room}}".into() });
        it.footer = Some("Hotel Transom".into());
        it.buttons = vec![
            "On my way".into(),
            Button::Rich(RichButton::Url { text: "Map".into(), url: "https://hotel.example/{{stay}}".into() }),
            Button::Rich(RichButton::Phone { text: "Call".into(), phone: "+15550783881".into() }),
        ];
        it.samples = [("guest_name", "Ana"), ("room", "12"), ("stay", "s7")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        it
    }

    #[test]
    fn a_template_is_made_in_metas_words() {
        insta::assert_json_snapshot!(create("room_ready", "en_US", &full()));
        let plain = create("fallback", "es", &Definition::of("Hola").with_buttons(&["Sí"]));
        assert_eq!(plain.get("parameter_format"), None);
        assert_eq!(plain.get("message_send_ttl_seconds"), None);
    }

    /// What Meta lists is what was made, but for the address's variable, which has no name there.
    #[test]
    fn what_was_made_is_read_back() {
        let read = read(&create("room_ready", "en_US", &full())).unwrap();
        assert_eq!(read.parameters, ParameterFormat::Named);
        assert_eq!(read.variables, ["guest_name", "room", "button_2_1"]);
        let mut expected = full();
        expected.buttons[1] =
            Button::Rich(RichButton::Url { text: "Map".into(), url: "https://hotel.example/{{button_2_1}}".into() });
        let stay = expected.samples.remove("stay").unwrap();
        expected.samples.insert("button_2_1".into(), stay);
        assert_eq!(read.definition, expected);
    }

    #[test]
    fn another_life_is_an_edit() {
        let listed = create("room_ready", "en_US", &full());
        assert!(says(&full(), &listed));
        assert!(!says(&full().living(3600), &listed));
        assert_eq!(edit(&full().living(3600), &listed)["message_send_ttl_seconds"], 3600);
        let own = full().living(DEFAULT_TIME_TO_LIVE_SECONDS);
        assert!(!says(&own, &listed));
        assert_eq!(edit(&own, &listed)["message_send_ttl_seconds"], -1);
        assert_eq!(edit(&own, &create("room_ready", "en_US", &own)).get("message_send_ttl_seconds"), None);
    }

    #[test]
    fn positional_variables_get_names() {
        let listed = json!({"category": "MARKETING", "components": [
            {"type": "HEADER", "format": "TEXT", "text": "For {{1}}", "example": {"header_text": ["Ana"]}},
            {"type": "BODY", "text": "Hi {{1}}, order {{2}} left.", "example": {"body_text": [["Ana", "A-17"]]}}]});
        let read = read(&listed).unwrap();
        assert_eq!(read.parameters, ParameterFormat::Positional);
        assert_eq!(read.definition.body, "Hi {{value_1}}, order {{value_2}} left.");
        assert_eq!(read.variables, ["value_1", "value_2", "header_1"]);
        assert_eq!(read.definition.samples["value_1"], "Ana");
        assert_eq!(read.definition.samples["value_2"], "A-17");
        assert_eq!(read.definition.samples["header_1"], "Ana");
        assert_eq!(read.definition.category, Category::Marketing);
    }

    #[test]
    fn what_we_have_no_form_for_is_not_half_read() {
        let with = |component: Value| json!({"category": "UTILITY", "components": [{"type": "BODY", "text": "Hi"}, component]});
        assert!(read(&with(json!({"type": "FOOTER", "text": "x"}))).is_some());
        assert!(read(&with(json!({"type": "CAROUSEL", "cards": []}))).is_none());
        assert!(read(&json!({"category": "AUTHENTICATION", "components": []})).is_none());
        assert!(read(&json!({"category": "UTILITY"})).is_none());
        let flow = with(json!({"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Book", "flow_id": "1"}]}));
        let buttons = read(&flow).unwrap().definition.buttons;
        assert_eq!(buttons, [Button::Rich(RichButton::Other { kind: "FLOW".into(), text: "Book".into() })]);
    }
}
