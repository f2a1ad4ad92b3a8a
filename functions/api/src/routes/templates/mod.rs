//! Templates: what the account says outside of a window, in each language, and where that stands at its providers.

pub mod analytics;
mod body;
pub mod library;
pub mod preview;
pub mod review;
pub mod rules;
mod view;

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use transom::{
    app::templates::{NotDone, drafting, find, ladders::Known},
    domain::{
        AccountId,
        ladder::{BadLadder, Ladder},
        template::{Template, fallback_order, missing_languages},
    },
    ports::store::Step,
};

use crate::{
    Api, Shared,
    auth::Account,
    check,
    paging::Whole,
    problem::Problem,
    request::{JsonBody, PathName, PathNames},
};
use body::{TemplateBody, Wanted};
pub use view::TemplateView;

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<TemplateView>>, Problem> {
    let templates = api.parts.store.templates(&account, None).await?;
    Ok(Json(Whole { data: templates.iter().map(TemplateView::new).collect() }))
}

/// A template with all its languages.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateOverview")]
pub struct Overview {
    name: String,
    languages: Vec<TemplateView>,
    /// In which order a customer whose language is not known gets them.
    fallback_order: Vec<String>,
    /// Languages of the account that none of these serves.
    missing_languages: Vec<String>,
}

pub async fn overview(
    Account(account): Account,
    PathName(name): PathName,
    State(api): State<Shared>,
) -> Result<Json<Overview>, Problem> {
    let templates = named(&api, &account, &name).await?;
    let store = &api.parts.store;
    let ladder = store.ladder(&account).await?.unwrap_or_default();
    let rules = store.template_rules(&account).await?;
    let all: Vec<&Template> = templates.iter().collect();
    Ok(Json(Overview {
        name,
        fallback_order: fallback_order(&all, None, &ladder.default_language),
        missing_languages: missing_languages(&all, &rules.languages),
        languages: templates.iter().map(TemplateView::new).collect(),
    }))
}

/// All languages of a template that exists.
async fn named(api: &Api, account: &AccountId, name: &str) -> Result<Vec<Template>, Problem> {
    let templates = api.parts.store.templates(account, Some(name)).await?;
    if templates.is_empty() { Err(Problem::not_found("There is no such template.")) } else { Ok(templates) }
}

pub async fn show(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Json<TemplateView>, Problem> {
    let (name, language) = in_path(name, language)?;
    let template = find(&api.parts, &account, &name, &language).await?;
    let template = template.ok_or(NotDone::NoSuchTemplate)?;
    Ok(Json(TemplateView::new(&template)))
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

/// Stores a draft; or, with `approved`, what is approved at the provider already.
pub async fn put(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<TemplateBody>,
) -> Result<Json<TemplateView>, Problem> {
    let (name, language) = in_path(name, language)?;
    match value.read(&name, &language)? {
        Wanted::Draft(definition) => {
            let template = drafting::draft(&api.parts, &account, (&name, &language), &definition).await?;
            let findings = preview::findings(&api, &account, &template.as_drafted()).await?;
            Ok(Json(TemplateView::new(&template).with_findings(findings)))
        }
        Wanted::Approved(template) => declare(&api, &account, *template).await,
    }
}

/// Takes somebody's word for it that a template is approved; the next look at the provider's list will tell.
async fn declare(api: &Api, account: &AccountId, template: Template) -> Result<Json<TemplateView>, Problem> {
    let store = &api.parts.store;
    let stored = store.ladder(account).await?;
    // An account without a ladder of its own has the default, which must hold as well.
    stored
        .clone()
        .unwrap_or_default()
        .outlived_by(&template)
        .map_err(|message| Problem::invalid("time_to_live_seconds", message))?;
    let known = Known::of(&api.parts, account).await?;
    let same = |known: &&Template| (&known.name, &known.language) == (&template.name, &template.language);
    let rev = known.templates.iter().find(same).map_or(0, |known| known.rev);
    let template = Template { rev, ..template.clone() };
    if let Some(ladder) = stored {
        // A ladder is checked against the templates when it is stored; a template must not undo that later.
        not_undone(known.undone(&ladder, |before| replaced(before, &template)))?;
    }
    match store.put_template(account, &template).await? {
        Step::Done => Ok(Json(TemplateView::new(&template))),
        Step::Lost => Err(Problem::conflict("Somebody else changed the template just now. Look at it once more.")),
    }
}

/// What was forgotten.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "RemovedView")]
pub struct Removed {
    removed: Vec<String>,
}

pub async fn remove(
    Account(account): Account,
    PathNames(name, language): PathNames,
    State(api): State<Shared>,
) -> Result<Json<Removed>, Problem> {
    let (name, language) = in_path(name, language)?;
    not_of_the_ladder(&api, &account, &name, Some(&language)).await?;
    forget(&api, &account, &name, &language).await?;
    Ok(Json(Removed { removed: vec![language] }))
}

/// Forgets all languages of a template.
pub async fn remove_all(
    Account(account): Account,
    PathName(name): PathName,
    State(api): State<Shared>,
) -> Result<Json<Removed>, Problem> {
    let templates = named(&api, &account, &name).await?;
    not_of_the_ladder(&api, &account, &name, None).await?;
    let mut removed = Vec::with_capacity(templates.len());
    for template in templates {
        forget(&api, &account, &name, &template.language).await?;
        removed.push(template.language);
    }
    Ok(Json(Removed { removed }))
}

async fn forget(api: &Api, account: &AccountId, name: &str, language: &str) -> Result<(), Problem> {
    let problems = drafting::forget(&api.parts, account, (name, language)).await?;
    match problems.first() {
        None => Ok(()),
        Some(problem) => Err(Problem::conflict(format!("It was not forgotten, since {problem}."))),
    }
}

/// The ladder must not be left without what it sends.
async fn not_of_the_ladder(api: &Api, account: &AccountId, name: &str, language: Option<&str>) -> Result<(), Problem> {
    // An account without a ladder of its own has the default.
    let ladder = api.parts.store.ladder(account).await?.unwrap_or_default();
    let gone = |it: &&Template| it.name == name && language.is_none_or(|language| it.language == language);
    let known = Known::of(&api.parts, account).await?;
    let left = |before: &[Template]| before.iter().filter(|it| !gone(it)).cloned().collect();
    not_undone(known.undone(&ladder, left))?;
    // Where something else is wrong with the ladder already, each step that is right stays so.
    for step in ladder.steps.iter().chain(ladder.channels.values().flatten()) {
        let alone = Ladder { steps: vec![step.clone()], channels: BTreeMap::new(), ..ladder.clone() };
        if let Some(bad) = known.undone(&alone, left) {
            let detail = format!("The ladder's step {:?} uses this template: {}.", step.name, bad.message);
            return Err(Problem::conflict(detail));
        }
    }
    Ok(())
}

fn not_undone(undone: Option<BadLadder>) -> Result<(), Problem> {
    match undone {
        Some(bad) => Err(Problem::conflict(format!("The ladder uses this template ({}): {}.", bad.field, bad.message))),
        None => Ok(()),
    }
}

/// The templates with this one in the place of what it was.
fn replaced(before: &[Template], template: &Template) -> Vec<Template> {
    let same = |it: &&Template| (&it.name, &it.language) == (&template.name, &template.language);
    before.iter().filter(|it| !same(it)).chain([template]).cloned().collect()
}

impl From<NotDone> for Problem {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::NoSuchTemplate => Self::not_found("There is no such template in this language."),
            NotDone::Conflict(why) => Self::conflict(why),
            NotDone::Trouble(trouble) => trouble.into(),
        }
    }
}
