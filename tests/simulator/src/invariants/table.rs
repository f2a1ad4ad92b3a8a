//! The table as it stands, read past everything that goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use transom::{
    adapters::dynamodb::{Row, row_from_image},
    domain::{
        MessageId,
        message::{Inbound, Outbound},
    },
};

use crate::world::{MAIN_TABLE, World};

/// All messages of the table.
#[derive(Debug, Default)]
pub struct Table {
    pub inbound: Vec<Inbound>,
    pub outbound: BTreeMap<MessageId, Outbound>,
}

impl Table {
    pub fn read(world: &World) -> Self {
        let mut table = Self::default();
        let mut from = Value::Null;
        loop {
            let mut ask = json!({ "TableName": MAIN_TABLE });
            if !from.is_null() {
                ask["ExclusiveStartKey"] = from;
            }
            let (_, answer) = world.engine.perform("Scan", ask.to_string().as_bytes());
            let mut answer: Value = serde_json::from_slice(&answer).expect("the engine answers in JSON");
            let items = answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            for item in items {
                if !item["sk"]["S"].as_str().is_some_and(|key| key.starts_with("M#")) {
                    continue;
                }
                let item = serde_json::from_value(item).expect("an item");
                match row_from_image(&item) {
                    Ok(Row::Inbound(message)) => table.inbound.push(*message),
                    Ok(Row::Outbound(message)) => {
                        table.outbound.insert(message.id, *message);
                    }
                    Ok(Row::Head(_) | Row::Work | Row::Timer | Row::Other) => {}
                    Err(error) => world.violate("B13", format!("a row cannot be read: {error}")),
                }
            }
            from = answer["LastEvaluatedKey"].take();
            if from.is_null() {
                return table;
            }
        }
    }

    /// How every message stands, for comparing.
    pub fn digest(&self) -> BTreeSet<String> {
        let inbound = self.inbound.iter().map(|message| message.id.to_string());
        let outbound = self.outbound.values();
        inbound.chain(outbound.map(|message| format!("{} {}", message.id, message.delivery().word()))).collect()
    }
}
