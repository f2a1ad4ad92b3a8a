//! Messages: accept one, show one with its history, take one back.

use axum::{Json, extract::State};
use serde::Serialize;
use transom::{
    app::{
        Parts,
        accept::{self, Idempotency},
        archive::threads,
        costs::Tariff,
        people,
    },
    domain::{
        AccountId, ContactId, ConversationId, MessageId,
        message::{Message, Outbound},
        reason::Reason,
        sending::{Delivery, MessageState},
        template::Template,
    },
    ports::store::{Step, Verdict},
};

use crate::{
    Shared,
    answer::Accepted,
    auth::{Account, Caller},
    headers::{IdempotencyKey, Trace},
    message_body::MessageBody,
    problem::Problem,
    request::{JsonBody, PathId},
    view::{HistoryLine, MessageView, Opened, PlanView, history},
};

/// The answer to an accepted message.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct AcceptedView {
    id: MessageId,
    conversation: ConversationId,
    #[schemars(with = "MessageState")]
    state: &'static str,
    /// What would happen to it at this moment; the sender decides anew when it is about to leave.
    plan: PlanView,
}

/// Accepts a message. With an `Idempotency-Key`, the same key and body give the same message again.
pub async fn create(
    Caller { account, by, .. }: Caller,
    State(api): State<Shared>,
    IdempotencyKey(key): IdempotencyKey,
    Trace(trace): Trace,
    JsonBody { bytes, value }: JsonBody<MessageBody>,
) -> Result<Accepted<AcceptedView>, Problem> {
    if value.at.is_some() {
        return Err(Problem::invalid("at", "belongs to POST /v1/plan; a message goes as soon as it may"));
    }
    let request = value.request(trace)?;
    let idempotency = key.as_deref().map(|key| Idempotency { key, body: &bytes });
    let accepted = Box::pin(accept::accept(&api.parts, &api.mint, &account, &by, &request, idempotency)).await?;
    Ok(answer_of(&accepted))
}

/// The answer to an accepted message.
pub fn answer_of(accepted: &accept::Accepted) -> Accepted<AcceptedView> {
    let id = accepted.message.id;
    let view = AcceptedView {
        id,
        conversation: id.conversation,
        state: accepted.message.delivery().word(),
        plan: PlanView::from(&accepted.plan),
    };
    Accepted { at: Some(format!("/v1/messages/{id}")), value: view }
}

/// A message with its history.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct WithHistory {
    #[serde(flatten)]
    message: MessageView,
    history: Vec<HistoryLine>,
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<MessageId>,
    State(api): State<Shared>,
) -> Result<Json<WithHistory>, Problem> {
    let message = load(&api.parts, &account, id).await?;
    Ok(Json(shown(&api.parts, &account, &message).await?))
}

/// Takes back what has not left. Taking it back twice is taking it back once.
pub async fn cancel(
    Account(account): Account,
    PathId(id): PathId<MessageId>,
    State(api): State<Shared>,
) -> Result<Json<WithHistory>, Problem> {
    let parts = &api.parts;
    // A sender may take the message in between: then what it is by then decides.
    for _ in 0..4 {
        let message = load(parts, &account, id).await?;
        let Message::Outbound(outbound) = &message else {
            return Err(Problem::conflict("The message was not sent by Transom, so it cannot be taken back."));
        };
        if outbound.delivery() == Delivery::Cancelled {
            return Ok(Json(shown(parts, &account, &message).await?));
        }
        may_be_taken_back(outbound)?;
        let now = parts.now();
        let judged =
            parts.store.judge(outbound, Verdict::Cancelled, Reason::TakenBack, outbound.planned_with, now).await?;
        if judged == Step::Done {
            let message = load(parts, &account, id).await?;
            return Ok(Json(shown(parts, &account, &message).await?));
        }
    }
    Err(Problem::conflict("The message is being worked on; try again."))
}

fn may_be_taken_back(message: &Outbound) -> Result<(), Problem> {
    let delivery = message.delivery();
    match delivery {
        Delivery::Queued | Delivery::Held => Ok(()),
        Delivery::Sending
        | Delivery::Unknown
        | Delivery::Accepted
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read
        | Delivery::Failed { .. }
        | Delivery::Refused
        | Delivery::Expired
        | Delivery::Cancelled
        | Delivery::Undetermined => {
            let word = delivery.word();
            Err(Problem::conflict(format!("The message is {word}; only a queued or held one can be taken back.")))
        }
    }
}

async fn load(parts: &Parts, account: &AccountId, id: MessageId) -> Result<Message, Problem> {
    threads::message(parts, account, id).await?.ok_or_else(|| Problem::not_found("There is no such message."))
}

pub async fn shown(parts: &Parts, account: &AccountId, message: &Message) -> Result<WithHistory, Problem> {
    let keys = parts.keys(account).await?;
    let known = people::look_up(parts, account, &keys, contact_of(message)).await?;
    let opened = Opened::new(message, known.as_ref().and_then(|known| known.key.as_ref()));
    let templates = templates_of(parts, account, std::slice::from_ref(&opened)).await?;
    let tariff = tariff_for(parts, account, std::slice::from_ref(&opened)).await?;
    Ok(WithHistory { message: opened.view(&templates, tariff.as_ref(), parts.now()), history: history(message) })
}

fn contact_of(message: &Message) -> ContactId {
    match message {
        Message::Inbound(message) => message.contact,
        Message::Outbound(message) => message.contact,
    }
}

/// Every language of the templates that these messages name.
pub async fn templates_of(
    parts: &Parts,
    account: &AccountId,
    messages: &[Opened<'_>],
) -> Result<Vec<Template>, Problem> {
    let mut names: Vec<&str> = messages.iter().filter_map(Opened::template).map(|known| known.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Ok(match names.as_slice() {
        [] => Vec::new(),
        [name] => parts.store.templates(account, Some(name)).await?,
        _ => parts.store.templates(account, None).await?,
    })
}

/// What these messages are charged by, if any of them may have cost something.
pub async fn tariff_for(
    parts: &Parts,
    account: &AccountId,
    messages: &[Opened<'_>],
) -> Result<Option<Tariff>, Problem> {
    if !messages.iter().any(Opened::may_have_cost) {
        return Ok(None);
    }
    Ok(Some(Tariff::of(parts, account).await?))
}
