//! The document of the API: made from the code, whole, and as OpenAPI wants it.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::described::validator;

fn document() -> Value {
    serde_json::from_str(api::OPENAPI).unwrap()
}

/// Every operation with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// `UPDATE=1` writes it anew.
#[test]
fn the_document_that_is_served_is_what_the_code_says() {
    let made = api::document();
    #[expect(clippy::disallowed_methods, reason = "it is about this test alone")]
    if std::env::var("UPDATE").is_ok() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi.json");
        std::fs::write(place, api::written(&made)).unwrap();
        return;
    }
    let hint = "UPDATE=1 cargo test --workspace document writes openapi.json anew";
    for part in ["paths", "webhooks", "components"] {
        assert_eq!(made[part], document()[part], "{hint}");
    }
    assert_eq!(api::OPENAPI, api::written(&made), "{hint}");
}

#[test]
fn the_document_has_each_route_and_nothing_else() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .map(|(path, method, operation)| {
            (method.to_owned(), path.to_owned(), operation["operationId"].as_str().unwrap().to_owned())
        })
        .collect();
    let routes = api::routes();
    let known = routes.iter().map(|route| (route.method.word().to_owned(), route.path.to_owned(), route.id.to_owned()));
    let public = [("/v1/health", "health.show"), ("/v1/openapi.json", "openapi.show")];
    let public = public.map(|(path, id)| ("get".to_owned(), path.to_owned(), id.to_owned()));
    assert_eq!(described, known.chain(public).collect());
    assert_eq!(described.len(), routes.len() + 2);
    for route in routes {
        let operation = &document["paths"][route.path][route.method.word()];
        assert_eq!(operation["x-transom-scope"], route.need.scope.word(), "{}", route.id);
        assert_eq!(operation["x-transom-role"], route.need.role.word(), "{}", route.id);
        assert_eq!(operation["summary"], route.about);
        for status in ["401", "403", "429", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{} has no {status}", route.id);
        }
    }
}

/// All references of a document, with where they stand.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_one_of_openapi_3_1() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 500, "{}", found.len());
    for place in found {
        let pointer = place.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{place} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{id}");
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let mut described = BTreeSet::new();
        for parameter in operation["parameters"].as_array().unwrap() {
            let place = parameter["$ref"].as_str().map(|place| &place[1..]);
            let parameter = place.map_or(parameter, |place| document.pointer(place).unwrap());
            let name = parameter["name"].as_str().unwrap();
            assert!(parameter["schema"].is_object(), "{id}: {name}");
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{id}: {name}");
                assert!(described.insert(name), "{id}: {name} is there twice");
            } else {
                assert!(parameter["description"].is_string(), "{id}: {name}");
            }
        }
        assert_eq!(described, in_path, "{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id}");
        for (status, response) in responses {
            let known = response["$ref"].is_string() || response["description"].is_string();
            assert!(known && status.parse::<u16>().is_ok(), "{id}: {status}");
        }
    }
}

#[test]
fn every_schema_is_one_and_has_a_name_of_its_own() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut used = Vec::new();
    references(&document, &mut used);
    for (name, schema) in schemas {
        validator(schema, schemas);
        // Two types of one name are told apart by a number.
        assert!(!name.ends_with(|last: char| last.is_ascii_digit()), "{name}: give one of them another name");
        assert!(!name.contains("_for_") && name.is_ascii(), "{name}");
        assert!(used.iter().any(|place| place == &format!("#/components/schemas/{name}")), "{name} is not used");
    }
}
