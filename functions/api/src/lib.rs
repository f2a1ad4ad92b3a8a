//! The JSON API: one line a route. Each handler parses at the edge, asks a use case or the store, and shows the answer.
#![forbid(unsafe_code)]

mod auth;
mod check;
mod message_body;
mod paging;
mod problem;
mod request;
mod routes;
mod view;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::header,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tower::ServiceExt;
use transom::{
    app::{Parts, mint::Mint},
    domain::AccountId,
    lambda::alone,
    telemetry,
};

use auth::Trusted;
use routes::{
    channels, contacts, conversations, costs, endpoints, held, jobs, ladder, messages, parked, plan, prices, privacy,
    rehearse, reports, subscriptions, templates,
};

/// What subscribers are sent, described (OpenAPI 3.1, `webhooks`).
pub const OPENAPI: &str = include_str!("openapi.json");

/// What every handler works with.
#[derive(Debug)]
struct Api {
    parts: Parts,
    mint: Mint,
}

type Shared = Arc<Api>;

/// The whole API over `parts`. Every route but the health check needs an API token.
pub fn router(parts: Parts) -> Router {
    router_of(env!("CARGO_PKG_VERSION"), parts)
}

/// The same; `version` is what the health check says is running.
pub fn router_of(version: &'static str, parts: Parts) -> Router {
    Router::new()
        .route("/v1/health", get(async move || health(version)))
        .route("/v1/openapi.json", get(async || ([(header::CONTENT_TYPE, "application/json")], OPENAPI)))
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/{id}", get(messages::show).delete(messages::cancel).patch(held::change))
        .route("/v1/plan", post(plan::preview))
        .route("/v1/conversations", get(conversations::list))
        .route("/v1/conversations/{id}", get(conversations::show))
        .route("/v1/conversations/{id}/messages", get(conversations::messages))
        .route("/v1/conversations/{id}/held", get(held::list).put(held::reorder))
        .route("/v1/conversations/{id}/close", post(conversations::close))
        .route("/v1/conversations/{id}/archive", post(conversations::archive))
        .route("/v1/contacts", get(contacts::find))
        .route("/v1/contacts/{id}", get(contacts::show).patch(contacts::change))
        .route("/v1/contacts/{id}/merge", post(contacts::merge))
        .route("/v1/contacts/{id}/unmerge", post(contacts::unmerge))
        .route("/v1/contacts/{id}/opt-out", post(contacts::opt_out))
        .route("/v1/contacts/{id}/opt-in", post(contacts::opt_in))
        .route("/v1/contacts/{id}/export", post(privacy::export))
        .route("/v1/contacts/{id}/erase", post(privacy::erase))
        .route("/v1/contacts/{id}/hold", put(privacy::hold_contact).delete(privacy::lift_contact))
        .route("/v1/retention", get(privacy::retention).put(privacy::put_retention))
        .route("/v1/holds", get(privacy::holds))
        .route("/v1/hold", put(privacy::hold_account).delete(privacy::lift_account))
        .route("/v1/reports/messages", get(reports::messages))
        .route("/v1/reports/invitations", get(reports::invitations))
        .route("/v1/reports/compliance", post(reports::compliance))
        .route("/v1/reports/key", get(privacy::report_key))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}", get(jobs::show))
        .route("/v1/jobs/{id}/files/{name}", get(jobs::file))
        .route("/v1/channels", get(channels::list))
        .route("/v1/channels/{id}", get(channels::show).put(channels::put))
        .route("/v1/channels/{id}/state", get(channels::state))
        .route("/v1/endpoints/{id}", get(endpoints::show).put(endpoints::put))
        .route("/v1/ladder", get(ladder::show).put(ladder::put))
        .route("/v1/ladder/rehearse", post(rehearse::rehearse))
        .route("/v1/templates", get(templates::list))
        .route("/v1/templates/{name}", get(templates::overview).delete(templates::remove_all))
        .route("/v1/templates/{name}/analytics", get(templates::analytics::show))
        .route("/v1/templates/{name}/submit", post(templates::review::submit_all))
        .route("/v1/templates/{name}/{language}", get(templates::show).put(templates::put).delete(templates::remove))
        .route("/v1/templates/{name}/{language}/preview", post(templates::preview::preview))
        .route("/v1/templates/{name}/{language}/submit", post(templates::review::submit))
        .route("/v1/templates/{name}/{language}/agree", post(templates::review::agree))
        .route("/v1/templates/{name}/{language}/decline", post(templates::review::decline))
        .route("/v1/templates/{name}/{language}/variables", post(templates::review::rename))
        .route("/v1/template-library", get(templates::library::show))
        .route("/v1/template-library/install", post(templates::library::install))
        .route("/v1/costs", get(costs::show))
        .route("/v1/prices", get(prices::show).put(prices::put).delete(prices::remove))
        .route("/v1/template-analytics/enable", post(templates::analytics::enable))
        .route("/v1/template-lint", post(templates::preview::check_only))
        .route("/v1/template-rules", get(templates::rules::show).put(templates::rules::put))
        .route("/v1/subscriptions", get(subscriptions::list))
        .route("/v1/subscriptions/{id}", get(subscriptions::show).put(subscriptions::put).delete(subscriptions::remove))
        .route("/v1/subscriptions/{id}/rotate-secret", post(subscriptions::rotate))
        .route("/v1/subscriptions/{id}/test", post(subscriptions::test))
        .route("/v1/subscriptions/{id}/replay", post(subscriptions::replay_range))
        .route("/v1/subscriptions/{id}/deliveries", get(subscriptions::deliveries))
        .route("/v1/subscriptions/{id}/deliveries/{line}/replay", post(subscriptions::replay))
        .route("/v1/parked", get(parked::list))
        .route("/v1/parked/{id}/retry", post(parked::retry))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(request::MOST_BYTES))
        .layer(middleware::from_fn_with_state(parts.clone(), in_time))
        .with_state(Arc::new(Api { parts, mint: Mint::default() }))
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

fn health(version: &'static str) -> Json<Value> {
    Json(json!({ "ok": true, "version": version }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
        let schemas = &document["components"]["schemas"];
        let words = |values: Vec<Value>| -> BTreeSet<String> { values.iter().map(ToString::to_string).collect() };
        let listed = |place: &Value| words(place.as_array().unwrap().clone());
        let reasons = Reason::ALL.iter().map(|reason| serde_json::to_value(reason).unwrap()).collect();
        assert_eq!(listed(&schemas["Reason"]["properties"]["code"]["enum"]), words(reasons));
        let failures = FailureKind::ALL.iter().map(|kind| serde_json::to_value(kind).unwrap()).collect();
        assert_eq!(listed(&schemas["Failure"]["properties"]["kind"]["enum"]), words(failures));
    }
}
