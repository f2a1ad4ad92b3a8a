//! Who calls: the account comes from the token, never from the body.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use transom::{domain::AccountId, seal::sha256_hex};

use crate::{
    Shared,
    problem::{Kind, Problem},
};

/// The account whose token came with the request.
#[derive(Debug)]
pub struct Caller(pub AccountId);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(bearer).ok_or_else(|| {
            Problem::new(Kind::TokenMissing, "Send the token in a header: Authorization: Bearer <token>.")
        })?;
        // Only the hash is stored and looked up, so a lookup tells nothing of a token by its timing.
        let account = api.parts.store.token(&sha256_hex(token.as_bytes())).await?;
        account.map(Self).ok_or_else(|| Problem::new(Kind::TokenUnknown, "The token belongs to no account."))
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
