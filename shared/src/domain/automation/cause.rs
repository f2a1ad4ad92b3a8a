//! What makes rules act, and who was behind it.

use serde::{Deserialize, Serialize};

use super::{
    ids::{EffectId, LabelId, RuleId},
    rule::{BookingEvent, Since, State},
    score::Score,
};
use crate::domain::{
    AccountId, ConversationId, EventId, MessageId, Timestamp,
    conversation::Head,
    event::{EventKind, event_id},
    time::SignedDuration,
    work::Work,
};

/// Something that happened in a conversation, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Made of what happened and never of when that was noticed, as an event's id is: told again, it is the same.
    pub id: EventId,
    pub conversation: ConversationId,
    /// When it happened; of a timer, when it was due.
    pub at: Timestamp,
    pub happened: Happened,
    pub by: Origin,
}

/// What happened. What a message says is with the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happened", rename_all = "snake_case")]
pub enum Happened {
    /// The customer wrote.
    Message {},
    Scored {
        score: Score,
    },
    State {
        from: State,
        to: State,
    },
    Labelled {
        label: LabelId,
    },
    Timer {
        since: Since,
        minutes: u32,
    },
    Booking {
        event: BookingEvent,
    },
    SlaBreached {},
}

/// Who was behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Origin {
    Customer {},
    Staff {},
    /// A client of the API.
    Program {},
    /// Nobody: time went by, or another system reports.
    Nobody {},
    /// Rules: the one that did it last, and those that led to it first.
    Automation {
        chain: Vec<RuleId>,
    },
}

impl Origin {
    /// How many rules in a row may each be the cause of the next.
    pub const LONGEST_CHAIN: usize = 3;

    /// The rules that led to it.
    pub fn chain(&self) -> &[RuleId] {
        match self {
            Self::Automation { chain } => chain,
            Self::Customer {} | Self::Staff {} | Self::Program {} | Self::Nobody {} => &[],
        }
    }

    /// What a rule does because of something of this origin.
    #[must_use]
    pub fn then(&self, rule: &RuleId) -> Self {
        Self::Automation { chain: self.chain().iter().chain([rule]).cloned().collect() }
    }
}

impl Cause {
    /// The customer wrote a message: as the event that tells of it.
    pub fn message(account: &AccountId, message: MessageId, at: Timestamp) -> Self {
        let id = event_id(account, EventKind::MessageReceived, &message.to_string(), "");
        let happened = Happened::Message {};
        Self { id, conversation: message.conversation, at, happened, by: Origin::Customer {} }
    }

    /// A message says how satisfied the customer is.
    pub fn scored(account: &AccountId, message: MessageId, score: Score, at: Timestamp) -> Self {
        let id = event_id(account, EventKind::ConversationScored, &message.to_string(), "");
        let happened = Happened::Scored { score };
        Self { id, conversation: message.conversation, at, happened, by: Origin::Customer {} }
    }

    /// The conversation changed its state with this version of its head.
    pub fn state(head: &Head, from: State, at: Timestamp, by: Origin) -> Self {
        let id =
            event_id(&head.account, EventKind::ConversationChanged, &head.id.to_string(), &head.version.to_string());
        let happened = Happened::State { from, to: State::from(head.tray()) };
        Self { id, conversation: head.id, at, happened, by }
    }

    /// A label was put on the conversation by this revision of its work.
    pub fn labelled(account: &AccountId, work: &Work, label: &LabelId, at: Timestamp, by: Origin) -> Self {
        let conversation = work.conversation.to_string();
        let id = EffectId::derived(account, &["labelled", &conversation, label.as_str(), &work.rev.to_string()]);
        let happened = Happened::Labelled { label: label.clone() };
        Self { id: id.event(), conversation: work.conversation, at, happened, by }
    }

    /// So many minutes have passed since something that happened at `from`.
    pub fn timer(account: &AccountId, id: ConversationId, since: Since, from: Timestamp, minutes: u32) -> Self {
        let (conversation, began) = (id.to_string(), from.as_millisecond().to_string());
        let id_of = EffectId::derived(account, &["timer", &conversation, since.word(), &began, &minutes.to_string()]);
        let at = from + SignedDuration::from_mins(i64::from(minutes));
        let happened = Happened::Timer { since, minutes };
        Self { id: id_of.event(), conversation: id, at, happened, by: Origin::Nobody {} }
    }

    /// The customer who began to wait at `since` was not answered in the time that was promised.
    pub fn sla_breached(account: &AccountId, id: ConversationId, since: Timestamp, at: Timestamp) -> Self {
        let once = since.as_millisecond().to_string();
        let event = event_id(account, EventKind::SlaBreached, &id.to_string(), &once);
        Self { id: event, conversation: id, at, happened: Happened::SlaBreached {}, by: Origin::Nobody {} }
    }
}

impl Happened {
    /// How many kinds there are.
    pub(super) const KINDS: usize = 7;

    /// The place of its kind among them.
    pub(super) fn kind(&self) -> usize {
        match self {
            Self::Message {} => 0,
            Self::Scored { .. } => 1,
            Self::State { .. } => 2,
            Self::Labelled { .. } => 3,
            Self::Timer { .. } => 4,
            Self::Booking { .. } => 5,
            Self::SlaBreached {} => 6,
        }
    }
}
