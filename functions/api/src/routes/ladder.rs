//! The ladder: the account's policy for what may not go out free-form.

use axum::{Json, extract::State};
use transom::{
    app::templates::ladders::Known,
    domain::{AccountId, ladder::Ladder},
};

use crate::{Api, Shared, auth::Account, check, problem::Problem, request::JsonBody};

/// The account's ladder, or the default that holds until one is stored.
pub async fn show(Account(account): Account, State(api): State<Shared>) -> Result<Json<Ladder>, Problem> {
    Ok(Json(api.parts.store.ladder(&account).await?.unwrap_or_default()))
}

pub async fn put(
    Account(account): Account,
    State(api): State<Shared>,
    JsonBody { value: ladder, .. }: JsonBody<Ladder>,
) -> Result<Json<Ladder>, Problem> {
    check(&api, &account, &ladder).await?;
    api.parts.store.put_ladder(&account, &ladder).await?;
    Ok(Json(ladder))
}

/// Whether a ladder makes sense for the account.
pub(super) async fn check(api: &Api, account: &AccountId, ladder: &Ladder) -> Result<(), Problem> {
    check::language_code("default_language", &ladder.default_language)?;
    for channel in ladder.channels.keys() {
        if api.parts.store.channel(account, channel).await?.is_none() {
            return Err(Problem::invalid(format!("channels.{channel}"), "there is no such channel"));
        }
    }
    let known = Known::of(&api.parts, account).await?;
    known.check(ladder).map_err(|bad| Problem::invalid(bad.field, bad.message))
}
