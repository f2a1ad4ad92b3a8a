//! The JSON API: one line a route. Each handler parses at the edge, asks a use case or the store, and shows the answer.
#![forbid(unsafe_code)]

mod admit;
mod answer;
mod auth;
mod check;
mod describe;
mod headers;
mod message_body;
mod paging;
mod problem;
mod request;
mod routes;
mod table;
mod view;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::header,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tower::ServiceExt;
use transom::{
    app::{Parts, mint::Mint},
    domain::AccountId,
    lambda::alone,
    telemetry,
};

use admit::Gatekeeper;
use auth::Trusted;

/// All routes and what subscribers are sent, described (OpenAPI 3.1): [`document`] as text.
pub const OPENAPI: &str = include_str!("openapi.json");

pub use describe::{document, written};
pub use table::{Route, Verb};

/// Every route that needs a caller.
pub fn routes() -> Vec<Route> {
    routes::table(table::Table::default()).into_parts().1
}

/// What every handler works with.
#[derive(Debug)]
struct Api {
    parts: Parts,
    mint: Mint,
}

type Shared = Arc<Api>;

/// The whole API over `parts`. Every route but the health check and the API's description needs a caller who may use it.
pub fn router(parts: Parts) -> Router {
    router_of(env!("CARGO_PKG_VERSION"), parts)
}

/// The same; `version` is what the health check says is running.
pub fn router_of(version: &'static str, parts: Parts) -> Router {
    let (router, listed) = routes::table(table::Table::default()).into_parts();
    let api = Arc::new(Api { parts: parts.clone(), mint: Mint::default() });
    let gatekeeper = Gatekeeper { api: Arc::clone(&api), index: Arc::new(table::Index::of(&listed)) };
    router
        .route_layer(middleware::from_fn_with_state(gatekeeper, admit::admit))
        .route("/v1/health", get(async move || health(version)))
        .route("/v1/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], OPENAPI)))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(request::MOST_BYTES))
        .layer(middleware::from_fn_with_state(parts, in_time))
        .with_state(api)
}

/// Answers before the function's time is over (fault matrix A15), whatever becomes of the work (C5).
async fn in_time(State(parts): State<Parts>, request: Request, next: Next) -> Response {
    let began = parts.clock.now();
    let response = answer_in_time(&parts, request, next).await;
    telemetry::api_call(response.status().as_u16(), began, parts.clock.now());
    response
}

async fn answer_in_time(parts: &Parts, request: Request, next: Next) -> Response {
    let ends_at = request.extensions().get::<lambda_http::Context>().map_or(0, |context| context.deadline);
    let deadline = parts.deadline(parts.mode.answer_within, ends_at);
    match deadline.hold(alone(next.run(request))).await {
        Ok(Ok(response)) => response,
        Ok(Err(defect)) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "a request could not be answered");
            problem::Problem::defect().into_response()
        }
        Err(out_of_time) => {
            tracing::error!(error = &out_of_time as &dyn std::error::Error, "a request could not be answered in time");
            problem::Problem::no_answer_in_time().into_response()
        }
    }
}

/// Calls the API from within this process, as a program of `account` would: for operators, who need no token.
pub async fn call(router: Router, account: AccountId, mut request: Request) -> Response {
    request.extensions_mut().insert(Trusted(account));
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// What the health check says.
#[derive(Debug, Serialize, schemars::JsonSchema)]
struct Health {
    ok: bool,
    version: &'static str,
}

fn health(version: &'static str) -> Json<Health> {
    Json(Health { ok: true, version })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use transom::domain::{event::EventKind, outcome::FailureKind, reason::Reason};

    use super::*;

    #[test]
    fn every_kind_of_event_is_described_with_every_word_in_it() {
        let document: Value = serde_json::from_str(OPENAPI).unwrap();
        let described: BTreeSet<&str> = document["webhooks"].as_object().unwrap().keys().map(String::as_str).collect();
        let known: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.word()).chain(["batch"]).collect();
        assert_eq!(described, known);
        for kind in EventKind::ALL {
            let words = &document["webhooks"][kind.word()]["post"]["summary"];
            assert_eq!(words.as_str().unwrap(), kind.about().trim(), "{}", kind.word());
        }
        let words = |name: &str| -> BTreeSet<String> {
            let schema = &document["components"]["schemas"][name];
            // A word with a comment of its own stands by itself.
            let alone = schema["oneOf"].as_array().into_iter().flatten();
            let listed = alone.clone().chain([schema]).filter_map(|it| it["enum"].as_array()).flatten();
            let words = listed.chain(alone.filter_map(|it| it.get("const")));
            words.map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let written = |it: Value| it.as_str().unwrap().to_owned();
        let reasons = Reason::ALL.iter().map(|reason| written(serde_json::to_value(reason).unwrap())).collect();
        assert_eq!(words("Reason"), reasons);
        let failures = FailureKind::ALL.iter().map(|kind| written(serde_json::to_value(kind).unwrap())).collect();
        assert_eq!(words("FailureKind"), failures);
    }
}
