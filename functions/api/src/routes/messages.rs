//! Messages: accept one, show one with its history, take one back.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use transom::{
    app::{
        Parts,
        accept::{self, Accepted, Idempotency},
        archive::threads,
        costs::Tariff,
        people,
    },
    domain::{
        AccountId, ContactId, ConversationId, MessageId,
        message::{Message, Outbound},
        reason::Reason,
        sending::Delivery,
        template::Template,
    },
    lambda::trace_of,
    ports::store::{Step, Verdict},
};

use crate::{
    Shared,
    auth::{Account, Caller},
    message_body::MessageBody,
    problem::{Kind, Problem},
    request::{JsonBody, PathId},
    view::{HistoryLine, MessageView, Opened, PlanView, history},
};

/// The answer to an accepted message.
#[derive(Debug, Serialize)]
struct AcceptedView {
    id: MessageId,
    conversation: ConversationId,
    state: &'static str,
    /// What would happen to it at this moment; the sender decides anew when it is about to leave.
    plan: PlanView,
}

/// Accepts a message. With an `Idempotency-Key`, the same key and body give the same message again.
pub async fn create(
    Caller { account, by, .. }: Caller,
    State(api): State<Shared>,
    headers: HeaderMap,
    JsonBody { bytes, value }: JsonBody<MessageBody>,
) -> Result<Response, Problem> {
    if value.at.is_some() {
        return Err(Problem::invalid("at", "belongs to POST /v1/plan; a message goes as soon as it may"));
    }
    let key = idempotency_key(&headers)?;
    let request = value.request(trace_of(&headers))?;
    let idempotency = key.map(|key| Idempotency { key, body: &bytes });
    let accepted = Box::pin(accept::accept(&api.parts, &api.mint, &account, &by, &request, idempotency)).await?;
    Ok(accepted_as(&accepted))
}

/// The answer to an accepted message.
pub fn accepted_as(accepted: &Accepted) -> Response {
    let id = accepted.message.id;
    let view = AcceptedView {
        id,
        conversation: id.conversation,
        state: accepted.message.delivery().word(),
        plan: PlanView::from(&accepted.plan),
    };
    (StatusCode::ACCEPTED, [(header::LOCATION, format!("/v1/messages/{id}"))], Json(view)).into_response()
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    const NAME: &str = "Idempotency-Key";
    let bad = || Problem::field(Kind::Malformed, NAME, "must be one header of 1 to 255 visible characters");
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad())?;
    let fine = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fine && values.next().is_none() { Ok(Some(text)) } else { Err(bad()) }
}

/// A message with its history.
#[derive(Debug, Serialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> Result<Option<String>, Problem> {
        let name = header::HeaderName::from_static("idempotency-key");
        let headers = values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect();
        idempotency_key(&headers).map(|key| key.map(str::to_owned))
    }

    #[test]
    fn an_idempotency_key_is_one_header_of_visible_characters() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&["a"]), Ok(Some("a".to_owned())));
        assert!(key(&[&"k".repeat(255)]).is_ok());
        for bad in [vec![""], vec!["a b"], vec!["ä"], vec![&*"k".repeat(256)], vec!["a", "b"]] {
            let problem = key(&bad).unwrap_err();
            assert_eq!((problem.kind, problem.errors[0].field.as_str()), (Kind::Malformed, "Idempotency-Key"));
        }
    }
}
