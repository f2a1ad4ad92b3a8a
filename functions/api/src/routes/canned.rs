//! Replies that were written beforehand, and what they say to somebody.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{Parts, filling},
    domain::{
        AccountId, ConversationId,
        ids::CannedReplyId,
        work::{BadCanned, CannedReply, Unfilled, fill},
    },
};

use super::conversations::load;
use crate::{
    Shared,
    answer::NoContent,
    auth::Account,
    paging::Whole,
    problem::Problem,
    request::{JsonBody, PathId},
};

/// More are not found by anybody.
const MOST: usize = 500;
/// The language of last resort.
const DEFAULT: &str = "en";

pub async fn list(Account(account): Account, State(api): State<Shared>) -> Result<Json<Whole<CannedReply>>, Problem> {
    Ok(Json(Whole { data: api.parts.store.canned_replies(&account).await? }))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedBody {
    title: String,
    texts: BTreeMap<String, String>,
}

pub async fn put(
    Account(account): Account,
    PathId(id): PathId<CannedReplyId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<CannedBody>,
) -> Result<Json<CannedReply>, Problem> {
    let store = &api.parts.store;
    let reply = CannedReply { id, title: value.title, texts: value.texts };
    reply.check().map_err(|BadCanned { field, message }| Problem::invalid(field, message))?;
    let known = store.canned_replies(&account).await?;
    if known.len() >= MOST && known.iter().all(|known| known.id != reply.id) {
        return Err(Problem::conflict(format!("There may be at most {MOST} canned replies.")));
    }
    store.put_canned_reply(&account, &reply).await?;
    Ok(Json(reply))
}

pub async fn remove(
    Account(account): Account,
    PathId(id): PathId<CannedReplyId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    one(&api.parts, &account, &id).await?;
    api.parts.store.remove_canned_reply(&account, &id).await?;
    Ok(NoContent)
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FillBody {
    conversation: ConversationId,
    /// Beside what is known of the guest.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct FilledView {
    text: String,
}

/// What a reply says to the guest of a conversation: in their language, with what is known of them.
pub async fn fill_for(
    Account(account): Account,
    PathId(id): PathId<CannedReplyId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<FillBody>,
) -> Result<Json<FilledView>, Problem> {
    let parts = &api.parts;
    let reply = one(parts, &account, &id).await?;
    let outlook = load(parts, &account, value.conversation).await?;
    let mut values = filling::known(&outlook.people, outlook.channel.as_ref());
    values.extend(value.values);
    let language = outlook.people.iter().find_map(|known| known.contact.profile.language.as_deref());
    let text = reply.text_for(language, DEFAULT).unwrap_or_default();
    let text = fill(text, &values).map_err(|unfilled| match unfilled {
        Unfilled::Missing(name) => {
            Problem::invalid(format!("values.{name}"), "is needed: nothing of that name is known of the guest")
        }
        Unfilled::TooLong => Problem::invalid("values", "with these the text has more than 4096 characters"),
    })?;
    Ok(Json(FilledView { text }))
}

async fn one(parts: &Parts, account: &AccountId, id: &CannedReplyId) -> Result<CannedReply, Problem> {
    let known = parts.store.canned_replies(account).await?;
    known.into_iter().find(|known| known.id == *id).ok_or_else(|| Problem::not_found("There is no such canned reply."))
}
