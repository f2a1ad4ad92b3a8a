//! Setting up an account: its tokens, its settings by the API's own rules, its numbers at their providers.

use axum::body::{Body, to_bytes};
use http::{Method, Uri, header};
use serde_json::{Value, json};
use transom::{
    app::{Parts, Trouble},
    domain::{
        AccountId, ChannelId,
        access::{Scopes, token::ApiToken},
        channel::{Channel, Endpoint},
    },
    ports::administration::Administered,
};

use crate::{Addresses, BadOrder, NotDone, Operate};

/// The longest answer of the API that is shown.
const MOST_BYTES: usize = 4 * 1024 * 1024;

pub(crate) fn about(operate: &Operate) -> Value {
    let Addresses { api, webhooks } = &operate.addresses;
    let mode = operate.parts.mode;
    json!({
        "version": env!("CARGO_PKG_VERSION"), "api": api, "webhooks": webhooks,
        "sends": if mode.sends_paused { "paused" } else { "on" }, "epoch": mode.epoch, "now": operate.parts.now(),
    })
}

/// A token leads to one account for good: a hash that another one has is refused.
pub(crate) async fn add_token(
    parts: &Parts,
    account: &AccountId,
    token_hash: &str,
    name: Option<String>,
    scopes: Option<Scopes>,
) -> Result<Value, NotDone> {
    is_made(parts, account).await?;
    let known = parts.store.token(token_hash).await.map_err(Trouble::from)?;
    if known.is_some_and(|known| known.account != *account) {
        return Err(BadOrder::new("token_hash", "is a token of another account").into());
    }
    let name = name.unwrap_or_else(|| "made by an operator".to_owned());
    let token = ApiToken::for_everything(token_hash, &name, parts.now());
    let token = ApiToken { scopes: scopes.unwrap_or(Scopes::ALL), ..token };
    parts.store.add_token(account, token_hash, &token).await.map_err(Trouble::from)?;
    Ok(json!({ "account": account, "token_hash": token_hash, "id": token.id, "scopes": token.scopes, "done": true }))
}

/// Without its key, nothing of an account could be stored or read, and a name that was mistyped would keep what it is given.
pub(crate) async fn is_made(parts: &Parts, account: &AccountId) -> Result<(), NotDone> {
    match parts.keys(account).await {
        Ok(_) => Ok(()),
        Err(Trouble::NoAccountKey { .. }) => {
            Err(BadOrder::new("account", "has no secret account-key; create the account first").into())
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// Calls the API within this process; answers its status and body.
pub(crate) async fn call(
    operate: &Operate,
    account: AccountId,
    method: Method,
    path: Uri,
    body: Option<&Value>,
) -> Value {
    let mut request = http::Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map(ToString::to_string).unwrap_or_default();
    let request = request.body(Body::from(body)).expect("its parts were read as what they are");
    let (head, body) = api::call(operate.api.clone(), account, request).await.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
    json!({ "status": head.status.as_u16(), "body": serde_json::from_slice::<Value>(&bytes).unwrap_or_default() })
}

/// Lets a channel's provider post to its endpoint.
pub(crate) async fn register(parts: &Parts, account: &AccountId, id: &ChannelId) -> Result<Value, NotDone> {
    let (channel, endpoint) = channel_of(parts, account, id).await?;
    let credentials = parts.secrets.get(account, &channel.credentials).await.map_err(Trouble::from)?;
    let Some(credential) = credentials.first() else {
        let problem = format!("its secret {} is not there; put it first", channel.credentials);
        return Err(BadOrder::new("channel", problem).into());
    };
    let token = match &endpoint.verify_token {
        Some(name) => parts.secrets.get(account, name).await.map_err(Trouble::from)?.into_iter().next(),
        None => None,
    };
    let at = Administered { channel: &channel, credential, endpoint: &endpoint, now: parts.now() };
    let administration = parts.providers.administration(channel.provider);
    match administration.register(&at, token.as_ref()).await {
        Ok(()) => Ok(json!({ "channel": id, "posts_to": endpoint.public_url, "done": true })),
        Err(error) => Err(BadOrder::new("channel", error.to_string()).into()),
    }
}

/// A channel and its endpoint.
pub(crate) async fn channel_of(
    parts: &Parts,
    account: &AccountId,
    id: &ChannelId,
) -> Result<(Channel, Endpoint), NotDone> {
    let channel = parts.store.channel(account, id).await.map_err(Trouble::from)?;
    let channel = channel.ok_or_else(|| BadOrder::new("channel", "there is no such channel"))?;
    let endpoint = parts.store.endpoint(&channel.endpoint).await.map_err(Trouble::from)?;
    let endpoint = endpoint.filter(|endpoint| endpoint.account == *account);
    let endpoint = endpoint.ok_or_else(|| BadOrder::new("channel", "its endpoint does not exist"))?;
    Ok((channel, endpoint))
}
