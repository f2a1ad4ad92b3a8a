//! What operators rely on: nothing poisons a batch, everything can be made anew, a restored table sends nothing twice, and
//! calls end in time.

mod poison;
mod rare;
mod rebuild;
mod restore;
mod setup;
mod time;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use transom::app::Parts;
use transom_local::{
    checkpoints::Checkpoints,
    front::event::{Circumstances, from_request},
    functions::Functions,
    handlers::Handlers,
    local::{SENDS, TABLE},
};

use crate::world::World;

pub type Item = std::collections::HashMap<String, AttributeValue>;

pub async fn rows(world: &World) -> Vec<Item> {
    world
        .local
        .engine
        .dynamo()
        .scan()
        .table_name(TABLE)
        .send()
        .await
        .expect("the table answers")
        .items
        .unwrap_or_default()
}

async fn put(world: &World, row: Item) {
    world.local.engine.dynamo().put_item().table_name(TABLE).set_item(Some(row)).send().await.expect("it is put");
}

pub async fn delete(world: &World, row: &Item) {
    let key = world.local.engine.dynamo().delete_item().table_name(TABLE);
    key.key("pk", row["pk"].clone()).key("sk", row["sk"].clone()).send().await.expect("it is deleted");
}

pub fn pk(row: &Item) -> &str {
    row["pk"].as_s().expect("a key")
}

/// The sort key of a row.
pub fn sk(row: &Item) -> &str {
    row["sk"].as_s().expect("a key")
}

/// The whole table but for timers, which may be armed again, in one order.
pub async fn facts(world: &World) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let text = |row: &Item, name: &str| row[name].as_s().expect("a key").clone();
    let rows = rows(world).await;
    let rows = rows.iter().filter(|row| !pk(row).starts_with("T#") && !pk(row).starts_with("CURSOR#"));
    rows.map(|row| {
        let values = row.iter().map(|(name, value)| (name.clone(), format!("{value:?}"))).collect();
        ((text(row, "pk"), text(row, "sk")), values)
    })
    .collect()
}

pub fn job(id: &str, body: &str, receives: u32) -> Value {
    let attributes = json!({ "MessageGroupId": id, "ApproximateReceiveCount": receives.to_string() });
    json!({ "messageId": id, "receiptHandle": id, "body": body, "attributes": attributes, "messageAttributes": {} })
}

/// What API Gateway would hand over.
pub fn http_event(method: &str, path: &str, body: &[u8]) -> Value {
    let request = http::Request::builder().method(method).uri(path).header("host", "localhost");
    let (parts, ()) = request.body(()).expect("a request").into_parts();
    let at = "2026-03-01T09:00:00Z".parse().expect("a time");
    let around = Circumstances {
        route: "ANY /{proxy+}",
        source: [127, 0, 0, 1].into(),
        at,
        request_id: "1",
        trace: "Root=1-5759e988-bd862e3fe1be46a994272793",
    };
    from_request(&parts, body, around)
}

/// Calls the send function with these jobs and answers the ids that are to come again.
pub async fn call_send(parts: &Parts, jobs: Vec<Value>) -> Vec<String> {
    let answer = Handlers::new(parts).send(json!({ "Records": jobs })).await.expect("an answer");
    let failed = answer["batchItemFailures"].as_array().expect("a list").clone();
    failed.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
}

/// Everything that follows from the table is gone: the stream unread, the queue empty, timers and the inbox lost.
pub async fn lose_everything_that_follows(world: &World) {
    // The newest record of a stream always stays: one that causes nothing.
    world.parts.store.first_seen(&world.account(), "lost", world.now()).await.expect("it is noted");
    let last = world.local.engine.stream(TABLE, None).expect("a stream").next(1000).expect("records");
    if let Some(last) = last.last() {
        let number = last["dynamodb"]["SequenceNumber"].as_str().expect("a number");
        let checkpoints = Checkpoints::open(world.local.engine.side_connection().expect("a connection")).expect("open");
        checkpoints.set(TABLE, number).expect("it is written");
        world.local.engine.forget_until(TABLE, number).expect("forgotten");
    }
    for row in rows(world).await {
        let sk = row["sk"].as_s().expect("a key");
        if pk(&row).starts_with("T#") || sk == "W" {
            delete(world, &row).await;
        }
    }
    while let Some(job) = world.system.queues().receive(SENDS, 1).expect("the queue answers").pop() {
        world.system.queues().delete(SENDS, &job.receipt).expect("it is deleted");
    }
}

/// How far the stream was followed.
pub fn checkpoint(world: &World) -> Option<String> {
    let checkpoints = Checkpoints::open(world.local.engine.side_connection().expect("a connection")).expect("it opens");
    checkpoints.get(TABLE).expect("it is read")
}

/// Gives an order to the operate function.
async fn order(world: &World, order: Value) -> (u16, Value) {
    crate::world::answer(world.http("POST", "/local/operate").json(&order)).await
}
