//! The doorbell as a FIFO queue: one group for each conversation.

use async_trait::async_trait;
use aws_sdk_sqs::Client;

use crate::ports::{Doorbell, QueueUnavailable, Ring};

/// The queue `sends.fifo`.
#[derive(Debug, Clone)]
pub struct SqsDoorbell {
    client: Client,
    queue_url: String,
}

impl SqsDoorbell {
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }
}

#[async_trait]
impl Doorbell for SqsDoorbell {
    async fn ring(&self, ring: &Ring, once: &str) -> Result<(), QueueUnavailable> {
        let Ring::V1 { conversation, .. } = ring;
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(conversation.to_string())
            .message_deduplication_id(once)
            .message_body(serde_json::to_string(ring).expect("a ring has a JSON form"))
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueUnavailable(error.into()))
    }

    async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable> {
        // SQS takes at most twelve hours; whoever comes sooner than asked finds that out and asks again.
        let seconds = i32::try_from(seconds.min(43_200)).expect("twelve hours fit");
        self.client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueUnavailable(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use transom_engine::sqs::{QueueDefinition, Queues, queue_url};

    use super::*;
    use crate::domain::{ConversationId, MessageId, Timestamp, ids::MessageKey, time::SignedDuration};

    const QUEUE: &str = "sends.fifo";

    fn world() -> (Queues, SqsDoorbell, Arc<Mutex<Timestamp>>) {
        let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let clock = Arc::clone(&now);
        let definition = QueueDefinition::new(QUEUE, SignedDuration::from_secs(360));
        let connection = transom_engine::sqs::in_memory().unwrap();
        let queues = Queues::open(connection, [definition], Arc::new(move || *clock.lock().unwrap())).unwrap();
        let doorbell = SqsDoorbell::new(queues.client(), queue_url(QUEUE));
        (queues, doorbell, now)
    }

    fn ring(conversation: u128) -> Ring {
        let message =
            MessageId { conversation: ConversationId::from_bits(conversation), key: MessageKey::from_bits(7) };
        Ring::for_message("demo".parse().unwrap(), message)
    }

    #[tokio::test]
    async fn a_ring_goes_to_its_conversations_group_once_for_each_cause() {
        let (queues, doorbell, _) = world();
        doorbell.ring(&ring(1), "cause-1").await.unwrap();
        doorbell.ring(&ring(1), "cause-1").await.unwrap();
        doorbell.ring(&ring(1), "cause-2").await.unwrap();
        let received = queues.receive(QUEUE, 10).unwrap();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].group, Some(ConversationId::from_bits(1).to_string()));
        assert_eq!(serde_json::from_str::<Ring>(&received[0].body).unwrap(), ring(1));
    }

    #[tokio::test]
    async fn a_job_can_come_again_sooner_than_the_queue_would_bring_it() {
        let (queues, doorbell, now) = world();
        doorbell.ring(&ring(1), "cause").await.unwrap();
        let job = queues.receive(QUEUE, 10).unwrap().remove(0);
        doorbell.come_again(&job.receipt, 6).await.unwrap();
        *now.lock().unwrap() += SignedDuration::from_secs(6);
        assert_eq!(queues.receive(QUEUE, 10).unwrap().len(), 1);
        assert!(doorbell.come_again(&job.receipt, 6).await.is_err());
    }
}
