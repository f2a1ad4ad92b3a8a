//! The document as text: each operation and each schema on a line of its own, so that changes to different ones do not meet.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

/// How deep names stand on lines of their own, by the first name.
fn depth(name: &str) -> usize {
    match name {
        "paths" | "webhooks" | "components" => 3,
        _ => 1,
    }
}

pub fn written(document: &Value) -> String {
    let mut text = String::from("{\n");
    let Value::Object(parts) = document else { return document.to_string() };
    let first = ["openapi", "info", "servers", "paths", "webhooks", "components"];
    let parts: Vec<(&str, &Value)> = first.iter().filter_map(|name| Some((*name, parts.get(*name)?))).collect();
    for (index, (name, value)) in parts.iter().enumerate() {
        write(&mut text, name, value, 1, depth(name), index + 1 == parts.len());
    }
    text.push_str("}\n");
    text
}

fn write(text: &mut String, name: &str, value: &Value, level: usize, depth: usize, last: bool) {
    let indent = "  ".repeat(level);
    let comma = if last { "" } else { "," };
    let name = Value::from(name);
    // Writing to a String cannot fail.
    let _ = match value {
        Value::Object(fields) if level < depth && !fields.is_empty() => {
            let _ = writeln!(text, "{indent}{name}: {{");
            let fields: BTreeMap<_, _> = fields.iter().collect();
            for (index, (name, value)) in fields.iter().enumerate() {
                write(text, name, value, level + 1, depth, index + 1 == fields.len());
            }
            writeln!(text, "{indent}}}{comma}")
        }
        _ => writeln!(text, "{indent}{name}: {}{comma}", sorted(value)),
    };
}

/// The same with names in order, whatever order maps have in this build.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            fields.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
