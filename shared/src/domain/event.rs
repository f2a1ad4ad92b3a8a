//! What subscribers are told. Events are derived from the same changes as effects are, and as purely.
//!
//! An event's id is made of what happened and never of when that was noticed: whoever handles a change twice, or reads the
//! table again, tells of the same event under the same id.

mod kinds;
mod notices;
mod working;

use serde::{Deserialize, Serialize};

use super::{
    AccountId, ChannelId, ContactId, ConversationId, EventId, MessageId, StaffId, SubscriptionId, TeamId, Timestamp,
    TraceId,
    access::Actor,
    automation::{self, BookingEvent, Level, Score},
    channel::ProviderKind,
    consent::Scope,
    conversation::Head,
    effects::Change,
    ids::{RequestId, RuleId},
    message::{Inbound, Outbound, Purpose, Way},
    outcome::Failure,
    reason::Reason,
    request::{Request, RequestKind, RequestStatus},
    sending::{Attempt, Delivery, SenderState},
    template::{Category, Quality},
    time::SignedDuration,
    window::ServiceWindow,
};
use crate::seal::sha256;
pub use kinds::EventKind;

/// How long before a window's end it is said to be closing.
pub const CLOSING: SignedDuration = SignedDuration::from_hours(4);

/// One thing that happened. Holds nothing personal, since it goes through queues: what was said is added when it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    #[serde(rename = "type")]
    pub kind: EventKind,
    pub account: AccountId,
    /// When it happened.
    pub at: Timestamp,
    /// Orders the events of one conversation as they were stored; compares as text. Nothing says in which order they arrive.
    pub sequence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    #[serde(flatten)]
    pub about: About,
}

/// What an event is about, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Message(MessageFacts),
    Conversation(ConversationFacts),
    Contact(ContactFacts),
    Subscription(SubscriptionFacts),
    Template(TemplateFacts),
    Request(RequestFacts),
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "MessageDirection")]
pub enum Direction {
    Inbound,
    Outbound,
}

/// A message as it stood when something happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFacts {
    pub id: MessageId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    pub direction: Direction,
    /// The word that the API uses.
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Who wrote it, of an outbound one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// A conversation as it stood when something happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventConversation")]
pub struct ConversationFacts {
    pub id: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    /// `initiated`, `waiting` (the customer waits for an answer), `open`, `closed` or `archived`.
    #[schemars(extend("enum" = ["initiated", "waiting", "open", "closed", "archived"]))]
    pub state: String,
    /// When the window of the customer's last message closes, or closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_closes_at: Option<Timestamp>,
    /// The step of the ladder that this is about, and its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The message that was given up, or that says the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Whoever of the staff has it, and its team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Why somebody is told, and who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<EscalationFacts>,
    /// 1, the worst, to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// The rule that this is the doing of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// What happened to the booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingEvent>,
}

/// An escalation, as far as whoever is told needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventEscalation")]
pub struct EscalationFacts {
    /// `None`: a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<automation::Reason>,
    pub to: Level,
    /// Since when, of a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// A contact that something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventContact")]
pub struct ContactFacts {
    pub id: ContactId,
    /// `message`: by a word of the customer's; `api`: by a program; of a wish, how it came otherwise (see
    /// [`super::consent::How::origin`]).
    #[schemars(extend("enum" = super::consent::How::ALL.map(super::consent::How::origin)))]
    pub by: String,
    /// Of a wish, what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

/// A subscription that something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventSubscription")]
pub struct SubscriptionFacts {
    pub id: SubscriptionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A template of the account, at its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventTemplate")]
pub struct TemplateFacts {
    pub name: String,
    pub language: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
    /// The provider's word in lower case, such as `approved`, `rejected` or `paused`; or ours, where no provider decided.
    pub status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The category that the provider has it in, and the one that it will be moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_category: Option<Category>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// A request as it stood when something happened to it. Its note is told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EventRequest")]
pub struct RequestFacts {
    pub id: RequestId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    /// A word or two, such as `towels`.
    pub kind: RequestKind,
    pub status: RequestStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<StaffId>,
    /// Who did this to it.
    pub by: Actor,
}

impl About {
    pub fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Message(message) => Some(&message.channel),
            Self::Conversation(conversation) => Some(&conversation.channel),
            Self::Request(request) => Some(&request.channel),
            Self::Contact(_) | Self::Subscription(_) | Self::Template(_) => None,
        }
    }

    /// The person.
    pub fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Message(message) => Some(message.contact),
            Self::Conversation(conversation) => Some(conversation.contact),
            Self::Request(request) => Some(request.contact),
            Self::Contact(contact) => Some(contact.id),
            Self::Subscription(_) | Self::Template(_) => None,
        }
    }

