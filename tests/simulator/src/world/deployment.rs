//! A deployment: at its hour the tables are made as the first version of Transom would have left them, and the processes
//! are replaced. Rows outlive a deployment, so the new code goes on with what it finds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{CONTACTS_TABLE, MAIN_TABLE, World};
use crate::machine::Machine;

/// Rows as the first version wrote them, every kind with every attribute.
const FIRST_ROWS: &str = include_str!("../../../../shared/tests/store/fixtures/rows_v1.json");

/// What the first version knew: the attributes of each kind of row.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let fixtures: Value = serde_json::from_str(FIRST_ROWS).expect("the fixtures are JSON");
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in fixtures.as_array().into_iter().flatten().filter_map(|fixture| fixture["row"].as_object()) {
        known.entry(kind_of(row)).or_default().extend(row.keys().map(|name| without_number(name)));
    }
    known
}

/// What keys of one kind have in common: `A`, the kind of partition, and the kind of row in it.
fn kind_of(row: &Map<String, Value>) -> String {
    let key = |name: &str| row.get(name).and_then(|value| value["S"].as_str()).unwrap_or_default();
    let partition: Vec<&str> = key("pk").split('#').collect();
    let first = key("sk").split('#').next().unwrap_or_default();
    let sort = if first.starts_with(|c: char| c.is_ascii_digit()) { "" } else { first };
    match partition.as_slice() {
        ["A", _, kind, ..] => format!("A/{kind}/{sort}"),
        [kind, ..] => format!("{kind}/{sort}"),
        [] => sort.to_owned(),
    }
}

/// Attributes of an attempt bear its number, those of an address its hash.
fn without_number(name: &str) -> String {
    let name = name.split_once('#').map_or(name, |(before, _)| before);
    name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// Deploys today's code on the first version's tables.
pub fn deploy(world: &World, machine: &Machine) {
    let known = known();
    let (mut rows, mut attributes) = (0, 0);
    for table in [MAIN_TABLE, CONTACTS_TABLE] {
        for row in scan(world, table) {
            let Some(names) = known.get(&kind_of(&row)) else {
                rows += 1;
                let key = json!({ "pk": row["pk"], "sk": row["sk"] });
                perform(world, "DeleteItem", &json!({ "TableName": table, "Key": key }));
                continue;
            };
            let (kept, dropped): (Map<_, _>, Map<_, _>) =
                row.into_iter().partition(|(name, _)| names.contains(&without_number(name)));
            if !dropped.is_empty() {
                attributes += dropped.len();
                perform(world, "PutItem", &json!({ "TableName": table, "Item": kept }));
            }
        }
    }
    machine.note("deployment", || format!("{rows} rows and {attributes} attributes are of after the first version"));
    for _ in 0..super::processes::COUNT {
        world.renew_process(machine);
    }
    super::stream::written(world);
}

fn perform(world: &World, operation: &str, request: &Value) -> Value {
    let (status, answer) = world.engine.perform(operation, request.to_string().as_bytes());
    assert_eq!(status, 200, "{operation}: {}", String::from_utf8_lossy(&answer));
    serde_json::from_slice(&answer).expect("the engine answers in JSON")
}

fn scan(world: &World, table: &str) -> Vec<Map<String, Value>> {
    let mut rows = Vec::new();
    let mut request = json!({ "TableName": table });
    loop {
        let mut answer = perform(world, "Scan", &request);
        let items = answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default();
        rows.extend(items.into_iter().filter_map(|item| match item {
            Value::Object(row) => Some(row),
            _ => None,
        }));
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"].take();
        if request["ExclusiveStartKey"].is_null() {
            return rows;
        }
    }
}
