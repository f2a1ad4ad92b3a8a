//! Where an outbound message stands. The sender's state is written under condition, receipts are facts beside it,
//! and what people see is derived from both, so that any order of arrival gives the same result.
//! (States: fault matrix, section 5.)

use serde::{Deserialize, Serialize};

use super::{
    Timestamp,
    message::{Outbound, Way},
    outcome::{Failure, FailureKind},
    reason::Reason,
    time::SignedDuration,
};
use crate::defects::{Defect, planted};

/// How long a call to a provider may take until its outcome counts as unknown. Longer than the HTTP time limit.
pub const CLAIM_LASTS: SignedDuration = SignedDuration::from_secs(60);

/// A claim follows the reading of its facts within this time, and its call the claim, or not at all: facts do not grow
/// old, and with the HTTP time limit a call ends within its claim.
pub const CALL_BEGINS_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// How long a receipt may settle an unknown outcome before it is undetermined.
pub const UNKNOWN_SETTLES_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// A provider reports on what it accepted within seconds; after this people are told that it did not.
pub const REPORTED_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// How long a message may wait to be sent when its sender names no end.
pub const DEFAULT_LIFE: SignedDuration = SignedDuration::from_hours(72);

/// An attempt that the provider turned down later, for a reason that passes, is tried again this often in all.
const MOST_ATTEMPTS: u32 = 10;

/// What the sender last decided about a message. Each arrow is one conditional write on (state, attempt).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SenderState {
    Queued,
    /// May not leave yet; the reason is beside it.
    Waiting,
    /// An attempt is being made. After `until` its outcome is unknown, never free.
    Claimed {
        until: Timestamp,
    },
    /// The provider took it.
    Accepted,
    /// It may have gone out. Nothing resends it; a receipt settles it until `until`.
    Unknown {
        until: Timestamp,
    },
    /// The deadline passed without a receipt. Final, shown to people.
    Undetermined,
    /// The rules did not let it go. Final.
    Refused,
    /// The provider turned it down. Final.
    Failed,
    /// It waited too long. Final.
    Expired,
    /// Taken back before it left. Final.
    Cancelled,
}

impl SenderState {
    /// The word on the row.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Claimed { .. } => "claimed",
            Self::Accepted => "accepted",
            Self::Unknown { .. } => "unknown",
            Self::Undetermined => "undetermined",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One attempt that may have reached the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub number: u32,
    pub claimed_at: Option<Timestamp>,
    /// What the call itself said.
    pub answer: Option<Answer>,
    pub answered_at: Option<Timestamp>,
    pub sent: Option<Timestamp>,
    pub delivered: Option<Timestamp>,
    pub read: Option<Timestamp>,
    pub failed: Option<(Failure, Timestamp)>,
}

/// What a call said, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    Accepted,
    Refused(Failure),
    WindowClosed(Failure),
    Unknown,
}

impl Attempt {
    pub fn new(number: u32) -> Self {
        Self {
            number,
            claimed_at: None,
            answer: None,
            answered_at: None,
            sent: None,
            delivered: None,
            read: None,
            failed: None,
        }
    }

    /// The customer has it, whatever else was said.
    pub fn arrived(&self) -> bool {
        self.delivered.is_some() || self.read.is_some()
    }

    /// The provider certainly took it: it said so, or it reported on it.
    pub fn taken(&self) -> bool {
        matches!(self.answer, Some(Answer::Accepted)) || self.sent.is_some() || self.arrived()
    }

    /// Why it will not arrive: a later report, unless the message arrived all the same.
    pub fn failure(&self) -> Option<&Failure> {
        if self.arrived() {
            return None;
        }
        match (&self.failed, &self.answer) {
            (Some((failure, _)), _) | (None, Some(Answer::Refused(failure) | Answer::WindowClosed(failure))) => {
                Some(failure)
            }
            (None, Some(Answer::Accepted | Answer::Unknown) | None) => None,
        }
    }
}

