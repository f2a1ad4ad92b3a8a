//! Endpoints: the webhook addresses of an account.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    domain::{
        AccountId, ChannelId, EndpointId,
        channel::{Endpoint, ProviderKind, SecretName},
    },
    ports::store::Step,
};

use crate::{
    Shared,
    auth::Account,
    check,
    problem::Problem,
    request::{JsonBody, PathId},
};

/// An endpoint as it is sent and shown; the account is the caller's.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointBody {
    id: Option<EndpointId>,
    provider: ProviderKind,
    public_url: String,
    /// The name of the secret; its value never passes through the API.
    signing_secret: SecretName,
    verify_token: Option<SecretName>,
    #[serde(default)]
    numbers: BTreeMap<String, ChannelId>,
}

/// The most numbers that one endpoint maps, so that its row stays small.
const MOST_NUMBERS: usize = 500;

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<EndpointId>,
    State(api): State<Shared>,
) -> Result<Json<EndpointBody>, Problem> {
    let endpoint = api.parts.store.endpoint(&id).await?.filter(|endpoint| endpoint.account == account);
    endpoint.map(|it| Json(it.into())).ok_or_else(|| Problem::not_found("There is no such endpoint."))
}

pub async fn put(
    Account(account): Account,
    PathId(id): PathId<EndpointId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<EndpointBody>,
) -> Result<Json<EndpointBody>, Problem> {
    let endpoint = value.endpoint(id, account)?;
    let channels = api.parts.store.channels(&endpoint.account).await?;
    for (number, id) in &endpoint.numbers {
        if !channels.iter().any(|channel| channel.id == *id) {
            return Err(Problem::invalid(
                format!("numbers.{number}"),
                format!("there is no channel {id}; store it first"),
            ));
        }
    }
    match api.parts.store.put_endpoint(&endpoint).await? {
        Step::Done => Ok(Json(endpoint.into())),
        Step::Lost => Err(Problem::conflict("This id is taken; choose another one.")),
    }
}

impl EndpointBody {
    fn endpoint(self, id: EndpointId, account: AccountId) -> Result<Endpoint, Problem> {
        check::agrees("id", self.id.as_ref(), &id)?;
        if !check::is_public_url(&self.public_url) {
            let words = "must be the full https address (or http on 127.0.0.1 or localhost), without a query";
            return Err(Problem::invalid("public_url", words));
        }
        if self.numbers.len() > MOST_NUMBERS {
            return Err(Problem::invalid("numbers", format!("may hold {MOST_NUMBERS} numbers")));
        }
        for number in self.numbers.keys() {
            if !(1..=60).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(Problem::invalid("numbers", "a number is named by 1 to 60 visible characters"));
            }
        }
        Ok(Endpoint {
            id,
            account,
            provider: self.provider,
            public_url: self.public_url,
            signing_secret: self.signing_secret,
            verify_token: self.verify_token,
            numbers: self.numbers,
            early_until: None,
        })
    }
}

impl From<Endpoint> for EndpointBody {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: Some(endpoint.id),
            provider: endpoint.provider,
            public_url: endpoint.public_url,
            signing_secret: endpoint.signing_secret,
            verify_token: endpoint.verify_token,
            numbers: endpoint.numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::parse;

    fn body() -> Value {
        json!({
            "provider": "meta",
            "public_url": "https://hooks.example.com/webhooks/meta",
            "signing_secret": "meta-app-secret",
            "verify_token": "meta-verify-token",
            "numbers": { "106540352242922": "front-desk" },
        })
    }

    fn read(body: &Value) -> Result<Endpoint, Problem> {
        let body = parse::<EndpointBody>(body.to_string().as_bytes())?;
        body.endpoint("meta".parse().unwrap(), "demo".parse().unwrap())
    }

    #[test]
    fn what_was_shown_can_be_stored_again() {
        let endpoint = read(&body()).unwrap();
        let shown = serde_json::to_value(EndpointBody::from(endpoint.clone())).unwrap();
        assert!(shown.get("account").is_none());
        assert_eq!(read(&shown).unwrap(), endpoint);
    }

    #[test]
    fn a_wrong_value_is_named() {
        let refused = |field: &str, value: Value| {
            let mut body = body();
            body[field] = value;
            read(&body).unwrap_err().errors.remove(0).field
        };
        assert_eq!(refused("id", json!("other")), "id");
        assert_eq!(refused("account", json!("other")), "account");
        assert_eq!(refused("public_url", json!("http://hooks.example.com/x")), "public_url");
        assert_eq!(refused("signing_secret", json!("A Secret Value")), "signing_secret");
        assert_eq!(refused("provider", json!("pigeon")), "provider");
        assert_eq!(refused("numbers", json!({ "": "front-desk" })), "numbers");
        assert_eq!(refused("numbers", json!({ "1": "Front Desk" })), "numbers.1");
    }
}