    pub fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Message(message) => Some(message.conversation),
            Self::Conversation(conversation) => Some(conversation.id),
            Self::Request(request) => Some(request.conversation),
            Self::Contact(_) | Self::Subscription(_) | Self::Template(_) => None,
        }
    }

    pub fn message(&self) -> Option<MessageId> {
        match self {
            Self::Message(message) => Some(message.id),
            Self::Conversation(_) | Self::Contact(_) | Self::Subscription(_) | Self::Template(_) | Self::Request(_) => {
                None
            }
        }
    }
}

/// The id of what happened to `subject`; `once` tells apart what can happen to it more than once.
pub fn event_id(account: &AccountId, kind: EventKind, subject: &str, once: &str) -> EventId {
    let digest = sha256(format!("event#{account}#{}#{subject}#{once}", kind.word()).as_bytes());
    EventId::from_bits(u128::from_be_bytes(*digest.first_chunk().expect("it has 32 bytes")))
}

/// Everything that happened with a change. `stored_at` and `sequence` are the stream's word on when it was stored, and in
/// which order.
pub fn events(change: &Change, stored_at: Timestamp, sequence: &str) -> Vec<Event> {
    let mut events = match change {
        Change::Head { old, new } => head(old.as_deref(), new, stored_at),
        Change::Inbound { new } => vec![inbound(new)],
        Change::Outbound { old: Some(old), new } => outbound(old, new),
        Change::Disabled { account, subscription, why } => {
            vec![disabled(account, subscription, why, stored_at, sequence)]
        }
        Change::Request { account, old, new } => vec![request(account, old.is_none(), new)],
        Change::Notice { event } => vec![(**event).clone()],
        // An intent is nothing that happened yet: whoever asked for it has been answered.
        Change::Outbound { old: None, .. }
        | Change::Probe { .. }
        | Change::Job { .. }
        | Change::Work { .. }
        | Change::Free { .. } => Vec::new(),
    };
    for (index, event) in events.iter_mut().enumerate() {
        // The stream's numbers have up to 40 digits.
        event.sequence = format!("{sequence:0>40}.{index:02}");
    }
    events
}

fn disabled(
    account: &AccountId,
    subscription: &SubscriptionId,
    why: &str,
    stored_at: Timestamp,
    sequence: &str,
) -> Event {
    let kind = EventKind::SubscriptionDisabled;
    Event {
        id: event_id(account, kind, subscription.as_str(), sequence),
        kind,
        account: account.clone(),
        at: stored_at,
        sequence: String::new(),
        trace: None,
        about: About::Subscription(SubscriptionFacts { id: subscription.clone(), why: Some(why.to_owned()) }),
    }
}

fn request(account: &AccountId, is_new: bool, new: &Request) -> Event {
    let kind = if is_new { EventKind::RequestOpened } else { EventKind::RequestChanged };
    let subject = format!("{}#{}", new.conversation, new.id);
    Event {
        id: event_id(account, kind, &subject, &new.rev.to_string()),
        kind,
        account: account.clone(),
        at: new.changed_at,
        sequence: String::new(),
        trace: None,
        about: About::Request(RequestFacts {
            id: new.id,
            conversation: new.conversation,
            channel: new.channel.clone(),
            contact: new.contact,
            kind: new.kind.clone(),
            status: new.status,
            due_at: new.due_at,
            team: new.team.clone(),
            assignee: new.assignee,
            by: new.changed_by.clone(),
        }),
    }
}

fn inbound(new: &Inbound) -> Event {
    let (kind, direction, state) = if new.echo {
        (EventKind::MessageEchoed, Direction::Outbound, Delivery::Sent.word())
    } else {
        (EventKind::MessageReceived, Direction::Inbound, "received")
    };
    Event {
        id: event_id(&new.account, kind, &new.id.to_string(), ""),
        kind,
        account: new.account.clone(),
        at: new.at,
        sequence: String::new(),
        trace: new.trace,
        about: About::Message(MessageFacts {
            id: new.id,
            conversation: new.id.conversation,
            channel: new.channel.clone(),
            contact: new.contact,
            direction,
            state: state.to_owned(),
            way: None,
            reason: None,
            failure: None,
            attempt: None,
            by: None,
        }),
    }
}

