//! Providers call in: check the signature on the raw bytes, store every event, answer.
#![forbid(unsafe_code)]

use lambda_http::{
    Body, Error, Request, RequestExt, Response,
    http::{Method, StatusCode},
};
use transom::{
    app::{
        Parts,
        deadline::Deadline,
        receive::{self, NotTaken},
    },
    domain::EndpointId,
    lambda::alone,
    ports::WebhookCall,
};

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Webhook {
    parts: Parts,
}

impl Webhook {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Answers `GET` and `POST /webhooks/{endpoint}`.
///
/// 200 only when everything is durable; 401 on a bad signature, 404 on an unknown endpoint; 503 asks the provider to
/// call again. It does so before the function's time is over: a call that is cut off says nothing (fault matrix A15).
pub async fn handle(webhook: &Webhook, request: Request) -> Result<Response<Body>, Error> {
    let ends_at = request.lambda_context_ref().map_or(0, |context| context.deadline);
    let deadline = Deadline::within(webhook.parts.mode.answer_within, ends_at, webhook.parts.now());
    match deadline.hold(alone(Box::pin(answer_to(webhook, request)))).await {
        Ok(Ok(response)) => response,
        Ok(Err(defect)) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "a webhook could not be handled");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "not stored; call again")
        }
        Err(out_of_time) => {
            tracing::error!(
                error = &out_of_time as &dyn std::error::Error,
                "a webhook could not be stored; the provider is asked to call again"
            );
            answer(StatusCode::SERVICE_UNAVAILABLE, "not stored; call again")
        }
    }
}

async fn answer_to(webhook: &Webhook, request: Request) -> Result<Response<Body>, Error> {
    let path = request.raw_http_path().to_owned();
    let Some(endpoint) = endpoint_of(&path) else { return answer(StatusCode::NOT_FOUND, "no such endpoint") };
    // As it was sent: a signature may cover it byte for byte.
    let query = request.uri().query().unwrap_or_default().to_owned();
    match *request.method() {
        Method::GET => match receive::handshake(&webhook.parts, &endpoint, &query).await {
            Ok(Some(challenge)) => answer(StatusCode::OK, &challenge),
            Ok(None) => answer(StatusCode::FORBIDDEN, "the verify token is missing or wrong"),
            Err(not_taken) => refuse(&endpoint, &not_taken),
        },
        Method::POST => {
            let call = WebhookCall { headers: request.headers(), query: &query, body: request.body() };
            match receive::receive(&webhook.parts, &endpoint, &call).await {
                Ok(taken) => {
                    tracing::info!(
                        endpoint.id = %endpoint, taken.messages, taken.receipts, taken.parked, "took a webhook"
                    );
                    answer(StatusCode::OK, "")
                }
                Err(not_taken) => refuse(&endpoint, &not_taken),
            }
        }
        _ => answer(StatusCode::METHOD_NOT_ALLOWED, "GET or POST"),
    }
}

fn endpoint_of(path: &str) -> Option<EndpointId> {
    let (_, id) = path.trim_end_matches('/').rsplit_once("/webhooks/")?;
    id.parse().ok()
}

fn refuse(endpoint: &EndpointId, not_taken: &NotTaken) -> Result<Response<Body>, Error> {
    match not_taken {
        NotTaken::NoSuchEndpoint => answer(StatusCode::NOT_FOUND, "no such endpoint"),
        NotTaken::BadSignature => answer(StatusCode::UNAUTHORIZED, "the signature is missing or wrong"),
        NotTaken::Trouble(trouble) => {
            tracing::error!(endpoint.id = %endpoint, error = trouble as &dyn std::error::Error, "a webhook could not be stored; the provider is asked to call again");
            answer(StatusCode::SERVICE_UNAVAILABLE, "not stored; call again")
        }
    }
}

fn answer(status: StatusCode, text: &str) -> Result<Response<Body>, Error> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=utf-8")
        .header("x-content-type-options", "nosniff");
    Ok(response.body(Body::from(text))?)
}
