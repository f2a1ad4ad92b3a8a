//! What waits for a customer, as people see to it: read, changed, put in another order. Taking back is
//! [`Verdict::Cancelled`](crate::ports::store::Verdict).

use super::{
    Parts, Trouble,
    accept::{self, NotAccepted, Recipient, Request},
    outlook::{self, Outlook},
    steps,
};
use crate::{
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        content::Content,
        message::{Message, Outbound, OutboundBody, Via},
        sending::SenderState,
    },
    ports::store::{Edit, NewContent, Step},
    seal::Sealed,
};

/// What people change of a message.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub content: Option<Content>,
    pub via: Option<Via>,
    pub expires_at: Option<Timestamp>,
}

/// Why a message was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    #[error("no such message")]
    NoSuchMessage,
    #[error("no such conversation")]
    NoSuchConversation,
    /// It has left, is leaving, or has ended; or somebody else changed it just now.
    #[error("{0}")]
    TooLate(String),
    #[error(transparent)]
    NotAccepted(#[from] NotAccepted),
    /// The order names another set of messages than those that are held.
    #[error("{field}: {message}")]
    Order { field: String, message: String },
}

impl From<Trouble> for NotChanged {
    fn from(trouble: Trouble) -> Self {
        Self::NotAccepted(trouble.into())
    }
}

impl From<crate::ports::StoreError> for NotChanged {
    fn from(error: crate::ports::StoreError) -> Self {
        Trouble::from(error).into()
    }
}

/// Changes a message that nobody has tried to send. What goes out is the one or the other, never a mixture: the sender's
/// claim is for what it read.
pub async fn change(
    parts: &Parts,
    account: &AccountId,
    id: MessageId,
    change: &Change,
) -> Result<Outbound, NotChanged> {
    let message = waiting(parts, account, id).await?;
    let outlook = outlook::load(parts, account, id.conversation).await?.ok_or(NotChanged::NoSuchMessage)?;
    let owner = outlook.family.head(id.conversation).ok_or(NotChanged::NoSuchMessage)?;
    let key = outlook.key_of(owner);
    let erased = || NotChanged::TooLate("The customer was erased; it will not go out.".to_owned());
    let key = key.ok_or_else(erased)?;
    let body = message.sealed.open(key).map_err(|_| erased())?;
    let request = Request {
        channel: None,
        to: Recipient::Conversation(id.conversation),
        content: change.content.clone().unwrap_or_else(|| body.content.clone()),
        via: change.via.unwrap_or(message.via),
        expires_at: Some(change.expires_at.unwrap_or(message.expires_at)),
        on_held: message.on_held,
        purpose: message.purpose.clone(),
        trace: None,
    };
    let content = accept::check(parts, account, &request, parts.now()).await?;
    let content = change.content.is_some().then(|| {
        let body = OutboundBody { content, ..body };
        let template = match &body.content {
            Content::Template(template) => Some((template.name.clone(), template.language.clone())),
            _ => None,
        };
        NewContent { sealed: Sealed::new(&body, key, parts.nonce()), template }
    });
    let edit = Edit { content, via: change.via, expires_at: change.expires_at, rank: None };
    match parts.store.edit(&message, &edit, parts.now()).await? {
        Step::Done => match parts.store.message(account, id).await? {
            Some(Message::Outbound(message)) => Ok(*message),
            Some(Message::Inbound(_)) | None => Err(NotChanged::NoSuchMessage),
        },
        Step::Lost => {
            Err(NotChanged::TooLate("It left, or somebody else changed it just now; look at it once more.".to_owned()))
        }
    }
}

/// A message of ours that nobody has tried to send yet.
async fn waiting(parts: &Parts, account: &AccountId, id: MessageId) -> Result<Outbound, NotChanged> {
    let Some(Message::Outbound(message)) = parts.store.message(account, id).await? else {
        return Err(NotChanged::NoSuchMessage);
    };
    if !message.purpose.is_reply() {
        return Err(NotChanged::TooLate("It was made by the ladder; change the ladder.".to_owned()));
    }
    if message.attempt > 0 || !matches!(message.state, SenderState::Queued | SenderState::Waiting) {
        let words = format!("It is {} and cannot be changed any more.", message.delivery().word());
        return Err(NotChanged::TooLate(words));
    }
    Ok(*message)
}

/// What is held in a conversation, in the order in which it will go.
pub async fn list(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
) -> Result<(Outlook, Vec<Outbound>), NotChanged> {
    let outlook = outlook::load(parts, account, conversation).await?.ok_or(NotChanged::NoSuchConversation)?;
    let held = steps::held_replies(parts, &outlook, parts.now()).await?;
    Ok((outlook, held))
}

/// Puts what is held into another order. `order` names each of them once. What leaves meanwhile keeps its place.
pub async fn reorder(
    parts: &Parts,
    account: &AccountId,
    conversation: ConversationId,
    order: &[MessageId],
) -> Result<(), NotChanged> {
    let (_, held) = list(parts, account, conversation).await?;
    let bad =
        |index: usize, message: &str| NotChanged::Order { field: format!("order[{index}]"), message: message.into() };
    for (index, id) in order.iter().enumerate() {
        if order[..index].contains(id) {
            return Err(bad(index, "is listed twice"));
        }
        if held.iter().all(|message| message.id != *id) {
            return Err(bad(index, "is not held in this conversation"));
        }
    }
    if let Some(missing) = held.iter().find(|message| !order.contains(&message.id)) {
        let message = format!("must name all that is held; {} is missing", missing.id);
        return Err(NotChanged::Order { field: "order".to_owned(), message });
    }
    // The places stay, and are given out anew.
    let places: Vec<_> = held.iter().map(Outbound::place).collect();
    for (id, place) in order.iter().zip(places) {
        let Some(message) = held.iter().find(|message| message.id == *id && message.place() != place) else { continue };
        let edit = Edit { rank: Some(place), ..Edit::default() };
        if parts.store.edit(message, &edit, parts.now()).await? == Step::Lost {
            return Err(NotChanged::TooLate("One of them left meanwhile; look at them once more.".to_owned()));
        }
    }
    Ok(())
}
