//! Providers call in: check the signature on the raw bytes, store every event, answer.
#![forbid(unsafe_code)]

use lambda_http::{
    Body, Error, Request, RequestExt, Response,
    http::{Method, StatusCode},
};
use transom::{
    app::{
        Parts,
        receive::{self, NotTaken},
    },
    domain::EndpointId,
    lambda::{alone, trace_of},
    ports::WebhookCall,
    telemetry::{self, WebhookOutcome},
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
    let began = webhook.parts.clock.now();
    let answer = answer_in_time(webhook, request).await;
    let outcome = answer.as_ref().map_or(WebhookOutcome::NotStored, |(outcome, _)| *outcome);
    telemetry::webhook_call(outcome, began, webhook.parts.clock.now());
    answer.map(|(_, response)| response)
}

async fn answer_in_time(webhook: &Webhook, request: Request) -> Answer {
    let ends_at = request.lambda_context_ref().map_or(0, |context| context.deadline);
    let deadline = webhook.parts.deadline(webhook.parts.mode.answer_within, ends_at);
    match deadline.hold(alone(Box::pin(answer_to(webhook, request)))).await {
        Ok(Ok(response)) => response,
        Ok(Err(defect)) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "a webhook could not be handled");
            answer(WebhookOutcome::NotStored, StatusCode::INTERNAL_SERVER_ERROR, "not stored; call again")
        }
        Err(out_of_time) => {
            tracing::error!(
                error = &out_of_time as &dyn std::error::Error,
                "a webhook could not be stored; the provider is asked to call again"
            );
            answer(WebhookOutcome::NotStored, StatusCode::SERVICE_UNAVAILABLE, "not stored; call again")
        }
    }
}

async fn answer_to(webhook: &Webhook, request: Request) -> Answer {
    use WebhookOutcome::{Other, Taken};
    let path = request.raw_http_path().to_owned();
    let Some(endpoint) = endpoint_of(&path) else { return refuse(None, &NotTaken::NoSuchEndpoint) };
    // As it was sent: a signature may cover it byte for byte.
    let query = request.uri().query().unwrap_or_default().to_owned();
    match *request.method() {
        Method::GET => match receive::handshake(&webhook.parts, &endpoint, &query).await {
            Ok(Some(challenge)) => answer(Other, StatusCode::OK, &challenge),
            Ok(None) => answer(Other, StatusCode::FORBIDDEN, "the verify token is missing or wrong"),
            Err(not_taken) => refuse(Some(&endpoint), &not_taken),
        },
        Method::POST => {
            let call = WebhookCall { headers: request.headers(), query: &query, body: request.body() };
            match receive::receive(&webhook.parts, &endpoint, &call).await {
                Ok(taken) => {
                    tracing::info!(
                        endpoint.id = %endpoint,
                        taken.messages,
                        taken.receipts,
                        taken.parked,
                        trace.id = trace_of(request.headers()).map(tracing::field::display),
                        "took a webhook"
                    );
                    answer(Taken, StatusCode::OK, "")
                }
                Err(not_taken) => refuse(Some(&endpoint), &not_taken),
            }
        }
        _ => answer(Other, StatusCode::METHOD_NOT_ALLOWED, "GET or POST"),
    }
}

fn endpoint_of(path: &str) -> Option<EndpointId> {
    let (_, id) = path.trim_end_matches('/').rsplit_once("/webhooks/")?;
    id.parse().ok()
}

fn refuse(endpoint: Option<&EndpointId>, not_taken: &NotTaken) -> Answer {
    let endpoint = endpoint.map(tracing::field::display);
    match not_taken {
        NotTaken::NoSuchEndpoint => answer(WebhookOutcome::UnknownEndpoint, StatusCode::NOT_FOUND, "no such endpoint"),
        NotTaken::BadSignature => {
            // Counted and not logged: whoever likes can make as many such calls.
            answer(WebhookOutcome::BadSignature, StatusCode::UNAUTHORIZED, "the signature is missing or wrong")
        }
        NotTaken::Trouble(trouble) => {
            tracing::error!(
                endpoint.id = endpoint,
                error = trouble as &dyn std::error::Error,
                "a webhook could not be stored; the provider is asked to call again"
            );
            answer(WebhookOutcome::NotStored, StatusCode::SERVICE_UNAVAILABLE, "not stored; call again")
        }
    }
}

type Answer = Result<(WebhookOutcome, Response<Body>), Error>;

fn answer(outcome: WebhookOutcome, status: StatusCode, text: &str) -> Answer {
    let response = Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=utf-8")
        .header("x-content-type-options", "nosniff");
    Ok((outcome, response.body(Body::from(text))?))
}
