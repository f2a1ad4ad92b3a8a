//! What the law asks: hand a person's data out, forget a person, keep what must be kept and nothing longer.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        Parts,
        jobs::{self, begin},
        people,
    },
    domain::{
        AccountId, ContactId, JobId, Timestamp,
        job::{Job, JobKind, JobState},
        retention::{Hold, LONGEST_DAYS, Retention, SHORTEST_DAYS},
    },
    ports::jobs::JobRing,
};

use super::jobs::{JobView, accepted};
use crate::{
    Shared,
    answer::{Accepted, NoContent, Pem},
    auth::Account,
    check,
    paging::Whole,
    problem::Problem,
    request::{JsonBody, PathId},
};

/// The contact, by its own id or of one that became part of it.
async fn known(parts: &Parts, account: &AccountId, id: ContactId) -> Result<people::Known, Problem> {
    let keys = parts.keys(account).await?;
    let known = people::look_up(parts, account, &keys, id).await?;
    known.ok_or_else(|| Problem::not_found("There is no such contact."))
}

/// Begins to hand out everything that is held of a person.
pub async fn export(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Accepted<JobView>, Problem> {
    let parts = &api.parts;
    let known = known(parts, &account, id).await?;
    if known.contact.erased {
        return Err(Problem::conflict("The person was erased; nothing is held of them that could be handed out."));
    }
    // Of a person who is part of another, that one's data are theirs, too.
    let contact = known.contact.survivor.unwrap_or(id);
    let job = Job::new(JobId::from_bits(parts.bits()), account, JobKind::Export { contact }, parts.now());
    Ok(accepted(&begin(parts, job).await?))
}

/// Begins to forget a person. Asking again answers how far that is, and what was done.
pub async fn erase(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<Accepted<JobView>, Problem> {
    let parts = &api.parts;
    known(parts, &account, id).await?;
    if let Some(why) = jobs::erase::held(parts, &account, id).await? {
        return Err(Problem::conflict(why));
    }
    let now = parts.now();
    let job = begin(parts, Job::erasure(&account, id, now)).await?;
    match job.state {
        JobState::Failed { .. } => {
            let ring = JobRing::V1 { account, job: job.id };
            jobs::resume(parts, &ring).await?.map_err(Problem::conflict)?;
        }
        // Its ring may have been lost.
        JobState::Running if job.asked_at < now => {
            jobs::ring_anew(parts, &account, job.id).await?;
        }
        JobState::Running | JobState::Done => {}
    }
    Ok(accepted(&job))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "each is a field of the API and says its unit")]
pub struct RetentionBody {
    archive_after_days: Option<u32>,
    #[serde(default)]
    messages_days: Option<u32>,
    #[serde(default)]
    media_days: Option<u32>,
    #[serde(default)]
    receipts_days: Option<u32>,
    #[serde(default)]
    audit_days: Option<u32>,
}

impl RetentionBody {
    fn checked(self) -> Result<Retention, Problem> {
        let it = Retention {
            archive_after_days: self.archive_after_days.unwrap_or(Retention::default().archive_after_days),
            messages_days: self.messages_days,
            media_days: self.media_days,
            receipts_days: self.receipts_days,
            audit_days: self.audit_days,
        };
        let named = [
            ("archive_after_days", Some(it.archive_after_days)),
            ("messages_days", it.messages_days),
            ("media_days", it.media_days),
            ("receipts_days", it.receipts_days),
            ("audit_days", it.audit_days),
        ];
        for (field, days) in named {
            if days.is_some_and(|days| !(SHORTEST_DAYS..=LONGEST_DAYS).contains(&days)) {
                let words = format!("must be a number of days from {SHORTEST_DAYS} to {LONGEST_DAYS}, or left out");
                return Err(Problem::invalid(field, words));
            }
        }
        Ok(it)
    }
}

pub async fn retention(Account(account): Account, State(api): State<Shared>) -> Result<Json<Retention>, Problem> {
    Ok(Json(api.parts.store.retention(&account).await?.unwrap_or_default()))
}

pub async fn put_retention(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<RetentionBody>,
) -> Result<Json<Retention>, Problem> {
    let it = value.checked()?;
    api.parts.store.put_retention(&account, &it).await?;
    jobs::arm(&api.parts, &account).await?;
    Ok(Json(it))
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct HoldView {
    /// `null`: of the whole account.
    contact: Option<ContactId>,
    why: String,
    since: Timestamp,
}

impl From<Hold> for HoldView {
    fn from(hold: Hold) -> Self {
        Self { contact: hold.contact, why: hold.why, since: hold.since }
    }
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// For people: a file number, not a name.
    why: String,
}

pub async fn holds(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<HoldView>>, Problem> {
    let holds = api.parts.store.holds(&account).await?;
    Ok(Json(Whole { data: holds.into_iter().map(HoldView::from).collect() }))
}

pub async fn hold_account(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<HoldBody>,
) -> Result<Json<HoldView>, Problem> {
    put_hold(&api.parts, &account, None, &value).await
}

pub async fn hold_contact(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<HoldBody>,
) -> Result<Json<HoldView>, Problem> {
    let known = known(&api.parts, &account, id).await?;
    if known.contact.erased {
        return Err(Problem::conflict("The person was erased; there is nothing left to hold."));
    }
    put_hold(&api.parts, &account, Some(id), &value).await
}

async fn put_hold(
    parts: &Parts,
    account: &AccountId,
    contact: Option<ContactId>,
    body: &HoldBody,
) -> Result<Json<HoldView>, Problem> {
    let why = check::words("why", &body.why, 200)?;
    // One that stands keeps its time.
    let known = parts.store.holds(account).await?.into_iter().find(|hold| hold.contact == contact);
    let hold = Hold { contact, why, since: known.map_or_else(|| parts.now(), |known| known.since) };
    parts.store.put_hold(account, &hold).await?;
    Ok(Json(hold.into()))
}

pub async fn lift_account(Account(account): Account, State(api): State<Shared>) -> Result<NoContent, Problem> {
    api.parts.store.lift_hold(&account, None).await?;
    Ok(NoContent)
}

pub async fn lift_contact(
    Account(account): Account,
    PathId(id): PathId<ContactId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    api.parts.store.lift_hold(&account, Some(id)).await?;
    Ok(NoContent)
}

/// The public key of the account's reports, as OpenSSL reads it.
pub async fn report_key(Account(account): Account, State(api): State<Shared>) -> Result<Pem, Problem> {
    let keys = api.parts.keys(&account).await?;
    Ok(Pem(keys.report_key_pem()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::parse;

    #[test]
    fn a_wrong_number_of_days_is_named() {
        let read = |body: &str| parse::<RetentionBody>(body.as_bytes()).and_then(RetentionBody::checked);
        assert_eq!(read("{}").unwrap(), Retention::default());
        assert_eq!(read(r#"{"messages_days": 730}"#).unwrap().messages_days, Some(730));
        for (body, field) in [
            (r#"{"messages_days": 7}"#, "messages_days"),
            (r#"{"archive_after_days": 29}"#, "archive_after_days"),
            (r#"{"audit_days": 4001}"#, "audit_days"),
            (r#"{"receipts_days": "x"}"#, "receipts_days"),
            (r#"{"media_days": -1}"#, "media_days"),
            (r#"{"days": 30}"#, "days"),
        ] {
            assert_eq!(read(body).unwrap_err().errors[0].field, field, "{body}");
        }
    }
}
