//! The archive fails, lies or holds damage: nothing is lost, and whoever waits is told.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use fold::Fold;
use jobs::Jobs;
use serde_json::{Value, json};
use transom::{
    app::Parts,
    ports::{
        jobs::JobRing,
        objects::{Listed, ObjectStore, ObjectsUnavailable},
    },
};
use transom_local::local::TABLE;
use wiremock::{Mock, ResponseTemplate, matchers::method};

use crate::{
    server::Server,
    world::{ANA, World},
};

/// An archive that can be down.
#[derive(Debug)]
struct Flaky {
    objects: Arc<dyn ObjectStore>,
    down: AtomicBool,
}

impl Flaky {
    fn up(&self) -> Result<(), ObjectsUnavailable> {
        let down = || ObjectsUnavailable { doing: "answer", source: "it is down".into() };
        if self.down.load(Ordering::SeqCst) { Err(down()) } else { Ok(()) }
    }
}

#[async_trait]
impl ObjectStore for Flaky {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable> {
        self.up()?;
        self.objects.put(name, bytes).await
    }
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable> {
        self.up()?;
        self.objects.get(name).await
    }
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable> {
        self.up()?;
        self.objects.list(prefix, after, limit).await
    }
    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable> {
        self.up()?;
        self.objects.remove(names).await
    }
}

/// Protection: a batch that could not be kept is reported from its first record on.
#[tokio::test]
async fn a_batch_that_cannot_be_kept_comes_again_and_is_kept_once() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let objects = Arc::new(transom::adapters::objects::MemoryObjects::default());
    let flaky = Arc::new(Flaky { objects: objects.clone(), down: AtomicBool::new(true) });
    let fold = Fold::new(Parts { objects: flaky.clone(), ..world.parts.clone() });
    let records = world.local.engine.stream(TABLE, None).unwrap().next(100).unwrap();
    let first = records[0]["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    let batch = || serde_json::from_value(json!({ "Records": records })).unwrap();
    let answer = fold::handle(&fold, batch()).await;
    assert_eq!(answer.batch_item_failures[0].item_identifier.as_deref(), Some(first.as_str()));
    flaky.down.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        assert!(fold::handle(&fold, batch()).await.batch_item_failures.is_empty());
    }
    let names = |listed: Vec<Listed>| listed.into_iter().map(|it| it.name).collect::<Vec<_>>();
    let messages = names(objects.list("segments/", None, 100).await.unwrap());
    assert_eq!(messages.len(), 1, "the same batch is the same object: {messages:?}");
}

/// A ring as SQS hands it over for the so manieth time.
fn ring(world: &World, job: &str, receives: u32) -> SqsEvent {
    let ring = JobRing::V1 { account: world.account(), job: job.parse().unwrap() };
    let mut record = SqsMessage::default();
    record.message_id = Some("1".into());
    record.body = Some(serde_json::to_string(&ring).unwrap());
    record.attributes.insert("ApproximateReceiveCount".into(), receives.to_string());
    let mut event = SqsEvent::default();
    event.records.push(record);
    event
}

/// Protection: `RECEIVED_IN_VAIN` in `functions/jobs`. (Fault matrix C6.)
#[tokio::test]
async fn c6_work_that_meets_damage_fails_with_its_reason_and_goes_on_once_that_is_mended() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.say(ANA, "Good morning").await;
    world.settle().await;
    world.turn("PT1H").await;
    let name = "segments/account=demo/day=2026-03-01/hour=09/damaged.jsonl.gz";
    world.parts.objects.put(name, b"no gzip".to_vec()).await.unwrap();
    let order = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-01T10:00:00Z" });
    let (status, job) = world.api("POST", "/v1/reports/compliance", order).await;
    assert_eq!(status, 202);
    let id = job["id"].as_str().unwrap();
    let jobs = Jobs::new(world.parts.clone());
    for receives in [1, 19] {
        assert_eq!(jobs::handle(&jobs, ring(&world, id, receives)).await.batch_item_failures.len(), 1);
        assert_eq!(world.job(id).await["state"], "running", "it may pass");
    }
    assert!(jobs::handle(&jobs, ring(&world, id, 20)).await.batch_item_failures.is_empty());
    let shown = world.job(id).await;
    assert_eq!(shown["state"], "failed");
    assert!(shown["why"].as_str().unwrap().contains("damaged.jsonl.gz"), "{shown}");
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    let record = parked["data"][0]["id"].as_str().unwrap().to_owned();
    world.parts.objects.remove(&[name.to_owned()]).await.unwrap();
    let (status, _) = world.api("POST", &format!("/v1/parked/{record}/retry"), json!({})).await;
    assert_eq!(status, 200);
    world.settle().await;
    let shown = world.job(id).await;
    assert_eq!((&shown["state"], &shown["progress"]["messages"]), (&json!("done"), &json!(1)), "{shown}");
}

/// A ring that nobody can read, and one for work that is over or was never asked for, are done with.
#[tokio::test]
async fn a_ring_that_means_nothing_ends() {
    let world = World::new().await;
    let jobs = Jobs::new(world.parts.clone());
    let nobodys = ring(&world, "job_00000000000000000000000009", 1);
    assert!(jobs::handle(&jobs, nobodys.clone()).await.batch_item_failures.is_empty());
    let mut broken = nobodys;
    broken.records[0].body = Some("{}".into());
    assert!(jobs::handle(&jobs, broken).await.batch_item_failures.is_empty());
    let strays = world.parts.store.strays(world.now(), 2, 10).await.unwrap();
    assert_eq!(strays.len(), 1);
}

/// What was said is told in full from wherever it lies by now.
#[tokio::test]
async fn an_event_about_an_archived_message_is_told_in_full() {
    let world = World::new().await;
    world.keeps(json!({ "archive_after_days": 30 })).await;
    world.writes(ANA, "long ago").await;
    world.days(33).await;
    assert!(!world.objects("threads/").await.is_empty());
    let server = Server::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let body = json!({ "url": server.uri(), "types": ["message.received"], "payload": "full" });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 201);
    let range = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
    world.ask("/v1/subscriptions/crm/replay", range).await;
    let told = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&told[0].body).unwrap();
    assert_eq!(body["data"]["message"]["content"]["body"], "long ago");
}

/// The rings of long work and what is due every day come back with a rebuild. (Fault matrix B11.)
#[tokio::test]
async fn a_rebuild_rings_for_work_that_was_not_done() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let contact = world.contact_of(ANA).await;
    let (status, job) = world.api("POST", &format!("/v1/contacts/{contact}/export"), json!({})).await;
    assert_eq!(status, 202);
    // The stream's change is lost.
    let id = job["id"].as_str().unwrap();
    let lost = world.parts_with(Arc::new(|_| transom_engine::Verdict::Go));
    let account = world.account();
    for account in [None, Some(account)] {
        let mut rebuild = transom::app::rebuild::Rebuild::begin(&lost, account);
        rebuild.finish(&lost).await.unwrap();
        assert_eq!(rebuild.counts.jobs, 1);
    }
    let waiting = world.system.queues().receive(transom_local::local::JOBS, 10).unwrap();
    assert_eq!(waiting.iter().filter(|message| message.body.contains(id)).count(), 2);
}
