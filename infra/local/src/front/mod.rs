//! The HTTP front: what API Gateway would serve, the local controls, the page, and the stand-in's own APIs.

pub mod event;
pub(crate) mod local_api;
pub mod metrics;
pub mod operator_api;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    middleware,
    routing::any,
};
use http::{Response, StatusCode, request::Parts};
use serde_json::json;
use transom::ports::Clock;

use self::event::{Circumstances, json_response};
use crate::{
    functions::Functions,
    gate::{Gate, Pass},
    system::System,
};

/// The largest body that reaches a function (Lambda, "quotas": 6 MB for a request).
pub const LARGEST_BODY_BYTES: usize = 6 * 1024 * 1024;

/// Turns requests into calls of `webhook` and `api`.
#[derive(Debug)]
pub struct Front {
    functions: Arc<dyn Functions>,
    gate: Gate,
    clock: Arc<dyn Clock>,
    requests: AtomicU64,
}

/// Which function serves a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Webhook,
    Api,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        let under =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if under("/webhooks") {
            Some(Self::Webhook)
        } else if under("/v1") {
            Some(Self::Api)
        } else {
            None
        }
    }

    /// The route's key at API Gateway.
    fn key(self) -> &'static str {
        match self {
            Self::Webhook => "ANY /webhooks/{proxy+}",
            Self::Api => "ANY /v1/{proxy+}",
        }
    }
}

impl Front {
    pub fn new(functions: Arc<dyn Functions>, gate: Gate, clock: Arc<dyn Clock>) -> Self {
        Self { functions, gate, clock, requests: AtomicU64::new(0) }
    }

    /// Calls the function that serves the path, while the caller holds the gate open.
    pub async fn call(&self, _pass: &Pass, parts: &Parts, body: &[u8], source: IpAddr) -> Response<Body> {
        let Some(route) = Route::of(parts.uri.path()) else {
            return json_response(StatusCode::NOT_FOUND, "application/json", &json!({"message": "Not Found"}));
        };
        let (number, at) = (self.requests.fetch_add(1, Ordering::Relaxed), self.clock.now());
        let request_id = format!("local-{number}");
        let trace = format!("Root=1-{:08x}-{number:024x}", at.as_second());
        let circumstances = Circumstances { route: route.key(), source, at, request_id: &request_id, trace: &trace };
        let event = event::from_request(parts, body, circumstances);
        let answer = match route {
            Route::Webhook => self.functions.webhook(event).await,
            Route::Api => self.functions.api(event).await,
        };
        let response = answer.and_then(|answer| event::to_response(&answer).map_err(Into::into));
        response.unwrap_or_else(|error| {
            tracing::error!(error = &*error, http.route = route.key(), request.id = request_id, "a function failed");
            let body = json!({"message": "Internal Server Error"});
            json_response(StatusCode::INTERNAL_SERVER_ERROR, "application/json", &body)
        })
    }
}

/// Everything that is served: `extra` is the page.
pub fn router(system: &System, extra: Router) -> Router {
    let mut router = Router::new()
        .route("/webhooks/{*rest}", any(function))
        .route("/v1/{*rest}", any(function))
        .merge(local_api::routes())
        .with_state(system.clone())
        .merge(extra);
    if let Some(outside) = system.outside() {
        let stirred = middleware::from_fn_with_state(system.clone(), stirs_the_outside);
        router = router.merge(Arc::clone(outside).router().layer(stirred));
    }
    router
}

async fn function(State(system): State<System>, request: Request) -> Response<Body> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let source = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY_BYTES).await else {
        // A connection that broke off ends here too, and hears nothing anyway.
        return problem(StatusCode::PAYLOAD_TOO_LARGE, None, "a body has at most 6 MB");
    };
    let front = system.front();
    let pass = front.gate.enter().await;
    front.call(&pass, &parts, &body, source).await
}

/// Whatever was asked of the outside may make it call back.
async fn stirs_the_outside(State(system): State<System>, request: Request, next: middleware::Next) -> Response<Body> {
    let response = next.run(request).await;
    system.outside_stirred().notify_one();
    response
}

/// An error of ours (RFC 9457), with the field that is at fault.
fn problem(status: StatusCode, field: Option<&str>, detail: &str) -> Response<Body> {
    let mut body = json!({
        "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail,
    });
    if let Some(field) = field {
        body["field"] = json!(field);
    }
    json_response(status, "application/problem+json", &body)
}
