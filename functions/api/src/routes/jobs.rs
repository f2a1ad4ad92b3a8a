//! Long work: where it stands, and the files that it hands out.

use std::str::FromStr;

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use transom::{
    app::{
        archive::outputs::{self, Outputs},
        jobs as long_work, outlook,
    },
    domain::{
        AccountId, ContactId, JobId, Timestamp,
        ids::BadId,
        job::{Job, JobKind, JobState},
    },
    seal::SubjectKey,
};

use crate::{
    Api, Shared,
    answer::{Accepted, Download},
    auth::Account,
    paging::{List, Page, PageQuery, Paging, bad_cursor, cursor},
    problem::Problem,
    request::{Parameters, PathId, PathPair},
};

/// A piece of long work as it is shown.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct JobView {
    id: JobId,
    #[schemars(extend("enum" = ["erase", "export", "report", "rehearse", "replay", "import", "contacts", "upkeep", "templates"]))]
    kind: &'static str,
    #[schemars(extend("enum" = ["running", "done", "failed"]))]
    state: &'static str,
    /// Why it failed.
    why: Option<String>,
    contact: Option<ContactId>,
    asked_at: Timestamp,
    changed_at: Timestamp,
    /// What was done so far.
    progress: Value,
    /// What can be fetched once it is done, at `/v1/jobs/{id}/files/{name}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<String>>,
}

impl JobView {
    pub fn new(job: &Job) -> Self {
        let (state, why) = match &job.state {
            JobState::Running => ("running", None),
            JobState::Done => ("done", None),
            JobState::Failed { why } => ("failed", Some(why.clone())),
        };
        Self {
            id: job.id,
            kind: job.kind.word(),
            state,
            why,
            contact: job.kind.contact(),
            asked_at: job.asked_at,
            changed_at: job.changed_at,
            progress: shown(&job.progress),
            files: None,
        }
    }
}

/// What people want to know of where a job stands: counts and times, not the places at which it goes on.
fn shown(progress: &Value) -> Value {
    const PLACES: [&str; 16] = [
        "part",
        "sums",
        "stage",
        "hashes",
        "parked_before",
        "hour",
        "told_of_hour",
        "conversations",
        "at",
        "before",
        "after",
        "tray",
        "rolled_up",
        "header",
        "fields",
        "line",
    ];
    match progress {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(name, _)| !PLACES.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The answer to whoever asked for long work.
pub fn accepted(job: &Job) -> Accepted<JobView> {
    Accepted { at: Some(format!("/v1/jobs/{}", job.id)), value: JobView::new(job) }
}

async fn known(api: &Api, account: &AccountId, id: JobId) -> Result<Job, Problem> {
    let job = api.parts.store.job(account, id).await?;
    job.ok_or_else(|| Problem::not_found("There is no such job; finished ones are kept for a month."))
}

pub async fn list(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<JobView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Jobs)?;
    parameters.finish()?;
    let after = after.map(|place| place.parse().map_err(|_| bad_cursor())).transpose()?;
    let jobs = api.parts.store.jobs(&account, after, limit).await?;
    let next_cursor = jobs.last().filter(|_| jobs.len() == limit).map(|job| cursor(List::Jobs, &job.id.to_string()));
    Ok(Json(Page { data: jobs.iter().map(JobView::new).collect(), next_cursor }))
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<JobId>,
    State(api): State<Shared>,
) -> Result<Json<JobView>, Problem> {
    let job = known(&api, &account, id).await?;
    let mut view = JobView::new(&job);
    if job.state == JobState::Done && hands_out(&job.kind) {
        view.files = Some(outputs::files(&api.parts, &account, id).await?);
    }
    Ok(Json(view))
}

fn hands_out(kind: &JobKind) -> bool {
    match kind {
        JobKind::Export { .. } | JobKind::Report(_) | JobKind::Import(_) | JobKind::Contacts => true,
        JobKind::Erase { .. }
        | JobKind::Rehearse(_)
        | JobKind::Replay { .. }
        | JobKind::Upkeep { .. }
        | JobKind::Templates { .. } => false,
    }
}

/// The name of a file that a job hands out.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct FileName(#[schemars(regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$"))] String);

impl FromStr for FileName {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let fine = (1..=100).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !text.starts_with('.');
        if fine { Ok(Self(text.to_owned())) } else { Err(BadId { expected: "the name of a file" }) }
    }
}

/// One file that a job hands out.
pub async fn file(
    Account(account): Account,
    PathPair(id, FileName(name)): PathPair<JobId, FileName>,
    State(api): State<Shared>,
) -> Result<Download, Problem> {
    let missing = || Problem::not_found("There is no such file. What was exported is kept for a week.");
    let job = known(&api, &account, id).await?;
    if job.state != JobState::Done {
        return Err(Problem::conflict("The job is not done; its files can be fetched once it is."));
    }
    let gone =
        || Problem::conflict("It cannot be opened any more: it held data of somebody who was erased. Ask for it anew.");
    let key = key_of(&api, &job).await?.ok_or_else(gone)?;
    let outputs = Outputs { parts: &api.parts, account: &account, job: id, key: &key };
    let names = outputs::files(&api.parts, &account, id).await?;
    if !names.contains(&name) {
        return Err(missing());
    }
    let text = outputs.get(&name).await?.ok_or_else(gone)?;
    Ok(Download { name, text })
}

async fn key_of(api: &Api, job: &Job) -> Result<Option<SubjectKey>, Problem> {
    let keys = api.parts.keys(&job.account).await?;
    Ok(match &job.kind {
        JobKind::Export { contact } => {
            let people = outlook::people_of(&api.parts, &job.account, &keys, *contact).await?;
            people.into_iter().next().and_then(|known| known.key)
        }
        JobKind::Report(order) => long_work::report::key_of(&api.parts, job, order, &keys).await?,
        JobKind::Import(_) | JobKind::Contacts => {
            long_work::import::key_of(&api.parts, &job.account, job.id, &keys).await?
        }
        JobKind::Erase { .. }
        | JobKind::Rehearse(_)
        | JobKind::Replay { .. }
        | JobKind::Upkeep { .. }
        | JobKind::Templates { .. } => None,
    })
}
