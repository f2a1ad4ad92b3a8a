//! Rows as JSON, and everything that can be read of them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use transom::{
    domain::conversation::Head,
    ports::store::{Contacts, Conversations, Messages, Parking, Settings, Timers},
};

use super::scenario::{STATES, echo, endpoint, large, outbound_id, timers};
use crate::world::{CONTACTS, TABLE, World, account, at, contact_id, hash, head, inbound};

pub type Row = HashMap<String, AttributeValue>;

pub fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        // A part of a large content is one byte over and over here.
        AttributeValue::B(bytes) if bytes.as_ref().len() > 1000 => {
            json!({ "B repeated": [bytes.as_ref()[0], bytes.as_ref().len()] })
        }
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes.as_ref()) }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        other => panic!("{other:?}"),
    }
}

fn from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).unwrap())),
        "B repeated" => {
            let byte = u8::try_from(value[0].as_u64().unwrap()).unwrap();
            AttributeValue::B(Blob::new(vec![byte; usize::try_from(value[1].as_u64().unwrap()).unwrap()]))
        }
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "SS" => AttributeValue::Ss(value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().into()).collect()),
        other => panic!("{other}"),
    }
}

/// All rows of both tables, by table and key.
pub async fn rows(world: &World) -> BTreeMap<(String, String, String), Row> {
    let mut rows = BTreeMap::new();
    for table in [TABLE, CONTACTS] {
        let mut after = None;
        loop {
            let page =
                world.engine.dynamo().scan().table_name(table).set_exclusive_start_key(after).send().await.unwrap();
            for row in page.items.unwrap_or_default() {
                let text = |name: &str| row[name].as_s().unwrap().clone();
                rows.insert((table.to_owned(), text("pk"), text("sk")), row);
            }
            after = page.last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
    }
    rows
}

pub fn fixture() -> Vec<(String, Row)> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../fixtures/rows_v1.json")).unwrap();
    let item = |row: &Map<String, Value>| row.iter().map(|(name, value)| (name.clone(), from_json(value))).collect();
    rows.iter().map(|row| (row["table"].as_str().unwrap().to_owned(), item(row["row"].as_object().unwrap()))).collect()
}

/// A world that holds what the first version wrote.
pub async fn of_the_first_version() -> World {
    let world = World::new().await;
    for (table, row) in fixture() {
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    world
}

/// Everything that can be read of the scenario, as text: domain values have no other common form.
pub async fn reading(world: &World) -> Vec<String> {
    let (store, account, conversation) = (&world.store, account(), head().id);
    let mut seen = Vec::new();
    let mut see = |value: &dyn std::fmt::Debug| seen.push(format!("{value:?}"));
    see(&store.head(&account, conversation).await.unwrap().unwrap());
    see(&store
        .head(&account, Head::new(account.clone(), head().channel, contact_id(9), at(0)).id)
        .await
        .unwrap()
        .unwrap());
    for id in [inbound(5, "").id, echo().id, large().id].into_iter().chain(STATES.map(outbound_id)) {
        see(&store.message(&account, id).await.unwrap().unwrap());
    }
    see(&store.client_key(&account, "keyhash", "bodyhash", at(10)).await.unwrap());
    see(&store.first_sight(&account, "fact").await.unwrap().unwrap());
    see(&store.endpoint(&endpoint().id).await.unwrap().unwrap());
    see(&store.channels(&account).await.unwrap());
    see(&store.ladder(&account).await.unwrap().unwrap());
    see(&store.templates(&account, None).await.unwrap());
    see(&store.token("tokenhash").await.unwrap().unwrap());
    let timer = &timers()[0];
    let hour = transom::domain::timer::hour_of(timer.due);
    see(&store.due(hour, timer.shard(), at(0), at(9000), 9).await.unwrap());
    see(&store.cursors().await.unwrap()[3].as_ref().unwrap());
    see(&store.parked_list(&account, at(100), 2, None, 9).await.unwrap());
    for n in [7, 9] {
        see(&store.contact(&account, contact_id(n)).await.unwrap().unwrap());
    }
    let names = ["phone7", "id7", "phone9", "id9"].map(hash);
    see(&store.identities(&account, &names).await.unwrap());
    seen
}
