//! What the embedded database promises.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_lambda_events::dynamodb::Event;
use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        StreamSpecification, StreamViewType,
    },
};
use serde_json::{Value, json};
use transom_engine::{Call, Engine, EngineError, Verdict};

async fn make_table(client: &Client) {
    client
        .create_table()
        .table_name("rows")
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(
            AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S).build().unwrap(),
        )
        .key_schema(KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap())
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewAndOldImages)
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
}

async fn put(client: &Client, key: &str, value: &str) -> Result<(), String> {
    client
        .put_item()
        .table_name("rows")
        .item("pk", AttributeValue::S(key.into()))
        .item("value", AttributeValue::B(Blob::new(value)))
        .send()
        .await
        .map(|_| ())
        .map_err(|error| error.code().unwrap_or("none").to_owned())
}

async fn value(client: &Client, key: &str) -> Option<String> {
    let key = AttributeValue::S(key.into());
    let item = client.get_item().table_name("rows").key("pk", key).send().await.unwrap().item?;
    Some(String::from_utf8(item["value"].as_b().unwrap().as_ref().to_vec()).unwrap())
}

fn number(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_closed_database_is_found_again_with_its_rows_and_its_stream() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let engine = Engine::open(&path).unwrap();
    make_table(&engine.dynamo()).await;
    put(&engine.dynamo(), "a", "one").await.unwrap();
    put(&engine.dynamo(), "a", "two").await.unwrap();
    let first = engine.stream("rows", None).unwrap().next(1).unwrap().remove(0);
    drop(engine);

    let engine = Engine::open(&path).unwrap();
    assert_eq!(value(&engine.dynamo(), "a").await.as_deref(), Some("two"));
    let records = engine.stream("rows", Some(&number(&first))).unwrap().next(10).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["eventName"], "MODIFY");
}

#[tokio::test]
async fn a_stream_reads_as_the_event_that_lambda_hands_over() {
    let engine = Engine::memory().unwrap();
    let client = engine.dynamo();
    make_table(&client).await;
    put(&client, "a", "\u{0}one").await.unwrap();
    put(&client, "a", "two").await.unwrap();
    client.delete_item().table_name("rows").key("pk", AttributeValue::S("a".into())).send().await.unwrap();

    let mut stream = engine.stream("rows", None).unwrap();
    let records = stream.next(100).unwrap();
    assert_eq!(stream.next(100).unwrap(), Vec::<Value>::new());
    let event: Event = serde_json::from_value(json!({ "Records": records })).unwrap();

    let names: Vec<_> = event.records.iter().map(|record| record.event_name.as_str()).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    let binary = |bytes: &[u8]| Some(serde_dynamo_binary(bytes));
    assert_eq!(event.records[0].change.new_image.get("value").map(|v| format!("{v:?}")), binary(b"\0one"));
    assert_eq!(event.records[1].change.old_image.get("value").map(|v| format!("{v:?}")), binary(b"\0one"));
    assert_eq!(event.records[1].change.new_image.get("value").map(|v| format!("{v:?}")), binary(b"two"));
    assert!(event.records[2].change.new_image.is_empty());
    assert!(event.records[2].event_source_arn.as_ref().unwrap().contains(":table/rows/stream/"));
    assert_eq!(event.records[2].event_source.as_deref(), Some("aws:dynamodb"));
}

/// How a binary attribute shows itself; its own type is not a dependency here.
fn serde_dynamo_binary(bytes: &[u8]) -> String {
    format!("B({bytes:?})")
}

#[tokio::test]
async fn forgetting_consumed_records_keeps_the_newest_and_the_ones_not_consumed() {
    let engine = Engine::memory().unwrap();
    let client = engine.dynamo();
    make_table(&client).await;
    for n in 0..5 {
        put(&client, "a", &n.to_string()).await.unwrap();
    }
    let records = engine.stream("rows", None).unwrap().next(100).unwrap();
    assert_eq!(engine.forget_until("rows", &number(&records[2])).unwrap(), 2);
    assert_eq!(engine.stream("rows", None).unwrap().next(100).unwrap().len(), 3);

    assert_eq!(
        engine.forget_until("rows", "199999999999999999999").unwrap_err().to_string(),
        "not a sequence number of a stream"
    );
    assert_eq!(engine.forget_until("rows", "109000000000000000000").unwrap(), 2);
    assert_eq!(engine.stream("rows", None).unwrap().next(100).unwrap(), records[4..]);

    put(&client, "a", "more").await.unwrap();
    let after = engine.stream("rows", Some(&number(&records[1]))).unwrap().next(100).unwrap();
    assert_eq!(after.len(), 2);
    assert!(number(&after[1]) > number(&after[0]));
}

#[tokio::test]
async fn a_write_is_announced_and_a_read_or_a_failed_condition_is_not() {
    let engine = Engine::memory().unwrap();
    let client = engine.dynamo();
    make_table(&client).await;
    let mut written = engine.written();
    put(&client, "a", "one").await.unwrap();
    assert!(written.has_changed().unwrap());
    written.mark_unchanged();

    value(&client, "a").await;
    let key = AttributeValue::S("a".into());
    let put_new =
        client.put_item().table_name("rows").item("pk", key).condition_expression("attribute_not_exists(pk)").send();
    assert_eq!(put_new.await.unwrap_err().code(), Some("ConditionalCheckFailedException"));
    assert!(!written.has_changed().unwrap());
}

#[tokio::test]
async fn a_hook_sees_every_call_and_decides_whether_it_takes_effect() {
    let engine = Engine::memory().unwrap();
    make_table(&engine.dynamo()).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let hooked = engine.with_hook(Arc::new(move |call: &Call<'_>| {
        assert_eq!((call.operation, call.table), ("PutItem", "rows"));
        match seen.fetch_add(1, Ordering::Relaxed) {
            0 => Verdict::FailBefore(400, "ThrottlingException"),
            1 => Verdict::FailAfter(500, "InternalServerError"),
            _ => Verdict::Go,
        }
    }));
    let (client, plain) = (hooked.dynamo(), engine.dynamo());

    assert_eq!(put(&client, "a", "one").await.unwrap_err(), "ThrottlingException");
    assert_eq!(value(&plain, "a").await, None);
    assert_eq!(put(&client, "a", "two").await.unwrap_err(), "InternalServerError");
    assert_eq!(value(&plain, "a").await.as_deref(), Some("two"));
    put(&client, "a", "three").await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_side_connection_writes_to_the_same_file_while_requests_go_on() {
    let engine = Engine::memory().unwrap();
    let client = engine.dynamo();
    make_table(&client).await;
    let side = engine.side_connection().unwrap();
    side.execute_batch("CREATE TABLE mine (n INTEGER)").unwrap();
    for n in 0..20 {
        side.execute("INSERT INTO mine VALUES (?1)", [n]).unwrap();
        put(&client, "a", "one").await.unwrap();
    }
    let count: i64 =
        engine.side_connection().unwrap().query_row("SELECT count(*) FROM mine", [], |r| r.get(0)).unwrap();
    assert_eq!(count, 20);
}

#[tokio::test]
async fn a_table_without_a_stream_is_named() {
    let error = Engine::memory().unwrap().stream("none", None).unwrap_err();
    assert!(matches!(error, EngineError::NoStream { table } if table == "none"));
}
