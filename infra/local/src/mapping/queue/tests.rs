//! What becomes of a batch.

use std::sync::Mutex;

use jiff::SignedDuration;
use transom_engine::sqs::{Outgoing, QueueDefinition, in_memory};

use super::*;
use crate::fakes::{Called, FakeFunctions};

const QUEUE: &str = "sends.fifo";

struct World {
    functions: FakeFunctions,
    mapping: QueueMapping,
    now: Arc<Mutex<Timestamp>>,
}

impl World {
    fn new() -> Self {
        let now = Arc::new(Mutex::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let clock = Arc::clone(&now);
        let definition = QueueDefinition::new(QUEUE, SignedDuration::from_secs(360));
        let clock = Arc::new(move || *clock.lock().unwrap());
        let queues = Queues::open(in_memory().unwrap(), [definition], clock).unwrap();
        let mapping = QueueMapping::new(queues, QUEUE, Wakes::Send).unwrap();
        Self { functions: FakeFunctions::default(), mapping, now }
    }

    fn send(&self, body: &str, group: &str) {
        let message = Outgoing { body, group: Some(group), deduplication_id: Some(body), delay_seconds: 0 };
        self.mapping.queues.send(QUEUE, &message).unwrap();
    }

    /// The jobs with these bodies fail.
    fn fail(&self, bodies: &'static [&'static str]) {
        self.functions.answer(Called::Send, move |event| {
            let records = event["Records"].as_array().unwrap();
            let failed = records.iter().filter(|record| bodies.contains(&record["body"].as_str().unwrap()));
            let failed: Vec<_> = failed.map(|record| json!({"itemIdentifier": record["messageId"]})).collect();
            Ok(json!({"batchItemFailures": failed}))
        });
    }

    /// Works on one batch and says which bodies were in it.
    async fn step(&self) -> Vec<String> {
        let Some(batch) = self.mapping.take().unwrap() else { return Vec::new() };
        self.mapping.work(&batch, &self.functions).await.unwrap();
        batch.0.iter().map(|message| message.body.clone()).collect()
    }

    fn later(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

#[tokio::test]
async fn the_function_gets_the_event_that_lambda_would_send() {
    let world = World::new();
    world.send("hello", "a");
    world.step().await;
    let event = world.functions.events(Called::Send).remove(0);
    assert_eq!(
        event,
        json!({"Records": [{
            "messageId": "00000000-0000-4000-8000-000000000001", "receiptHandle": "1.1", "body": "hello",
            "attributes": {
                "SenderId": "000000000000", "SentTimestamp": "1772355600000", "ApproximateReceiveCount": "1",
                "ApproximateFirstReceiveTimestamp": "1772355600000", "MessageGroupId": "a",
                "MessageDeduplicationId": "hello", "SequenceNumber": "10000000000000000001",
            },
            "messageAttributes": {}, "md5OfBody": "5d41402abc4b2a76b9719d911017c592", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:sends.fifo", "awsRegion": "us-east-1",
        }]})
    );
    let _: aws_lambda_events::event::sqs::SqsEvent = serde_json::from_value(event).unwrap();
    assert!(world.step().await.is_empty());
    world.later(3600);
    assert!(world.step().await.is_empty());
}

#[tokio::test]
async fn what_failed_comes_again_at_its_visibility_timeout_and_the_rest_is_gone() {
    let world = World::new();
    world.send("a", "a");
    world.send("b", "b");
    world.fail(&["a"]);
    assert_eq!(world.step().await, ["a", "b"]);
    world.later(359);
    assert!(world.step().await.is_empty());
    world.later(1);
    assert_eq!(world.step().await, ["a"]);
}

#[tokio::test]
async fn a_failed_function_fails_its_whole_batch() {
    let world = World::new();
    world.send("a", "a");
    world.send("b", "b");
    world.functions.answer(Called::Send, |_| Err("broken".into()));
    world.step().await;
    world.later(360);
    assert_eq!(world.step().await, ["a", "b"]);
}

#[tokio::test]
async fn a_failure_holds_back_the_rest_of_its_group_and_no_other() {
    let world = World::new();
    world.send("a1", "a");
    world.send("b1", "b");
    world.send("a2", "a");
    world.fail(&["a1"]);
    world.step().await;
    world.later(360);
    world.fail(&[]);
    assert_eq!(world.step().await, ["a1", "a2"]);
}

#[tokio::test]
async fn the_rest_of_the_group_comes_as_soon_as_the_failed_one_does() {
    let world = World::new();
    world.send("a1", "a");
    world.send("a2", "a");
    let queues = world.mapping.queues.clone();
    world.functions.answer(Called::Send, move |event| {
        let first = &event["Records"][0];
        queues.make_visible_after(QUEUE, first["receiptHandle"].as_str().unwrap(), 6).unwrap();
        Ok(json!({"batchItemFailures": [{"itemIdentifier": first["messageId"]}]}))
    });
    world.step().await;
    world.later(5);
    assert!(world.step().await.is_empty());
    world.later(1);
    assert_eq!(world.step().await, ["a1", "a2"]);
}