/// What people see of an outbound message. Ends in exactly one of the final states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    Queued,
    /// Waits for something that will come: the customer's next message, room under a limit.
    Held,
    Sending,
    /// It may have gone out; a receipt will tell.
    Unknown,
    Accepted,
    Sent,
    Delivered,
    Read,
    Failed {
        failure: Failure,
    },
    Refused,
    Expired,
    Cancelled,
    Undetermined,
}

/// What a sender has to do about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Plan it, and send it if the plan says so.
    Ready,
    /// As `Ready`, but not before this time: the provider turned an earlier attempt down for now.
    ReadyFrom(Timestamp),
    /// Another worker has it until then.
    Claimed { until: Timestamp },
    /// Its claim ran out without a word: it becomes unknown.
    Overdue,
    /// Nothing.
    Done,
}

impl Outbound {
    /// The attempt that counts.
    pub fn current(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.number == self.attempt)
    }

    fn arrived(&self) -> bool {
        self.attempts.iter().any(Attempt::arrived)
    }

    /// The current attempt failed at the provider in a way that lets the message be planned anew.
    fn came_back(&self) -> Option<(FailureKind, Timestamp)> {
        // Another attempt than this one may have gone out in the time that was lost.
        if self.reason == Some(Reason::Restored) {
            return None;
        }
        let attempt = self.current()?;
        let failure = attempt.failure()?;
        let at = attempt.failed.as_ref().map(|(_, at)| *at).or(attempt.answered_at).unwrap_or(self.changed_at);
        let again = match failure.kind {
            // No window is asked of a template or an SMS: that they are told of one is a failure like any other, and to
            // try them again would never end.
            FailureKind::WindowClosed => !matches!(self.way, Some(Way::Template | Way::Sms)),
            FailureKind::PairLimit | FailureKind::RateLimited => self.attempt < MOST_ATTEMPTS,
            FailureKind::RecipientUnreachable
            | FailureKind::RecipientOptedOut
            | FailureKind::Template
            | FailureKind::Media
            | FailureKind::Account
            | FailureKind::Policy
            | FailureKind::BadRequest
            | FailureKind::Transient
            | FailureKind::Other => false,
        };
        again.then_some((failure.kind, at))
    }

    /// The provider said "window closed" to the current attempt.
    pub fn met_a_closed_window(&self) -> bool {
        match self.state {
            SenderState::Claimed { .. }
            | SenderState::Accepted
            | SenderState::Unknown { .. }
            | SenderState::Undetermined
            | SenderState::Queued => {
                !self.arrived() && self.came_back().is_some_and(|(kind, _)| kind == FailureKind::WindowClosed)
            }
            SenderState::Waiting
            | SenderState::Refused
            | SenderState::Failed
            | SenderState::Expired
            | SenderState::Cancelled => false,
        }
    }

    /// What the sender has to do about it now.
    pub fn stage(&self, now: Timestamp) -> Stage {
        if self.arrived() {
            return Stage::Done;
        }
        match self.state {
            SenderState::Queued | SenderState::Waiting => Stage::Ready,
            SenderState::Claimed { until } if until > now => Stage::Claimed { until },
            SenderState::Claimed { .. }
            | SenderState::Accepted
            | SenderState::Unknown { .. }
            | SenderState::Undetermined => match self.came_back() {
                Some((FailureKind::WindowClosed, _)) => Stage::Ready,
                Some((_, at)) => Stage::ReadyFrom(at + SignedDuration::from_mins(1)),
                None if matches!(self.state, SenderState::Claimed { .. })
                    && self.current().is_none_or(|a| !a.taken() && a.failure().is_none()) =>
                {
                    if planted(Defect::ExpiredClaimIsFree) { Stage::Ready } else { Stage::Overdue }
                }
                None if planted(Defect::UnknownIsRetried) && matches!(self.state, SenderState::Unknown { .. }) => {
                    Stage::Ready
                }
                None => Stage::Done,
            },
            SenderState::Refused | SenderState::Failed | SenderState::Expired | SenderState::Cancelled => Stage::Done,
        }
    }

    /// Whether another attempt may be claimed of a message that stands like this.
    pub fn may_be_claimed(&self) -> bool {
        match self.state {
            SenderState::Queued | SenderState::Waiting => true,
            // Only if the provider turned the current attempt down.
            SenderState::Claimed { .. }
            | SenderState::Accepted
            | SenderState::Unknown { .. }
            | SenderState::Undetermined => self.current().is_some_and(|attempt| attempt.failure().is_some()),
            SenderState::Refused | SenderState::Failed | SenderState::Expired | SenderState::Cancelled => false,
        }
    }

    /// What people see. Facts beat verdicts: a message that arrived has arrived.
    pub fn delivery(&self) -> Delivery {
        // Of two attempts that arrived, one may be read: that the other was delivered too does not take this back.
        if self.attempts.iter().any(|attempt| attempt.read.is_some()) {
            return Delivery::Read;
        }
        if self.arrived() {
            return Delivery::Delivered;
        }
        let current = self.current();
        let failure = current.and_then(Attempt::failure);
        match self.state {
            SenderState::Queued => Delivery::Queued,
            SenderState::Waiting => Delivery::Held,
            SenderState::Refused => Delivery::Refused,
            SenderState::Expired => Delivery::Expired,
            SenderState::Cancelled => Delivery::Cancelled,
            SenderState::Failed => match failure {
                Some(failure) => Delivery::Failed { failure: failure.clone() },
                None => Delivery::Refused,
            },
            SenderState::Claimed { .. }
            | SenderState::Accepted
            | SenderState::Unknown { .. }
            | SenderState::Undetermined => match (failure, current) {
                (Some(_), _) if self.came_back().is_some() => Delivery::Queued,
                (Some(failure), _) => Delivery::Failed { failure: failure.clone() },
                (None, Some(attempt)) if attempt.sent.is_some() => Delivery::Sent,
                (None, Some(attempt)) if attempt.taken() => Delivery::Accepted,
                (None, _) => match self.state {
                    SenderState::Claimed { .. } => Delivery::Sending,
                    SenderState::Unknown { .. } => Delivery::Unknown,
                    SenderState::Undetermined => Delivery::Undetermined,
                    SenderState::Accepted
                    | SenderState::Queued
                    | SenderState::Waiting
                    | SenderState::Refused
                    | SenderState::Failed
                    | SenderState::Expired
                    | SenderState::Cancelled => Delivery::Accepted,
                },
            },
        }
    }

    /// The provider took it, and has said nothing of it since: whether it arrived is not known.
    pub fn is_unreported(&self, now: Timestamp) -> bool {
        let taken_at = self.current().and_then(|attempt| attempt.answered_at);
        self.delivery() == Delivery::Accepted
            && taken_at.is_some_and(|taken| now.duration_since(taken) > REPORTED_WITHIN)
    }

    /// The provider took it and nothing says that it failed.
    pub fn stands(&self) -> bool {
        matches!(self.delivery(), Delivery::Accepted | Delivery::Sent | Delivery::Delivered | Delivery::Read)
    }
}

/// Every word that the API has for where a message stands: [`Delivery::word`], and `received` of what came in.
#[derive(Debug)]
pub struct MessageState;

super::schema::text_schema!(MessageState, {
    "type": "string",
    "enum": [
        "received", "queued", "held", "sending", "unknown", "accepted", "sent", "delivered", "read", "failed", "refused",
        "expired", "cancelled", "undetermined",
    ],
});

impl Delivery {
    /// The word that the API uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed { .. } => "failed",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Undetermined => "undetermined",
        }
    }
}

#[cfg(test)]
#[path = "sending_tests.rs"]
mod tests;
#[cfg(test)]
pub(super) use tests::sample;
