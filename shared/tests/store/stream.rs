//! The stream's images, read as the domain's types.

use aws_lambda_events::dynamodb::Event;
use serde_json::json;
use transom::{
    adapters::dynamodb::{Change, Row, read_change},
    domain::{
        sending::SenderState,
        timer::{Timer, TimerKind},
    },
    ports::{
        StoreError,
        store::{Conversations, Messages, Timers},
    },
};

use crate::world::{TABLE, World, account, at, conversation, file, head, inbound};

fn changes(world: &World) -> Vec<Result<Change, StoreError>> {
    let records = world.engine.stream(TABLE, None).unwrap().next(1000).unwrap();
    let event: Event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let read = |change: &aws_lambda_events::dynamodb::StreamRecord| {
        read_change(&change.keys, &change.old_image, &change.new_image)
    };
    event.records.iter().map(|record| read(&record.change)).collect()
}

#[tokio::test]
async fn every_row_of_a_conversation_is_read_from_its_images() {
    let world = World::new().await;
    let received = inbound(5, "hello");
    world.store.put_inbound(&received).await.unwrap();
    let raised = world.raised(5).await;
    let queued = world.queued().await;
    let claimed = world.claimed(&queued).await;
    file(&world.store, &raised).await;
    let timer = Timer { due: at(9), account: account(), kind: TimerKind::Wake { conversation: conversation() } };
    world.store.arm(&timer).await.unwrap();
    world.store.disarm(&timer).await.unwrap();
    world.store.first_seen(&account(), "fact", at(1)).await.unwrap();

    let changes: Vec<_> = changes(&world).into_iter().map(Result::unwrap).collect();
    let rows: Vec<_> = changes.iter().map(|change| (change.old.clone(), change.new.clone())).collect();
    let outbound = |message: &transom::domain::message::Outbound| Some(Row::Outbound(Box::new(message.clone())));
    assert_eq!(rows[0], (None, Some(Row::Inbound(Box::new(received)))));
    assert_eq!(rows[1], (None, Some(Row::Head(Box::new(raised)))));
    assert_eq!(rows[2], (None, outbound(&queued)));
    assert_eq!(rows[3], (outbound(&queued), outbound(&claimed)));
    assert!(matches!(claimed.state, SenderState::Claimed { .. }));
    assert!(matches!(&rows[4], (None, Some(Row::Work { work, .. })) if work.rev == 0), "filed, and nobody works on it");
    assert_eq!(rows[5], (None, Some(Row::Timer)));
    assert_eq!(rows[6], (Some(Row::Timer), None));
    assert_eq!(rows[7], (None, Some(Row::Other)));
    assert!(changes[1].key.ends_with("/H"), "{}", changes[1].key);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_an_error_with_its_key_and_a_new_attribute_is_none() {
    use aws_sdk_dynamodb::types::AttributeValue;
    let world = World::new().await;
    let raised = world.raised(5).await;
    let set = async |name: &str, value: AttributeValue| {
        let key = |text: &str| AttributeValue::S(text.to_owned());
        let pk = format!("A#{}#V#{}", account(), &conversation().to_string()[4..]);
        let update = world.engine.dynamo().update_item().table_name(TABLE).key("pk", key(&pk)).key("sk", key("H"));
        let update = update.update_expression("SET #n = :v").expression_attribute_names("#n", name);
        update.expression_attribute_values(":v", value).send().await.unwrap();
    };
    set("newer", AttributeValue::L(vec![])).await;
    assert_eq!(world.head().await, raised);
    set("li", AttributeValue::S("yesterday".into())).await;
    let error = world.store.head(&account(), head().id).await.unwrap_err();
    assert!(matches!(error, StoreError::BadRow { key, .. } if key.ends_with("/H")));
    assert!(changes(&world).last().unwrap().is_err());
}
