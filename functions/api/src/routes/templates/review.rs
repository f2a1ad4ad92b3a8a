//! A template's way to its providers: asked for, agreed to, handed in.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::templates::{NotDone, drafting, find, ladders::Known},
    domain::{
        AccountId, JobId,
        template::{Finding, Severity, Template},
    },
};

use super::{TemplateView, in_path, named, not_undone, preview, replaced};
use crate::{
    Api, Shared,
    answer::Accepted,
    auth::{Account, Caller},
    problem::{FieldError, Kind, Problem},
    request::{JsonBody, PathName, PathNames},
};

/// What became of a wish for approval.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "SubmittedView")]
pub struct Asked {
    templates: Vec<TemplateView>,
    /// The work of handing it in; `null` as long as somebody has to agree first.
    job: Option<JobId>,
}

/// Asks for the approval of one language.
pub async fn submit(
    Caller { account, by, .. }: Caller,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Accepted<Asked>, Problem> {
    let (name, language) = in_path(name, language)?;
    let template = find(&api.parts, &account, &name, &language).await?.ok_or(NotDone::NoSuchTemplate)?;
    let findings = fit_to_submit(&api, &account, &template).await?;
    let (template, job) = drafting::submit(&api.parts, &account, (&name, &language), &by.to_string()).await?;
    let templates = vec![TemplateView::new(&template).with_findings(findings)];
    Ok(Accepted { at: None, value: Asked { templates, job: job.map(|job| job.id) } })
}

/// Asks for the approval of all languages that are not approved or under review yet. All of them, or none if one is wrong.
pub async fn submit_all(
    Caller { account, by, .. }: Caller,
    PathName(name): PathName,
    State(api): State<Shared>,
) -> Result<Accepted<Asked>, Problem> {
    let mut wanted = Vec::new();
    for template in named(&api, &account, &name).await? {
        let findings = fit_to_submit(&api, &account, &template).await?;
        wanted.push((template.language, findings));
    }
    let (mut templates, mut last, mut refusal) = (Vec::new(), None, None);
    for (language, findings) in wanted {
        match drafting::submit(&api.parts, &account, (&name, &language), &by.to_string()).await {
            Ok((template, job)) => {
                templates.push(TemplateView::new(&template).with_findings(findings));
                last = job.map(|job| job.id).or(last);
            }
            // It is approved, or under review: nothing that this was to change.
            Err(NotDone::Conflict(why)) => refusal = Some(why),
            Err(error) => return Err(error.into()),
        }
    }
    match refusal {
        Some(why) if templates.is_empty() => Err(Problem::conflict(why)),
        Some(_) | None => Ok(Accepted { at: None, value: Asked { templates, job: last } }),
    }
}

/// What stands against handing it in is an error that names each field; what is only doubtful is shown.
pub(super) async fn fit_to_submit(
    api: &Api,
    account: &AccountId,
    template: &Template,
) -> Result<Vec<Finding>, Problem> {
    let drafted = template.as_drafted();
    let findings = preview::findings(api, account, &drafted).await?;
    let wrong = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<FieldError> =
        wrong.map(|finding| FieldError { field: finding.field.clone(), message: finding.message.clone() }).collect();
    if !errors.is_empty() {
        let detail = format!(
            "{} in {} would not be approved: {} of its fields are to be changed first.",
            template.name,
            template.language,
            errors.len()
        );
        return Err(Problem { errors, ..Problem::new(Kind::Invalid, detail) });
    }
    // A ladder that sends it must not break by what it will say.
    if let Some(ladder) = api.parts.store.ladder(account).await? {
        let known = Known::of(&api.parts, account).await?;
        not_undone(known.undone(&ladder, |before| replaced(before, &drafted)))?;
    }
    Ok(findings)
}

/// Agrees to what somebody else asked for.
pub async fn agree(
    Caller { account, by, .. }: Caller,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Accepted<Asked>, Problem> {
    let (name, language) = in_path(name, language)?;
    let template = find(&api.parts, &account, &name, &language).await?.ok_or(NotDone::NoSuchTemplate)?;
    fit_to_submit(&api, &account, &template).await?;
    let (template, job) = drafting::agree(&api.parts, &account, (&name, &language), &by.to_string()).await?;
    Ok(Accepted { at: None, value: Asked { templates: vec![TemplateView::new(&template)], job: Some(job.id) } })
}

pub async fn decline(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Json<TemplateView>, Problem> {
    let (name, language) = in_path(name, language)?;
    let template = drafting::decline(&api.parts, &account, (&name, &language)).await?;
    Ok(Json(TemplateView::new(&template)))
}

/// New names for variables that a provider only numbers.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "VariableNamesBody")]
#[serde(deny_unknown_fields)]
pub struct NamesBody {
    names: BTreeMap<String, String>,
}

pub async fn rename(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NamesBody>,
) -> Result<Json<TemplateView>, Problem> {
    let (name, language) = in_path(name, language)?;
    for (old, new) in &value.names {
        let fine = (1..=60).contains(&new.len())
            && new.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fine {
            return Err(Problem::invalid(format!("names.{old}"), "must have 1 to 60 of a-z, 0-9 and '_'"));
        }
    }
    let template = drafting::rename_variables(&api.parts, &account, (&name, &language), &value.names).await?;
    Ok(Json(TemplateView::new(&template)))
}
