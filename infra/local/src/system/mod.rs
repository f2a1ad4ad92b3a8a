//! The whole system, with its loops: run in the background, or settled step by step by a test.

mod run;
#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use transom::ports::Clock;
use transom_engine::{Engine, sqs::Queues};

use crate::{
    checkpoints::Checkpoints,
    clock::{TurnError, TurnedClock},
    front::Front,
    functions::Functions,
    gate::{Gate, Pass},
    mapping::{
        MappingError, QueueMapping, Schedule, StreamMapping, Wakes,
        stream::{Reads, Stepped},
    },
    outside::{LedgerError, Outside, WebhookOut},
};

pub use run::Running;

/// After so many steps without an end, something rings itself.
const RESTLESS_AFTER: usize = 100_000;

/// What the system is made of.
#[derive(Debug)]
pub struct Pieces {
    pub clock: Arc<TurnedClock>,
    pub engine: Engine,
    /// The table whose stream wakes `react` and `fold`.
    pub table: String,
    pub queues: Queues,
    /// The queue that wakes `send`.
    pub sends: String,
    /// The queue that wakes `publish`.
    pub events: String,
    /// The queue that wakes `jobs`.
    pub jobs: String,
    pub functions: Arc<dyn Functions>,
    /// The stand-in for the providers.
    pub outside: Option<Arc<Outside>>,
    /// What `/local/page` tells besides the time: an object.
    pub page: Value,
}

/// Cheap to clone; clones are the same system.
#[derive(Debug, Clone)]
pub struct System(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<TurnedClock>,
    functions: Arc<dyn Functions>,
    gate: Gate,
    front: Front,
    queues: Queues,
    stream: StreamMapping,
    folded: StreamMapping,
    sends: QueueMapping,
    events: QueueMapping,
    jobs: QueueMapping,
    schedule: Schedule,
    outside: Option<Arc<Outside>>,
    outside_stirred: Notify,
    page: Value,
}

