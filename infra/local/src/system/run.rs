//! The background loops: each works until there is nothing left, then sleeps until it is woken or something is due.

use std::{future::pending, time::Duration};

use jiff::Timestamp;
use tokio::{sync::watch, task::JoinSet};
use transom::ports::Clock;

use super::{System, SystemError};
use crate::mapping::{MappingError, QueueMapping, stream::Stepped};

/// Batches of jobs that are worked on at the same time, as Lambda would with several environments.
const BATCHES_AT_ONCE: usize = 8;

/// The longest sleep: the machine's clock may have been set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// For how long changes gather before they are kept in the archive. On AWS it is minutes.
const GATHERS: Duration = Duration::from_millis(300);

/// How long a loop rests after a failure of the database.
const REST: Duration = Duration::from_secs(1);

/// The loops of a system. Dropping it ends them where they are; [`Self::stop`] lets them finish what they are at.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Running {
    /// Takes up nothing new and returns when everything that was begun is done.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.loops.join_next().await.is_some() {}
    }
}

impl System {
    /// Starts the loops on the current runtime.
    pub fn run(&self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let mut loops = JoinSet::new();
        loops.spawn(self.clone().run_stream(stopped.clone()));
        loops.spawn(self.clone().run_queue(self.0.sends.clone(), stopped.clone()));
        loops.spawn(self.clone().run_fold(stopped.clone()));
        loops.spawn(self.clone().run_queue(self.0.events.clone(), stopped.clone()));
        loops.spawn(self.clone().run_queue(self.0.jobs.clone(), stopped.clone()));
        loops.spawn(self.clone().run_webhooks(stopped.clone()));
        loops.spawn(self.clone().run_schedule(stopped));
        Running { stop, loops }
    }

    async fn run_stream(self, mut stopped: watch::Receiver<bool>) {
        let mut written = self.0.stream.written();
        while !*stopped.borrow() {
            // What is written from here on wakes the wait below, so nothing slips in between.
            written.borrow_and_update();
            let pass = self.0.gate.enter().await;
            let outcome = self.0.stream.step(self.0.functions.as_ref()).await;
            drop(pass);
            let pause = match outcome {
                Ok(Stepped::Consumed(_)) => continue,
                Ok(Stepped::Nothing) => None,
                Ok(Stepped::Failed { pause }) => Some(pause),
                Err(error) => Some(rest_after(&error.into())),
            };
            tokio::select! {
                _ = stopped.changed() => {}
                _ = written.changed(), if pause.is_none() => {}
                () = sleep_for(pause) => {}
            }
        }
    }

    /// As [`Self::run_stream`], after what is written has had a moment to gather: each batch is a file of its own.
    async fn run_fold(self, mut stopped: watch::Receiver<bool>) {
        let mut written = self.0.folded.written();
        while !*stopped.borrow() {
            written.borrow_and_update();
            let pass = self.0.gate.enter().await;
            let outcome = self.0.folded.step(self.0.functions.as_ref()).await;
            drop(pass);
            let pause = match outcome {
                Ok(Stepped::Consumed(_)) => continue,
                Ok(Stepped::Nothing) => None,
                Ok(Stepped::Failed { pause }) => Some(pause),
                Err(error) => Some(rest_after(&error.into())),
            };
            tokio::select! {
                _ = stopped.changed() => {}
                _ = written.changed(), if pause.is_none() => sleep_for(Some(GATHERS)).await,
                () = sleep_for(pause) => {}
            }
        }
    }

    async fn run_queue(self, queue: QueueMapping, mut stopped: watch::Receiver<bool>) {
        let mut turned = self.0.clock.turned();
        let mut working = JoinSet::new();
        let changed = queue.changed().expect("the queue was there when the system was put together");
        while !*stopped.borrow() {
            let pause = self.take_jobs(&queue, &mut working).await.err().map(|error| rest_after(&error));
            let full = working.len() >= BATCHES_AT_ONCE;
            // With all hands full, only one that comes free matters.
            let due = if full || pause.is_some() { None } else { queue.next_due().ok().flatten() };
            tokio::select! {
                _ = stopped.changed() => {}
                Some(_) = working.join_next() => {}
                () = changed.notified(), if !full && pause.is_none() => {}
                _ = turned.changed(), if !full && pause.is_none() => {}
                () = self.until(due) => {}
                () = sleep_for(pause), if pause.is_some() => {}
            }
        }
        while working.join_next().await.is_some() {}
    }

    /// Begins work on what can be received, as far as there are hands for it.
    async fn take_jobs(&self, queue: &QueueMapping, working: &mut JoinSet<()>) -> Result<(), SystemError> {
        while working.len() < BATCHES_AT_ONCE {
            // Entered before the job is taken, so that nobody finds the system idle with a job in hand.
            let pass = self.0.gate.enter().await;
            let Some(batch) = queue.take().map_err(MappingError::from)? else { return Ok(()) };
            let (system, queue) = (self.clone(), queue.clone());
            working.spawn(async move {
                if let Err(error) = queue.work(&batch, system.0.functions.as_ref()).await {
                    tracing::error!(error = &error as &dyn std::error::Error, "a batch of jobs could not be ended");
                }
                drop(pass);
            });
        }
        Ok(())
    }

    async fn run_webhooks(self, mut stopped: watch::Receiver<bool>) {
        let mut turned = self.0.clock.turned();
        let Some(outside) = self.0.outside.clone() else { return };
        while !*stopped.borrow() {
            let pause = match self.deliver_webhooks().await {
                Ok(0) => None,
                Ok(_) => continue,
                Err(error) => Some(rest_after(&error)),
            };
            let due = outside.next_due().ok().flatten();
            tokio::select! {
                _ = stopped.changed() => {}
                () = self.0.outside_stirred.notified(), if pause.is_none() => {}
                _ = turned.changed(), if pause.is_none() => {}
                () = self.until(due), if pause.is_none() => {}
                () = sleep_for(pause), if pause.is_some() => {}
            }
        }
    }

    async fn run_schedule(self, mut stopped: watch::Receiver<bool>) {
        let mut turned = self.0.clock.turned();
        while !*stopped.borrow() {
            let pass = self.0.gate.enter().await;
            let now = self.0.clock.now();
            self.0.schedule.step(self.0.functions.as_ref(), now).await;
            drop(pass);
            let due = self.0.schedule.next_due(now);
            tokio::select! {
                _ = stopped.changed() => {}
                _ = turned.changed() => {}
                () = self.until(Some(due)) => {}
            }
        }
    }

    /// Sleeps until `at` by the system's clock, or for a while; for ever if there is no such time.
    async fn until(&self, at: Option<Timestamp>) {
        let Some(at) = at else { return pending().await };
        let left = Duration::try_from(at.duration_since(self.0.clock.now())).unwrap_or(Duration::ZERO);
        sleep_for(Some(left.min(LONGEST_SLEEP))).await;
    }
}

fn rest_after(error: &SystemError) -> Duration {
    tracing::error!(error = error as &dyn std::error::Error, "a loop rests after a failure");
    REST
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that waits for real time")]
async fn sleep_for(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => pending().await,
    }
}
