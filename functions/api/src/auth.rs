//! Who calls: the account comes from the token, never from the body.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use transom::{
    app::limit::{self, Room},
    domain::{AccountId, limit::Limit},
    ports::store::Limited,
    seal::sha256_hex,
};

use crate::{
    Shared,
    problem::{Kind, Problem},
};

/// How many calls a token may make in a second where its row names no other number, and over how many seconds they are
/// counted: twice as many at once are a burst.
const USUAL_CALLS_PER_SECOND: u32 = 50;
const OVER_SECONDS: u32 = 2;

/// The account whose token came with the request. Read before the body, so that a call too many costs one read.
#[derive(Debug)]
pub struct Caller(pub AccountId);

/// A request that this process makes to itself on behalf of an account; see [`crate::call`].
#[derive(Debug, Clone)]
pub(crate) struct Trusted(pub AccountId);

/// The same, and something that tells callers of one account apart: a beginning of their token's hash, or `operator`.
#[derive(Debug)]
pub struct CallerToken {
    pub account: AccountId,
    pub by: String,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        Ok(Self(CallerToken::from_request_parts(parts, api).await?.account))
    }
}

impl FromRequestParts<Shared> for CallerToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        if let Some(Trusted(account)) = parts.extensions.get::<Trusted>() {
            return Ok(Self { account: account.clone(), by: "operator".to_owned() });
        }
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(bearer).ok_or_else(|| {
            Problem::new(Kind::TokenMissing, "Send the token in a header: Authorization: Bearer <token>.")
        })?;
        // Only the hash is stored and looked up, so a lookup tells nothing of a token by its timing.
        let hash = sha256_hex(token.as_bytes());
        let known = api.parts.store.token(&hash).await?;
        let known = known.ok_or_else(|| Problem::new(Kind::TokenUnknown, "The token belongs to no account."))?;
        let per_second = known.calls_per_second.unwrap_or(USUAL_CALLS_PER_SECOND);
        let limit = Limit { per_second, over_seconds: OVER_SECONDS };
        let by = hash[..16].to_owned();
        match limit::take(&api.parts, &Limited::Token(hash), limit, known.seats).await? {
            Room::Free => Ok(Self { account: known.account, by }),
            Room::Full(until) => {
                let seconds = (until.as_second() - api.parts.now().as_second() + 1).clamp(1, 60);
                let detail = format!(
                    "This token may make {per_second} calls a second, and {} at once; come again after {seconds} s.",
                    per_second.saturating_mul(OVER_SECONDS)
                );
                Err(Problem::too_many(detail, seconds.unsigned_abs()))
            }
        }
    }
}

/// The token of a `Bearer` header (RFC 6750, section 2.1). The scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_taken() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["Bearer", "Bearer ", "Basic abc", "abc", ""] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}
