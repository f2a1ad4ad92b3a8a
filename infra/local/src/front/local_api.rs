//! What only the local system has: its clock, its queues, and what the page needs to know.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    routing::{get, post},
};
use http::{Response, StatusCode};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde_json::{Value, json};
use transom::ports::Clock;

use super::{event::json_response, problem};
use crate::{clock::TurnError, system::System};

pub(super) fn routes() -> Router<System> {
    Router::new()
        .route("/local/clock", get(clock).post(turn))
        .route("/local/settle", post(settle))
        .route("/local/page", get(page))
        .route("/local/queues", get(queues))
}

fn json(body: &Value) -> Response<Body> {
    json_response(StatusCode::OK, "application/json", body)
}

async fn clock(State(system): State<System>) -> Response<Body> {
    json(&json!({"now": system.clock().now().to_string()}))
}

/// `{"advance": "PT24H"}`: waits for work in flight, then turns.
async fn turn(State(system): State<System>, body: Bytes) -> Response<Body> {
    let bad = |detail: &str| problem(StatusCode::BAD_REQUEST, Some("advance"), detail);
    let by = match asked(&body) {
        Ok(by) => by,
        Err(detail) => return bad(detail),
    };
    match system.turn(by).await {
        Ok(now) => json(&json!({"now": now.to_string()})),
        Err(error @ (TurnError::Backwards | TurnError::TooFar)) => bad(&error.to_string()),
        Err(error @ TurnError::NotKept(_)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the clock was not turned");
            problem(StatusCode::INTERNAL_SERVER_ERROR, None, &error.to_string())
        }
    }
}

pub(crate) fn asked(body: &[u8]) -> Result<SignedDuration, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body must be JSON: {\"advance\": \"PT24H\"}")?;
    let text = body["advance"].as_str().ok_or("must be a duration as text, such as \"PT24H\"")?;
    let span: Span = text.parse().map_err(|_| "not a duration in ISO 8601 form, such as \"PT24H\"")?;
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "months and years have no fixed length: use days, hours, minutes and seconds")
}

/// Answers when there is nothing left to do at this moment: for scripts, so that they need not guess how long to wait.
async fn settle(State(system): State<System>) -> Response<Body> {
    match system.rest().await {
        Ok(()) => json(&json!({"now": system.clock().now().to_string()})),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the system did not come to rest");
            problem(StatusCode::INTERNAL_SERVER_ERROR, None, &error.to_string())
        }
    }
}

async fn page(State(system): State<System>) -> Response<Body> {
    let mut page = system.page().clone();
    page["now"] = json!(system.clock().now().to_string());
    json(&page)
}

async fn queues(State(system): State<System>) -> Response<Body> {
    system.queues_report().map_or_else(
        |error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the queues could not be read");
            problem(StatusCode::INTERNAL_SERVER_ERROR, None, "the queues could not be read")
        },
        |report| json(&report),
    )
}
