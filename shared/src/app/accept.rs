//! A client wants a message sent: check it, find whom it is for, store the intent. The stream does the rest.

mod prepared;
mod writing;

use std::borrow::Cow;

use self::prepared::{Prepared, prepare};
use super::{
    Parts, Trouble,
    consents::caps,
    costs, gate,
    mint::Mint,
    outlook::{self, Outlook},
    steps,
};
use crate::{
    defects::{Defect, planted},
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, MessageId, Timestamp, TraceId,
        access::Actor,
        contact::Address,
        content::Content,
        conversation::{Head, conversation_of},
        cost::Cost,
        effects::waits_for_customer,
        ids::MessageKey,
        message::{Message, OnHeld, Outbound, OutboundBody, Purpose, Via},
        plan::{Plan, Wish},
        reason::Reason,
        template::Template,
        time::SignedDuration,
    },
    ports::store::{ClientKey, Put},
    seal::{Sealed, sha256_hex},
};

/// The longest that a message may wait.
pub const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// WhatsApp's limit for a text (Meta, "send messages"), in UTF-16 units, the stricter way of counting.
const TEXT_LIMIT: usize = 4096;
/// Twilio's limit for an SMS body, and a sane end for any SMS (ten segments).
const SMS_LIMIT: usize = 1600;

/// Whether this may go out by SMS as it is.
pub(super) fn fits_sms(content: &Content) -> bool {
    matches!(content, Content::Text { body } if body.encode_utf16().count() <= SMS_LIMIT)
}

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    Address(Address),
    Contact(ContactId),
    Conversation(ConversationId),
}

/// A message as a client asks for it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Needed unless the recipient is a conversation.
    pub channel: Option<ChannelId>,
    pub to: Recipient,
    pub content: Content,
    pub via: Via,
    pub expires_at: Option<Timestamp>,
    /// What becomes of it if it may not go out free-form.
    pub on_held: OnHeld,
    /// Why there is to be such a message.
    pub purpose: Purpose,
    /// The trace of the call.
    pub trace: Option<TraceId>,
}

/// A client's Idempotency-Key with the body that it came with.
#[derive(Debug, Clone, Copy)]
pub struct Idempotency<'a> {
    pub key: &'a str,
    pub body: &'a [u8],
}

/// An accepted message, with what would happen to it at this moment.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub message: Outbound,
    pub plan: Planned,
}

/// A plan, and what it is expected to cost if it goes.
#[derive(Debug, Clone)]
pub struct Planned {
    pub plan: Plan,
    pub cost: Option<Cost>,
    /// What the ladder sends the customer, if the message is held for their word.
    pub then: Option<steps::Following>,
}

