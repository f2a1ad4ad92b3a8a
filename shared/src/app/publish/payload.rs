//! What a subscriber is sent. The API's document describes these types for subscribers.

use serde::Serialize;
use serde_json::Value;

use super::Item;
use crate::{
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EventId, MessageId, Timestamp, TraceId,
        access::Actor,
        content::Content,
        event::{
            About, ContactFacts, ConversationFacts, Direction, Event, EventKind, MessageFacts, RequestFacts,
            SubscriptionFacts, TemplateFacts,
        },
        message::Way,
        sending::MessageState,
        subscription::{Payload, Subscription},
    },
    seal::sha256_hex,
    view::{FailureView, ReasonView},
};

/// The version of this form.
const VERSION: u8 = 1;

/// One event (Standard Webhooks, "payload structure").
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Event")]
pub struct Body<'a> {
    #[serde(rename = "type")]
    kind: EventKind,
    /// When it happened.
    timestamp: Timestamp,
    data: Data<'a>,
}

/// What happened, and one of `message`, `conversation`, `contact`, `request`, `subscription` and `template`: as it stood then.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EventData")]
struct Data<'a> {
    /// The version of this form. New fields come without a new version; pass over those that you do not know.
    #[schemars(extend("const" = VERSION))]
    version: u8,
    /// The same whoever noticed it and however often it is told; also the header webhook-id.
    id: EventId,
    account: &'a AccountId,
    /// Orders the events of one conversation as they were stored; compare as text. They may arrive in any order.
    sequence: &'a str,
    /// Somebody asked for it to be told again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replay: bool,
    /// W3C Trace Context, also in the header traceparent.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<TraceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a ConversationFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a ContactFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<&'a SubscriptionFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a TemplateFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a RequestFacts>,
}

/// Several of them.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EventBatch")]
pub struct Several<'a> {
    #[schemars(extend("const" = "batch"))]
    r#type: &'static str,
    /// When they were put together.
    timestamp: Timestamp,
    data: SeveralData<'a>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EventBatchData")]
struct SeveralData<'a> {
    #[schemars(extend("const" = VERSION))]
    version: u8,
    #[schemars(length(min = 1, max = 100))]
    events: Vec<Body<'a>>,
}

#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "EventMessage")]
struct MessageData<'a> {
    id: MessageId,
    conversation: ConversationId,
    channel: &'a ChannelId,
    contact: ContactId,
    direction: Direction,
    #[schemars(with = "MessageState")]
    state: &'a str,
    way: Option<Way>,
    reason: Option<ReasonView>,
    failure: Option<FailureView>,
    attempt: Option<u32>,
    /// Who wrote it; `null` of what came in.
    by: Option<&'a Actor>,
    /// What was said. Only for subscriptions with payload full; `null` if it cannot be opened any more.
    #[serde(skip_serializing_if = "Said::is_left_out")]
    #[schemars(with = "Option<Content>")]
    content: Said<'a>,
}

/// What was said.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Said<'a> {
    /// Not for those who are told thinly.
    LeftOut,
    /// `null`: it cannot be opened any more.
    Told(Option<&'a Content>),
}

impl Said<'_> {
    fn is_left_out(&self) -> bool {
        matches!(self, Self::LeftOut)
    }
}

/// The id of the call and the JSON that is signed and sent. Who takes batches always gets one.
pub(super) fn body(items: &[Item<'_>], subscription: &Subscription, now: Timestamp) -> (String, String) {
    let bodies = items.iter().map(|item| body_of(item, subscription.payload));
    if let (None, [item]) = (subscription.batch, items) {
        return (item.event.id.to_string(), text(&body_of(item, subscription.payload)));
    }
    // The same things together are the same batch.
    let ids: Vec<String> = items.iter().map(|item| item.event.id.to_string()).collect();
    let id = format!("bat_{}", &sha256_hex(ids.join(",").as_bytes())[..26]);
    let data = SeveralData { version: VERSION, events: bodies.collect() };
    (id, text(&Several { r#type: "batch", timestamp: now, data }))
}

fn text<T: Serialize>(body: &T) -> String {
    serde_json::to_string(body).expect("our own types have a JSON form")
}

/// What is told, as filters see it.
pub(super) fn told(item: &Item<'_>, payload: Payload) -> Value {
    serde_json::to_value(body_of(item, payload)).expect("our own types have a JSON form")
}

fn body_of<'a>(item: &'a Item<'_>, payload: Payload) -> Body<'a> {
    let event: &Event = item.event;
    let (mut message, mut conversation, mut contact) = (None, None, None);
    let (mut subscription, mut template, mut request) = (None, None, None);
    match &event.about {
        About::Message(facts) => {
            let content = item.said.as_ref().map(|said| &said.content);
            let said = if payload == Payload::Full { Said::Told(content) } else { Said::LeftOut };
            message = Some(message_data(facts, said));
        }
        About::Conversation(facts) => conversation = Some(facts),
        About::Contact(facts) => contact = Some(facts),
        About::Subscription(facts) => subscription = Some(facts),
        About::Template(facts) => template = Some(facts),
        About::Request(facts) => request = Some(facts),
    }
    let data = Data {
        version: VERSION,
        id: event.id,
        account: &event.account,
        sequence: &event.sequence,
        replay: item.replay,
        trace_id: event.trace,
        message,
        conversation,
        contact,
        subscription,
        template,
        request,
    };
    Body { kind: event.kind, timestamp: event.at, data }
}

fn message_data<'a>(facts: &'a MessageFacts, content: Said<'a>) -> MessageData<'a> {
    MessageData {
        id: facts.id,
        conversation: facts.conversation,
        channel: &facts.channel,
        contact: facts.contact,
        direction: facts.direction,
        state: &facts.state,
        way: facts.way,
        reason: facts.reason.map(ReasonView::from),
        failure: facts.failure.as_ref().map(FailureView::from),
        attempt: facts.attempt,
        by: facts.by.as_ref(),
        content,
    }
}
