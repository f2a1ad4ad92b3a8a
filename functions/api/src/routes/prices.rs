//! What messages cost: the account's own price list, or the one that comes with the system.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transom::domain::cost::{PriceFile, PriceList};

use crate::{Shared, auth::Account, problem::Problem, request::JsonBody};

/// A price list, kept as it was written.
#[derive(Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
#[serde(transparent)]
pub struct Written(#[schemars(with = "PriceFile")] Value);

/// The list in force, as it was written.
pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<Written>, Problem> {
    let own = api.parts.store.prices(&account).await?;
    let text = own.as_deref().unwrap_or(PriceList::EMBEDDED);
    Ok(Json(serde_json::from_str(text).unwrap_or_default()))
}

pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<Written>,
) -> Result<Json<Written>, Problem> {
    let text = value.0.to_string();
    PriceList::parse(&text).map_err(|bad| Problem::invalid(bad.field, bad.message))?;
    api.parts.store.put_prices(&account, Some(&text)).await?;
    Ok(Json(value))
}

/// Goes back to the list that comes with the system.
pub async fn remove(Account(account): Account, State(api): State<Shared>) -> Result<Json<Written>, Problem> {
    api.parts.store.put_prices(&account, None).await?;
    show(Account(account), State(api)).await
}
