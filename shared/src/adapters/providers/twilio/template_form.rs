//! Templates in Twilio's words and back (Twilio, "Content API resources", "content types").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    domain::template::{Button, Category, Definition, Header, ParameterFormat, RichButton, Template, names_in},
    ports::template_review::ListedContent,
};

const TEXT: &str = "twilio/text";
const QUICK_REPLY: &str = "twilio/quick-reply";
const CALL_TO_ACTION: &str = "twilio/call-to-action";
const CARD: &str = "whatsapp/card";

/// What is posted to make a content. Its variables have numbers there, in the order of `template.variables`.
pub(super) fn create(template: &Template) -> Value {
    let definition = &template.definition;
    let numbered = |text: &str| {
        let mut text = text.to_owned();
        for (index, name) in template.variables.iter().enumerate() {
            text = text.replace(&format!("{{{{{name}}}}}"), &format!("{{{{{}}}}}", index + 1));
        }
        text
    };
    let samples: BTreeMap<String, Option<&String>> = (1..)
        .zip(&template.variables)
        .map(|(number, name): (usize, _)| (number.to_string(), definition.samples.get(name)))
        .collect();
    let mut what = json!({"body": numbered(&definition.body)});
    let actions: Vec<Value> =
        definition.buttons.iter().enumerate().map(|(index, it)| action(index, it, &numbered)).collect();
    if !actions.is_empty() {
        what["actions"] = actions.into();
    }
    let kind = kind_of(definition);
    if kind == CARD {
        if let Some(Header::Text { text }) = &definition.header {
            what["header_text"] = numbered(text).into();
        }
        if let Some(footer) = &definition.footer {
            what["footer"] = footer.as_str().into();
        }
    }
    json!({
        "friendly_name": template.name, "language": template.language, "variables": samples, "types": {kind: what},
    })
}

fn kind_of(definition: &Definition) -> &'static str {
    let quick = |button: &Button| matches!(button, Button::QuickReply(_));
    if definition.header.is_some() || definition.footer.is_some() {
        CARD
    } else if definition.buttons.is_empty() {
        TEXT
    } else if definition.buttons.iter().all(quick) {
        QUICK_REPLY
    } else if definition.buttons.iter().any(quick) {
        CARD
    } else {
        CALL_TO_ACTION
    }
}

fn action(index: usize, button: &Button, numbered: &impl Fn(&str) -> String) -> Value {
    match button {
        Button::QuickReply(text) => json!({"type": "QUICK_REPLY", "title": text, "id": format!("reply_{}", index + 1)}),
        Button::Rich(RichButton::Url { text, url }) => json!({"type": "URL", "title": text, "url": numbered(url)}),
        Button::Rich(RichButton::Phone { text, phone }) => {
            json!({"type": "PHONE_NUMBER", "title": text, "phone": phone})
        }
        Button::Rich(RichButton::CopyCode { example }) => {
            json!({"type": "COPY_CODE", "title": "Copy", "code": example})
        }
        Button::Rich(RichButton::Other { kind, text }) => json!({"type": kind, "title": text}),
    }
}

/// Whether a listed content says what this form would.
pub(super) fn says(form: &Value, listed: &Value) -> bool {
    form["types"] == listed["types"]
}

