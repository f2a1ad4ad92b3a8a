//! What becomes of a batch of records, with the real engine.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType,
};

use super::*;
use crate::fakes::{Called, FakeFunctions};

const TABLE: &str = "things";

struct World {
    functions: FakeFunctions,
    engine: Engine,
    mapping: StreamMapping,
}

fn mapping(engine: &Engine) -> StreamMapping {
    StreamMapping::new(
        engine.clone(),
        TABLE,
        Reads::React,
        Checkpoints::open(engine.side_connection().unwrap()).unwrap(),
    )
}

impl World {
    async fn new() -> Self {
        let engine = Engine::memory().unwrap();
        create_table(&engine, TABLE).await;
        Self { functions: FakeFunctions::default(), mapping: mapping(&engine), engine }
    }

    async fn put(&self, names: impl IntoIterator<Item = String>) {
        for name in names {
            let put = self.engine.dynamo().put_item().table_name(TABLE);
            put.item("pk", AttributeValue::S(name)).send().await.unwrap();
        }
    }

    async fn step(&self) -> Stepped {
        self.mapping.step(&self.functions).await.unwrap()
    }

    fn seen(&self) -> Vec<Vec<String>> {
        self.functions.events(Called::React).iter().map(names_of).collect()
    }
}

pub(crate) async fn create_table(engine: &Engine, table: &str) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
    let attribute = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    let create = engine.dynamo().create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key).attribute_definitions(attribute.build().unwrap());
    create.stream_specification(stream.build().unwrap()).send().await.unwrap();
}

fn names_of(event: &Value) -> Vec<String> {
    let name = |record: &Value| record["dynamodb"]["NewImage"]["pk"]["S"].as_str().unwrap().to_owned();
    event["Records"].as_array().unwrap().iter().map(name).collect()
}

/// The record of this name fails, in the way of a report.
fn failing(name: &'static str) -> impl Fn(&Value) -> Result<Value, BoxError> {
    move |event| {
        let records = event["Records"].as_array().unwrap();
        let failed = records.iter().filter(|record| record["dynamodb"]["NewImage"]["pk"]["S"] == name);
        let id = |record: &Value| json!({"itemIdentifier": record["dynamodb"]["SequenceNumber"]});
        Ok(json!({"batchItemFailures": failed.map(id).collect::<Vec<_>>()}))
    }
}

#[tokio::test]
async fn records_come_in_order_and_a_restart_goes_on_after_the_last_batch() {
    let world = World::new().await;
    world.put((0..150).map(|n| format!("{n:03}"))).await;
    assert_eq!(world.mapping.lag().unwrap(), 150);
    assert_eq!(world.step().await, Stepped::Consumed(100));
    let again = mapping(&world.engine);
    assert_eq!(again.step(&world.functions).await.unwrap(), Stepped::Consumed(50));
    assert_eq!(again.step(&world.functions).await.unwrap(), Stepped::Nothing);
    let expected: Vec<_> = (0..150).map(|n| format!("{n:03}")).collect();
    assert_eq!(world.seen().concat(), expected);
    assert_eq!(again.lag().unwrap(), 0);
}

#[tokio::test]
async fn the_real_event_type_reads_what_react_gets() {
    let world = World::new().await;
    world.put(["a".to_owned()]).await;
    world.step().await;
    let event = world.functions.events(Called::React).remove(0);
    let event: aws_lambda_events::event::dynamodb::Event = serde_json::from_value(event).unwrap();
    assert_eq!(event.records[0].event_name, "INSERT");
}

#[tokio::test]
async fn a_failed_record_comes_again_and_what_was_before_it_does_not() {
    let world = World::new().await;
    world.put(["a", "b", "c"].map(str::to_owned)).await;
    world.functions.answer(Called::React, failing("b"));
    assert!(matches!(world.step().await, Stepped::Failed { .. }));
    world.functions.answer(Called::React, failing("none"));
    assert_eq!(world.step().await, Stepped::Consumed(2));
    assert_eq!(world.seen(), [vec!["a", "b", "c"], vec!["b", "c"]]);
}

#[tokio::test]
async fn a_record_that_always_fails_is_left_behind_after_ten_times_and_the_rest_goes_on() {
    let world = World::new().await;
    world.put(["a", "b", "c"].map(str::to_owned)).await;
    world.functions.answer(Called::React, failing("b"));
    let mut steps = 0;
    while world.step().await != Stepped::Nothing {
        steps += 1;
    }
    assert_eq!(steps, 11);
    let seen = world.seen();
    assert_eq!(seen.iter().filter(|names| names.contains(&"b".to_owned())).count(), 10);
    assert_eq!(seen.last().unwrap(), &["c"]);
}

#[tokio::test]
async fn when_the_whole_function_fails_the_guilty_record_is_found_alone() {
    let world = World::new().await;
    world.put(["a", "b", "c"].map(str::to_owned)).await;
    world.functions.answer(Called::React, |event| {
        if names_of(event).contains(&"b".to_owned()) { Err("broken".into()) } else { Ok(Value::Null) }
    });
    while world.step().await != Stepped::Nothing {}
    let done: Vec<_> = world.seen().into_iter().filter(|names| !names.contains(&"b".to_owned())).collect();
    assert_eq!(done, [["a"], ["c"]]);
}
