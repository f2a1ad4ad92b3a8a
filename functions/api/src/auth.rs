//! Who calls: the account comes from the credentials, never from the body.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use transom::{
    app::{
        limit::{self, Room},
        sign_in::{self, NotLetIn, SignedIn},
    },
    domain::{
        AccountId, TokenId,
        access::{Actor, Grant},
        limit::Limit,
    },
    ports::{sign_in::NotSignedIn, store::Limited},
    seal::sha256_hex,
};

use crate::{
    Api, Shared,
    problem::{Kind, Problem},
};

/// How many calls a token may make in a second where its row names no other number, and over how many seconds they are
/// counted: twice as many at once are a burst.
const USUAL_CALLS_PER_SECOND: u32 = 50;
const OVER_SECONDS: u32 = 2;

/// Whoever calls, and what they may. Known before the body is read, so that a call too many costs one read.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: AccountId,
    pub by: Actor,
    pub grant: Grant,
}

/// A request that this process makes to itself on behalf of an account; see [`crate::call`].
#[derive(Debug, Clone)]
pub(crate) struct Trusted(pub AccountId);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        // Put there by `admit`, which stands before every route of the table.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::defect)
    }
}

/// The account of whoever calls, where nothing else matters.
#[derive(Debug)]
pub struct Account(pub AccountId);

impl FromRequestParts<Shared> for Account {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        Ok(Self(Caller::from_request_parts(parts, api).await?.account))
    }
}

/// Finds out who calls.
pub async fn identify(api: &Api, parts: &Parts) -> Result<Caller, Problem> {
    if let Some(Trusted(account)) = parts.extensions.get::<Trusted>() {
        return Ok(Caller { account: account.clone(), by: Actor::Operator, grant: Grant::Operator });
    }
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credentials = header.and_then(bearer).ok_or_else(|| {
        Problem::new(Kind::TokenMissing, "Send the token in a header: Authorization: Bearer <token>.")
    })?;
    if is_signed_token(credentials) {
        signed_in(api, parts, credentials).await
    } else {
        by_token(api, credentials).await
    }
}

/// A token of an issuer has three parts (RFC 7515, section 3.1); one of ours has no dot.
fn is_signed_token(credentials: &str) -> bool {
    credentials.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// The header in which staff of several accounts name the one that they mean.
pub const ACCOUNT: &str = "transom-account";

/// Somebody of the staff, by what their issuer says.
async fn signed_in(api: &Api, parts: &Parts, token: &str) -> Result<Caller, Problem> {
    let wanted = match parts.headers.get(ACCOUNT) {
        None => None,
        Some(value) => {
            let account = value.to_str().ok().and_then(|text| text.parse().ok());
            let account: AccountId = account
                .ok_or_else(|| Problem::field(Kind::Malformed, "Transom-Account", "must be the id of an account"))?;
            Some(account)
        }
    };
    let SignedIn { account, staff } = sign_in::who(&api.parts, token, wanted.as_ref()).await.map_err(not_let_in)?;
    let limited = Limited::Staff { account: account.clone(), staff: staff.id };
    within_limit(api, &limited, USUAL_CALLS_PER_SECOND, staff.seats).await?;
    Ok(Caller { account, by: Actor::Staff(staff.id), grant: Grant::Staff(staff.duties.role) })
}

fn not_let_in(why: NotLetIn) -> Problem {
    match why {
        NotLetIn::Token(NotSignedIn::KeysUnavailable(error)) => {
            tracing::error!(error = &*error as &dyn std::error::Error, "an issuer's keys could not be fetched");
            Problem::new(Kind::Unavailable, "The issuer of the token could not be asked for its keys; come again.")
        }
        NotLetIn::Token(
            why @ (NotSignedIn::NotAToken
            | NotSignedIn::UnsupportedAlgorithm
            | NotSignedIn::NotAnIdToken
            | NotSignedIn::WrongIssuer
            | NotSignedIn::WrongAudience
            | NotSignedIn::Expired
            | NotSignedIn::NotYetValid
            | NotSignedIn::BadSignature
            | NotSignedIn::UnknownKey),
        ) => Problem::new(Kind::TokenUnknown, format!("The token signs nobody in: {why}.")),
        why @ (NotLetIn::Untrusted | NotLetIn::NobodyThere) => {
            Problem::new(Kind::TokenUnknown, format!("The token signs nobody in: {why}. An admin can change it."))
        }
        NotLetIn::Several(accounts) => {
            let accounts: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
            let words = format!("you are on the staff of several accounts; name one of {}", accounts.join(", "));
            Problem::field(Kind::Malformed, "Transom-Account", words)
        }
        NotLetIn::Trouble(trouble) => trouble.into(),
    }
}

/// A program, by its token.
async fn by_token(api: &Api, token: &str) -> Result<Caller, Problem> {
    // Only the hash is stored and looked up, so a lookup tells nothing of a token by its timing.
    let hash = sha256_hex(token.as_bytes());
    let known = api.parts.store.token(&hash).await?;
    let known = known.ok_or_else(|| Problem::new(Kind::TokenUnknown, "The token belongs to no account."))?;
    if known.expires_at.is_some_and(|end| end <= api.parts.now()) {
        return Err(Problem::new(Kind::TokenUnknown, "The token has expired; ask an admin for a new one."));
    }
    let per_second = known.calls_per_second.unwrap_or(USUAL_CALLS_PER_SECOND);
    let by = Actor::Program(TokenId::of_hash(&hash));
    let grant = Grant::Program(known.scopes);
    within_limit(api, &Limited::Token(hash), per_second, known.seats).await?;
    Ok(Caller { account: known.account, by, grant })
}

async fn within_limit(
    api: &Api,
    limited: &Limited,
    per_second: u32,
    seats: transom::domain::limit::Seats,
) -> Result<(), Problem> {
    let limit = Limit { per_second, over_seconds: OVER_SECONDS };
    match limit::take(&api.parts, limited, limit, seats).await? {
        Room::Free => Ok(()),
        Room::Full(until) => {
            let seconds = (until.as_second() - api.parts.now().as_second() + 1).clamp(1, 60);
            let detail = format!(
                "You may make {per_second} calls a second, and {} at once; come again after {seconds} s.",
                per_second.saturating_mul(OVER_SECONDS)
            );
            Err(Problem::too_many(detail, seconds.unsigned_abs()))
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
