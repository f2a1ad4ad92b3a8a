//! What messages cost: the account's own price list, or the one that comes with the system.

use axum::{Json, extract::State};
use serde_json::Value;
use transom::domain::cost::PriceList;

use crate::{Shared, auth::Account, problem::Problem, request::JsonBody};

/// The list in force, as it was written.
pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<Value>, Problem> {
    let own = api.parts.store.prices(&account).await?;
    let text = own.as_deref().unwrap_or(PriceList::EMBEDDED);
    Ok(Json(serde_json::from_str(text).unwrap_or_default()))
}

pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let text = value.to_string();
    PriceList::parse(&text).map_err(|bad| Problem::invalid(bad.field, bad.message))?;
    api.parts.store.put_prices(&account, Some(&text)).await?;
    Ok(Json(value))
}

/// Goes back to the list that comes with the system.
pub async fn remove(Account(account): Account, State(api): State<Shared>) -> Result<Json<Value>, Problem> {
    api.parts.store.put_prices(&account, None).await?;
    show(Account(account), State(api)).await
}
