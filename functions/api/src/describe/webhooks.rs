//! What subscribers are sent.

use serde_json::{Map, Value, json};
use transom::{
    app::publish::{EventBody, EventsBody},
    domain::event::EventKind,
};

use super::schemas::Schemas;

/// What an event is about, as its data names it.
const PARTS: [&str; 6] = ["message", "conversation", "contact", "request", "subscription", "template"];

fn part(kind: EventKind) -> &'static str {
    match kind {
        EventKind::MessageReceived
        | EventKind::MediaReceived
        | EventKind::MessageEchoed
        | EventKind::MessageHeld
        | EventKind::MessageReleased
        | EventKind::MessageAccepted
        | EventKind::MessageSent
        | EventKind::MessageDelivered
        | EventKind::MessageRead
        | EventKind::MessageFailed
        | EventKind::MessageExpired
        | EventKind::MessageCancelled
        | EventKind::MessageUnknown
        | EventKind::MessageUndetermined
        | EventKind::FallbackSent => "message",
        EventKind::ConversationChanged
        | EventKind::ConversationReminder
        | EventKind::LadderNotify
        | EventKind::TicketWanted
        | EventKind::WindowOpened
        | EventKind::WindowClosing
        | EventKind::WindowClosed
        | EventKind::ConversationAssigned
        | EventKind::ConversationEscalated
        | EventKind::ConversationScored
        | EventKind::SlaBreached
        | EventKind::AutomationNotified
        | EventKind::AutomationCalled
        | EventKind::BookingReported => "conversation",
        EventKind::RequestOpened | EventKind::RequestChanged => "request",
        EventKind::ContactOptedOut | EventKind::ContactOptedIn | EventKind::ContactErased => "contact",
        EventKind::TemplateChanged => "template",
        EventKind::SubscriptionTest | EventKind::SubscriptionDisabled => "subscription",
    }
}

/// The schema of events about one thing.
fn name(part: &str) -> String {
    let (first, rest) = part.split_at(1);
    format!("{}{rest}Event", first.to_uppercase())
}

/// The schemas of events, each with what it is about.
pub fn events(schemas: &mut Schemas) -> Map<String, Value> {
    let event = schemas.given::<EventBody<'static>>();
    schemas.given::<EventsBody<'static>>();
    let of = |part: &str| {
        let kinds: Vec<&str> =
            EventKind::ALL.iter().filter(|kind| self::part(**kind) == part).map(|it| it.word()).collect();
        let narrowed = json!({ "properties": { "type": { "enum": kinds }, "data": { "required": [part] } } });
        (name(part), json!({ "allOf": [event, narrowed] }))
    };
    PARTS.into_iter().map(of).collect()
}

/// One call for each kind of event, and one for several together.
pub fn webhooks() -> Map<String, Value> {
    let each = EventKind::ALL.iter().map(|kind| (kind.word(), kind.about().trim(), name(part(*kind))));
    let several = ("batch", "Several events in one call, for subscriptions with a batch.", "EventBatch".to_owned());
    each.chain([several])
        .map(|(word, about, schema)| (word.to_owned(), json!({ "post": call(about, &schema) })))
        .collect()
}

fn call(about: &str, schema: &str) -> Value {
    let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let content = json!({ "schema": { "$ref": format!("#/components/schemas/{schema}") } });
    json!({
        "summary": about,
        "parameters": headers.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })),
        "requestBody": { "required": true, "content": { "application/json": content } },
        "responses": {
            "2XX": { "description": "Taken" },
            "410": { "description": "The subscription is given up" },
            "default": { "description": "Tried again: ten attempts over three days. Retry-After is heeded" },
        },
    })
}

/// The headers of each call.
pub fn headers() -> Map<String, Value> {
    let known = [
        (
            "webhook-id",
            "The event's id (of a batch: bat_ and a hash of its events' ids). The same at every attempt: pass over what you \
             have had.",
        ),
        ("webhook-timestamp", "Seconds since 1970, of this attempt."),
        (
            "webhook-signature",
            "Standard Webhooks: v1, and the HMAC-SHA256 of id.timestamp.body in base64; two of them while a secret is replaced.",
        ),
    ];
    let header = |(name, about): (&str, &str)| {
        let header = json!({ "name": name, "in": "header", "required": true, "description": about, "schema": { "type": "string" } });
        (name.to_owned(), header)
    };
    known.into_iter().map(header).collect()
}