/// Why a request was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// A field is wrong.
    #[error("{field}: {message}")]
    Invalid { field: Cow<'static, str>, message: String },
    /// What a field names does not exist.
    #[error("{field}: {message}")]
    NotFound { field: Cow<'static, str>, message: String },
    /// The Idempotency-Key was used for another body.
    #[error("the idempotency key was used for another request")]
    KeyUsedDifferently,
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> NotAccepted {
    NotAccepted::Invalid { field: field.into(), message: message.into() }
}

/// Stores the intent, as written `by` this one. The same key and body give the same message again, whoever sends them.
pub async fn accept(
    parts: &Parts,
    mint: &Mint,
    account: &AccountId,
    by: &Actor,
    request: &Request,
    idempotency: Option<Idempotency<'_>>,
) -> Result<Accepted, NotAccepted> {
    let now = parts.now();
    // A repeat is answered from what was stored, whatever has changed since: nothing about it is judged anew.
    let idempotency = idempotency.filter(|_| !planted(Defect::IdempotencyKeyIgnored));
    let keyed = match idempotency {
        Some(it) => Some((sha256_hex(it.key.as_bytes()), parts.keys(account).await?.fingerprint(it.body))),
        None => None,
    };
    if let Some((key_hash, body_hash)) = &keyed {
        match parts.store.client_key(account, key_hash, body_hash, now).await.map_err(Trouble::from)? {
            ClientKey::New => {}
            ClientKey::Other => return Err(NotAccepted::KeyUsedDifferently),
            ClientKey::Same(earlier) => {
                if let Some(accepted) = stored(parts, account, earlier, now).await? {
                    return Ok(accepted);
                }
            }
        }
    }
    let prepared = prepare(parts, account, request, now, true).await?;
    let head = &prepared.outlook.family.survivor;
    let mut id = MessageId { conversation: head.id, key: mint.key(parts, now) };
    if let Some((key_hash, body_hash)) = &keyed {
        match parts.store.claim_client_key(account, key_hash, body_hash, id, now).await.map_err(Trouble::from)? {
            ClientKey::New => {}
            ClientKey::Other => return Err(NotAccepted::KeyUsedDifferently),
            // The first request died between its key and its message, or stands beside this one: one of them
            // completes it, under its id.
            ClientKey::Same(earlier) => id = earlier,
        }
    }
    if prepared.new {
        parts.store.begin(head).await.map_err(Trouble::from)?;
    }
    let former = match prepared.outlook.family.head(id.conversation) {
        Some(_) => None,
        // The first request under this key met a contact that has been merged since, and died before its conversation
        // began. Without a head nobody would find the message; `react` joins it to the survivor's.
        None => Some(begin_former(parts, account, &prepared.outlook, id.conversation, now).await?),
    };
    let owner = former.as_ref().or(prepared.outlook.family.head(id.conversation)).unwrap_or(head);
    let key = prepared.outlook.key_of(owner).ok_or_else(|| invalid("to", "the contact was erased"))?;
    let body = OutboundBody { content: prepared.content.clone(), to: prepared.to.clone() };
    let sealed = Sealed::new(&body, key, parts.nonce());
    let purpose = request.purpose.clone();
    let mut message = Outbound::queued(owner, id, purpose, request.via, sealed, id.key.at(), prepared.expires_at)
        .of_content(&prepared.content)
        .written_by(by.clone());
    message.trace = request.trace;
    message.on_held = request.on_held;
    if parts.store.put_outbound(&message).await.map_err(Trouble::from)? == Put::Already
        && let Some(accepted) = stored(parts, account, id, now).await?
    {
        return Ok(accepted);
    }
    Ok(Accepted { plan: plan_of(parts, account, &prepared, request, now).await?, message })
}

/// Begins the conversation of a contact that was merged into the one that the request is for.
async fn begin_former(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<Head, NotAccepted> {
    let channel = &outlook.family.survivor.channel;
    let mut people = outlook.people.iter().map(|known| known.contact.id);
    let contact = people.find(|contact| conversation_of(account, channel, *contact) == conversation);
    // Somebody else answers to the address by now: what the key stands for was never stored and is nobody's any more.
    let contact = contact.ok_or(NotAccepted::KeyUsedDifferently)?;
    let head = Head::new(account.clone(), channel.clone(), contact, now);
    parts.store.begin(&head).await.map_err(Trouble::from)?;
    Ok(head)
}

/// A message that was accepted before, with the plan for it as things stand.
async fn stored(
    parts: &Parts,
    account: &AccountId,
    id: MessageId,
    now: Timestamp,
) -> Result<Option<Accepted>, Trouble> {
    let Some(Message::Outbound(message)) = parts.store.message(account, id).await? else { return Ok(None) };
    let Some(outlook) = outlook::load(parts, account, id.conversation).await? else { return Ok(None) };
    let key = outlook.family.head(id.conversation).and_then(|head| outlook.key_of(head));
    let plan = match key.and_then(|key| message.sealed.open(key).ok()) {
        Some(body) => {
            let template = outlook::template_of(parts, account, &body.content).await?;
            let wish = Wish {
                content: &body.content,
                purpose: &message.purpose,
                via: message.via,
                to: body.to.as_ref(),
                expires_at: message.expires_at,
            };
            let on_held = if message.attempt == 0 { message.on_held } else { OnHeld::Hold };
            planned(parts, account, &outlook, template.as_ref(), (&wish, on_held, Some(id.key)), now).await?
        }
        None => Planned { plan: Plan::Refuse { reason: Reason::Erased }, cost: None, then: None },
    };
    Ok(Some(Accepted { message: *message, plan }))
}

/// Says what would happen to a message at `at`, without sending or storing anything.
pub async fn preview(
    parts: &Parts,
    account: &AccountId,
    request: &Request,
    at: Timestamp,
) -> Result<Planned, NotAccepted> {
    let prepared = prepare(parts, account, request, at, false).await?;
    Ok(plan_of(parts, account, &prepared, request, at).await?)
}

/// Checks a request as if it were to be accepted. Answers its content in the customer's language, with all values that are
/// known.
pub async fn check(
    parts: &Parts,
    account: &AccountId,
    request: &Request,
    now: Timestamp,
) -> Result<Content, NotAccepted> {
    Ok(prepare(parts, account, request, now, false).await?.content)
}

async fn plan_of(
    parts: &Parts,
    account: &AccountId,
    prepared: &Prepared,
    request: &Request,
    now: Timestamp,
) -> Result<Planned, Trouble> {
    let wish = Wish {
        content: &prepared.content,
        purpose: &request.purpose,
        via: request.via,
        to: prepared.to.as_ref(),
        expires_at: prepared.expires_at,
    };
    planned(parts, account, &prepared.outlook, prepared.template.as_ref(), (&wish, request.on_held, None), now).await
}

async fn planned(
    parts: &Parts,
    account: &AccountId,
    outlook: &Outlook,
    template: Option<&Template>,
    (wish, on_held, message): (&Wish<'_>, OnHeld, Option<MessageKey>),
    now: Timestamp,
) -> Result<Planned, Trouble> {
    let mut plan = gate::foresee(parts, account, outlook, outlook.plan(false, template, wish, now), now).await?;
    let category = template.map(|template| outlook.category_of(template));
    plan = caps::foresee(parts, account, outlook, plan, (wish, category, message), now).await?;
    let mut then = None;
    if let Plan::Wait { reason, .. } = plan
        && waits_for_customer(reason)
    {
        match on_held {
            // As it will be changed once it is held.
            OnHeld::Sms => {
                let by_sms = Wish { via: Via::Sms, ..*wish };
                plan = gate::foresee(parts, account, outlook, outlook.plan(false, template, &by_sms, now), now).await?;
            }
            OnHeld::Ladder => then = steps::following(parts, outlook, (wish.content, wish.via), now).await?,
            OnHeld::Hold => {}
        }
    }
    let cost = match &plan {
        Plan::Go { way, to, .. } => {
            let prices = costs::prices_of(parts, account).await?;
            Some(costs::expected(&prices, outlook, (*way, Some(to)), wish.content, template, now).1)
        }
        Plan::Wait { .. } | Plan::Refuse { .. } | Plan::Cancel { .. } | Plan::Expire => None,
    };
    Ok(Planned { plan, cost, then })
}
