//! What a caller is told when something is wrong: RFC 9457 problem details.

use std::error::Error;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use transom::{
    app::{Trouble, accept::NotAccepted},
    domain::contact::change::BadField,
    ports::StoreError,
};

/// The kinds of problem. Each has its status, its `type` and its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be read.
    Malformed,
    /// No token came with the request.
    TokenMissing,
    /// The token belongs to no account.
    TokenUnknown,
    /// Whoever signed in has not the role for it.
    RoleMissing,
    /// The token has not the scope for it.
    ScopeMissing,
    /// Nothing is at this address.
    NotFound,
    MethodNotAllowed,
    /// The thing is not in a state in which this can be done.
    Conflict,
    /// The Idempotency-Key was used for another request.
    KeyReused,
    /// Somebody else changed it since it was read.
    Stale,
    TooLarge,
    /// The body is not JSON.
    NotJson,
    /// The request can be read, but a value in it is wrong.
    Invalid,
    /// The token makes more calls than it may.
    TooMany,
    /// A defect of ours, or a row that cannot be read.
    Internal,
    /// Something behind Transom did not answer; the same request may be made again.
    Unavailable,
}

/// After how many seconds a request that met [`Kind::Unavailable`] is worth repeating.
const RETRY_AFTER: u64 = 2;

impl Kind {
    pub const ALL: [Self; 16] = [
        Self::Malformed,
        Self::TokenMissing,
        Self::TokenUnknown,
        Self::RoleMissing,
        Self::ScopeMissing,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::KeyReused,
        Self::Stale,
        Self::TooLarge,
        Self::NotJson,
        Self::Invalid,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TokenMissing | Self::TokenUnknown => StatusCode::UNAUTHORIZED,
            Self::RoleMissing | Self::ScopeMissing => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::KeyReused => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The problem's `type`: a name, not an address to open.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Malformed => "urn:transom:problem:malformed-request",
            Self::TokenMissing => "urn:transom:problem:token-missing",
            Self::TokenUnknown => "urn:transom:problem:token-unknown",
            Self::RoleMissing => "urn:transom:problem:role-missing",
            Self::ScopeMissing => "urn:transom:problem:scope-missing",
            Self::NotFound => "urn:transom:problem:not-found",
            Self::MethodNotAllowed => "urn:transom:problem:method-not-allowed",
            Self::Conflict => "urn:transom:problem:conflict",
            Self::KeyReused => "urn:transom:problem:idempotency-key-reused",
            Self::Stale => "urn:transom:problem:changed-meanwhile",
            Self::TooLarge => "urn:transom:problem:body-too-large",
            Self::NotJson => "urn:transom:problem:not-json",
            Self::Invalid => "urn:transom:problem:invalid-value",
            Self::TooMany => "urn:transom:problem:too-many-calls",
            Self::Internal => "urn:transom:problem:internal",
            Self::Unavailable => "urn:transom:problem:unavailable",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read",
            Self::TokenMissing => "An API token is needed",
            Self::TokenUnknown => "The API token is not valid",
            Self::RoleMissing => "Your role does not cover this",
            Self::ScopeMissing => "The token's scopes do not cover this",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::Conflict => "Not possible as things stand",
            Self::KeyReused => "The Idempotency-Key was used for another request",
            Self::Stale => "It was changed meanwhile",
            Self::TooLarge => "The body is too large",
            Self::NotJson => "The body must be JSON",
            Self::Invalid => "A value is not valid",
            Self::TooMany => "Too many calls with this token",
            Self::Internal => "Something went wrong here",
            Self::Unavailable => "Not available just now",
        }
    }

    fn challenge(self) -> Option<HeaderValue> {
        match self {
            // RFC 6750, section 3: no error code when the request carried no token.
            Self::TokenMissing => Some(HeaderValue::from_static(r#"Bearer realm="transom""#)),
            Self::TokenUnknown => Some(HeaderValue::from_static(r#"Bearer realm="transom", error="invalid_token""#)),
            // RFC 6750, section 3.1.
            Self::ScopeMissing => {
                Some(HeaderValue::from_static(r#"Bearer realm="transom", error="insufficient_scope""#))
            }
            Self::Malformed
            | Self::RoleMissing
            | Self::Stale
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::Conflict
            | Self::KeyReused
            | Self::TooLarge
            | Self::NotJson
            | Self::Invalid
            | Self::TooMany
            | Self::Internal
            | Self::Unavailable => None,
        }
    }
}

/// One wrong field, named by its path in the body (`to.phone`, `steps[2].when`), or by the name of a parameter or header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

/// A problem on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: Kind,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// After how many seconds the same request is worth repeating, if it is.
    pub retry_after: Option<u64>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = (kind == Kind::Unavailable).then_some(RETRY_AFTER);
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after }
    }

    /// A call too many, and after how many seconds there may be room.
    pub fn too_many(detail: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(Kind::TooMany, detail) }
    }

    /// A problem with one field. The detail says the same in one line.
    pub fn field(kind: Kind, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        let detail = format!("{field}: {message}");
        Self { errors: vec![FieldError { field, message }], ..Self::new(kind, detail) }
    }

    /// A value that can be read but is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::field(Kind::Invalid, field, message)
    }

    /// Whether anything took place is not known.
    pub fn no_answer_in_time() -> Self {
        let detail = "There was not enough time to answer, and part of it may have been done. The same request may be made \
                      again; POST /v1/messages with the same Idempotency-Key.";
        Self::new(Kind::Unavailable, detail)
    }

    /// The code met a defect of ours.
    pub fn defect() -> Self {
        Self::new(Kind::Internal, "Transom met a defect. It was logged, and part of the request may have been done.")
    }

    /// The same, about a part of what was sent.
    pub fn within(mut self, part: &str) -> Self {
        for error in &mut self.errors {
            error.field = format!("{part}.{}", error.field);
        }
        if let [error] = self.errors.as_slice() {
            self.detail = format!("{}: {}", error.field, error.message);
        }
        self
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, detail)
    }
}

