//! What a template will look like, and what is wrong with it.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        filling,
        templates::{NotDone, find},
    },
    domain::{
        AccountId, ContactId,
        content::TemplateContent,
        template::{Circumstances, Definition, Finding, Preview, Template, lint},
    },
};

use super::{
    body::{TemplateBody, Wanted},
    in_path,
};
use crate::{
    Api, Shared,
    auth::Account,
    check,
    problem::Problem,
    request::{JsonBody, PathNames},
};

/// What is wrong with a template as it is, or would be.
pub(super) async fn findings(api: &Api, account: &AccountId, template: &Template) -> Result<Vec<Finding>, Problem> {
    let store = &api.parts.store;
    let ladder = store.ladder(account).await?.unwrap_or_default();
    let all = store.templates(account, None).await?;
    let others: Vec<(&str, &Definition)> = all
        .iter()
        .filter(|it| it.language == template.language && it.name != template.name)
        .map(|it| (it.name.as_str(), &it.definition))
        .collect();
    let next = ladder.next_step_after(&template.name).and_then(|next| u32::try_from(next.as_secs()).ok());
    let circumstances = Circumstances { next_step_after_seconds: next, others: &others };
    Ok(lint(&template.name, &template.language, &template.definition, &circumstances))
}

/// What is wrong with a template that is not stored.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LintedView")]
pub struct Linted {
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintBody {
    name: String,
    language: String,
    template: TemplateBody,
}

pub async fn check_only(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<LintBody>,
) -> Result<Json<Linted>, Problem> {
    let LintBody { name, language, template } = value;
    let definition = match template.read(&name, &language).map_err(|problem| problem.within("template"))? {
        Wanted::Draft(definition) => definition,
        Wanted::Approved(template) => template.definition,
    };
    let template = Template::drafted(name, language, definition);
    Ok(Json(Linted { findings: findings(&api, &account, &template).await? }))
}

#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// Whose name and context fill what has no value.
    contact: Option<ContactId>,
    /// Variables without a value show their sample.
    #[serde(default)]
    samples: bool,
    /// The draft, and not what goes out now.
    #[serde(default)]
    draft: bool,
}

/// A preview, and whether it could go out with these values.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "PreviewView")]
pub struct Previewed {
    #[serde(flatten)]
    preview: Preview,
    /// What fills it, wherever that came from.
    values: BTreeMap<String, String>,
    /// Why it could not go out like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub async fn preview(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<PreviewBody>,
) -> Result<Json<Previewed>, Problem> {
    let (name, language) = in_path(name, language)?;
    for (name, text) in &value.values {
        check::words(&format!("values.{name}"), text, 1024)?;
    }
    let template = find(&api.parts, &account, &name, &language).await?.ok_or(NotDone::NoSuchTemplate)?;
    let template = if value.draft { template.as_drafted() } else { template };
    let mut values = value.values;
    if let Some(contact) = value.contact {
        let known = filling::of_contact(&api.parts, &account, contact).await?;
        let known = known.ok_or_else(|| Problem::invalid("contact", "there is no such contact"))?;
        values = template.fill_from(&values, &known);
    }
    if value.samples {
        values = template.fill_from(&values, &template.definition.samples);
    }
    let content = TemplateContent { name, language, values };
    let problem = template.check(&content).err().map(|error| error.to_string());
    Ok(Json(Previewed { preview: template.definition.preview(&content.values), values: content.values, problem }))
}
