//! What happened in a conversation, as far as numbers are concerned. Who tells it in the order of time is told what it comes to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ChannelId, ConversationId, StaffId, TeamId, Timestamp,
    access::Actor,
    answer::answers,
    message::{Message, Outbound, Purpose, Way},
    sending::Delivery,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub conversation: ConversationId,
    pub at: Timestamp,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The customer wrote something that wants an answer. `window`: it opens a window, which no SMS does.
    Wrote {
        window: bool,
    },
    /// A person wrote, or a program that speaks for one. `by`: `None` where nobody noted who. `left`: it went out and answers the
    /// customer, as things stand.
    Answered {
        by: Option<Actor>,
        left: Option<Left>,
        fallback: Option<Fallen>,
    },
    /// A rule wrote, or Transom by itself: no answer. `settles`: what it says is what the customer waits for, who waits no more.
    Automatic {
        settles: Option<Left>,
        fallback: Option<Fallen>,
    },
    Changed(WorkChanged),
    Ended(How),
    /// Opened again by hand.
    Reopened,
    Scored(Score),
}

/// When an answer went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub at: Timestamp,
    /// What the customer wrote up to here is answered by it: one that was held is planned with what came later.
    pub up_to: Timestamp,
}

/// Who has the conversation from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkChanged {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Or who had it, where nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<StaffId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Closed,
    /// Put away without having been closed.
    Archived,
}

/// How satisfied a customer says that they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// 1 to 5.
    pub score: u8,
    /// The team and the person that it is about, as they were when the customer was asked. `None`: whose the conversation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// What goes in the place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    WindowTemplate,
    SmsInvite,
    HoldingMessage,
    /// An answer that went by SMS out of a WhatsApp conversation.
    AnswerBySms,
}

impl Fallback {
    pub fn word(self) -> &'static str {
        match self {
            Self::WindowTemplate => "window_template",
            Self::SmsInvite => "sms_invite",
            Self::HoldingMessage => "holding_message",
            Self::AnswerBySms => "answer_by_sms",
        }
    }
}

/// A fallback, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallen {
    pub kind: Fallback,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not left, or nobody knows yet whether it did.
    Pending,
    /// A provider took it, and says no more.
    Accepted,
    Delivered,
    Read,
    /// A provider or a rule refused it, or its outcome will never be known.
    Failed,
    /// It was taken back, or its time ran out.
    Withdrawn,
}

impl Outcome {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Accepted, Self::Delivered, Self::Read, Self::Failed, Self::Withdrawn];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// A provider took it.
    pub fn went_out(self) -> bool {
        matches!(self, Self::Accepted | Self::Delivered | Self::Read)
    }

    fn of(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Queued | Delivery::Held | Delivery::Sending | Delivery::Unknown => Self::Pending,
            Delivery::Accepted | Delivery::Sent => Self::Accepted,
            Delivery::Delivered => Self::Delivered,
            Delivery::Read => Self::Read,
            Delivery::Failed { .. } | Delivery::Refused | Delivery::Undetermined => Self::Failed,
            Delivery::Expired | Delivery::Cancelled => Self::Withdrawn,
        }
    }
}

/// What a message is to the numbers; `None`: nothing. `sms`: channels that have no windows.
pub fn fact_of(message: &Message, sms: &BTreeSet<ChannelId>) -> Option<Fact> {
    let id = message.id();
    let what = match message {
        Message::Inbound(it) if it.echo => {
            What::Answered { by: None, left: Some(Left { at: it.at, up_to: it.at }), fallback: None }
        }
        // A reaction, an edit or a notice asks for nothing.
        Message::Inbound(it) if !it.opens_window => return None,
        Message::Inbound(it) => What::Wrote { window: !sms.contains(&it.channel) },
        Message::Outbound(it) => written(it, sms.contains(&it.channel)),
    };
    Some(Fact { conversation: id.conversation, at: id.key.at(), what })
}

fn written(it: &Outbound, by_sms_always: bool) -> What {
    let kind = match &it.purpose {
        Purpose::Reply => (it.way == Some(Way::Sms) && !by_sms_always).then_some(Fallback::AnswerBySms),
        Purpose::WindowTemplate { .. } => Some(Fallback::WindowTemplate),
        Purpose::SmsInvite { .. } => Some(Fallback::SmsInvite),
        Purpose::HoldingMessage { .. } => Some(Fallback::HoldingMessage),
        Purpose::ConsentConfirmation { .. }
        | Purpose::OptInAsk { .. }
        | Purpose::AutoReply { .. }
        | Purpose::AutoTemplate { .. } => None,
    };
    let fallback = kind.map(|kind| Fallen { kind, outcome: Outcome::of(&it.delivery()) });
    // Before anybody noted who wrote, only people and programs wrote replies.
    let is_human = it.purpose.is_reply() && it.by.as_ref().is_none_or(Actor::is_human);
    let left = answers(it).then(|| Left {
        at: it.current().and_then(|attempt| attempt.claimed_at).unwrap_or(it.accepted_at),
        up_to: it.planned_with.map_or(it.accepted_at, |last_in| last_in.max(it.accepted_at)),
    });
    if is_human {
        What::Answered { by: it.by.clone(), left, fallback }
    } else {
        What::Automatic { settles: left, fallback }
    }
}
