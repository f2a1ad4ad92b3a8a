//! Two senders, the sweep, the queue and the provider around one row, and what each of them does in one step.

use transom::domain::{
    effects::{Change, Effect, effects},
    inbound::ReceiptStatus,
    message::Outbound,
    sending::{Delivery, Stage, UNKNOWN_SETTLES_WITHIN},
    time::SignedDuration,
};

use crate::row::{Minute, Row, Said, State, Wrote, at};

/// A rule that is taken away, to see that the model notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Nothing,
    ExpiredClaimIsFree,
    UnknownIsTriedAgain,
    ClaimWithoutCondition,
    ReceiptOfAnyAttempt,
    OverdueClaimIsForgotten,
    UnknownIsNeverSettled,
    NewestReportWins,
}

/// How much may go wrong in one history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Budget {
    pub crashes: u8,
    /// Jobs handed out a second time while they are worked on, and reports that are repeated.
    pub again: u8,
    /// Attempts that the provider certainly did not take, or took and reported as failed.
    pub turned_down: u8,
    pub lost_answers: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worker {
    Idle,
    Read(Row),
    /// The claim is written; the call is not made.
    Claimed(u32),
    /// The call is made; its outcome is not written.
    Called(u32, Heard),
}

/// What the sender heard of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heard {
    Said(Said),
    NotSent,
}

/// One attempt that the provider took, and what it reported.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Taken {
    pub attempt: u32,
    pub sent: bool,
    pub delivered: bool,
    /// It reported a failure: whether about the window.
    pub failed: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub row: Row,
    pub now: Minute,
    /// When each job on the queue can be taken.
    pub jobs: Vec<Minute>,
    pub timers: Vec<Minute>,
    pub workers: [Worker; 2],
    pub sweeper: Option<Row>,
    pub taken: Vec<Taken>,
    pub budget: Budget,
    /// What people see moved back.
    pub backwards: bool,
}

/// How far along a message is for people.
fn rank(delivery: &Delivery) -> u8 {
    match delivery {
        Delivery::Queued | Delivery::Held => 0,
        Delivery::Sending => 1,
        Delivery::Unknown => 2,
        Delivery::Accepted | Delivery::Undetermined => 3,
        Delivery::Sent => 4,
        Delivery::Failed { .. } | Delivery::Refused | Delivery::Expired | Delivery::Cancelled => 5,
        Delivery::Delivered => 6,
        Delivery::Read => 7,
    }
}

/// The attempt that counts is known not to have gone out, or to have been turned down.
fn given_back(message: &Outbound) -> bool {
    message.current().is_none_or(|attempt| attempt.failure().is_some())
}

impl World {
    /// Nothing more has to be done about the message.
    pub fn is_settled(&self) -> bool {
        rank(&self.row.message().delivery()) >= 3
    }

    /// At most one attempt is with the provider that did not report it as failed.
    pub fn accepted(&self) -> usize {
        self.taken.iter().filter(|taken| taken.failed.is_none()).count()
    }

    pub fn next_due(&self) -> Option<Minute> {
        self.jobs.iter().chain(&self.timers).filter(|due| **due > self.now).min().copied()
    }

    pub fn job(&mut self, from: Minute) {
        // One more than there are senders changes nothing.
        if self.jobs.len() < 3 {
            self.jobs.push(from);
            self.jobs.sort_unstable();
        }
    }

    /// Changes the row, and does what follows from the change.
    pub fn write(&mut self, broken: Broken, change: impl FnOnce(&mut Row) -> Wrote) -> Wrote {
        let old = self.row.message();
        let wrote = change(&mut self.row);
        self.row.forget_times();
        let new = self.row.message();
        let lower = rank(&new.delivery()) < rank(&old.delivery());
        self.backwards |= lower
            && !(new.delivery() == Delivery::Queued && given_back(&new))
            && !(new.delivery() == Delivery::Held && given_back(&old))
            && !(new.delivery() == Delivery::Sending && given_back(&old));
        let change = Change::Outbound { old: Some(Box::new(old)), new: Box::new(new) };
        for effect in effects(&change, at(self.now)) {
            match effect {
                Effect::Ring { .. } => self.job(self.now),
                Effect::ArmUnknownSettles { until } if broken != Broken::UnknownIsNeverSettled => {
                    self.timers.push(until.duration_since(at(0)).as_mins());
                    self.timers.sort_unstable();
                    self.timers.dedup();
                }
                _ => {}
            }
        }
        wrote
    }

