//! Whom staff sign in with: issuers of OpenID Connect that the account trusts.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{app::sign_in::trust_hash, domain::access::claims::Trust};

use crate::{Shared, auth::Account, problem::Problem, request::JsonBody};

const MOST: usize = 5;
const LONGEST_CLIENT: usize = 255;

#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    issuers: Vec<IssuerBody>,
}

#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerBody {
    /// Its URL, exactly as its tokens say it.
    issuer: String,
    /// The client at the issuer that staff sign in with.
    client_id: String,
}

impl From<Trust> for IssuerBody {
    fn from(trust: Trust) -> Self {
        Self { issuer: trust.issuer, client_id: trust.client_id }
    }
}

pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<SignInBody>, Problem> {
    let trusts = api.parts.store.trusts(&account).await?;
    Ok(Json(SignInBody { issuers: trusts.into_iter().map(IssuerBody::from).collect() }))
}

/// Stores whom staff sign in with: all of it anew.
pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<SignInBody>,
) -> Result<Json<SignInBody>, Problem> {
    let parts = &api.parts;
    if value.issuers.len() > MOST {
        return Err(Problem::invalid("issuers", format!("there may be at most {MOST}")));
    }
    let mut trusts: Vec<Trust> = Vec::new();
    for (index, IssuerBody { issuer, client_id }) in value.issuers.into_iter().enumerate() {
        let at = |field: &str| format!("issuers[{index}].{field}");
        parts.sign_in.check_issuer(&issuer).map_err(|bad| Problem::invalid(at("issuer"), bad.to_string()))?;
        if client_id.is_empty() || client_id.len() > LONGEST_CLIENT || client_id.chars().any(char::is_control) {
            return Err(Problem::invalid(at("client_id"), format!("must have 1 to {LONGEST_CLIENT} characters")));
        }
        let trust = Trust { issuer, client_id };
        if trusts.contains(&trust) {
            return Err(Problem::invalid(at("issuer"), "is there twice with this client"));
        }
        trusts.push(trust);
    }
    let hashes: Vec<String> = trusts.iter().map(trust_hash).collect();
    parts.store.put_trusts(&account, &trusts, &hashes).await?;
    Ok(Json(SignInBody { issuers: trusts.into_iter().map(IssuerBody::from).collect() }))
}
