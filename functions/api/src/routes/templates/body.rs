//! A template as a client gives it.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use transom::domain::{
    channel::ProviderKind,
    template::{
        Button, Category, DEFAULT_TIME_TO_LIVE_SECONDS, Definition, Header, ParameterFormat, RichButton, Stage,
        Template, names_in,
    },
};

use crate::{check, problem::Problem};

/// What a draft may have of each thing at most: far more than any provider takes, so that the linter can say what is too
/// long or too many, and little enough to be stored.
const LONGEST_BODY: usize = 4096;
const LONGEST_LINE: usize = 300;
const LONGEST_URL: usize = 2100;
const LONGEST_SAMPLE: usize = 1100;
const LONGEST_NAME: usize = 100;
const MOST_BUTTONS: usize = 30;
const MOST_SAMPLES: usize = 40;
/// What is approved already has at most what providers take (Meta, "template components: buttons").
const MOST_APPROVED_BUTTONS: usize = 10;
const LONGEST_APPROVED_BUTTON: usize = 25;
/// Meta, "time-to-live": 30 seconds to 30 days, over all categories.
const TIME_TO_LIVE: std::ops::RangeInclusive<u32> = 30..=2_592_000;

/// What a client wants stored.
#[derive(Debug, PartialEq)]
pub enum Wanted {
    Draft(Definition),
    /// What a provider has approved already.
    Approved(Box<Template>),
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    name: Option<String>,
    language: Option<String>,
    /// It is approved at the provider already: nobody has to submit it.
    #[serde(default)]
    approved: bool,
    #[serde(default)]
    category: Category,
    header: Option<Header>,
    body: String,
    footer: Option<String>,
    #[serde(default)]
    buttons: Vec<Button>,
    #[serde(default)]
    samples: BTreeMap<String, String>,
    #[serde(default = "default_time_to_live")]
    time_to_live_seconds: u32,
    /// Of one that is approved: in the provider's order. Left out: in the order in which the texts name them.
    variables: Option<Vec<String>>,
    /// Of one that is approved.
    parameters: Option<ParameterFormat>,
    #[serde(default)]
    references: BTreeMap<ProviderKind, String>,
    // What is shown beside a template may be sent back with it.
    #[serde(default, rename = "status")]
    #[schemars(with = "serde_json::Value")]
    _status: IgnoredAny,
    #[serde(default, rename = "advice")]
    #[schemars(with = "serde_json::Value")]
    _advice: IgnoredAny,
    #[serde(default, rename = "standings")]
    #[schemars(with = "serde_json::Value")]
    _standings: IgnoredAny,
    #[serde(default, rename = "draft")]
    #[schemars(with = "serde_json::Value")]
    _draft: IgnoredAny,
    #[serde(default, rename = "draft_status")]
    #[schemars(with = "serde_json::Value")]
    _draft_status: IgnoredAny,
    #[serde(default, rename = "draft_refused")]
    #[schemars(with = "serde_json::Value")]
    _draft_refused: IgnoredAny,
    #[serde(default, rename = "findings")]
    #[schemars(with = "serde_json::Value")]
    _findings: IgnoredAny,
}

fn default_time_to_live() -> u32 {
    DEFAULT_TIME_TO_LIVE_SECONDS
}

impl TemplateBody {
    /// Reads what can be read at all; whether a provider would take it is the linter's to say.
    pub fn read(self, name: &str, language: &str) -> Result<Wanted, Problem> {
        check::agrees("name", self.name.as_ref(), &name.to_owned())?;
        check::agrees("language", self.language.as_ref(), &language.to_owned())?;
        let definition = Definition {
            category: self.category,
            header: self.header,
            body: self.body,
            footer: self.footer,
            buttons: self.buttons,
            samples: self.samples,
            time_to_live_seconds: self.time_to_live_seconds,
        };
        check_size(&definition)?;
        if !self.approved {
            let told_of_a_provider =
                [("parameters", self.parameters.is_some()), ("references", !self.references.is_empty())];
            if let Some((field, _)) = told_of_a_provider.iter().find(|(_, told)| *told) {
                let words = "is for a template that is approved already; say \"approved\": true, or leave it out";
                return Err(Problem::invalid(*field, words));
            }
            return Ok(Wanted::Draft(definition));
        }
        check_approved(&definition)?;
        let mut template = Template::declared(name, language, definition);
        if let Some(variables) = self.variables {
            same_names(&variables, &template.variables)?;
            template.variables = variables;
        }
        template.parameters = self.parameters.unwrap_or_default();
        for (provider, reference) in &self.references {
            if !(1..=100).contains(&reference.len()) || !reference.bytes().all(|b| b.is_ascii_graphic()) {
                let words = "must have 1 to 100 visible characters";
                return Err(Problem::invalid(format!("references.{}", provider.word()), words));
            }
        }
        template.references = self.references;
        template.stage = Stage::Declared;
        Ok(Wanted::Approved(Box::new(template)))
    }
}

