//! Parked records: what could not be handled and waits for a person.

use axum::{
    Json,
    extract::{Path, State},
};
use lambda_http::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use transom::{
    app::receive::{self, Retry},
    domain::Timestamp,
    ports::store::{Parked, ParkedKind},
    seal::SubjectKey,
};

use crate::{
    Shared,
    auth::Caller,
    paging::{List, Page, Paging, cursor},
    problem::Problem,
    request::Parameters,
};

/// How far back the list goes.
const DAYS: u32 = 30;

#[derive(Debug, Serialize)]
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
    fn new(parked: Parked, key: &SubjectKey) -> Self {
        let element = parked.sealed.open(key).ok().map(|body| body.element);
        Self { id: parked.id, at: parked.at, why: parked.why, what: parked.what, element }
    }
}

/// What was parked within the last 30 days, newest first.
pub async fn list(
    Caller(account): Caller,
    State(api): State<Shared>,
    mut parameters: Parameters,
) -> Result<Json<Page<ParkedView>>, Problem> {
    let Paging { limit, after } = Paging::read(&mut parameters, List::Parked)?;
    parameters.finish()?;
    let parts = &api.parts;
    let keys = parts.keys(&account).await?;
    let mut records = parts.store.parked_list(&account, parts.now(), DAYS, after.as_deref(), limit + 1).await?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next_cursor = records.last().filter(|_| more).map(|last| cursor(List::Parked, &last.id));
    let data = records.into_iter().map(|record| ParkedView::new(record, keys.own())).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Tries a record again by today's settings: 204 if it could be handled, and it is gone from the list then.
pub async fn retry(
    Caller(account): Caller,
    Path(id): Path<String>,
    State(api): State<Shared>,
) -> Result<StatusCode, Problem> {
    match receive::retry(&api.parts, &account, &id).await? {
        Retry::Done => Ok(StatusCode::NO_CONTENT),
        Retry::StillParked(why) => Err(Problem::conflict(format!("it still cannot be handled: {why}"))),
        Retry::NotFound => Err(Problem::not_found("no such parked record")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transom::{ports::store::ParkedBody, seal::Sealed};

    use super::*;

    #[test]
    fn a_record_shows_what_came_and_why_it_waits() {
        let key = SubjectKey { id: [1; 8], key: [1; 32] };
        let parked = Parked {
            id: "2026-03-01.1.a".into(),
            account: "demo".parse().unwrap(),
            at: "2026-03-01T12:00:00Z".parse().unwrap(),
            why: "messages[0].from: missing".into(),
            what: ParkedKind::Webhook { endpoint: "meta".parse().unwrap() },
            sealed: Sealed::new(&ParkedBody { element: json!({ "a": 1 }) }, &key, [0; 12]),
        };
        let view = serde_json::to_value(ParkedView::new(parked.clone(), &key)).unwrap();
        let expected = json!({
            "id": "2026-03-01.1.a",
            "at": "2026-03-01T12:00:00Z",
            "why": "messages[0].from: missing",
            "what": { "kind": "webhook", "endpoint": "meta" },
            "element": { "a": 1 },
        });
        assert_eq!(view, expected);
        let other = SubjectKey { id: [2; 8], key: [2; 32] };
        assert_eq!(serde_json::to_value(ParkedView::new(parked, &other)).unwrap()["element"], Value::Null);
    }
}
