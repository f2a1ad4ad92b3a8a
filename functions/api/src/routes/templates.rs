//! Templates: what the account has had approved at its providers, one in one language each.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Deserialize;
use transom::domain::{
    channel::ProviderKind,
    template::{DEFAULT_TIME_TO_LIVE_SECONDS, ParameterFormat, Template},
};

use crate::{
    Shared,
    auth::Caller,
    check,
    paging::Whole,
    problem::Problem,
    request::{JsonBody, PathNames},
};

/// No provider's body is longer (Meta: 1024 characters), even with long names of variables.
const MOST_BODY: usize = 4096;
/// Meta, "templates: buttons".
const MOST_BUTTONS: usize = 10;
const MOST_BUTTON: usize = 25;
/// Meta, "time-to-live": 30 seconds to 30 days, over all categories.
const TIME_TO_LIVE: std::ops::RangeInclusive<u32> = 30..=2_592_000;

pub async fn list(Caller(account): Caller, State(api): State<Shared>) -> Result<Json<Whole<Template>>, Problem> {
    Ok(Json(Whole { data: api.parts.store.templates(&account, None).await? }))
}

pub async fn show(
    Caller(account): Caller,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Json<Template>, Problem> {
    let (name, language) = in_path(name, language)?;
    let known = api.parts.store.templates(&account, Some(&name)).await?;
    let template = known.into_iter().find(|template| template.language == language);
    template.map(Json).ok_or_else(|| Problem::not_found("There is no such template in this language."))
}

fn in_path(name: String, language: String) -> Result<(String, String), Problem> {
    if !check::is_template_name(&name) {
        return Err(Problem::not_found("A template's name has 1 to 512 of a-z, 0-9 and '_'."));
    }
    if !check::is_language_code(&language) {
        return Err(Problem::not_found("A language is a code such as es or pt_BR."));
    }
    Ok((name, language))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    name: Option<String>,
    language: Option<String>,
    body: String,
    /// In the provider's order. Left out: in the order in which the body names them.
    variables: Option<Vec<String>>,
    #[serde(default)]
    parameters: ParameterFormat,
    #[serde(default = "default_time_to_live")]
    time_to_live_seconds: u32,
    #[serde(default)]
    buttons: Vec<String>,
    #[serde(default)]
    references: BTreeMap<ProviderKind, String>,
}

fn default_time_to_live() -> u32 {
    DEFAULT_TIME_TO_LIVE_SECONDS
}

pub async fn put(
    Caller(account): Caller,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<TemplateBody>,
) -> Result<Json<Template>, Problem> {
    let (name, language) = in_path(name, language)?;
    let template = value.template(name, language)?;
    let store = &api.parts.store;
    let stored = store.ladder(&account).await?;
    // An account without a ladder of its own has the default, which must hold as well.
    stored
        .clone()
        .unwrap_or_default()
        .outlived_by(&template)
        .map_err(|message| Problem::invalid("time_to_live_seconds", message))?;
    if let Some(ladder) = stored {
        // A ladder is checked against the templates when it is stored; a template must not undo that later.
        let before = store.templates(&account, None).await?;
        let after: Vec<Template> = before
            .iter()
            .filter(|known| (&known.name, &known.language) != (&template.name, &template.language))
            .chain([&template])
            .cloned()
            .collect();
        if let (Ok(()), Err(bad)) = (ladder.check(&before), ladder.check(&after)) {
            return Err(Problem::conflict(format!("The ladder uses this template ({}): {}.", bad.field, bad.message)));
        }
    }
    store.put_template(&account, &template).await?;
    Ok(Json(template))
}

impl TemplateBody {
    fn template(self, name: String, language: String) -> Result<Template, Problem> {
        check::agrees("name", self.name.as_ref(), &name)?;
        check::agrees("language", self.language.as_ref(), &language)?;
        if self.body.trim().is_empty() || self.body.chars().count() > MOST_BODY {
            return Err(Problem::invalid("body", format!("must have 1 to {MOST_BODY} characters")));
        }
        let named = names_in(&self.body).map_err(|words| Problem::invalid("body", words))?;
        let variables = match self.variables {
            None => named,
            Some(variables) => {
                same_names(&variables, &named)?;
                variables
            }
        };
        if !TIME_TO_LIVE.contains(&self.time_to_live_seconds) {
            let words = format!("must be from {} to {} (30 days)", TIME_TO_LIVE.start(), TIME_TO_LIVE.end());
            return Err(Problem::invalid("time_to_live_seconds", words));
        }
        if self.buttons.len() > MOST_BUTTONS {
            return Err(Problem::invalid("buttons", format!("a template has at most {MOST_BUTTONS} buttons")));
        }
        for (index, button) in self.buttons.iter().enumerate() {
            check::words(&format!("buttons[{index}]"), button, MOST_BUTTON)?;
        }
        for (provider, reference) in &self.references {
            if !(1..=100).contains(&reference.len()) || !reference.bytes().all(|b| b.is_ascii_graphic()) {
                let provider = match provider {
                    ProviderKind::Meta => "meta",
                    ProviderKind::Twilio => "twilio",
                };
                let words = "must have 1 to 100 visible characters";
                return Err(Problem::invalid(format!("references.{provider}"), words));
            }
        }
        Ok(Template {
            name,
            language,
            body: self.body,
            variables,
            parameters: self.parameters,
            time_to_live_seconds: self.time_to_live_seconds,
            buttons: self.buttons,
            references: self.references,
        })
    }
}

/// The names between double braces, each once, in order of first use.
fn names_in(body: &str) -> Result<Vec<String>, &'static str> {
    let mut names: Vec<String> = Vec::new();
    let mut pieces = body.split("{{");
    let before = pieces.next().unwrap_or_default();
    if before.contains("}}") {
        return Err("has closing braces without opening ones");
    }
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").ok_or("has opening braces without closing ones")?;
        let fine = (1..=60).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fine {
            return Err("a variable is written {{name}}, of a-z, 0-9 and '_'");
        }
        if rest.contains("}}") {
            return Err("has closing braces without opening ones");
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn same_names(variables: &[String], named: &[String]) -> Result<(), Problem> {
    for (index, variable) in variables.iter().enumerate() {
        if variables[..index].contains(variable) {
            return Err(Problem::invalid(format!("variables[{index}]"), "is listed twice"));
        }
        if !named.contains(variable) {
            return Err(Problem::invalid(format!("variables[{index}]"), "is not in the body"));
        }
    }
    match named.iter().find(|name| !variables.contains(name)) {
        Some(name) => Err(Problem::invalid("variables", format!("the body's {name:?} is missing"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::parse;

    fn read(body: &Value) -> Result<Template, Problem> {
        let body = parse::<TemplateBody>(body.to_string().as_bytes())?;
        body.template("room_ready".into(), "en_US".into())
    }

    fn body() -> Value {
        json!({ "body": "Hello {{guest}}, room {{room}} is ready, {{guest}}." })
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
        assert_eq!(template.time_to_live_seconds, DEFAULT_TIME_TO_LIVE_SECONDS);
        assert_eq!(read(&serde_json::to_value(&template).unwrap()).unwrap(), template);
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
        refused("category", json!("utility"), "category");
    }
}