fn outbound(old: &Outbound, new: &Outbound) -> Vec<Event> {
    let mut happened: Vec<(EventKind, Timestamp, String)> = Vec::new();
    if old.state == SenderState::Waiting && matches!(new.state, SenderState::Claimed { .. }) {
        happened.push((EventKind::MessageReleased, new.changed_at, new.attempt.to_string()));
    }
    for attempt in &new.attempts {
        let before = old.attempts.iter().find(|before| before.number == attempt.number);
        for (kind, at) in newly(before, attempt) {
            happened.push((kind, at.unwrap_or(new.changed_at), attempt.number.to_string()));
        }
    }
    let stands_now = new.stands() && !old.stands();
    if stands_now && matches!(new.purpose, Purpose::WindowTemplate { .. } | Purpose::SmsInvite { .. }) {
        happened.push((EventKind::FallbackSent, new.changed_at, String::new()));
    }
    let (was, is) = (old.delivery(), new.delivery());
    if was.word() != is.word() {
        let (at, attempt) = (new.changed_at, new.attempt.to_string());
        match is {
            Delivery::Held => happened.push((EventKind::MessageHeld, at, at.as_millisecond().to_string())),
            Delivery::Failed { .. } | Delivery::Refused => {
                let reported = new.current().and_then(|attempt| attempt.failed.as_ref()).map(|(_, at)| *at);
                happened.push((EventKind::MessageFailed, reported.unwrap_or(at), attempt));
            }
            Delivery::Expired => happened.push((EventKind::MessageExpired, at, attempt)),
            Delivery::Cancelled => happened.push((EventKind::MessageCancelled, at, attempt)),
            Delivery::Unknown => happened.push((EventKind::MessageUnknown, at, attempt)),
            Delivery::Undetermined => happened.push((EventKind::MessageUndetermined, at, attempt)),
            // Facts of an attempt, told above; or nothing that anybody outside acts on.
            Delivery::Queued
            | Delivery::Sending
            | Delivery::Accepted
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Read => {}
        }
    }
    let subject = (&new.account, new.id.to_string(), new.trace);
    told(happened, subject, &About::Message(facts(new)))
}

/// Events of one subject: its account, its id and the trace that led to it.
fn told(
    happened: Vec<(EventKind, Timestamp, String)>,
    (account, subject, trace): (&AccountId, String, Option<TraceId>),
    about: &About,
) -> Vec<Event> {
    let event = |(kind, at, once): (EventKind, Timestamp, String)| Event {
        id: event_id(account, kind, &subject, &once),
        kind,
        account: account.clone(),
        at,
        sequence: String::new(),
        trace,
        about: about.clone(),
    };
    happened.into_iter().map(event).collect()
}

/// What is known of an attempt now and was not before, and when it happened, if that is said.
fn newly(before: Option<&Attempt>, now: &Attempt) -> Vec<(EventKind, Option<Timestamp>)> {
    let mut found = Vec::new();
    if now.taken() && !before.is_some_and(Attempt::taken) {
        found.push((EventKind::MessageAccepted, now.answered_at.or(now.sent).or(now.delivered).or(now.read)));
    }
    let facts = |attempt: &Attempt| [attempt.sent, attempt.delivered, attempt.read];
    let known = before.map(facts).unwrap_or_default();
    let kinds = [EventKind::MessageSent, EventKind::MessageDelivered, EventKind::MessageRead];
    for ((kind, at), known) in kinds.into_iter().zip(facts(now)).zip(known) {
        if at.is_some() && known.is_none() {
            found.push((kind, at));
        }
    }
    found
}

/// A message as it stands.
pub fn facts(message: &Outbound) -> MessageFacts {
    let delivery = message.delivery();
    let failure = if let Delivery::Failed { failure } = &delivery { Some(failure.clone()) } else { None };
    MessageFacts {
        id: message.id,
        conversation: message.id.conversation,
        channel: message.channel.clone(),
        contact: message.contact,
        direction: Direction::Outbound,
        state: delivery.word().to_owned(),
        way: message.way,
        reason: message.reason,
        failure,
        attempt: (message.attempt > 0).then_some(message.attempt),
        by: message.by.clone(),
    }
}

fn head(old: Option<&Head>, new: &Head, stored_at: Timestamp) -> Vec<Event> {
    // One that was merged speaks through its survivor.
    if new.survivor.is_some() {
        return Vec::new();
    }
    let mut happened: Vec<(EventKind, Timestamp, String)> = Vec::new();
    let last_in = |head: &Head| head.last_in.as_ref().map(|last| last.at);
    if let Some(wrote) = last_in(new)
        && old.is_none_or(|old| last_in(old) < Some(wrote))
    {
        let before = ServiceWindow { last_in: old.and_then(last_in), closed_for: old.and_then(|old| old.closed_for) };
        let was_open = !before.closed_by_provider() && before.closes_at().is_some_and(|end| end > wrote);
        if !was_open {
            happened.push((EventKind::WindowOpened, wrote, wrote.as_millisecond().to_string()));
        }
    }
    if old.map(Head::tray) != Some(new.tray()) {
        happened.push((EventKind::ConversationChanged, stored_at, new.version.to_string()));
    }
    let subject = (&new.account, new.id.to_string(), new.trace);
    told(happened, subject, &About::Conversation(conversation_facts(new)))
}

fn conversation_facts(head: &Head) -> ConversationFacts {
    ConversationFacts {
        id: head.id,
        channel: head.channel.clone(),
        contact: head.contact,
        state: head.tray().word().to_owned(),
        window_closes_at: head.window().closes_at(),
        step: None,
        note: None,
        message: None,
        assignee: None,
        team: None,
        escalation: None,
        score: None,
        rule: None,
        booking: None,
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
