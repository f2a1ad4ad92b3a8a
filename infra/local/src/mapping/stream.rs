//! The table's stream to its two readers, `react` and `fold`: in order, each with a checkpoint that survives the process.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use transom_engine::{Engine, StreamReader};

use super::{MappingError, Report, report};
use crate::{
    checkpoints::Checkpoints,
    functions::{BoxError, Functions},
};

/// Most records of one batch.
const BATCH: usize = 100;

/// After so many failures a record is left behind. `react` parks what it cannot follow after fewer.
const TRIES: u32 = 10;

/// So many consumed records are deleted together.
const FORGET_AFTER: usize = 500;

/// Who reads the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    React,
    Fold,
}

impl Reads {
    const ALL: [Self; 2] = [Self::React, Self::Fold];

    const fn name(self) -> &'static str {
        match self {
            Self::React => "react",
            Self::Fold => "fold",
        }
    }

    /// The name of a reader's checkpoint.
    fn checkpoint(self, table: &str) -> String {
        match self {
            Self::React => table.to_owned(),
            Self::Fold => format!("{table}#fold"),
        }
    }
}

/// From a table's stream to one reader.
#[derive(Debug)]
pub struct StreamMapping {
    engine: Engine,
    table: String,
    reads: Reads,
    checkpoints: Checkpoints,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    /// `None`: to be opened at the checkpoint.
    reader: Option<StreamReader>,
    batch: usize,
    /// The record that failed last, and how often it did.
    failing: Option<(String, u32)>,
    consumed: usize,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stepped {
    /// There was nothing to read.
    Nothing,
    /// So many records are done with.
    Consumed(usize),
    /// A record failed and is tried again, after this pause where time matters.
    Failed { pause: Duration },
}

impl StreamMapping {
    pub fn new(engine: Engine, table: &str, reads: Reads, checkpoints: Checkpoints) -> Self {
        let progress = Progress { reader: None, batch: BATCH, failing: None, consumed: FORGET_AFTER };
        Self { engine, table: table.to_owned(), reads, checkpoints, progress: Mutex::new(progress) }
    }

    fn checkpoint(&self) -> Result<Option<String>, MappingError> {
        Ok(self.checkpoints.get(&self.reads.checkpoint(&self.table))?)
    }

    /// The last record that every reader is done with.
    fn done_by_all(&self) -> Result<Option<String>, MappingError> {
        let mut done = Vec::new();
        for reader in Reads::ALL {
            match self.checkpoints.get(&reader.checkpoint(&self.table))? {
                Some(checkpoint) => done.push(checkpoint),
                None => return Ok(None),
            }
        }
        // Sequence numbers have one length.
        Ok(done.into_iter().min_by(|a, b| (a.len(), a).cmp(&(b.len(), b))))
    }

    /// Changes with every write to the database.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.engine.written()
    }

    /// How many records wait; counted up to a thousand.
    pub fn lag(&self) -> Result<usize, MappingError> {
        let checkpoint = self.checkpoint()?;
        Ok(self.engine.stream(&self.table, checkpoint.as_deref())?.next(1000)?.len())
    }

    /// Hands one batch to the reader and moves the checkpoint to just before its first failure.
    pub async fn step(&self, functions: &dyn Functions) -> Result<Stepped, MappingError> {
        let mut progress = self.progress.lock().await;
        let mut reader = match progress.reader.take() {
            Some(reader) => reader,
            None => self.engine.stream(&self.table, self.checkpoint()?.as_deref())?,
        };
        let records = reader.next(progress.batch)?;
        if records.is_empty() {
            progress.reader = Some(reader);
            return Ok(Stepped::Nothing);
        }
        let numbers: Vec<String> = records.iter().map(sequence_number).collect();
        let event = json!({"Records": records});
        let answer = match self.reads {
            Reads::React => functions.react(event).await,
            Reads::Fold => functions.fold(event).await,
        };
        let Some(failed) = first_failure(&numbers, answer) else {
            progress.reader = Some(reader);
            self.done(&mut progress, &numbers)?;
            return Ok(Stepped::Consumed(numbers.len()));
        };
        // From here on the reader is behind the failed record: the next step opens another at the checkpoint.
        let failed = match failed {
            Failure::Of(index) => index,
            Failure::Whole if numbers.len() == 1 => 0,
            Failure::Whole => {
                // Which one it was shows when each comes alone.
                progress.batch = 1;
                return Ok(Stepped::Failed { pause: Duration::ZERO });
            }
        };
        if failed > 0 {
            self.done(&mut progress, &numbers[..failed])?;
        }
        let number = &numbers[failed];
        let times = match progress.failing.take() {
            Some((same, times)) if same == *number => times + 1,
            Some(_) | None => 1,
        };
        if times >= TRIES {
            tracing::error!(stream.sequence_number = %number, reader = self.reads.name(), "a record failed too often and is left behind");
            self.done(&mut progress, std::slice::from_ref(number))?;
            return Ok(Stepped::Consumed(failed + 1));
        }
        progress.failing = Some((number.clone(), times));
        let pause = Duration::from_millis(50) * 2_u32.pow(times);
        Ok(Stepped::Failed { pause })
    }

    /// These are done with, whatever happens to the process.
    fn done(&self, progress: &mut Progress, numbers: &[String]) -> Result<(), MappingError> {
        let Some(last) = numbers.last() else { return Ok(()) };
        self.checkpoints.set(&self.reads.checkpoint(&self.table), last)?;
        progress.failing = None;
        progress.batch = BATCH;
        progress.consumed += numbers.len();
        if progress.consumed >= FORGET_AFTER {
            if let Some(last) = self.done_by_all()? {
                self.engine.forget_until(&self.table, &last)?;
            }
            progress.consumed = 0;
        }
        Ok(())
    }
}

fn sequence_number(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().expect("the engine numbers its records").to_owned()
}

enum Failure {
    /// The first record that failed.
    Of(usize),
    /// Some record, not known which.
    Whole,
}

/// Lambda goes on at the lowest sequence number that was reported.
fn first_failure(numbers: &[String], answer: Result<Value, BoxError>) -> Option<Failure> {
    match answer {
        Ok(answer) => match report(&answer, |id| numbers.iter().any(|number| number == id)) {
            Report::Failed(failed) => numbers.iter().position(|number| failed.contains(number)).map(Failure::Of),
            Report::Whole => {
                tracing::error!(
                    "a reader of the stream answered with a report that cannot be read; the batch comes again"
                );
                Some(Failure::Whole)
            }
        },
        Err(error) => {
            tracing::error!(error = &*error, "a reader of the stream failed; the batch comes again");
            Some(Failure::Whole)
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::create_table;
