//! The doorbell as a FIFO queue: one group for each conversation.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use aws_sdk_sqs::{Client, types::QueueAttributeName};

use crate::ports::{
    Doorbell, QueueUnavailable, Ring,
    administration::{QueueCare, QueueDepth},
};

/// A client for SQS that is made when it is first needed: many a function never puts anything onto a queue, and reading what
/// the SDK knows of the world's regions is a tenth of its start.
#[derive(Clone)]
pub struct Sqs(Arc<LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>>);

impl Sqs {
    pub fn lazy(make: impl FnOnce() -> Client + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(make))))
    }

    pub(super) fn get(&self) -> &Client {
        &self.0
    }
}

impl From<Client> for Sqs {
    fn from(client: Client) -> Self {
        Self::lazy(|| client)
    }
}

impl fmt::Debug for Sqs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SQS")
    }
}

/// The queue `sends.fifo`.
#[derive(Debug, Clone)]
pub struct SqsDoorbell {
    client: Sqs,
    queue_url: String,
}

impl SqsDoorbell {
    pub fn new(client: impl Into<Sqs>, queue_url: impl Into<String>) -> Self {
        Self { client: client.into(), queue_url: queue_url.into() }
    }
}

#[async_trait]
impl Doorbell for SqsDoorbell {
    async fn ring(&self, ring: &Ring, once: &str) -> Result<(), QueueUnavailable> {
        self.client
            .get()
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(ring.group())
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
            .get()
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

/// The queues as a whole, for operators.
#[derive(Debug, Clone)]
pub struct SqsCare {
    client: Client,
    /// What each is called, its address, and whether something in it needs people.
    queues: Vec<(&'static str, String, bool)>,
    sends_url: String,
    dead_url: Option<String>,
}

impl SqsCare {
    /// `dead_url`: where doorbells lie that were received too often. `others`: what each is called, its address, and whether
    /// something in it needs people.
    pub fn new(
        client: Client,
        sends_url: String,
        dead_url: Option<String>,
        others: impl IntoIterator<Item = (&'static str, Option<String>, bool)>,
    ) -> Self {
        let mut queues = vec![("sends", sends_url.clone(), false)];
        queues.extend(dead_url.clone().map(|url| ("sends-dead", url, true)));
        queues.extend(others.into_iter().filter_map(|(name, url, is_dead)| Some((name, url?, is_dead))));
        Self { client, queues, sends_url, dead_url }
    }
}

fn unavailable<E: Into<crate::ports::BoxError>>(error: E) -> QueueUnavailable {
    QueueUnavailable(error.into())
}

#[async_trait]
impl QueueCare for SqsCare {
    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueUnavailable> {
        let mut depths = Vec::with_capacity(self.queues.len());
        for (name, url, is_dead) in &self.queues {
            let asked = self
                .client
                .get_queue_attributes()
                .queue_url(url)
                .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
                .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
            let attributes = asked.send().await.map_err(unavailable)?.attributes.unwrap_or_default();
            let count =
                |name: &QueueAttributeName| attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
            depths.push(QueueDepth {
                name,
                waiting: count(&QueueAttributeName::ApproximateNumberOfMessages),
                in_flight: count(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
                is_dead: *is_dead,
            });
        }
        Ok(depths)
    }

    async fn redrive(&self, most: usize) -> Result<usize, QueueUnavailable> {
        let Some(dead) = &self.dead_url else { return Ok(0) };
        let doorbell = SqsDoorbell::new(self.client.clone(), &self.sends_url);
        let mut redriven = 0;
        while redriven < most {
            let received = self.client.receive_message().queue_url(dead).max_number_of_messages(10).send().await;
            let messages = received.map_err(unavailable)?.messages.unwrap_or_default();
            let before = redriven;
            for message in messages {
                let (Some(body), Some(receipt), Some(id)) = (message.body, message.receipt_handle, message.message_id)
                else {
                    continue;
                };
                let Ok(ring) = Ring::read(&body) else { continue };
                // Should this end between the two: the same name rings once, and the table is the truth anyway.
                doorbell.ring(&ring, &format!("redrive-{id}")).await?;
                self.client
                    .delete_message()
                    .queue_url(dead)
                    .receipt_handle(receipt)
                    .send()
                    .await
                    .map_err(unavailable)?;
                redriven += 1;
            }
            if redriven == before {
                break;
            }
        }
        Ok(redriven)
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
    async fn dead_doorbells_ring_anew_and_what_is_none_stays() {
        const DEAD: &str = "sends-dead.fifo";
        let connection = transom_engine::sqs::in_memory().unwrap();
        let queue = |name: &'static str| QueueDefinition::new(name, SignedDuration::from_secs(30));
        let clock = || "2026-03-01T09:00:00Z".parse().unwrap();
        let queues = Queues::open(connection, [queue(QUEUE), queue(DEAD)], Arc::new(clock)).unwrap();
        let client = queues.client();
        let dead = SqsDoorbell::new(client.clone(), queue_url(DEAD));
        dead.ring(&ring(1), "cause-1").await.unwrap();
        dead.ring(&ring(2), "cause-2").await.unwrap();
        let put = client.send_message().queue_url(queue_url(DEAD)).message_group_id("x").message_deduplication_id("x");
        put.message_body("no doorbell").send().await.unwrap();
        let care = SqsCare::new(client, queue_url(QUEUE), Some(queue_url(DEAD)), []);
        assert_eq!(care.redrive(100).await.unwrap(), 2);
        let depths: Vec<_> =
            care.depths().await.unwrap().into_iter().map(|it| (it.name, it.waiting + it.in_flight)).collect();
        assert_eq!(depths, [("sends", 2), ("sends-dead", 1)]);
        let received = queues.receive(QUEUE, 10).unwrap();
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
