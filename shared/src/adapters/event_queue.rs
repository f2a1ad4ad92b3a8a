//! The queue of events, on SQS.

use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::sqs::Sqs;
use crate::ports::{
    QueueUnavailable,
    events::{EventJob, EventQueue},
};

/// So many fit into one call (SQS, "quotas").
const AT_ONCE: usize = 10;
/// The longest delay (SQS, "delay queues").
const LONGEST_DELAY: u32 = 900;

/// The standard queue `events`.
#[derive(Debug, Clone)]
pub struct SqsEventQueue {
    client: Sqs,
    queue_url: String,
}

impl SqsEventQueue {
    pub fn new(client: impl Into<Sqs>, queue_url: impl Into<String>) -> Self {
        Self { client: client.into(), queue_url: queue_url.into() }
    }
}

/// Some of a batch were not taken.
#[derive(Debug, thiserror::Error)]
#[error("{count} of a batch were not taken: {code}")]
struct NotAllTaken {
    count: usize,
    code: String,
}

#[async_trait]
impl EventQueue for SqsEventQueue {
    async fn put(&self, jobs: &[EventJob], seconds: u32) -> Result<(), QueueUnavailable> {
        let delay = i32::try_from(seconds.min(LONGEST_DELAY)).expect("a quarter of an hour fits");
        for some in jobs.chunks(AT_ONCE) {
            let mut batch = self.client.get().send_message_batch().queue_url(&self.queue_url);
            for (index, job) in some.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(serde_json::to_string(job).expect("a job has a JSON form"))
                    .delay_seconds(delay)
                    .build()
                    .expect("it has an id and a body");
                batch = batch.entries(entry);
            }
            let answer = batch.send().await.map_err(|error| QueueUnavailable(error.into()))?;
            if let Some(first) = answer.failed.first() {
                let why = NotAllTaken { count: answer.failed.len(), code: first.code.clone() };
                return Err(QueueUnavailable(why.into()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use transom_engine::sqs::{QueueDefinition, Queues, queue_url};

    use super::*;
    use crate::{
        domain::{Timestamp, event::Event, time::SignedDuration},
        ports::events::Telling,
    };

    const QUEUE: &str = "events";

    #[tokio::test]
    async fn jobs_go_on_the_queue_by_tens_and_come_off_as_they_were() {
        let now: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let connection = transom_engine::sqs::in_memory().unwrap();
        let definition = QueueDefinition::new(QUEUE, SignedDuration::from_secs(30));
        let queues = Queues::open(connection, [definition], Arc::new(move || now)).unwrap();
        let queue = SqsEventQueue::new(queues.client(), queue_url(QUEUE));
        let job = |number: u32| {
            EventJob::One(Box::new(Telling {
                event: Event::test(&"demo".parse().unwrap(), &"hotel".parse().unwrap(), now),
                subscription: "hotel".parse().unwrap(),
                attempt: number,
                replay: number.is_multiple_of(2),
                batched: number.is_multiple_of(3),
            }))
        };
        let jobs: Vec<_> = (1..=23).map(job).collect();
        queue.put(&jobs, 0).await.unwrap();
        queue.put(&[job(24)], 5).await.unwrap();
        let mut found = Vec::new();
        loop {
            let received = queues.receive(QUEUE, 10).unwrap();
            if received.is_empty() {
                break;
            }
            found.extend(received.iter().map(|message| serde_json::from_str::<EventJob>(&message.body).unwrap()));
        }
        assert_eq!(found, jobs, "and the late one comes later");
        assert!(SqsEventQueue::new(queues.client(), queue_url("other")).put(&jobs, 0).await.is_err());
    }
}
