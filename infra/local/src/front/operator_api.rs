//! What an operator does to a whole system, on one machine: rebuild, put up the fence after a restore, look at strays.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    routing::{get, post},
};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use transom::{
    app::{
        Parts, Trouble,
        rebuild::Rebuild,
        restore::{self, NotRestored},
    },
    domain::{AccountId, Timestamp},
};

use super::{event::json_response, problem};
use crate::system::System;

#[derive(Debug, Clone)]
struct Operator {
    system: System,
    parts: Parts,
}

/// `POST /local/rebuild`, `POST /local/restore`, `GET /local/strays`.
pub fn routes(system: &System, parts: &Parts) -> Router {
    Router::new()
        .route("/local/rebuild", post(rebuild))
        .route("/local/restore", post(fence))
        .route("/local/strays", get(strays))
        .with_state(Operator { system: system.clone(), parts: parts.clone() })
}

fn json(body: &Value) -> Response<Body> {
    json_response(StatusCode::OK, "application/json", body)
}

fn failed(trouble: &Trouble) -> Response<Body> {
    tracing::error!(error = trouble as &dyn std::error::Error, "what an operator asked for was not done");
    problem(StatusCode::SERVICE_UNAVAILABLE, None, "not all of it was done; it may be asked for again at any time")
}

fn bad(field: &str, detail: &str) -> Response<Body> {
    problem(StatusCode::BAD_REQUEST, Some(field), detail)
}

fn field<T: std::str::FromStr>(body: &Value, name: &str) -> Option<Result<T, ()>> {
    let value = body.get(name)?;
    Some(value.as_str().ok_or(()).and_then(|text| text.parse().map_err(|_| ())))
}

fn read(body: &[u8]) -> Option<Value> {
    if body.is_empty() { Some(json!({})) } else { serde_json::from_slice(body).ok().filter(Value::is_object) }
}

/// `{"account": "demo"}`, or everything.
async fn rebuild(State(operator): State<Operator>, body: Bytes) -> Response<Body> {
    let Some(body) = read(&body) else { return bad("body", "must be a JSON object") };
    let account = match field::<AccountId>(&body, "account") {
        Some(Err(())) => return bad("account", "must be the id of an account"),
        Some(Ok(account)) => Some(account),
        None => None,
    };
    let mut run = Rebuild::begin(&operator.parts, account);
    while !run.done {
        // Page by page, so that everybody else goes on meanwhile.
        let _pass = operator.system.front().gate.enter().await;
        if let Err(trouble) = run.step(&operator.parts).await {
            return failed(&trouble);
        }
    }
    json(&json!(run))
}

/// `{"restored_to": "…", "live_until": "…"}`.
async fn fence(State(operator): State<Operator>, body: Bytes) -> Response<Body> {
    let Some(body) = read(&body) else { return bad("body", "must be a JSON object") };
    let Some(Ok(restored_to)) = field::<Timestamp>(&body, "restored_to") else {
        return bad("restored_to", "must be a time such as 2026-03-01T09:00:00Z");
    };
    let Some(Ok(live_until)) = field::<Timestamp>(&body, "live_until") else {
        return bad("live_until", "must be a time such as 2026-03-01T09:00:00Z");
    };
    match restore::fence(&operator.parts, restored_to, live_until).await {
        Ok(()) => json(&json!({"restored_to": restored_to, "live_until": live_until})),
        Err(error @ NotRestored::OutOfOrder) => bad("restored_to", &error.to_string()),
        Err(error @ NotRestored::Future) => bad("live_until", &error.to_string()),
        Err(NotRestored::Trouble(trouble)) => failed(&trouble),
    }
}

async fn strays(State(operator): State<Operator>) -> Response<Body> {
    let parts = &operator.parts;
    match parts.store.strays(parts.now(), 30, 100).await {
        Ok(strays) => {
            let strays = strays.iter().map(|stray| {
                json!({"id": stray.id, "at": stray.at, "why": stray.why, "what": stray.what, "element": stray.element})
            });
            json(&json!({"data": strays.collect::<Vec<_>>()}))
        }
        Err(error) => failed(&error.into()),
    }
}