/// Why the system could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    #[error("a source of events failed")]
    Mapping(#[from] MappingError),
    #[error("the stand-in for the providers failed")]
    Outside(#[from] LedgerError),
    #[error("the system does not come to rest: after {RESTLESS_AFTER} steps there is still something to do")]
    Restless,
}

impl System {
    /// Puts the pieces together. Nothing runs yet; what was in flight when the last process ended can be taken again.
    pub fn new(pieces: Pieces) -> Result<Self, SystemError> {
        let Pieces { clock, engine, table, queues, sends, events, jobs, functions, outside, page } = pieces;
        queues.reset_in_flight().map_err(MappingError::from)?;
        let checkpoints = || -> Result<Checkpoints, MappingError> { Ok(Checkpoints::open(engine.side_connection()?)?) };
        let gate = Gate::default();
        Ok(Self(Arc::new(Inner {
            front: Front::new(Arc::clone(&functions), gate.clone(), clock.clone()),
            folded: StreamMapping::new(engine.clone(), &table, Reads::Fold, checkpoints()?),
            stream: StreamMapping::new(engine.clone(), &table, Reads::React, checkpoints()?),
            sends: QueueMapping::new(queues.clone(), &sends, Wakes::Send).map_err(MappingError::from)?,
            events: QueueMapping::new(queues.clone(), &events, Wakes::Publish).map_err(MappingError::from)?,
            jobs: QueueMapping::new(queues.clone(), &jobs, Wakes::Jobs).map_err(MappingError::from)?,
            schedule: Schedule::default(),
            outside_stirred: Notify::new(),
            clock,
            functions,
            gate,
            queues,
            outside,
            page,
        })))
    }

    /// Does everything that there is to do at this instant, one piece after another, without waiting for anything, and
    /// says how many pieces that were. The same start and the same clock give the same order.
    pub async fn settle(&self) -> Result<usize, SystemError> {
        let mut pieces = 0;
        loop {
            let before = pieces;
            pieces += self.settle_stream().await?;
            pieces += self.settle_queue(&self.0.sends).await?;
            pieces += self.settle_queue(&self.0.events).await?;
            pieces += self.settle_queue(&self.0.jobs).await?;
            pieces += self.deliver_webhooks().await?;
            let pass = self.0.gate.enter().await;
            pieces += usize::from(self.0.schedule.step(self.0.functions.as_ref(), self.0.clock.now()).await);
            drop(pass);
            if pieces == before {
                return Ok(pieces);
            }
            if pieces > RESTLESS_AFTER {
                return Err(SystemError::Restless);
            }
        }
    }

    /// Waits until there is nothing to do at this instant, helping with the work; for a system whose loops run.
    pub async fn rest(&self) -> Result<(), SystemError> {
        loop {
            self.settle().await?;
            // Whoever else took something finishes it first.
            drop(self.0.gate.close().await);
            if self.is_idle()? {
                return Ok(());
            }
        }
    }

    /// Hands everything in the stream to its readers, and says how many batches those were.
    pub async fn settle_stream(&self) -> Result<usize, SystemError> {
        let mut steps = 0;
        loop {
            let _pass = self.0.gate.enter().await;
            let before = steps;
            for stream in [&self.0.stream, &self.0.folded] {
                match stream.step(self.0.functions.as_ref()).await? {
                    Stepped::Nothing => {}
                    Stepped::Consumed(_) | Stepped::Failed { .. } => steps += 1,
                }
            }
            if steps == before {
                return Ok(steps);
            }
            if steps > RESTLESS_AFTER {
                return Err(SystemError::Restless);
            }
        }
    }

    /// One batch: what it causes in the stream comes before the next.
    async fn settle_queue(&self, queue: &QueueMapping) -> Result<usize, SystemError> {
        let _pass = self.0.gate.enter().await;
        let Some(batch) = queue.take().map_err(MappingError::from)? else { return Ok(0) };
        queue.work(&batch, self.0.functions.as_ref()).await?;
        Ok(1)
    }

    /// Makes the webhook calls that are due outside, through the same front as any other call.
    pub async fn deliver_webhooks(&self) -> Result<usize, SystemError> {
        let Some(outside) = &self.0.outside else { return Ok(0) };
        let pass = self.0.gate.enter().await;
        let due = outside.take_due(self.0.clock.now())?;
        for call in &due {
            let status = self.deliver(&pass, call).await;
            outside.webhook_done(call.id, status)?;
        }
        Ok(due.len())
    }

    /// The status of the answer; 0 if the call could not be made.
    async fn deliver(&self, pass: &Pass, call: &WebhookOut) -> u16 {
        let uri = if call.query.is_empty() { call.path.clone() } else { format!("{}?{}", call.path, call.query) };
        let mut request = http::Request::builder().method(call.method.as_str()).uri(uri).header("host", "localhost");
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let Ok(request) = request.body(()) else { return 0 };
        let (parts, ()) = request.into_parts();
        let source = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.0.front.call(pass, &parts, &call.body, source).await.status().as_u16()
    }

    /// Waits until nobody works on anything, and turns the clock forward.
    pub async fn turn(&self, by: SignedDuration) -> Result<Timestamp, TurnError> {
        let _closed = self.0.gate.close().await;
        self.0.clock.advance(by)
    }

    /// Whether there is nothing to do at this instant, and nobody is doing anything. What is kept in the archive comes a moment
    /// behind, and nothing waits for it.
    pub fn is_idle(&self) -> Result<bool, SystemError> {
        let Some(quiet) = self.0.gate.quiet_since() else { return Ok(false) };
        let now = self.0.clock.now();
        let nothing_due = self.0.stream.lag()? == 0
            && self.0.schedule.next_due(now) > now
            && self.next_due()?.is_none_or(|due| due > now);
        Ok(nothing_due && self.0.gate.quiet_since() == Some(quiet))
    }

    /// When a queued job or a webhook call of the outside is due next. Timers in the table are not looked at: the
    /// sweep of their minute finds them.
    pub fn next_due(&self) -> Result<Option<Timestamp>, SystemError> {
        let job = self.0.sends.next_due().map_err(MappingError::from)?;
        let event = self.0.events.next_due().map_err(MappingError::from)?;
        let long = self.0.jobs.next_due().map_err(MappingError::from)?;
        let webhook = match &self.0.outside {
            Some(outside) => outside.next_due()?,
            None => None,
        };
        Ok(job.into_iter().chain(event).chain(long).chain(webhook).min())
    }

    pub(crate) fn queues_report(&self) -> Result<Value, SystemError> {
        let mut queues = Map::new();
        for name in self.0.queues.names() {
            let depth = self.0.queues.depth(name).map_err(MappingError::from)?;
            let depth = json!({"visible": depth.visible, "in_flight": depth.in_flight, "delayed": depth.delayed});
            queues.insert(name.to_owned(), depth);
        }
        Ok(json!({
            "idle": self.is_idle()?,
            "queues": queues,
            "stream": {"lag": self.0.stream.lag()?, "fold_lag": self.0.folded.lag()?},
            "next_due": self.next_due()?.map(|due| due.to_string()),
        }))
    }

    pub fn clock(&self) -> &Arc<TurnedClock> {
        &self.0.clock
    }

    pub fn front(&self) -> &Front {
        &self.0.front
    }

    pub fn queues(&self) -> &Queues {
        &self.0.queues
    }

    pub fn outside(&self) -> Option<&Arc<Outside>> {
        self.0.outside.as_ref()
    }

    /// To be told when the outside may have something new to call about.
    pub(crate) fn outside_stirred(&self) -> &Notify {
        &self.0.outside_stirred
    }

    pub(crate) fn page(&self) -> &Value {
        &self.0.page
    }
}
