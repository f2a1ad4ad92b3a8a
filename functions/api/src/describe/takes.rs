//! What each extractor takes.

use axum::extract::State;
use schemars::JsonSchema;

use super::{Operation, Parameter, Query, Takes, query::formed};
use crate::{
    auth::{Account, Caller},
    headers::{IdempotencyKey, IfMatch, Trace, WantsCsv},
    request::{JsonBody, Parameters, PathId, PathName, PathNames, PathPair, RawBody},
};

/// Who calls is said once for all routes; what they accept, by the media types of the answer.
macro_rules! takes_nothing {
    ($($name:ty),*) => { $(impl Takes for $name { fn takes(_: &mut Operation<'_>) {} })* };
}
takes_nothing!(Account, Caller, WantsCsv);

impl<S> Takes for State<S> {
    fn takes(_: &mut Operation<'_>) {}
}

impl<T: JsonSchema> Takes for JsonBody<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.json_body::<T>();
    }
}

impl Takes for RawBody {
    fn takes(operation: &mut Operation<'_>) {
        operation.text_body("text/csv");
    }
}

impl<T: JsonSchema> Takes for PathId<T> {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_path::<T>();
    }
}

impl<A: JsonSchema, B: JsonSchema> Takes for PathPair<A, B> {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_path::<A>();
        operation.in_path::<B>();
    }
}

/// The name of a template.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct TemplateName(#[schemars(regex(pattern = r"^[a-z0-9_]{1,512}$"))] String);

/// A language code such as `es` or `pt_BR`.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct LanguageCode(#[schemars(regex(pattern = r"^[a-z]{2,3}(_[A-Z]{2})?$"))] String);

impl Takes for PathName {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_path::<TemplateName>();
    }
}

impl Takes for PathNames {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_path::<TemplateName>();
        operation.in_path::<LanguageCode>();
    }
}

impl<Q: Query> Takes for Parameters<Q> {
    fn takes(operation: &mut Operation<'_>) {
        for parameter in Q::PARAMETERS {
            operation.in_query(parameter);
        }
    }
}

const IDEMPOTENCY_KEY: Parameter =
    formed("Idempotency-Key", "The same key and body give the same message again.", "^[!-~]{1,255}$");
const TRACEPARENT: Parameter = formed(
    "traceparent",
    "The trace that it belongs to (W3C Trace Context); what is none is passed over.",
    "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
);
const IF_MATCH: Parameter =
    formed("If-Match", "The ETag of what you saw, or `*`: only if nobody changed it since.", r#"^(\*|"[0-9]{1,18}")$"#);

impl Takes for IdempotencyKey {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_header(&IDEMPOTENCY_KEY);
    }
}

impl Takes for Trace {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_header(&TRACEPARENT);
    }
}

impl Takes for IfMatch {
    fn takes(operation: &mut Operation<'_>) {
        operation.in_header(&IF_MATCH);
    }
}
