//! The row of one outbound message, as small as it can be, and the conditional writes on it.

use transom::{
    domain::{
        ContactId, ConversationId, MessageId, Timestamp,
        ids::MessageKey,
        inbound::ReceiptStatus,
        message::{OnHeld, Outbound, OutboundBody, Purpose, Via, Way},
        outcome::{Failure, FailureKind},
        sending::{Answer, Attempt, CLAIM_LASTS, SenderState, UNKNOWN_SETTLES_WITHIN},
        time::SignedDuration,
    },
    seal::Sealed,
};

/// Minutes since the message was accepted.
pub type Minute = i64;

pub fn at(minute: Minute) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000) + SignedDuration::from_mins(minute)
}

fn minute(at_: Timestamp) -> Minute {
    at_.duration_since(at(0)).as_mins()
}

/// [`SenderState`] with minutes for times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    Queued,
    Waiting,
    Claimed { until: Minute },
    Accepted,
    Unknown { until: Minute },
    Undetermined,
    Refused,
    Failed,
    Expired,
    Cancelled,
}

/// What a call said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    Accepted,
    Refused,
    WindowClosed,
    Unknown,
}

/// One attempt and the facts about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Try {
    pub number: u32,
    pub claimed: Option<Minute>,
    pub said: Option<(Said, Minute)>,
    pub sent: Option<Minute>,
    pub delivered: Option<Minute>,
    pub read: Option<Minute>,
    /// The provider's later report of failure: whether it was about the window, and when.
    pub failed: Option<(bool, Minute)>,
}

impl Try {
    fn new(number: u32) -> Self {
        Self { number, claimed: None, said: None, sent: None, delivered: None, read: None, failed: None }
    }
}

/// Whether a conditional write took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrote {
    Done,
    Lost,
}

fn when(condition: bool) -> Wrote {
    if condition { Wrote::Done } else { Wrote::Lost }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub state: State,
    pub attempt: u32,
    pub tries: Vec<Try>,
}

impl Row {
    pub fn new() -> Self {
        Self { state: State::Queued, attempt: 0, tries: Vec::new() }
    }

    /// Without the times that no decision looks at, so that histories that differ only in them are one.
    pub(crate) fn forget_times(&mut self) {
        for known in &mut self.tries {
            for time in [&mut known.claimed, &mut known.sent, &mut known.delivered, &mut known.read] {
                *time = time.map(|_| 0);
            }
            known.said = known.said.map(|(said, _)| (said, 0));
        }
    }

    fn same_step(&self, read: &Self) -> bool {
        std::mem::discriminant(&self.state) == std::mem::discriminant(&read.state) && self.attempt == read.attempt
    }

    fn attempt_mut(&mut self, number: u32) -> &mut Try {
        let place = self.tries.iter().position(|known| known.number >= number).unwrap_or(self.tries.len());
        if self.tries.get(place).is_none_or(|known| known.number != number) {
            self.tries.insert(place, Try::new(number));
        }
        &mut self.tries[place]
    }

    /// Takes the next attempt of a row that stands as it was read.
    pub fn claim(&mut self, read: &Self, now: Minute) -> Wrote {
        let arrived = |number| {
            self.tries.iter().any(|known| known.number == number && (known.delivered.is_some() || known.read.is_some()))
        };
        let fine = read.message().may_be_claimed()
            && self.same_step(read)
            && !read.tries.iter().any(|known| arrived(known.number));
        if fine {
            self.state = State::Claimed { until: now + CLAIM_LASTS.as_mins() };
            self.attempt = read.attempt + 1;
            let number = self.attempt;
            self.attempt_mut(number).claimed = Some(now);
        }
        when(fine)
    }

    pub fn settle(&mut self, attempt: u32, said: Said, now: Minute) -> Wrote {
        let fine = self.attempt == attempt && matches!(self.state, State::Claimed { .. } | State::Unknown { .. });
        if fine {
            self.state = match said {
                Said::Accepted | Said::WindowClosed => State::Accepted,
                Said::Refused => State::Failed,
                Said::Unknown => State::Unknown { until: now + UNKNOWN_SETTLES_WITHIN.as_mins() },
            };
            self.attempt_mut(attempt).said = Some((said, now));
        }
        when(fine)
    }

    /// The attempt certainly did not go out.
    pub fn release(&mut self, attempt: u32) -> Wrote {
        let silent = !self.tries.iter().any(|known| known.number == attempt && known.said.is_some());
        let judged_by_another = matches!(self.state, State::Unknown { .. }) && silent;
        let fine = self.attempt == attempt && (matches!(self.state, State::Claimed { .. }) || judged_by_another);
        if fine {
            self.state = State::Queued;
            self.attempt_mut(attempt).claimed = None;
            self.tries.retain(|known| *known != Try::new(known.number));
        }
        when(fine)
    }

    pub fn judge(&mut self, read: &Self, verdict: State) -> Wrote {
        let fine = self.same_step(read);
        if fine {
            self.state = verdict;
        }
        when(fine)
    }

