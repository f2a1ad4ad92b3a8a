//! The audit log: who did what, when and to what.

use axum::{Json, extract::State};
use serde::Serialize;
use transom::{
    domain::{
        Timestamp,
        access::{
            Actor,
            audit::{AuditLine, Narrowed},
        },
        job::Day,
    },
    ports::store::AuditEntry,
};

use super::asked;
use crate::{
    Shared,
    auth::Account,
    describe::{CURSOR, FROM, LIMIT, Parameter, Query, UNTIL, text},
    paging::{List, Page, Paging, bad_cursor, cursor},
    problem::{Kind, Problem},
    request::Parameters,
};

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct AuditView {
    at: Timestamp,
    /// `stf_…`, `tok_…` or `operator`.
    by: Actor,
    /// The operation's name, such as `contacts.change`.
    action: String,
    subject: Option<String>,
    /// Which fields the request named.
    fields: Vec<String>,
    /// The HTTP status that it was answered with; `null`: whether it was done is not known.
    status: Option<u16>,
}

impl From<AuditLine> for AuditView {
    fn from(line: AuditLine) -> Self {
        let AuditLine { at, by, action, subject, fields, status } = line;
        Self { at, by, action, subject, fields, status }
    }
}

/// How many lines a call looks at, however few of them are asked for.
const LOOKS_AT: usize = 1000;

/// The query of the audit log.
#[derive(Debug)]
pub struct AuditQuery;

impl Query for AuditQuery {
    const PARAMETERS: &'static [Parameter] = &[
        FROM,
        UNTIL,
        text("by", "Only what this one did: `stf_…`, `tok_…` or `operator`.", 100),
        text("subject", "Only what was done to this.", 200),
        text("action", "Only this operation, or those of this resource.", 100),
        LIMIT,
        CURSOR,
    ];
}

/// Lines of some days, the newest first. A page may hold less than `limit` and still have a next one.
pub async fn list(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<AuditQuery>,
) -> Result<Json<Page<AuditView>>, Problem> {
    let store = &api.parts.store;
    let (from, until) = asked::days(&mut parameters, Day::of(api.parts.now()))?;
    let narrowed = narrowed(&mut parameters)?;
    let Paging { limit, after } = Paging::read(&mut parameters, List::Audit)?;
    parameters.finish()?;

    let mut day = match &after {
        None => until,
        Some(place) => day_of(place).filter(|day| (from..=until).contains(day)).ok_or_else(bad_cursor)?,
    };
    let mut before = after;
    let (mut data, mut seen) = (Vec::new(), 0);
    let next_cursor = 'looking: loop {
        let room = LOOKS_AT.saturating_sub(seen).max(1);
        let entries = store.audit_lines(&account, day, before.as_deref(), room).await?;
        let more_of_the_day = entries.len() == room;
        seen += entries.len();
        for AuditEntry { place, line } in entries {
            if narrowed.takes(&line) {
                data.push(AuditView::from(line));
            }
            if data.len() == limit {
                break 'looking Some(cursor(List::Audit, &place));
            }
            before = Some(place);
        }
        if more_of_the_day {
            break before.as_deref().map(|place| cursor(List::Audit, place));
        }
        if day <= from {
            break None;
        }
        day = day.before(1);
        before = None;
    };
    Ok(Json(Page { data, next_cursor }))
}

fn narrowed(parameters: &mut Parameters<AuditQuery>) -> Result<Narrowed, Problem> {
    let by = parameters
        .take("by")
        .map(|text| text.parse().map_err(|error| Problem::field(Kind::Malformed, "by", format!("is {error}"))));
    Ok(Narrowed { by: by.transpose()?, subject: parameters.take("subject"), action: parameters.take("action") })
}

fn day_of(place: &str) -> Option<Day> {
    place.split('.').next()?.parse().ok()
}
