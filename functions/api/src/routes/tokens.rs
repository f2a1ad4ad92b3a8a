//! API tokens of programs: made with the scopes that they need, shown once, taken away at once.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    domain::{
        Timestamp, TokenId,
        access::{
            Actor, Grant, Scopes,
            token::{ApiToken, PREFIX},
        },
        time::SignedDuration,
    },
    ports::store::Step,
    seal::sha256_hex,
};

use crate::{
    Shared,
    answer::{Created, NoContent},
    auth::{Account, Caller},
    check,
    paging::Whole,
    problem::{Kind, Problem},
    request::{JsonBody, PathId},
};

/// A token is good for five years at most, if it says until when.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 5);

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct TokenView {
    id: TokenId,
    name: String,
    scopes: Scopes,
    created_at: Timestamp,
    created_by: Actor,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes,
            created_at: token.created_at,
            created_by: token.created_by,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A token that was made just now.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct NewTokenView {
    #[serde(flatten)]
    token: TokenView,
    /// The token itself. It is not stored and cannot be shown again.
    secret: String,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTokenBody {
    /// What it is for.
    name: String,
    scopes: Scopes,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<TokenView>>, Problem> {
    let tokens = api.parts.store.tokens(&account).await?;
    Ok(Json(Whole { data: tokens.into_iter().map(TokenView::from).collect() }))
}

pub async fn create(
    caller: Caller,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<NewTokenBody>,
) -> Result<Created<NewTokenView>, Problem> {
    let parts = &api.parts;
    let now = parts.now();
    let name = check::words("name", &value.name, 100)?;
    if value.scopes.is_empty() {
        return Err(Problem::invalid("scopes", "a token without a scope is good for nothing; name at least one"));
    }
    if let Some(end) = value.expires_at {
        if end <= now {
            return Err(Problem::invalid("expires_at", "lies in the past"));
        }
        if end > now + LONGEST {
            return Err(Problem::invalid("expires_at", "may be at most five years ahead"));
        }
    }
    // Whoever holds a token could otherwise make themselves one that may more.
    if let Grant::Program(own) = caller.grant
        && let Some(beyond) = own.first_beyond(value.scopes)
    {
        let detail = format!("This token does not have the scope {beyond} itself and cannot give it.");
        return Err(Problem::new(Kind::ScopeMissing, detail));
    }
    let mut chance = [0; 24];
    parts.chance.bytes(&mut chance);
    let secret = chance.iter().fold(PREFIX.to_owned(), |text, byte| format!("{text}{byte:02x}"));
    let hash = sha256_hex(secret.as_bytes());
    let token = ApiToken {
        id: TokenId::of_hash(&hash),
        name,
        scopes: value.scopes,
        created_at: now,
        created_by: caller.by,
        expires_at: value.expires_at,
        revoked_at: None,
    };
    parts.store.add_token(&caller.account, &hash, &token).await?;
    let at = format!("/v1/tokens/{}", token.id);
    Ok(Created { at, value: NewTokenView { token: token.into(), secret } })
}

/// From the next call on it is good for nothing.
pub async fn revoke(
    Account(account): Account,
    PathId(id): PathId<TokenId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    match api.parts.store.revoke_token(&account, &id, api.parts.now()).await? {
        Step::Done => Ok(NoContent),
        Step::Lost => Err(Problem::not_found("There is no such token.")),
    }
}
