//! Planted defects: each takes one protection away, so that the simulation can be seen to find it. Some stand between the
//! product and what it calls; others are switches inside it (`transom::defects`), compiled in by the feature `defects`.

use std::cell::Cell;

use transom::domain::ConversationId;

use crate::machine::Millis;

/// Defects that need no change of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outer {
    /// A webhook is answered with 200 whatever became of it.
    AcknowledgeBeforeWrite,
    /// The HTTP client makes a call again that was not answered.
    HttpClientRetries,
    /// The second ring within five minutes is swallowed.
    RingNamedByConversation,
    /// The processes' clocks are an hour behind.
    WrongClock,
    /// A claim is written whatever stands there.
    ClaimWithoutCondition,
    /// Nothing is written before the call.
    NoClaim,
    /// An outcome or a verdict is written whatever stands there.
    OutcomeWithoutCondition,
    /// A head takes the time of whatever came last.
    RaiseWithoutCondition,
    /// A message's row is written whether or not it is there.
    PutMessageWithoutCondition,
    /// A head is marked although the customer has written since.
    HeadMarkedWithoutCondition,
    /// Reads that decide may see the past.
    EventualReads,
    /// A batch does not say which of its records failed.
    FailedIdsLeftEmpty,
    /// A job is given up after its first receive.
    ParkingLimitOfOne,
    /// A batch of the stream that failed counts as done.
    StreamFailuresIgnored,
}

impl Outer {
    pub const ALL: [Self; 14] = [
        Self::AcknowledgeBeforeWrite,
        Self::HttpClientRetries,
        Self::RingNamedByConversation,
        Self::WrongClock,
        Self::ClaimWithoutCondition,
        Self::NoClaim,
        Self::OutcomeWithoutCondition,
        Self::RaiseWithoutCondition,
        Self::PutMessageWithoutCondition,
        Self::HeadMarkedWithoutCondition,
        Self::EventualReads,
        Self::FailedIdsLeftEmpty,
        Self::ParkingLimitOfOne,
        Self::StreamFailuresIgnored,
    ];
}

thread_local! {
    static PLANTED: Cell<Option<Outer>> = const { Cell::new(None) };
}

/// Whether this defect is planted on this thread.
pub fn on(defect: Outer) -> bool {
    PLANTED.get() == Some(defect)
}

/// Plants a defect on this thread, or none.
pub fn plant(defect: Option<Outer>) {
    PLANTED.set(defect);
}

/// Changes a request to the table.
pub fn rewrite(operation: &str, body: Vec<u8>) -> Vec<u8> {
    let Some(planted) = PLANTED.get() else { return body };
    let text = String::from_utf8_lossy(&body);
    let of_message = text.contains("\"sk\":{\"S\":\"M#");
    let of_head = text.contains("\"sk\":{\"S\":\"H\"");
    let sets = |name: &str| text.contains(&format!("\":{name}\":"));
    let strip = match planted {
        Outer::EventualReads => {
            return text.replace("\"ConsistentRead\":true", "\"ConsistentRead\":false").into_bytes();
        }
        Outer::ClaimWithoutCondition => operation == "UpdateItem" && of_message && is_claim(&text),
        Outer::OutcomeWithoutCondition => operation == "UpdateItem" && of_message && !is_claim(&text),
        Outer::RaiseWithoutCondition => operation == "UpdateItem" && of_head && sets("li"),
        Outer::HeadMarkedWithoutCondition => operation == "UpdateItem" && of_head && sets("wf"),
        Outer::PutMessageWithoutCondition => operation == "PutItem" && of_message,
        Outer::AcknowledgeBeforeWrite
        | Outer::HttpClientRetries
        | Outer::RingNamedByConversation
        | Outer::WrongClock
        | Outer::NoClaim
        | Outer::FailedIdsLeftEmpty
        | Outer::ParkingLimitOfOne
        | Outer::StreamFailuresIgnored => false,
    };
    if strip { always(&text).unwrap_or(body) } else { body }
}

/// The same request with a condition that always holds. What the condition names stays named, as DynamoDB demands.
fn always(text: &str) -> Option<Vec<u8>> {
    let mut request: serde_json::Value = serde_json::from_str(text).ok()?;
    let condition = request["ConditionExpression"].as_str()?;
    request["ConditionExpression"] = format!("({condition}) OR attribute_not_exists(nothere)").into();
    serde_json::to_vec(&request).ok()
}

/// Whether a request to the table is answered as done and not done.
pub fn skips(operation: &str, body: &[u8]) -> bool {
    on(Outer::NoClaim) && operation == "UpdateItem" && std::str::from_utf8(body).is_ok_and(is_claim)
}

/// Whether an update of a message is a claim. (Others name that state in their conditions.)
pub fn is_claim(body: &str) -> bool {
    body.contains("\":st\":{\"S\":\"claimed\"}")
}

/// The name of a ring.
pub fn ring_name(conversation: ConversationId, once: &str) -> String {
    if on(Outer::RingNamedByConversation) { conversation.to_string() } else { once.to_owned() }
}

/// How far a process's clock is off.
pub fn skew(skew: Millis) -> Millis {
    if on(Outer::WrongClock) { skew - 3_600_000 } else { skew }
}
