//! What a subscriber is sent.

use serde::Serialize;

use crate::{
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EventId, MessageId, Timestamp, TraceId,
        content::Content,
        event::{About, ContactFacts, ConversationFacts, Direction, Event, EventKind, MessageFacts, SubscriptionFacts},
        message::Way,
        subscription::Payload,
    },
    view::{FailureView, ReasonView},
};

/// The body (Standard Webhooks, "payload structure").
#[derive(Debug, Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: EventKind,
    /// When it happened.
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    id: EventId,
    account: &'a AccountId,
    sequence: &'a str,
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
}

#[derive(Debug, Serialize)]
struct MessageData<'a> {
    id: MessageId,
    conversation: ConversationId,
    channel: &'a ChannelId,
    contact: ContactId,
    direction: Direction,
    state: &'a str,
    way: Option<Way>,
    reason: Option<ReasonView>,
    failure: Option<FailureView>,
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Said::is_left_out")]
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

/// The JSON that is signed and sent.
pub(super) fn body(event: &Event, content: Option<&Content>, payload: Payload) -> String {
    let (mut message, mut conversation, mut contact, mut subscription) = (None, None, None, None);
    match &event.about {
        About::Message(facts) => {
            let said = if payload == Payload::Full { Said::Told(content) } else { Said::LeftOut };
            message = Some(message_data(facts, said));
        }
        About::Conversation(facts) => conversation = Some(facts),
        About::Contact(facts) => contact = Some(facts),
        About::Subscription(facts) => subscription = Some(facts),
    }
    let data = Data {
        id: event.id,
        account: &event.account,
        sequence: &event.sequence,
        trace_id: event.trace,
        message,
        conversation,
        contact,
        subscription,
    };
    let body = Body { kind: event.kind, timestamp: event.at, data };
    serde_json::to_string(&body).expect("our own types have a JSON form")
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
        content,
    }
}
