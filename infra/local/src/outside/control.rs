//! The control API, `/outside/…`: what the page, the tests and the curious steer the outside world with.
//!
//! | call | body | does |
//! | --- | --- | --- |
//! | `POST /outside/customers/{phone or id}/messages` | one of `text`, `button` (with `of`), `reaction`, `message`; and `to`, `medium`, `with`, `times`, `at` | the customer writes; 202 with the provider's id of it |
//! | `POST /outside/customers/{phone or id}` | `name`, `on_whatsapp`, `blocked` | changes the customer |
//! | `GET /outside/handset/{phone or id}` | | the phone as the customer sees it |
//! | `GET`, `POST`, `DELETE /outside/faults` | `fault` and its fields, `provider`, `number`, `times` | what goes wrong next |
//! | `POST /outside/receipts` | `shuffle`, `duplicates`, `latest` (a duration such as `PT3S`), `read` | how reports come back |
//! | `GET /outside/ledger` | | every acceptance, with the `traceparent` that it came with, and every refusal |
//! | `GET /outside/templates`, `GET /outside/templates/{id or sid}` | | templates as the providers hold them |
//! | `POST /outside/templates/{id or sid}` | one of `status` (with `reason`), `quality`, `category` (with `announce`) | changes it as Meta would, and tells of it |
//! | `POST /outside/reviews` | `decides_after` (a duration), `most_templates` | how templates are reviewed |
//! | `POST /outside/offset` | `seconds` | how far the outside's clock is ahead of ours |
//!
//! What is not understood is answered with 400 and problem JSON whose `field` names what is wrong.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use transom::domain::channel::Medium;

use super::{
    Outside,
    faults::Fault,
    ledger::{Item, LedgerError},
    phones::{BadAct, Says, Shows, Writes, find_customer},
    settings::ReceiptHabits,
};

type World = Shared<Arc<Outside>>;
type Answer = Result<Response, Problem>;

pub(super) fn routes() -> Router<Arc<Outside>> {
    Router::new()
        .route("/outside/customers/{customer}/messages", post(write))
        .route("/outside/customers/{customer}", post(change_customer))
        .route("/outside/handset/{customer}", get(handset))
        .route("/outside/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/outside/receipts", post(set_receipts))
        .route("/outside/ledger", get(ledger))
        .route("/outside/offset", post(set_offset))
}

/// A request that is not understood, as problem JSON (RFC 9457) that names the field.
#[derive(Debug)]
pub(super) struct Problem {
    pub status: StatusCode,
    pub field: String,
    pub detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({"type": "about:blank", "title": self.status.canonical_reason(),
            "status": self.status.as_u16(), "field": self.field, "detail": self.detail});
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}

impl From<BadAct> for Problem {
    fn from(bad: BadAct) -> Self {
        match bad {
            BadAct::Field { field, why } => wrong(field, why),
            BadAct::Ledger(error) => error.into(),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the stand-in's ledger failed");
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, field: String::new(), detail: error.to_string() }
    }
}

pub(super) fn wrong(field: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem { status: StatusCode::BAD_REQUEST, field: field.into(), detail: detail.into() }
}

/// Reads a body. The field to blame is the one without which it would be read; else the one that serde names.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let given: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| wrong("body", format!("not a JSON object: {error}")))?;
    T::deserialize(&Value::Object(given.clone())).map_err(|error| {
        let harmless_without = |name: &&String| {
            let mut rest = given.clone();
            rest.remove(*name);
            T::deserialize(&Value::Object(rest)).is_ok()
        };
        let words = error.to_string();
        let named = || words.split('`').nth(1).unwrap_or("body").to_owned();
        let field = given.keys().find(harmless_without).cloned().unwrap_or_else(named);
        wrong(field, words)
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteBody {
    to: Option<String>,
    text: Option<String>,
    medium: Option<Medium>,
    button: Option<String>,
    /// The message whose button is tapped.
    of: Option<String>,
    reaction: Option<ReactionBody>,
    /// A message in the Cloud API's form.
    message: Option<Value>,
    with: Option<Shows>,
    times: Option<u32>,
    at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReactionBody {
    message_id: String,
    emoji: Option<String>,
}

async fn write(Shared(outside): World, Path(customer): Path<String>, body: Bytes) -> Answer {
    let body: WriteBody = read(&body)?;
    let what = match (body.text, body.button, body.reaction, body.message) {
        (Some(text), None, None, None) => Says::Text(text),
        (None, Some(label), None, None) => Says::Button { label, of: body.of },
        (None, None, Some(ReactionBody { message_id, emoji }), None) => Says::Reaction { message_id, emoji },
        (None, None, None, Some(message)) => Says::CloudMessage(message),
        _ => return Err(wrong("text", "give exactly one of text, button, reaction and message")),
    };
    let (shows, times) = (body.with.unwrap_or_default(), body.times.unwrap_or(1));
    let id = outside.customer_writes(&Writes {
        customer,
        to: body.to,
        medium: body.medium,
        what,
        shows,
        times,
        at: body.at,
    })?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": id}))).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerBody {
    name: Option<String>,
    on_whatsapp: Option<bool>,
    blocked: Option<bool>,
}

async fn change_customer(Shared(outside): World, Path(name): Path<String>, body: Bytes) -> Answer {
    let body: CustomerBody = read(&body)?;
    let state = outside.state();
    let mut customer = find_customer(&state, &name)?;
    customer.name = body.name.unwrap_or(customer.name);
    customer.on_whatsapp = body.on_whatsapp.unwrap_or(customer.on_whatsapp);
    customer.blocked = body.blocked.unwrap_or(customer.blocked);
    state.ledger.put_customer(&customer)?;
    Ok(Json(customer).into_response())
}

async fn handset(Shared(outside): World, Path(customer): Path<String>) -> Answer {
    Ok(Json(outside.handset(&customer)?).into_response())
}

async fn faults(Shared(outside): World) -> Response {
    Json(json!({"data": outside.state().faults.all()})).into_response()
}

async fn add_fault(Shared(outside): World, body: Bytes) -> Answer {
    let fault: Fault = read(&body)?;
    if let super::FaultKind::Fail { status, .. } = fault.kind
        && !(400..600).contains(&status)
    {
        return Err(wrong("status", "must be from 400 to 599"));
    }
    outside.inject(fault);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn clear_faults(Shared(outside): World) -> Response {
    outside.clear_faults();
    StatusCode::NO_CONTENT.into_response()
}

async fn set_receipts(Shared(outside): World, body: Bytes) -> Answer {
    let habits: ReceiptHabits = read(&body)?;
    if habits.latest.is_negative() {
        return Err(wrong("latest", "must not be negative"));
    }
    outside.set_habits(habits);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn ledger(Shared(outside): World) -> Answer {
    let with_trace = |item: Item| {
        let trace = outside.trace_of(&item.id);
        let mut item = json!(item);
        item["trace"] = json!(trace);
        item
    };
    let accepted: Vec<Value> = outside.accepted()?.into_iter().map(with_trace).collect();
    Ok(Json(json!({"accepted": accepted, "refused": outside.refused()?})).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OffsetBody {
    seconds: i64,
}

async fn set_offset(Shared(outside): World, body: Bytes) -> Answer {
    let body: OffsetBody = read(&body)?;
    // A year is more than any clock is off, and keeps every sum within the calendar.
    if body.seconds.abs() > 366 * 86_400 {
        return Err(wrong("seconds", "must be within a year"));
    }
    outside.set_offset(SignedDuration::from_secs(body.seconds))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
