//! Every step that could come next in a state, and what must hold in all of them.

use stateright::{Model, Property};
use transom::domain::{
    inbound::ReceiptStatus,
    outcome::{Failure, FailureKind},
    sending::Delivery,
};

use crate::{
    row::{Row, Said, State},
    world::{Broken, Budget, Heard, Taken, Worker, World},
};

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