    pub fn read(&mut self, worker: usize) {
        self.workers[worker] = Worker::Read(self.row.clone());
    }

    /// What `app::send` does with one message, in the same order.
    pub fn act(&mut self, worker: usize, read: &Row, broken: Broken) {
        let message = read.message();
        let now = self.now;
        match message.stage(at(now)) {
            Stage::Done => self.workers[worker] = Worker::Idle,
            Stage::Claimed { until } => {
                self.workers[worker] = Worker::Idle;
                self.job(until.duration_since(at(0)).as_mins());
            }
            Stage::ReadyFrom(from) if from > at(now) => {
                self.workers[worker] = Worker::Idle;
                self.job((from.duration_since(at(0)) + SignedDuration::from_secs(59)).as_mins());
            }
            Stage::Overdue if broken == Broken::OverdueClaimIsForgotten => self.workers[worker] = Worker::Idle,
            Stage::Overdue if broken == Broken::ExpiredClaimIsFree => self.claim_anyway(worker, read),
            Stage::Overdue => {
                let until = now + UNKNOWN_SETTLES_WITHIN.as_mins();
                match self.write(broken, |row| row.judge(read, State::Unknown { until })) {
                    Wrote::Done => self.workers[worker] = Worker::Idle,
                    Wrote::Lost => self.read(worker),
                }
            }
            // The plan of a message that met a closed window is to hold it.
            Stage::Ready | Stage::ReadyFrom(_) if message.met_a_closed_window() => {
                match self.write(broken, |row| row.judge(read, State::Waiting)) {
                    Wrote::Done => self.workers[worker] = Worker::Idle,
                    Wrote::Lost => self.read(worker),
                }
            }
            Stage::Ready | Stage::ReadyFrom(_) if broken == Broken::ClaimWithoutCondition => {
                self.claim_anyway(worker, read);
            }
            Stage::Ready | Stage::ReadyFrom(_) => match self.write(broken, |row| row.claim(read, now)) {
                Wrote::Done => self.workers[worker] = Worker::Claimed(read.attempt + 1),
                Wrote::Lost => self.read(worker),
            },
        }
    }

    fn claim_anyway(&mut self, worker: usize, read: &Row) {
        self.row.state = State::Queued;
        let now = self.now;
        let mine = self.row.clone();
        let _ = self.row.claim(&mine, now);
        self.row.attempt = self.row.attempt.max(read.attempt + 1);
        self.workers[worker] = Worker::Claimed(self.row.attempt);
    }

    pub fn record(&mut self, worker: usize, attempt: u32, heard: Heard, broken: Broken) {
        let now = self.now;
        let heard = match heard {
            Heard::Said(Said::Unknown) if broken == Broken::UnknownIsTriedAgain => Heard::NotSent,
            heard => heard,
        };
        match heard {
            Heard::NotSent => {
                self.write(broken, |row| row.release(attempt));
                self.workers[worker] = Worker::Idle;
                self.job(now + 1);
            }
            Heard::Said(said) => {
                self.write(broken, |row| row.settle(attempt, said, now));
                self.read(worker);
            }
        }
    }

    pub fn report(&mut self, place: usize, status: &ReceiptStatus, broken: Broken) {
        let now = self.now;
        let attempt = if broken == Broken::ReceiptOfAnyAttempt { self.row.attempt } else { self.taken[place].attempt };
        self.write(broken, |row| {
            if broken == Broken::NewestReportWins {
                for known in row.tries.iter_mut().filter(|known| known.number == attempt) {
                    (known.sent, known.delivered, known.failed) = (None, None, None);
                }
            }
            row.receipt(attempt, status, now)
        });
    }
}
