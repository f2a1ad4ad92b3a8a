//! What handlers answer with, where that is more than `200` and JSON.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// `201`: made, and where it lies.
#[derive(Debug)]
pub struct Created<T> {
    pub at: String,
    pub value: T,
}

/// `202`: it is done later; where to look, if there is such a place.
#[derive(Debug)]
pub struct Accepted<T> {
    pub at: Option<String>,
    pub value: T,
}

/// `204`: done, and nothing to say.
#[derive(Debug)]
pub struct NoContent;

/// `200` with the revision as the ETag.
#[derive(Debug)]
pub struct Tagged<T> {
    pub rev: u64,
    pub value: T,
}

/// One answer or another.
#[derive(Debug)]
pub enum Either<A, B> {
    First(A),
    Second(B),
}

/// `200`, or `201` if it was not there before.
#[derive(Debug)]
pub struct Stored<T> {
    pub new: bool,
    pub value: T,
}

/// `200` with a public key, as OpenSSL reads it.
#[derive(Debug)]
pub struct Pem(pub String);

/// `200` with a picture.
#[derive(Debug)]
pub struct Svg(pub String);

/// `200` with a piece of HTML, to be put into a page.
#[derive(Debug)]
pub struct Html(pub String);

/// Nothing in it may be run, wherever it is opened.
const NOTHING_RUNS: [(HeaderName, &str); 2] =
    [(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];

/// `200` with a file to be saved.
#[derive(Debug)]
pub struct Download {
    pub name: String,
    pub text: String,
}

impl Download {
    /// Every media type that a file may have.
    pub const KINDS: [&'static str; 4] = ["text/csv", "application/json", "application/x-ndjson", "text/plain"];

    /// Its media type, by its name.
    fn kind(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("csv") => "text/csv; charset=utf-8; header=present",
            Some("json") => "application/json",
            Some("jsonl") => "application/x-ndjson",
            Some(_) | None => "text/plain; charset=utf-8",
        }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(header::LOCATION, self.at)], Json(self.value)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        let body = Json(self.value);
        match self.at {
            Some(at) => (StatusCode::ACCEPTED, [(header::LOCATION, at)], body).into_response(),
            None => (StatusCode::ACCEPTED, body).into_response(),
        }
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.rev)).expect("digits and quotes");
        ([(header::ETAG, tag)], Json(self.value)).into_response()
    }
}

impl<A: IntoResponse, B: IntoResponse> IntoResponse for Either<A, B> {
    fn into_response(self) -> Response {
        match self {
            Self::First(it) => it.into_response(),
            Self::Second(it) => it.into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for Stored<T> {
    fn into_response(self) -> Response {
        let status = if self.new { StatusCode::CREATED } else { StatusCode::OK };
        (status, Json(self.value)).into_response()
    }
}

impl IntoResponse for Pem {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/x-pem-file")], self.0).into_response()
    }
}

impl IntoResponse for Svg {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "image/svg+xml")], NOTHING_RUNS, self.0).into_response()
    }
}

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOTHING_RUNS, self.0).into_response()
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        let headers = [(header::CONTENT_TYPE, self.kind().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
        (headers, self.text).into_response()
    }
}
