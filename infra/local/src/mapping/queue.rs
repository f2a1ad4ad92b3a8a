//! A queue to a function: receives, calls, deletes what did not fail.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use transom_engine::sqs::{MOST_RECEIVED, Message, QueueError, Queues, REGION, queue_arn};

use super::{MappingError, Report, report};
use crate::functions::{BoxError, Functions};

/// The function that a queue wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakes {
    Send,
    Publish,
    Jobs,
}

/// From one queue to its function.
#[derive(Debug, Clone)]
pub struct QueueMapping {
    queues: Queues,
    queue: String,
    wakes: Wakes,
}

/// Messages that were received together and wait for their function.
#[derive(Debug)]
pub struct Batch(Vec<Message>);

impl Batch {
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

impl QueueMapping {
    pub fn new(queues: Queues, queue: &str, wakes: Wakes) -> Result<Self, QueueError> {
        queues.definition(queue)?;
        Ok(Self { queues, queue: queue.to_owned(), wakes })
    }

    /// Woken when there may be something to take.
    pub fn changed(&self) -> Result<Arc<Notify>, QueueError> {
        self.queues.changed(&self.queue)
    }

    /// When there will be something to take.
    pub fn next_due(&self) -> Result<Option<Timestamp>, QueueError> {
        self.queues.next_visible_at(&self.queue)
    }

    /// Receives what one call of the function gets. `None`: nothing can be received now.
    pub fn take(&self) -> Result<Option<Batch>, QueueError> {
        let messages = self.queues.receive(&self.queue, MOST_RECEIVED)?;
        Ok((!messages.is_empty()).then_some(Batch(messages)))
    }

    /// Calls the function with a batch, and deletes what it did not report as failed. What failed comes again at its
    /// visibility timeout, or when the function said.
    pub async fn work(&self, batch: &Batch, functions: &dyn Functions) -> Result<(), MappingError> {
        let event = self.event(&batch.0);
        let answer = match self.wakes {
            Wakes::Send => functions.send(event).await,
            Wakes::Publish => functions.publish(event).await,
            Wakes::Jobs => functions.jobs(event).await,
        };
        let failed = failures(&batch.0, answer);
        for message in batch.0.iter().filter(|message| !failed.contains(&message.id)) {
            if self.overtaken(message, &batch.0, &failed)? {
                continue;
            }
            match self.queues.delete(&self.queue, &message.receipt) {
                // It took longer than the visibility timeout: the message comes again, as on AWS.
                Err(QueueError::ReceiptExpired) => {
                    tracing::warn!(
                        queue = self.queue,
                        message.id = message.id,
                        "a job outlived its visibility timeout"
                    );
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Whether an earlier message of the same group failed, so that this one must come again after it. It becomes
    /// visible together with that one: in flight, it would keep its group blocked.
    fn overtaken(&self, message: &Message, batch: &[Message], failed: &BTreeSet<String>) -> Result<bool, MappingError> {
        let earlier = batch.iter().take_while(|other| other.id != message.id);
        let mut of_group = earlier.filter(|other| other.group.is_some() && other.group == message.group);
        let Some(first) = of_group.find(|other| failed.contains(&other.id)) else { return Ok(false) };
        // One that is not in flight any more is visible already.
        let seconds = self.queues.visible_in(&self.queue, &first.receipt)?.unwrap_or(0);
        match self.queues.make_visible_after(&self.queue, &message.receipt, seconds) {
            // The function has already given it back.
            Err(QueueError::NotInFlight) => {}
            other => other?,
        }
        Ok(true)
    }

    /// An SQS event as Lambda's poller builds it (Lambda, "using Lambda with Amazon SQS").
    fn event(&self, messages: &[Message]) -> Value {
        let arn = queue_arn(&self.queue);
        let records = messages.iter().map(|message| {
            json!({
                "messageId": message.id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": message.attributes(),
                "messageAttributes": {},
                "md5OfBody": message.body_md5,
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": REGION,
            })
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }
}

/// The ids of the messages that failed.
fn failures(batch: &[Message], answer: Result<Value, BoxError>) -> BTreeSet<String> {
    let all = || batch.iter().map(|message| message.id.clone()).collect();
    match answer {
        Ok(answer) => match report(&answer, |id| batch.iter().any(|message| message.id == id)) {
            Report::Failed(failed) => failed,
            Report::Whole => {
                tracing::error!("a function answered with a report that cannot be read; the batch comes again");
                all()
            }
        },
        Err(error) => {
            tracing::error!(error = &*error, "a function failed; its batch comes again");
            all()
        }
    }
}

#[cfg(test)]
mod tests;