/// Whether it can be stored at all.
fn check_size(definition: &Definition) -> Result<(), Problem> {
    let size = |field: &str, text: &str, most: usize| {
        if text.chars().count() > most {
            Err(Problem::invalid(field, format!("must have at most {most} characters")))
        } else {
            Ok(())
        }
    };
    size("body", &definition.body, LONGEST_BODY)?;
    if let Some(Header::Text { text }) = &definition.header {
        size("header.text", text, LONGEST_LINE)?;
    }
    if let Some(footer) = &definition.footer {
        size("footer", footer, LONGEST_LINE)?;
    }
    if definition.buttons.len() > MOST_BUTTONS {
        return Err(Problem::invalid("buttons", format!("a draft has at most {MOST_BUTTONS} buttons")));
    }
    for (index, button) in definition.buttons.iter().enumerate() {
        size(&format!("buttons[{index}]"), button.label(), LONGEST_LINE)?;
        let (field, text, most) = match button {
            Button::Rich(RichButton::Url { url, .. }) => ("url", url.as_str(), LONGEST_URL),
            Button::Rich(RichButton::Phone { phone, .. }) => ("phone", phone.as_str(), LONGEST_LINE),
            Button::Rich(RichButton::Other { kind, .. }) => ("kind", kind.as_str(), LONGEST_LINE),
            Button::QuickReply(_) | Button::Rich(RichButton::CopyCode { .. }) => continue,
        };
        size(&format!("buttons[{index}].{field}"), text, most)?;
    }
    if definition.samples.len() > MOST_SAMPLES {
        return Err(Problem::invalid("samples", format!("a draft has at most {MOST_SAMPLES} samples")));
    }
    for (name, sample) in &definition.samples {
        size("samples", name, LONGEST_NAME)?;
        size(&format!("samples.{name}"), sample, LONGEST_SAMPLE)?;
    }
    Ok(())
}

/// What a provider has approved is well-formed: nobody looks at it again before it is sent.
fn check_approved(definition: &Definition) -> Result<(), Problem> {
    if definition.body.trim().is_empty() {
        return Err(Problem::invalid("body", format!("must have 1 to {LONGEST_BODY} characters")));
    }
    if let Some(Header::Text { text }) = &definition.header {
        check::words("header.text", text, LONGEST_LINE)?;
    }
    if let Some(footer) = &definition.footer {
        check::words("footer", footer, LONGEST_LINE)?;
    }
    for (field, text) in definition.texts() {
        names_in(text).map_err(|error| Problem::invalid(field, error.to_string()))?;
    }
    if !TIME_TO_LIVE.contains(&definition.time_to_live_seconds) {
        let words = format!("must be from {} to {} (30 days)", TIME_TO_LIVE.start(), TIME_TO_LIVE.end());
        return Err(Problem::invalid("time_to_live_seconds", words));
    }
    if definition.buttons.len() > MOST_APPROVED_BUTTONS {
        return Err(Problem::invalid("buttons", format!("a template has at most {MOST_APPROVED_BUTTONS} buttons")));
    }
    for (index, button) in definition.buttons.iter().enumerate() {
        check::words(&format!("buttons[{index}]"), button.label(), LONGEST_APPROVED_BUTTON)?;
        let (field, text, most) = match button {
            Button::Rich(RichButton::Url { url, .. }) => ("url", url, 2000),
            Button::Rich(RichButton::Phone { phone, .. }) => ("phone", phone, 20),
            Button::Rich(RichButton::Other { kind, .. }) => ("kind", kind, 40),
            Button::QuickReply(_) | Button::Rich(RichButton::CopyCode { .. }) => continue,
        };
        check::words(&format!("buttons[{index}].{field}"), text, most)?;
    }
    for (name, sample) in &definition.samples {
        check::words(&format!("samples.{name}"), sample, 1024)?;
    }
    Ok(())
}

