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

use crate::world::{CONTACTS_TABLE, MAIN_TABLE, World};

/// All messages, and every row as it stands.
#[derive(Debug, Default)]
pub struct Table {
    pub inbound: Vec<Inbound>,
    pub outbound: BTreeMap<MessageId, Outbound>,
    /// By table and key. Without how far the sweep has come, which goes on with time.
    rows: BTreeMap<String, Value>,
}

impl Table {
    pub fn read(world: &World) -> Self {
        let mut table = Self::default();
        for name in [MAIN_TABLE, CONTACTS_TABLE] {
            scan(world, name, |item| table.take(world, name, item));
        }
        table
    }

    fn take(&mut self, world: &World, name: &str, item: Value) {
        let key = |part: &str| item[part]["S"].as_str().unwrap_or_default().to_owned();
        let (pk, sk) = (key("pk"), key("sk"));
        if !pk.starts_with("CURSOR#") {
            self.rows.insert(format!("{name} {pk} / {sk}"), item.clone());
        }
        if name != MAIN_TABLE || !sk.starts_with("M#") {
            return;
        }
        match row_from_image(&serde_json::from_value(item).expect("an item")) {
            Ok(Row::Inbound(message)) => self.inbound.push(*message),
            Ok(Row::Outbound(message)) => {
                self.outbound.insert(message.id, *message);
            }
            Ok(
                Row::Head(_)
                | Row::Work { .. }
                | Row::AtWork { .. }
                | Row::Request { .. }
                | Row::Timer
                | Row::Probe(_)
                | Row::Subscription { .. }
                | Row::Job { .. }
                | Row::Notice(_)
                | Row::Other,
            ) => {}
            Err(error) => world.violate("B13", format!("a row cannot be read: {error}")),
        }
    }

    /// What differs between two tables, row by row.
    pub fn differences(&self, later: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (key, row) in &self.rows {
            match later.rows.get(key) {
                None => found.push(format!("-{key}")),
                Some(now) if now == row => {}
                Some(now) => found.push(format!("{key}: {}", changed(row, now).join(", "))),
            }
        }
        found.extend(later.rows.keys().filter(|key| !self.rows.contains_key(*key)).map(|key| format!("+{key}")));
        found
    }
}

/// The attributes that differ, as they were and as they are.
fn changed(was: &Value, is: &Value) -> Vec<String> {
    let names = |row: &Value| row.as_object().into_iter().flat_map(|row| row.keys().cloned()).collect::<BTreeSet<_>>();
    let all = names(was).union(&names(is)).cloned().collect::<Vec<_>>();
    let differs = all.into_iter().filter(|name| was[name] != is[name]);
    differs.map(|name| format!("{name} {} -> {}", was[&name], is[&name])).collect()
}

/// Every row of a table, past everything that goes wrong.
fn scan(world: &World, table: &str, mut take: impl FnMut(Value)) {
    let mut from = Value::Null;
    loop {
        let mut ask = json!({ "TableName": table });
        if !from.is_null() {
            ask["ExclusiveStartKey"] = from;
        }
        let (_, answer) = world.engine.perform("Scan", ask.to_string().as_bytes());
        let mut answer: Value = serde_json::from_slice(&answer).expect("the engine answers in JSON");
        let items = answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default();
        items.into_iter().for_each(&mut take);
        from = answer["LastEvaluatedKey"].take();
        if from.is_null() {
            return;
        }
    }
}
