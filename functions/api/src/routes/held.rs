//! What waits for a customer: read, changed, put in another order.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::held::{self, Change, NotChanged},
    domain::{
        ConversationId, MessageId, Timestamp,
        message::{Message, Via},
    },
};

use super::messages::{WithHistory, shown, tariff_for, templates_of};
use crate::{
    Shared,
    auth::Account,
    message_body::ContentBody,
    problem::Problem,
    request::{JsonBody, PathId},
    view::{MessageView, Opened},
};

/// What is held in a conversation, in the order in which it will go once the customer writes.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct HeldView {
    data: Vec<MessageView>,
}

pub async fn list(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
) -> Result<Json<HeldView>, Problem> {
    let parts = &api.parts;
    let (outlook, held) = held::list(parts, &account, id).await?;
    let messages: Vec<Message> = held.into_iter().map(|message| Message::Outbound(Box::new(message))).collect();
    let key = |message: &Message| outlook.family.head(message.id().conversation).and_then(|head| outlook.key_of(head));
    let opened: Vec<Opened<'_>> = messages.iter().map(|message| Opened::new(message, key(message))).collect();
    let templates = templates_of(parts, &account, &opened).await?;
    let tariff = tariff_for(parts, &account, &opened).await?;
    Ok(Json(HeldView {
        data: opened.into_iter().map(|opened| opened.view(&templates, tariff.as_ref(), parts.now())).collect(),
    }))
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "HeldOrderBody")]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    order: Vec<MessageId>,
}

pub async fn reorder(
    Account(account): Account,
    PathId(id): PathId<ConversationId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<OrderBody>,
) -> Result<Json<HeldView>, Problem> {
    held::reorder(&api.parts, &account, id, &value.order).await?;
    list(Account(account), PathId(id), State(api)).await
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "MessageChangeBody")]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    content: Option<ContentBody>,
    via: Option<Via>,
    expires_at: Option<Timestamp>,
}

/// Changes a message that has not left.
pub async fn change(
    Account(account): Account,
    PathId(id): PathId<MessageId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ChangeBody>,
) -> Result<Json<WithHistory>, Problem> {
    let content = value.content.map(ContentBody::content).transpose()?;
    let change = Change { content, via: value.via, expires_at: value.expires_at };
    if change.content.is_none() && change.via.is_none() && change.expires_at.is_none() {
        return Err(Problem::invalid("(body)", "name at least one of content, via and expires_at"));
    }
    let message = Box::pin(held::change(&api.parts, &account, id, &change)).await?;
    Ok(Json(shown(&api.parts, &account, &Message::Outbound(Box::new(message))).await?))
}

impl From<NotChanged> for Problem {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::NoSuchMessage => Self::not_found("There is no such message."),
            NotChanged::NoSuchConversation => Self::not_found("There is no such conversation."),
            NotChanged::TooLate(why) => Self::conflict(why),
            NotChanged::NotAccepted(why) => why.into(),
            NotChanged::Order { field, message } => Self::invalid(field, message),
        }
    }
}
