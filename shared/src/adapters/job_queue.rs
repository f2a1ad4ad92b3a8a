//! The queue of long work, on SQS.

use async_trait::async_trait;

use super::sqs::{Sqs, SqsDoorbell};
use crate::ports::{
    Doorbell, QueueUnavailable,
    jobs::{JobQueue, JobRing},
};

/// The standard queue `jobs`.
#[derive(Debug, Clone)]
pub struct SqsJobQueue {
    client: Sqs,
    queue_url: String,
}

impl SqsJobQueue {
    pub fn new(client: impl Into<Sqs>, queue_url: impl Into<String>) -> Self {
        Self { client: client.into(), queue_url: queue_url.into() }
    }
}

#[async_trait]
impl JobQueue for SqsJobQueue {
    async fn ring(&self, ring: &JobRing) -> Result<(), QueueUnavailable> {
        let body = serde_json::to_string(ring).expect("a ring has a JSON form");
        let sent = self.client.get().send_message().queue_url(&self.queue_url).message_body(body).send().await;
        sent.map(drop).map_err(|error| QueueUnavailable(error.into()))
    }

    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable> {
        SqsDoorbell::new(self.client.clone(), &self.queue_url).come_again(receipt, seconds).await
    }
}
