//! The template library: shown, and installed into the account by one call.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::templates::drafting,
    domain::{
        JobId,
        template::{
            Stage, Template,
            library::{Entry, entries, library, sms_invitation},
        },
    },
};

use crate::{
    Shared,
    answer::Accepted,
    auth::{Account, Caller},
    paging::Whole,
    problem::Problem,
    request::JsonBody,
};

pub async fn show(Account(_): Account) -> Json<Whole<Entry>> {
    Json(Whole { data: entries() })
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallBody {
    /// Which templates; left out: all.
    names: Option<Vec<String>>,
    /// In which languages; left out: in those of the account, or all where it names none.
    languages: Option<Vec<String>>,
    /// And ask for their approval.
    #[serde(default = "yes")]
    submit: bool,
}

fn yes() -> bool {
    true
}

/// What was installed.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[schemars(rename = "InstallationView")]
pub struct Installation {
    installed: Vec<Named>,
    /// The account has them already; they stay as they are.
    kept: Vec<Named>,
    /// The work of handing them in; `null` if that was not asked for, or somebody has to agree first.
    job: Option<JobId>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateNamed")]
struct Named {
    name: String,
    language: String,
}

pub async fn install(
    Caller { account, by, .. }: Caller,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<InstallBody>,
) -> Result<Accepted<Installation>, Problem> {
    let parts = &api.parts;
    let all = library();
    for (index, name) in value.names.iter().flatten().enumerate() {
        if *name == sms_invitation().name {
            let words =
                "is what the ladder's sms_invite says by default; it is no template, and there is nothing to install";
            return Err(Problem::invalid(format!("names[{index}]"), words));
        }
        if all.iter().all(|it| it.name != *name) {
            return Err(Problem::invalid(
                format!("names[{index}]"),
                "is not in the library; GET /v1/template-library lists it",
            ));
        }
    }
    let rules = parts.store.template_rules(&account).await?;
    let languages = value.languages.unwrap_or(rules.languages);
    let there = |code: &str| all.iter().any(|it| it.languages.contains_key(code));
    for (index, code) in languages.iter().enumerate() {
        if !there(code) && !there(base(code)) {
            return Err(Problem::invalid(
                format!("languages[{index}]"),
                "is a language that the library does not have",
            ));
        }
    }
    let known = parts.store.templates(&account, None).await?;
    let mut done = Installation::default();
    let mut new = Vec::new();
    for it in all.into_iter().filter(|it| value.names.as_ref().is_none_or(|names| names.contains(&it.name))) {
        for (language, definition) in it.languages {
            let wanted = |code: &String| *code == language || base(code) == language;
            if !languages.is_empty() && !languages.iter().any(wanted) {
                continue;
            }
            let named = Named { name: it.name.clone(), language: language.clone() };
            if known.iter().any(|known| known.name == it.name && known.language == language) {
                done.kept.push(named);
                continue;
            }
            done.installed.push(named);
            new.push(Template::drafted(it.name.clone(), language, definition));
        }
    }
    let stage = match (value.submit, rules.must_be_agreed) {
        (false, _) => Stage::Draft,
        (true, true) => Stage::Proposed { by: by.to_string() },
        (true, false) => Stage::Submitting,
    };
    drafting::install(parts, &account, new, &stage).await?;
    if stage == Stage::Submitting && !done.installed.is_empty() {
        done.job = Some(drafting::hand_in(parts, &account).await?.id);
    }
    Ok(Accepted { at: None, value: done })
}

fn base(language: &str) -> &str {
    language.split('_').next().unwrap_or_default()
}