    /// Records a report on an attempt; the newest of its kind stays.
    pub fn receipt(&mut self, attempt: u32, status: &ReceiptStatus, now: Minute) -> Wrote {
        if attempt == 0 || attempt > self.attempt {
            return Wrote::Lost;
        }
        let known = self.tries.iter().find(|known| known.number == attempt).cloned().unwrap_or(Try::new(attempt));
        let newer = |time: Option<Minute>| time.is_none_or(|time| time < now);
        let (time, fine) = match status {
            ReceiptStatus::Sent => (known.sent, newer(known.sent)),
            ReceiptStatus::Delivered => (known.delivered, newer(known.delivered)),
            ReceiptStatus::Read => (known.read, newer(known.read)),
            ReceiptStatus::Failed(failure) => {
                let time = known.failed.map(|(_, time)| time);
                let of_window = failure.kind == FailureKind::WindowClosed;
                // Of two reports of one time, the word that sorts last: "window_closed" beats "other".
                (time, newer(time) || known.failed.is_some_and(|(known, at)| at == now && !known && of_window))
            }
            ReceiptStatus::InProgress => (None, false),
        };
        if fine {
            let it = self.attempt_mut(attempt);
            match status {
                ReceiptStatus::Sent => it.sent = Some(now),
                ReceiptStatus::Delivered => it.delivered = Some(now),
                ReceiptStatus::Read => it.read = Some(now),
                ReceiptStatus::Failed(failure) => it.failed = Some((failure.kind == FailureKind::WindowClosed, now)),
                ReceiptStatus::InProgress => {}
            }
        }
        debug_assert!(fine || time.is_some() || *status == ReceiptStatus::InProgress);
        when(fine)
    }

    /// The row as the product reads it.
    pub fn message(&self) -> Outbound {
        let failure = |of_window: bool| Failure {
            kind: if of_window { FailureKind::WindowClosed } else { FailureKind::Other },
            code: "1".into(),
        };
        let attempt = |known: &Try| Attempt {
            number: known.number,
            claimed_at: known.claimed.map(at),
            answer: known.said.map(|(said, _)| match said {
                Said::Accepted => Answer::Accepted,
                Said::Refused => Answer::Refused(failure(false)),
                Said::WindowClosed => Answer::WindowClosed(failure(true)),
                Said::Unknown => Answer::Unknown,
            }),
            answered_at: known.said.map(|(_, time)| at(time)),
            sent: known.sent.map(at),
            delivered: known.delivered.map(at),
            read: known.read.map(at),
            failed: known.failed.map(|(of_window, time)| (failure(of_window), at(time))),
        };
        Outbound {
            template: None,
            language: None,
            on_held: OnHeld::Ladder,
            rank: None,
            edits: 0,
            quote: None,
            pricing: None,
            consent: None,
            provider_id: None,
            by: None,
            trace: None,
            id: MessageId { conversation: ConversationId::from_bits(1), key: MessageKey::first_at(at(0)) },
            account: "demo".parse().expect("a name"),
            channel: "wa".parse().expect("a name"),
            contact: ContactId::from_bits(1),
            purpose: Purpose::Reply,
            via: Via::Auto,
            accepted_at: at(0),
            expires_at: at(72 * 60),
            sealed: Sealed::<OutboundBody>::from_bytes(Vec::new()),
            state: self.state.into(),
            attempt: self.attempt,
            attempts: self.tries.iter().map(attempt).collect(),
            way: (self.attempt > 0).then_some(Way::FreeForm),
            reason: None,
            planned_with: None,
            changed_at: at(0),
        }
    }

    /// What of a message the model knows.
    pub fn of(message: &Outbound) -> Self {
        let of_window = |failure: &Failure| failure.kind == FailureKind::WindowClosed;
        let known = |attempt: &Attempt| Try {
            number: attempt.number,
            claimed: attempt.claimed_at.map(minute),
            said: attempt.answer.as_ref().map(|answer| {
                let said = match answer {
                    Answer::Accepted => Said::Accepted,
                    Answer::Refused(_) => Said::Refused,
                    Answer::WindowClosed(_) => Said::WindowClosed,
                    Answer::Unknown => Said::Unknown,
                };
                (said, attempt.answered_at.map_or(-1, minute))
            }),
            sent: attempt.sent.map(minute),
            delivered: attempt.delivered.map(minute),
            read: attempt.read.map(minute),
            failed: attempt.failed.as_ref().map(|(failure, time)| (of_window(failure), minute(*time))),
        };
        Self {
            state: message.state.into(),
            attempt: message.attempt,
            tries: message.attempts.iter().map(known).collect(),
        }
    }
}

impl Default for Row {
    fn default() -> Self {
        Self::new()
    }
}

impl From<State> for SenderState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Waiting => Self::Waiting,
            State::Claimed { until } => Self::Claimed { until: at(until) },
            State::Accepted => Self::Accepted,
            State::Unknown { until } => Self::Unknown { until: at(until) },
            State::Undetermined => Self::Undetermined,
            State::Refused => Self::Refused,
            State::Failed => Self::Failed,
            State::Expired => Self::Expired,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<SenderState> for State {
    fn from(state: SenderState) -> Self {
        match state {
            SenderState::Queued => Self::Queued,
            SenderState::Waiting => Self::Waiting,
            SenderState::Claimed { until } => Self::Claimed { until: minute(until) },
            SenderState::Accepted => Self::Accepted,
            SenderState::Unknown { until } => Self::Unknown { until: minute(until) },
            SenderState::Undetermined => Self::Undetermined,
            SenderState::Refused => Self::Refused,
            SenderState::Failed => Self::Failed,
            SenderState::Expired => Self::Expired,
            SenderState::Cancelled => Self::Cancelled,
        }
    }
}
