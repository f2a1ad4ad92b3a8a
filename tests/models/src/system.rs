//! Two senders, the sweep, the queue and the provider around one row: every step that each of them can take next.

use stateright::{Model, Property};
use transom::domain::{
    effects::{Change, Effect, effects},
    inbound::ReceiptStatus,
    message::Outbound,
    outcome::{Failure, FailureKind},
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
enum Worker {
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
struct Taken {
    attempt: u32,
    sent: bool,
    delivered: bool,
    /// It reported a failure: whether about the window.
    failed: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub row: Row,
    now: Minute,
    /// When each job on the queue can be taken.
    jobs: Vec<Minute>,
    timers: Vec<Minute>,
    workers: [Worker; 2],
    sweeper: Option<Row>,
    taken: Vec<Taken>,
    budget: Budget,
    /// What people see moved back.
    pub backwards: bool,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    Take(usize),
    /// The sender does what its reading of the row asks for.
    Act(usize),
    Call(usize, Heard, bool),
    Record(usize),
    Crash(usize),
    /// The queue hands a job out a second time.
    Again,
    SweeperReads,
    SweeperJudges,
    SweeperCrashes,
    Sent(usize),
    Delivered(usize),
    Failed(usize, bool),
    /// The provider repeats its report of a failure.
    FailedAgain(usize),
    CustomerWrites,
    /// Time goes on to the next thing that is due.
    Wait,
}

#[derive(Debug, Clone)]
pub struct System {
    pub broken: Broken,
    pub budget: Budget,
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
    fn accepted(&self) -> usize {
        self.taken.iter().filter(|taken| taken.failed.is_none()).count()
    }

    fn next_due(&self) -> Option<Minute> {
        self.jobs.iter().chain(&self.timers).filter(|due| **due > self.now).min().copied()
    }

    fn job(&mut self, from: Minute) {
        // One more than there are senders changes nothing.
        if self.jobs.len() < 3 {
            self.jobs.push(from);
            self.jobs.sort_unstable();
        }
    }

    /// Changes the row, and does what follows from the change.
    fn write(&mut self, broken: Broken, change: impl FnOnce(&mut Row) -> Wrote) -> Wrote {
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

    fn read(&mut self, worker: usize) {
        self.workers[worker] = Worker::Read(self.row.clone());
    }

    /// What `app::send` does with one message, in the same order.
    fn act(&mut self, worker: usize, read: &Row, broken: Broken) {
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

    fn record(&mut self, worker: usize, attempt: u32, heard: Heard, broken: Broken) {
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

    fn report(&mut self, place: usize, status: &ReceiptStatus, broken: Broken) {
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

impl Model for System {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            row: Row::new(),
            now: 0,
            jobs: vec![0],
            timers: Vec::new(),
            workers: [Worker::Idle, Worker::Idle],
            sweeper: None,
            taken: Vec::new(),
            budget: self.budget.clone(),
            backwards: false,
        }]
    }

    fn actions(&self, world: &World, events: &mut Vec<Event>) {
        own_steps(world, events);
        let budget = &world.budget;
        for (index, worker) in world.workers.iter().enumerate() {
            if *worker != Worker::Idle && budget.crashes > 0 {
                events.push(Event::Crash(index));
            }
        }
        if world.sweeper.is_some() && budget.crashes > 0 {
            events.push(Event::SweeperCrashes);
        }
        if budget.again > 0 && world.workers.iter().any(|worker| *worker != Worker::Idle) {
            events.push(Event::Again);
        }
        for (place, taken) in world.taken.iter().enumerate() {
            if !taken.sent {
                events.push(Event::Sent(place));
            }
            if taken.failed.is_some() && budget.again > 0 {
                events.push(Event::FailedAgain(place));
            }
            if !taken.delivered && taken.failed.is_none() {
                events.push(Event::Delivered(place));
                if budget.turned_down > 0 {
                    events.extend([Event::Failed(place, true), Event::Failed(place, false)]);
                }
            }
        }
    }

    fn next_state(&self, before: &World, event: Event) -> Option<World> {
        let mut world = before.clone();
        let broken = self.broken;
        match event {
            Event::Take(worker) => {
                world.jobs.remove(0);
                world.read(worker);
            }
            Event::Act(worker) => {
                let Worker::Read(read) = &before.workers[worker] else { return None };
                world.act(worker, read, broken);
            }
            Event::Call(worker, heard, taken) => {
                let Worker::Claimed(attempt) = before.workers[worker] else { return None };
                match heard {
                    Heard::Said(Said::Unknown) => world.budget.lost_answers -= 1,
                    Heard::NotSent | Heard::Said(Said::WindowClosed) => world.budget.turned_down -= 1,
                    Heard::Said(Said::Accepted | Said::Refused) => {}
                }
                if taken {
                    world.taken.push(Taken { attempt, sent: false, delivered: false, failed: None });
                }
                world.workers[worker] = Worker::Called(attempt, heard);
            }
            Event::Record(worker) => {
                let Worker::Called(attempt, heard) = before.workers[worker] else { return None };
                world.record(worker, attempt, heard, broken);
            }
            Event::Crash(worker) => {
                world.budget.crashes -= 1;
                world.workers[worker] = Worker::Idle;
                world.job(world.now + 1);
            }
            Event::Again => {
                world.budget.again -= 1;
                world.job(world.now);
            }
            Event::SweeperReads => world.sweeper = Some(world.row.clone()),
            Event::SweeperJudges => {
                let read = world.sweeper.take()?;
                let overdue = matches!(read.state, State::Unknown { until } if until <= world.now);
                if overdue && read.message().delivery() == Delivery::Unknown {
                    world.write(broken, |row| row.judge(&read, State::Undetermined));
                }
                world.timers.remove(0);
            }
            Event::SweeperCrashes => {
                world.budget.crashes -= 1;
                world.sweeper = None;
            }
            Event::Sent(place) => {
                world.taken[place].sent = true;
                world.report(place, &ReceiptStatus::Sent, broken);
            }
            Event::Delivered(place) => {
                world.taken[place].delivered = true;
                world.report(place, &ReceiptStatus::Delivered, broken);
            }
            Event::Failed(place, of_window) => {
                world.taken[place].failed = Some(of_window);
                world.budget.turned_down -= 1;
                world.report(place, &failed(of_window), broken);
            }
            Event::FailedAgain(place) => {
                world.budget.again -= 1;
                world.report(place, &failed(world.taken[place].failed?), broken);
            }
            Event::CustomerWrites => world.job(world.now),
            Event::Wait => world.now = world.next_due()?,
        }
        // Which of the two does what makes no difference.
        world.workers.sort();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("accepted at most once", |_, world: &World| world.accepted() <= 1),
            Property::always("what people see never moves back", |_, world: &World| !world.backwards),
            Property::always("never stuck", |_, world: &World| {
                let mut steps = Vec::new();
                own_steps(world, &mut steps);
                world.is_settled() || !steps.is_empty()
            }),
            Property::always("settled within an hour", |_, world: &World| world.is_settled() || world.now < 60),
            Property::sometimes("a second attempt is delivered", |_, world: &World| {
                world.row.tries.iter().any(|known| known.number == 2 && known.delivered.is_some())
            }),
            Property::sometimes("a receipt settles an unknown outcome", |_, world: &World| {
                matches!(world.row.state, State::Unknown { .. }) && world.row.message().delivery() == Delivery::Sent
            }),
            Property::sometimes("an outcome stays undetermined", |_, world: &World| {
                world.row.message().delivery() == Delivery::Undetermined
            }),
            Property::sometimes("a message is held after it was sent", |_, world: &World| {
                world.row.state == State::Waiting && world.row.attempt > 0
            }),
        ]
    }
}

fn failed(of_window: bool) -> ReceiptStatus {
    let kind = if of_window { FailureKind::WindowClosed } else { FailureKind::Other };
    ReceiptStatus::Failed(Failure { kind, code: "1".into() })
}

/// Steps that come without any fault and without the provider's help.
fn own_steps(world: &World, events: &mut Vec<Event>) {
    for (index, worker) in world.workers.iter().enumerate() {
        match worker {
            Worker::Idle => {
                // The two are alike: of two that are free, the first takes the job.
                let first = index == 0 || world.workers[0] != Worker::Idle;
                if first && world.jobs.first().is_some_and(|from| *from <= world.now) {
                    events.push(Event::Take(index));
                }
            }
            Worker::Read(_) => events.push(Event::Act(index)),
            Worker::Claimed(_) => {
                events.push(Event::Call(index, Heard::Said(Said::Accepted), true));
                events.push(Event::Call(index, Heard::Said(Said::Refused), false));
                if world.budget.turned_down > 0 {
                    events.push(Event::Call(index, Heard::NotSent, false));
                    events.push(Event::Call(index, Heard::Said(Said::WindowClosed), false));
                }
                if world.budget.lost_answers > 0 {
                    events.push(Event::Call(index, Heard::Said(Said::Unknown), true));
                    events.push(Event::Call(index, Heard::Said(Said::Unknown), false));
                }
            }
            Worker::Called(..) => events.push(Event::Record(index)),
        }
    }
    match &world.sweeper {
        Some(_) => events.push(Event::SweeperJudges),
        None if world.timers.first().is_some_and(|due| *due <= world.now) => events.push(Event::SweeperReads),
        None => {}
    }
    if world.row.state == State::Waiting && world.jobs.is_empty() {
        events.push(Event::CustomerWrites);
    }
    if world.next_due().is_some() {
        events.push(Event::Wait);
    }
}
