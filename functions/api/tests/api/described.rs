//! Whatever the API takes and answers in these tests is what its document says.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use http::{HeaderMap, Method, StatusCode, Uri, header};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(api::OPENAPI).expect("the document is JSON"));
/// Schemas by name, each object in them closed: a field that nobody described is wrong.
static CLOSED: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let mut schemas = DOCUMENT["components"]["schemas"].as_object().expect("schemas").clone();
    schemas.values_mut().for_each(close_within);
    schemas
});
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// A request, as far as the document speaks of it.
#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub body: Option<Value>,
}

/// An operation, and what stands in the places of its path.
struct Found {
    operation: &'static Value,
    named: Vec<(&'static str, String)>,
}

/// What the document has for a request: an address with fewer places in it is meant first.
fn find(method: &Method, uri: &Uri) -> Option<Found> {
    let method = if method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let found = paths.iter().filter_map(|(path, item)| {
        let operation = item.get(&method)?;
        let named = matched(path, uri.path())?;
        Some(Found { operation, named })
    });
    found.min_by_key(|found| found.named.len())
}

fn matched(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (known, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if known.len() != given.len() {
        return None;
    }
    let mut named = Vec::new();
    for (known, given) in known.into_iter().zip(given) {
        match known.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => named.push((name, given.to_owned())),
            None if known == given => {}
            None => return None,
        }
    }
    Some(named)
}

/// Follows a reference within the document.
fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
        Some(place) => DOCUMENT.pointer(place).unwrap_or_else(|| panic!("{place} leads nowhere")),
        None => value,
    }
}

/// Fails where the document says otherwise.
#[track_caller]
pub fn check(asked: &Asked, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let what = || format!("{} {} answered {status}", asked.method, asked.uri.path());
    let problem = format!("problem-{}", status.as_u16());
    let found = find(&asked.method, &asked.uri);
    let (place, answer) = match &found {
        Some(Found { operation, .. }) => {
            let answer = &operation["responses"][status.as_str()];
            assert!(answer.is_object(), "{}, which is not described", what());
            (format!("{} {status}", operation["operationId"]), resolved(answer))
        }
        // No address of ours, or a method that it has not.
        None => (problem.clone(), &DOCUMENT["components"]["responses"][&problem]),
    };
    assert!(answer["description"].is_string(), "{}, which is not described", what());
    let Some(content) = answer["content"].as_object() else {
        assert!(body.is_empty(), "{} with a body", what());
        return;
    };
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    let schema = content.get(essence).unwrap_or_else(|| panic!("{} as {essence:?}, which is not described", what()));
    if asked.method != Method::HEAD && (essence.ends_with("/json") || essence.ends_with("+json")) {
        let body: Value = serde_json::from_slice(body).unwrap_or_else(|_| panic!("{} with no JSON", what()));
        let mut schema = schema["schema"].clone();
        close_at(&mut schema);
        fits(&place, &schema, &CLOSED, &body, what);
    }
    if let Some(found) = found.filter(|_| status.is_success()) {
        check_asked(asked, &found);
    }
}

/// What was accepted is described.
#[track_caller]
fn check_asked(asked: &Asked, Found { operation, named }: &Found) {
    let what = || format!("{} {} was accepted", asked.method, asked.uri);
    let open = DOCUMENT["components"]["schemas"].as_object().expect("schemas");
    let id = &operation["operationId"];
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        let body = asked.body.as_ref().unwrap_or_else(|| panic!("{} without a body", what()));
        fits(&format!("{id} body"), schema, open, body, what);
    }
    let parameters = operation["parameters"].as_array().expect("parameters").iter().map(resolved);
    let parameters: Vec<_> = parameters.collect();
    let of = |place: &str, name: &str| parameters.iter().find(|it| it["in"] == place && it["name"] == name);
    for pair in asked.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        assert!(of("query", name).is_some(), "{}, and {name} is not described", what());
    }
    for (name, value) in named {
        let parameter = of("path", name).unwrap_or_else(|| panic!("{}, and {name} is not described", what()));
        let number = resolved(&parameter["schema"])["type"] == "integer";
        let value = if number { json!(value.parse::<u32>().ok()) } else { json!(value) };
        fits(&format!("{id} {name}"), &parameter["schema"], open, &value, what);
    }
}

#[track_caller]
fn fits(place: &str, schema: &Value, schemas: &Map<String, Value>, value: &Value, what: impl Fn() -> String) {
    let known = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned();
    let validator = known.unwrap_or_else(|| {
        let made = Arc::new(validator(schema, schemas));
        VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned(), Arc::clone(&made));
        made
    });
    let wrong: Vec<String> = validator.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(wrong.is_empty(), "{}, which is not as described: {wrong:#?} in {value:#}", what());
}

/// A validator of a schema of the document, with all that it refers to.
pub fn validator(schema: &Value, schemas: &Map<String, Value>) -> Validator {
    let mut needed = Map::new();
    let mut ahead = references(schema);
    while let Some(name) = ahead.pop_first() {
        if !needed.contains_key(&name) {
            let found = schemas.get(&name).unwrap_or_else(|| panic!("there is no schema {name}"));
            ahead.extend(references(found));
            needed.insert(name, found.clone());
        }
    }
    let schema = json!({ "allOf": [schema], "components": { "schemas": needed } });
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{error} in {schema:#}"))
}

/// The names of all schemas that are referred to.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(|it| it.as_str()?.strip_prefix("#/components/schemas/"));
            fields.values().flat_map(references).chain(own.map(str::to_owned)).collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => BTreeSet::new(),
    }
}

/// Closes a schema of a whole value.
fn close_at(schema: &mut Value) {
    close_within(schema);
    let open = ["additionalProperties", "unevaluatedProperties"].iter().all(|it| schema.get(it).is_none());
    if open && names_fields(schema) {
        schema["unevaluatedProperties"] = json!(false);
    }
}

/// Closes what lies within a schema: parts that speak of the same value only say more about it together.
fn close_within(schema: &mut Value) {
    let Some(parts) = schema.as_object_mut() else { return };
    for (name, part) in parts {
        match (name.as_str(), part) {
            ("properties" | "patternProperties", Value::Object(fields)) => fields.values_mut().for_each(close_at),
            ("items" | "additionalProperties", part @ Value::Object(_)) => close_at(part),
            ("prefixItems", Value::Array(parts)) => parts.iter_mut().for_each(close_at),
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => parts.iter_mut().for_each(close_within),
            _ => {}
        }
    }
}

/// Whether it says which fields there are. What comes from a provider is passed on as it is.
fn names_fields(schema: &Value) -> bool {
    let referred = schema["$ref"].as_str().and_then(|place| DOCUMENT.pointer(place.strip_prefix('#')?));
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|name| schema[name].as_array()).flatten();
    schema.get("properties").is_some() || referred.into_iter().chain(parts).any(names_fields)
}
