//! The whole document.

use axum::handler::Handler;
use serde_json::{Map, Value, json};

use super::{Handles, Operation, schemas::Schemas, webhooks};
use crate::{
    Shared,
    problem::{self, Kind},
    routes,
    table::{Adds, Route},
};

/// Describes the routes that are added.
#[derive(Debug, Default)]
pub struct Describing {
    schemas: Schemas,
    paths: Map<String, Value>,
}

impl Adds for Describing {
    fn add<H, T, I>(mut self, route: Route, _: H) -> Self
    where
        H: Handler<T, Shared> + Handles<I>,
        T: 'static,
    {
        let mut operation = Operation::new(route.path, &mut self.schemas);
        H::describe(&mut operation);
        let described = operation.finish(&route);
        let path = self.paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.word()] = described;
        self
    }
}

/// The document, made anew.
pub fn document() -> Value {
    let Describing { mut schemas, mut paths } = routes::table(Describing::default());
    for (path, about, answer) in [
        ("/v1/health", "Whether it runs, and which version.", schemas.given::<crate::Health>()),
        ("/v1/openapi.json", "This document.", json!({ "type": "object" })),
    ] {
        let content = json!({ "application/json": { "schema": answer } });
        let responses = json!({
            "200": { "description": "As it is asked for", "content": content },
            "500": { "$ref": "#/components/responses/problem-500" },
            "503": { "$ref": "#/components/responses/problem-503" },
        });
        let name = path.trim_start_matches("/v1/").trim_end_matches(".json");
        let get = json!({
            "operationId": format!("{name}.show"), "summary": about, "tags": [name], "security": [], "parameters": [],
            "responses": responses,
        });
        paths.insert(path.to_owned(), json!({ "get": get }));
    }
    let problem = schemas.given::<problem::Body<'static>>();
    let told = webhooks::events(&mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Transom",
            "version": "1",
            "description": "Everything that the API does, and what subscribers are sent. Every route may answer with a problem \
                            (RFC 9457); new fields come in answers without a new version, so pass over those that you do not know.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "webhooks": webhooks::webhooks(),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "An API token of a program. Each operation names the scope that it needs.",
                },
                "staff": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "An ID token of an issuer that the account trusts. Each operation names the least role.",
                },
            },
            "parameters": webhooks::headers(),
            "responses": problems(&problem),
        },
    });
    document["components"]["parameters"]["transom-account"] = json!({
        "name": "Transom-Account", "in": "header",
        "description": "The account that is meant, of staff who work for several. Programs need none.",
        "schema": { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$" },
    });
    let mut all = schemas.finish(&mut document);
    all.extend(told);
    document["components"]["schemas"] = all.into();
    document
}

/// Every problem by its status.
fn problems(schema: &Value) -> Map<String, Value> {
    let mut responses = Map::new();
    for kind in Kind::ALL {
        let status = kind.status().as_u16();
        let same: Vec<Kind> = Kind::ALL.into_iter().filter(|it| it.status() == kind.status()).collect();
        let titles: Vec<&str> = same.iter().map(|it| it.title()).collect();
        let types: Vec<&str> = same.iter().map(|it| it.uri()).collect();
        let narrowed = json!({ "properties": { "status": { "const": status }, "type": { "enum": types } } });
        let mut response = json!({
            "description": titles.join("; "),
            "content": { "application/problem+json": { "schema": { "allOf": [schema, narrowed] } } },
        });
        let header = |about: &str, form: Value| json!({ "description": about, "schema": form });
        match kind {
            Kind::TokenMissing | Kind::TokenUnknown => {
                let about = "What is wanted instead (RFC 6750).";
                response["headers"]["WWW-Authenticate"] = header(about, json!({ "type": "string" }));
            }
            Kind::TooMany | Kind::Unavailable => {
                let about = "After how many seconds the same request is worth repeating.";
                response["headers"]["Retry-After"] = header(about, json!({ "type": "integer" }));
            }
            _ => {}
        }
        responses.insert(format!("problem-{status}"), response);
    }
    responses
}
