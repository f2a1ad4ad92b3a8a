//! Headers that some routes heed.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use transom::{domain::TraceId, lambda::trace_of};

use crate::problem::{Kind, Problem};

/// The header by which the same message may be asked for again.
#[derive(Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        idempotency_key(&parts.headers).map(|key| Self(key.map(str::to_owned)))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    const NAME: &str = "Idempotency-Key";
    let bad = || Problem::field(Kind::Malformed, NAME, "must be one header of 1 to 255 visible characters");
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad())?;
    let fine = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fine && values.next().is_none() { Ok(Some(text)) } else { Err(bad()) }
}

/// The revision that the caller saw (RFC 9110, section 13.1.1). `*` and no header: whatever it is.
#[derive(Debug)]
pub struct IfMatch(pub Option<u64>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if_match(&parts.headers).map(Self)
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let rev = quoted.and_then(|digits| digits.parse().ok());
    rev.map(Some).ok_or_else(|| Problem::field(Kind::Malformed, "If-Match", "must be the ETag of an answer, or *"))
}

/// Whether CSV is wanted rather than JSON: it is named first of the two, or alone (RFC 9110, section 12.5.1, without weights).
#[derive(Debug, Clone, Copy)]
pub struct WantsCsv(pub bool);

impl<S: Sync> FromRequestParts<S> for WantsCsv {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(wants_csv(&parts.headers)))
    }
}

pub(crate) fn wants_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or("").trim());
    let known = |kind: &str| match kind.to_ascii_lowercase().as_str() {
        "text/csv" => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    };
    kinds.find_map(known).unwrap_or(false)
}

/// The trace that a request belongs to.
#[derive(Debug)]
pub struct Trace(pub Option<TraceId>);

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(trace_of(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key(values: &[&str]) -> Result<Option<String>, Problem> {
        let name = header::HeaderName::from_static("idempotency-key");
        let headers = values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect();
        idempotency_key(&headers).map(|key| key.map(str::to_owned))
    }

    #[test]
    fn an_idempotency_key_is_one_header_of_visible_characters() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["a"]), Ok(Some("a".to_owned())));
        assert!(key(&[&"k".repeat(255)]).is_ok());
        for bad in [vec![""], vec!["a b"], vec!["ä"], vec![&*"k".repeat(256)], vec!["a", "b"]] {
            let problem = key(&bad).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Malformed, "Idempotency-Key"));
        }
    }

    #[test]
    fn an_etag_is_read_back_as_it_was_sent() {
        let read =
            |text: &'static str| if_match(&[(header::IF_MATCH, HeaderValue::from_static(text))].into_iter().collect());
        assert_eq!(read("\"12\""), Ok(Some(12)));
        assert_eq!(read("*"), Ok(None));
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        for bad in ["12", "\"\"", "\"a\"", "W/\"12\"", "\"1\", \"2\""] {
            assert_eq!(read(bad).unwrap_err().errors[0].field, "If-Match", "{bad}");
        }
    }
}