/// What a listed content says. `None`: of a kind that we have no form for.
pub(super) fn read(listed: &Value, category: Option<Category>) -> Option<ListedContent> {
    let types = listed["types"].as_object()?;
    let (kind, what) =
        [CARD, QUICK_REPLY, CALL_TO_ACTION, TEXT].iter().find_map(|kind| Some((*kind, types.get(*kind)?)))?;
    let named = |text: &str| {
        let mut named = text.to_owned();
        for name in names_in(text).ok()? {
            // Named by whoever made it there, or numbered.
            let ours = if name.bytes().all(|b| b.is_ascii_digit()) { format!("value_{name}") } else { name.clone() };
            named = named.replace(&format!("{{{{{name}}}}}"), &format!("{{{{{ours}}}}}"));
        }
        Some(named)
    };
    let mut definition = Definition::of(named(what["body"].as_str()?)?);
    definition.category = category.unwrap_or_default();
    if kind == CARD {
        definition.header = match what["header_text"].as_str() {
            Some(text) => Some(Header::Text { text: named(text)? }),
            None => None,
        };
        definition.footer = what["footer"].as_str().map(str::to_owned);
        if what["media"].as_array().is_some_and(|media| !media.is_empty()) {
            return None;
        }
    }
    for listed in what["actions"].as_array().into_iter().flatten() {
        let text = |name: &str| listed[name].as_str().map(str::to_owned);
        let title = text("title").unwrap_or_default();
        // A quick-reply content's actions need no type.
        let kind = text("type").unwrap_or_else(|| "QUICK_REPLY".to_owned());
        definition.buttons.push(match kind.as_str() {
            "QUICK_REPLY" => Button::QuickReply(title),
            "URL" => Button::Rich(RichButton::Url { text: title, url: named(&text("url")?)? }),
            "PHONE_NUMBER" => Button::Rich(RichButton::Phone { text: title, phone: text("phone")? }),
            "COPY_CODE" => Button::Rich(RichButton::CopyCode { example: text("code").unwrap_or_default() }),
            _ => Button::Rich(RichButton::Other { kind, text: title }),
        });
    }
    let known = definition.variables();
    let mut numbered: Vec<(u32, String)> = Vec::new();
    for (name, sample) in listed["variables"].as_object().into_iter().flatten() {
        let ours = if name.parse::<u32>().is_ok() { format!("value_{name}") } else { name.clone() };
        if known.contains(&ours) {
            numbered.push((name.parse().unwrap_or(u32::MAX), ours.clone()));
            if let Some(sample) = sample.as_str() {
                definition.samples.insert(ours, sample.to_owned());
            }
        }
    }
    // By their numbers, since that is how they are filled.
    let mut variables = known;
    let number_of =
        |name: &String| numbered.iter().find(|(_, known)| known == name).map_or(u32::MAX, |(number, _)| *number);
    variables.sort_by_key(number_of);
    let named = variables.iter().any(|name| !name.starts_with("value_"));
    let parameters = if named { ParameterFormat::Named } else { ParameterFormat::Positional };
    Some(ListedContent { definition, variables, parameters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Template {
        let mut it = Definition::of("Hello {{guest_name}}, room {{room}} is ready for you.");
        it.footer = Some("Hotel Transom".into());
        it.buttons = vec![
            "On my way".into(),
            Button::Rich(RichButton::Url { text: "Map".into(), url: "https://hotel.example/{{stay}}".into() }),
        ];
        it.samples = [("guest_name", "Ana"), ("room", "12"), ("stay", "s7")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        Template { parameters: ParameterFormat::Positional, ..Template::drafted("room_ready", "en", it) }
    }

    #[test]
    fn a_template_is_made_in_twilios_words() {
        insta::assert_json_snapshot!(create(&full()));
        let kind = |definition: Definition| {
            let form = create(&Template::drafted("x", "en", definition));
            form["types"].as_object().unwrap().keys().next().unwrap().clone()
        };
        assert_eq!(kind(Definition::of("Hello")), TEXT);
        assert_eq!(kind(Definition::of("Hello").with_buttons(&["Yes"])), QUICK_REPLY);
        let mut call = Definition::of("Hello");
        call.buttons.push(Button::Rich(RichButton::Phone { text: "Call".into(), phone: "+15550783881".into() }));
        assert_eq!(kind(call), CALL_TO_ACTION);
    }

    /// Names are ours alone: there, variables have numbers.
    #[test]
    fn what_was_made_is_read_back_with_numbers() {
        let form = create(&full());
        assert!(says(&form, &form));
        let read = read(&form, Some(Category::Marketing)).unwrap();
        assert_eq!(read.definition.body, "Hello {{value_1}}, room {{value_2}} is ready for you.");
        assert_eq!(read.variables, ["value_1", "value_2", "value_3"]);
        assert_eq!(read.definition.samples["value_3"], "s7");
        assert_eq!((read.definition.category, read.parameters), (Category::Marketing, ParameterFormat::Positional));
        assert_eq!(read.definition.footer.as_deref(), Some("Hotel Transom"));
        assert_eq!(read.definition.buttons[0], Button::from("On my way"));
    }

    #[test]
    fn what_we_have_no_form_for_is_not_half_read() {
        assert!(read(&json!({"types": {"twilio/carousel": {"body": "x"}}}), None).is_none());
        let card = json!({"types": {CARD: {"body": "x", "media": ["https://hotel.example/a.png"]}}});
        assert!(read(&card, None).is_none());
    }
}