/// What is wrong (RFC 9457).
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Body<'a> {
    /// A name, not an address to open.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let body = Body {
            r#type: self.kind.uri(),
            title: self.kind.title(),
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&body).expect("texts and a number have a JSON form");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = self.kind.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Logs the trouble, since this is where it is handled; the caller learns only whether to come again.
impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let chain = chain(&trouble);
        match trouble {
            Trouble::Store(StoreError::BadRow { .. }) | Trouble::Unexpected(_) => {
                tracing::error!(error = chain, "A request met something that should not be.");
                Self::new(Kind::Internal, "Transom met something that it cannot read. It was logged.")
            }
            Trouble::Store(StoreError::Unavailable { .. } | StoreError::SignatureRefused { .. })
            | Trouble::Secrets(_)
            | Trouble::Queue(_)
            | Trouble::Objects(_)
            | Trouble::NoAccountKey { .. } => {
                tracing::error!(error = chain, "A request could not be served just now.");
                let detail = "Something behind Transom did not answer. The same request may be made again.";
                Self::new(Kind::Unavailable, detail)
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<BadField> for Problem {
    fn from(bad: BadField) -> Self {
        Self::invalid(bad.field, bad.message)
    }
}

impl From<NotAccepted> for Problem {
    fn from(why: NotAccepted) -> Self {
        match why {
            NotAccepted::Invalid { field, message } | NotAccepted::NotFound { field, message } => {
                Self::invalid(field, message)
            }
            NotAccepted::KeyUsedDifferently => {
                let detail = "This Idempotency-Key came with another body before. Use a new key for a new message.";
                Self::new(Kind::KeyReused, detail)
            }
            NotAccepted::Trouble(trouble) => trouble.into(),
        }
    }
}

/// The error and everything below it, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let words = error.to_string();
        // Transparent variants repeat what is below them.
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        below = error.source();
    }
    text
}

/// What every unknown address answers.
pub async fn no_such_route() -> Problem {
    Problem::not_found("There is nothing at this address.")
}

/// What a known address answers to a method that it does not have. The `Allow` header names those it has.
pub async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "This address does not know this method; the Allow header names those it has.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn sent(problem: Problem) -> (Response<()>, Value) {
        let (parts, body) = problem.into_response().into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_wrong_field_is_named_in_problem_json() {
        let (response, body) = sent(Problem::invalid("to.phone", "not a valid phone number")).await;
        assert_eq!(response.status(), 422);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let expected = json!({
            "type": "urn:transom:problem:invalid-value",
            "title": "A value is not valid",
            "status": 422,
            "detail": "to.phone: not a valid phone number",
            "errors": [{ "field": "to.phone", "message": "not a valid phone number" }],
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn trouble_asks_to_come_again_and_a_bad_row_does_not() {
        let away = StoreError::Unavailable { doing: "read a head", source: "throttled".into() };
        let (response, body) = sent(away.into()).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
        assert!(!body.to_string().contains("throttled"));

        let (response, body) = sent(StoreError::BadRow { key: "A#a".into(), why: "no state".into() }.into()).await;
        assert_eq!(response.status(), 500);
        assert!(response.headers().get("retry-after").is_none());
        assert!(!body.to_string().contains("A#a"));
    }

    #[tokio::test]
    async fn a_missing_token_is_challenged() {
        let (response, _) = sent(Problem::new(Kind::TokenMissing, "")).await;
        assert_eq!(response.headers()["www-authenticate"], r#"Bearer realm="transom""#);
        let (response, _) = sent(Problem::new(Kind::TokenUnknown, "")).await;
        assert!(response.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    }

    #[test]
    fn each_kind_has_a_type_of_its_own() {
        let kinds = Kind::ALL;
        let types: BTreeSet<_> = kinds.iter().map(|kind| kind.uri()).collect();
        assert_eq!(types.len(), kinds.len());
        assert!(kinds.iter().all(|kind| !kind.status().is_success() && !kind.title().is_empty()));
    }

    #[test]
    fn the_log_line_holds_every_cause_once() {
        let error = Trouble::Store(StoreError::Unavailable { doing: "read a head", source: "throttled".into() });
        assert_eq!(chain(&error), "the store could not read a head: throttled");
    }
}
