//! Parked records: what could not be handled and waits for a person.

use std::str::FromStr;

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use transom::{
    app::{parking, receive::Retry},
    domain::{Timestamp, ids::BadId},
    ports::store::{Parked, ParkedKind},
};

use crate::{
    Shared,
    auth::Account,
    paging::{List, Page, PageQuery, Paging, bad_cursor, cursor},
    problem::Problem,
    request::{Parameters, PathId},
};

/// How far back the list goes.
const DAYS: u32 = 30;

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ParkedView {
    id: String,
    at: Timestamp,
    /// For people.
    why: String,
    what: ParkedKind,
    /// What could not be handled, as it came; `null` if it cannot be opened.
    element: Option<Value>,
}

impl ParkedView {
    fn new(parked: Parked, element: Option<Value>) -> Self {
        Self { id: parked.id, at: parked.at, why: parked.why, what: parked.what, element }
    }
}

/// What was parked within the last 30 days, newest first.
pub async fn list(
    Account(account): Account,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<ParkedView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Parked)?;
    parameters.finish()?;
    let parts = &api.parts;
    let keys = parts.keys(&account).await?;
    if let Some(place) = &after {
        place.parse::<ParkedId>().map_err(|_| bad_cursor())?;
    }
    let mut records = parts.store.parked_list(&account, parts.now(), DAYS, after.as_deref(), limit + 1).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next_cursor = records.last().filter(|_| more).map(|last| cursor(List::Parked, &last.id));
    let mut data = Vec::with_capacity(records.len());
    for record in records {
        let element = parking::element_of(parts, &keys, &record).await?;
        data.push(ParkedView::new(record, element));
    }
    Ok(Json(Page { data, next_cursor }))
}

/// Names a record: `{day}.{time}.{hash}`.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct ParkedId(#[schemars(regex(pattern = r"^[0-9-]+\.[0-9-]+\.[0-9A-Za-z]+$"))] String);

impl FromStr for ParkedId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let numbers = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let hash = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        match text.split('.').collect::<Vec<_>>().as_slice() {
            [day, time, tail] if numbers(day) && numbers(time) && hash(tail) => Ok(Self(text.to_owned())),
            _ => Err(BadId { expected: "the id of a parked record (day, time and hash)" }),
        }
    }
}

/// What a new try came to.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct RetriedView {
    id: String,
    #[schemars(extend("enum" = ["done"]))]
    state: &'static str,
}

/// Tries a record again, by today's settings. What is handled is parked no more.
pub async fn retry(
    Account(account): Account,
    PathId(ParkedId(id)): PathId<ParkedId>,
    State(api): State<Shared>,
) -> Result<Json<RetriedView>, Problem> {
    match Box::pin(parking::retry(&api.parts, &account, &id)).await? {
        Retry::Done => Ok(Json(RetriedView { id, state: "done" })),
        Retry::StillParked(why) => Err(Problem::conflict(format!("It still cannot be handled: {why}."))),
        Retry::NotFound => Err(Problem::not_found("There is no such parked record.")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transom::seal::Sealed;

    use super::*;

    #[test]
    fn a_record_shows_what_came_and_why_it_waits() {
        let parked = Parked {
            id: "2026-03-01.1772366400000.a1".into(),
            account: "demo".parse().unwrap(),
            at: "2026-03-01T12:00:00Z".parse().unwrap(),
            why: "messages[0].from: missing".into(),
            what: ParkedKind::Webhook { endpoint: "meta".parse().unwrap() },
            sealed: Sealed::from_bytes(Vec::new()),
        };
        let view = serde_json::to_value(ParkedView::new(parked.clone(), Some(json!({ "a": 1 })))).unwrap();
        let expected = json!({
            "id": "2026-03-01.1772366400000.a1",
            "at": "2026-03-01T12:00:00Z",
            "why": "messages[0].from: missing",
            "what": { "kind": "webhook", "endpoint": "meta" },
            "element": { "a": 1 },
        });
        assert_eq!(view, expected);
        assert_eq!(serde_json::to_value(ParkedView::new(parked, None)).unwrap()["element"], Value::Null);
    }

    #[test]
    fn an_id_has_a_day_a_time_and_a_hash() {
        assert!("2026-03-01.1772366400000.0a1b".parse::<ParkedId>().is_ok());
        for bad in ["", "a", "1.2", "1.2.", "x.2.a", "1.2.a.b", "1.2.a#b"] {
            assert!(bad.parse::<ParkedId>().is_err(), "{bad}");
        }
    }
}