fn same_names(variables: &[String], named: &[String]) -> Result<(), Problem> {
    for (index, variable) in variables.iter().enumerate() {
        if variables[..index].contains(variable) {
            return Err(Problem::invalid(format!("variables[{index}]"), "is listed twice"));
        }
        if !named.contains(variable) {
            return Err(Problem::invalid(format!("variables[{index}]"), "is in none of its texts"));
        }
    }
    match named.iter().find(|name| !variables.contains(name)) {
        Some(name) => Err(Problem::invalid("variables", format!("{name:?} of its texts is missing"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::parse;

    fn wanted(body: &Value) -> Result<Wanted, Problem> {
        let body = parse::<TemplateBody>(body.to_string().as_bytes())?;
        body.read("room_ready", "en_US")
    }

    fn read(body: &Value) -> Result<Template, Problem> {
        match wanted(body)? {
            Wanted::Approved(template) => Ok(*template),
            Wanted::Draft(definition) => panic!("a draft: {definition:?}"),
        }
    }

    fn body() -> Value {
        json!({ "approved": true, "body": "Hello {{guest}}, room {{room}} is ready, {{guest}}." })
    }

    #[track_caller]
    fn refused(field_set: &str, value: Value, field: &str) {
        let mut body = body();
        body[field_set] = value;
        assert_eq!(read(&body).unwrap_err().errors[0].field, field);
    }

    #[test]
    fn a_template_by_its_body_alone_has_its_variables_and_metas_time_to_live() {
        let template = read(&body()).unwrap();
        assert_eq!(template.variables, ["guest", "room"]);
        assert_eq!(template.definition.time_to_live_seconds, DEFAULT_TIME_TO_LIVE_SECONDS);
        // What is shown may be sent back.
        let shown = serde_json::to_value(super::super::TemplateView::new(&template)).unwrap();
        assert_eq!(read(&shown).unwrap(), template);
    }

    #[test]
    fn the_providers_order_of_variables_is_kept() {
        let mut body = body();
        body["variables"] = json!(["room", "guest"]);
        assert_eq!(read(&body).unwrap().variables, ["room", "guest"]);
    }

    #[test]
    fn a_wrong_value_is_named() {
        refused("name", json!("other"), "name");
        refused("language", json!("es"), "language");
        refused("body", json!(" "), "body");
        refused("body", json!("Hello {{guest"), "body");
        refused("body", json!("Hello guest}}"), "body");
        refused("body", json!("Hello {{guest}} x}}"), "body");
        refused("body", json!("Hello {{ guest }}"), "body");
        refused("body", json!("Hello {{}}"), "body");
        refused("variables", json!(["guest"]), "variables");
        refused("variables", json!(["guest", "room", "floor"]), "variables[2]");
        refused("variables", json!(["guest", "guest", "room"]), "variables[1]");
        refused("time_to_live_seconds", json!(29), "time_to_live_seconds");
        refused("time_to_live_seconds", json!(2_592_001), "time_to_live_seconds");
        refused("time_to_live_seconds", json!(-1), "time_to_live_seconds");
        refused("buttons", json!(["ok", ""]), "buttons[1]");
        refused("buttons", json!(vec!["x"; 11]), "buttons");
        refused("references", json!({ "twilio": "" }), "references.twilio");
        refused("references", json!({ "pigeon": "x" }), "references");
        refused("parameters", json!("by-smell"), "parameters");
        refused("category", json!("poetry"), "category");
        refused("header", json!({ "type": "text", "text": "" }), "header.text");
        refused("header", json!({ "type": "text", "text": "For {{guest" }), "header.text");
        refused("footer", json!("two\nlines"), "footer");
        refused("samples", json!({ "guest": "" }), "samples.guest");
        refused("buttons", json!([{ "type": "url", "text": "Map", "url": "" }]), "buttons[0].url");
        refused(
            "buttons",
            json!([{ "type": "url", "text": "Map", "url": "https://hotel.example/{{" }]),
            "buttons[0].url",
        );
        refused("moon", json!("full"), "moon");
    }

    /// The linter says what is wrong with a draft, with the rule and its source; only what cannot be stored is refused here.
    #[test]
    fn a_draft_with_mistakes_is_read() {
        let draft = json!({
            "body": "Hello {{Guest Name}}, your room is {{ready",
            "header": { "type": "text", "text": "" },
            "footer": "two\nlines",
            "buttons": vec!["a label of far too many letters"; 11],
            "samples": { "Guest Name": "Ana\nSilva", "room": "" },
            "time_to_live_seconds": 1,
        });
        assert!(matches!(wanted(&draft).unwrap(), Wanted::Draft(definition) if definition.buttons.len() == 11));
        for (field, value, named) in [
            ("body", json!("x".repeat(4097)), "body"),
            ("buttons", json!(vec!["x"; 31]), "buttons"),
            ("buttons", json!(["x".repeat(301)]), "buttons[0]"),
            ("samples", json!({ "room": "x".repeat(1101) }), "samples.room"),
        ] {
            let mut body = draft.clone();
            body[field] = value;
            assert_eq!(wanted(&body).unwrap_err().errors[0].field, named);
        }
    }

    #[test]
    fn what_nobody_has_approved_is_a_draft_and_says_nothing_of_providers() {
        let draft = json!({ "body": "Hello {{guest}}, welcome.", "samples": { "guest": "Ana" } });
        assert!(matches!(wanted(&draft).unwrap(), Wanted::Draft(definition) if definition.samples["guest"] == "Ana"));
        for (field, value) in [("parameters", json!("named")), ("references", json!({ "twilio": "HX1" }))] {
            let mut body = draft.clone();
            body[field] = value;
            assert_eq!(wanted(&body).unwrap_err().errors[0].field, field);
        }
    }
}
