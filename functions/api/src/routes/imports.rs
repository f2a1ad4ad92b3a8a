//! Files of contacts or of suppressed addresses: uploaded in parts, looked at, taken in; and all contacts as a file.

use std::str::FromStr;

use axum::{body::to_bytes, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        archive::outputs::Outputs,
        jobs::{begin, import},
    },
    domain::{
        AccountId, JobId,
        ids::BadId,
        job::{BadRows, ImportOf, ImportOrder, Job, JobKind},
    },
};

use super::jobs::{JobView, accepted};
use crate::{
    Api, Shared,
    answer::{Accepted, Created, NoContent},
    auth::{Account, Caller},
    problem::{Kind, Problem},
    request::{JsonBody, PathId, PathPair, RawBody},
};

/// A part has at most so many bytes, so that it fits a call (Lambda, "quotas": a request of 6 MB).
const MOST_PART_BYTES: usize = 4 * 1024 * 1024;
const MOST_PARTS: u32 = 50;

/// A file that can be uploaded now.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct UploadView {
    id: JobId,
    /// Where its parts go to, numbered from 1 on.
    parts: String,
    /// What begins the work once all are there.
    start: String,
    most_part_bytes: usize,
    most_parts: u32,
}

/// Opens an upload.
pub async fn create(Account(account): Account, State(api): State<Shared>) -> Result<Created<UploadView>, Problem> {
    let parts = &api.parts;
    let keys = parts.keys(&account).await?;
    let id = import::new_id(parts);
    import::make_key(parts, &account, id, &keys).await?;
    let view = UploadView {
        id,
        parts: format!("/v1/imports/{id}/parts/{{number}}"),
        start: format!("/v1/imports/{id}/start"),
        most_part_bytes: MOST_PART_BYTES,
        most_parts: MOST_PARTS,
    };
    Ok(Created { at: format!("/v1/imports/{id}"), value: view })
}

/// Which part of a file.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct PartNumber(#[schemars(range(min = 1, max = 50))] u32);

impl FromStr for PartNumber {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let number = text.parse().ok().filter(|number| (1..=MOST_PARTS).contains(number));
        number.map(Self).ok_or(BadId { expected: "the number of a part: 1 to 50" })
    }
}

/// Stores a part of the file: the same number again replaces it.
pub async fn part(
    Account(account): Account,
    PathPair(id, PartNumber(number)): PathPair<JobId, PartNumber>,
    State(api): State<Shared>,
    RawBody(body): RawBody,
) -> Result<NoContent, Problem> {
    let outputs_key = open(&api, &account, id).await?;
    let too_large = || Problem::new(Kind::TooLarge, format!("A part may have {MOST_PART_BYTES} bytes; cut the file."));
    let bytes = to_bytes(body, MOST_PART_BYTES).await.map_err(|_| too_large())?;
    let text = String::from_utf8(bytes.into()).map_err(|_| {
        Problem::new(
            Kind::Malformed,
            "The part is not UTF-8; save the file as \"CSV UTF-8\", and cut it between lines.",
        )
    })?;
    let outputs = Outputs { parts: &api.parts, account: &account, job: id, key: &outputs_key };
    outputs.put(&import::part_name(number), &text).await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// What the file is of; left out: contacts.
    #[serde(default)]
    of: ImportOf,
    /// How many were uploaded.
    parts: u32,
    #[serde(default)]
    bad_rows: BadRows,
    #[serde(default)]
    check_only: bool,
}

/// Begins to look at the file, and to take it in. Asking again answers how far that is.
pub async fn start(
    caller: Caller,
    PathId(id): PathId<JobId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<StartBody>,
) -> Result<Accepted<JobView>, Problem> {
    let parts = &api.parts;
    let account = caller.account;
    if let Some(job) = parts.store.job(&account, id).await? {
        return Ok(accepted(&job));
    }
    if !(1..=MOST_PARTS).contains(&value.parts) {
        return Err(Problem::invalid("parts", format!("must be from 1 to {MOST_PARTS}")));
    }
    let key = open(&api, &account, id).await?;
    let outputs = Outputs { parts, account: &account, job: id, key: &key };
    for number in 1..=value.parts {
        if outputs.get(&import::part_name(number)).await?.is_none() {
            return Err(Problem::invalid("parts", format!("part {number} was not uploaded")));
        }
    }
    let StartBody { of, parts: count, bad_rows, check_only } = value;
    let by = caller.by.to_string();
    let kind = JobKind::Import(ImportOrder { of, parts: count, bad_rows, check_only, by });
    Ok(accepted(&begin(parts, Job::new(id, account, kind, parts.now())).await?))
}

/// Begins to write all contacts into files.
pub async fn export(Account(account): Account, State(api): State<Shared>) -> Result<Accepted<JobView>, Problem> {
    let parts = &api.parts;
    let job = Job::new(JobId::from_bits(parts.bits()), account, JobKind::Contacts, parts.now());
    Ok(accepted(&begin(parts, job).await?))
}

async fn open(api: &Api, account: &AccountId, id: JobId) -> Result<transom::seal::SubjectKey, Problem> {
    if api.parts.store.job(account, id).await?.is_some() {
        return Err(Problem::conflict("The import has begun; open another one for another file."));
    }
    let keys = api.parts.keys(account).await?;
    import::key_of(&api.parts, account, id, &keys).await?.ok_or_else(no_upload)
}

fn no_upload() -> Problem {
    Problem::not_found("There is no such upload; open one by POST /v1/imports.")
}
