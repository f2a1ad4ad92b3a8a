//! Asks an issuer for its keys: its configuration says where they are (OpenID Connect Discovery 1.0, section 4).

use std::sync::Arc;

use serde::Deserialize;

use super::keys::{self, Key};
use crate::{
    adapters::guarded_http::{Guard, why},
    ports::events::NotPosted,
};

/// No more of an answer is read, in bytes. Issuers have a few keys of some 400 bytes, or 2 KB with certificates.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Why an issuer's keys are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the issuer was not reached")]
    NotReached(#[source] NotPosted),
    #[error("the issuer answered with status {0}")]
    Status(u16),
    #[error("the issuer's answer is larger than 256 KiB")]
    TooLarge,
    #[error("the issuer's configuration is not JSON with issuer and jwks_uri")]
    NotAConfiguration,
    #[error("the issuer's configuration is another issuer's")]
    OtherIssuer,
    #[error("the issuer's keys are no JSON Web Key Set")]
    NotAKeySet,
}

/// The address of an issuer's configuration.
pub(super) fn configuration_of(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// All keys of the issuer that signatures can be checked with.
pub(super) async fn ask(client: &reqwest::Client, guard: &Guard, issuer: &str) -> Result<Vec<Arc<Key>>, Trouble> {
    #[derive(Deserialize)]
    struct Configuration {
        issuer: String,
        jwks_uri: String,
    }
    let configuration = get(client, guard, &configuration_of(issuer)).await?;
    let configuration: Configuration =
        serde_json::from_slice(&configuration).map_err(|_| Trouble::NotAConfiguration)?;
    if configuration.issuer != issuer {
        return Err(Trouble::OtherIssuer);
    }
    let set = get(client, guard, &configuration.jwks_uri).await?;
    keys::read(&set).ok_or(Trouble::NotAKeySet)
}

async fn get(client: &reqwest::Client, guard: &Guard, url: &str) -> Result<Vec<u8>, Trouble> {
    let broken = |error: reqwest::Error| Trouble::NotReached(why(&error));
    let url = guard.read(url).map_err(|bad| Trouble::NotReached(NotPosted::Forbidden(bad)))?;
    let mut response = client.get(url).send().await.map_err(broken)?;
    if response.status() != http::StatusCode::OK {
        return Err(Trouble::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(broken)? {
        if body.len() + part.len() > LARGEST_ANSWER {
            return Err(Trouble::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
