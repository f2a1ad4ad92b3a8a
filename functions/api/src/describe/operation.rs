//! One route as it is described: filled by what its handler takes and answers.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Parameter, schemas::Schemas};
use crate::{problem::Kind, table::Route};

#[derive(Debug)]
pub struct Operation<'a> {
    schemas: &'a mut Schemas,
    /// Names in the path that nobody has described yet.
    placeholders: Vec<&'static str>,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: BTreeSet<u16>,
}

impl<'a> Operation<'a> {
    pub(super) fn new(path: &'static str, schemas: &'a mut Schemas) -> Self {
        let name = |segment: &'static str| segment.strip_prefix('{')?.strip_suffix('}');
        Self {
            schemas,
            placeholders: path.split('/').filter_map(name).rev().collect(),
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            problems: BTreeSet::new(),
        }
    }

    /// The next name in the path. What has not its form leads nowhere.
    pub fn in_path<T: JsonSchema>(&mut self) {
        let name = self.placeholders.pop().unwrap_or_else(|| panic!("the path has fewer names than the handler takes"));
        let schema = self.schemas.taken::<T>();
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        self.problem(Kind::NotFound);
    }

    pub fn in_query(&mut self, it: &Parameter) {
        self.parameters.push(it.described("query"));
    }

    pub fn in_header(&mut self, it: &Parameter) {
        self.parameters.push(it.described("header"));
        self.problem(Kind::Malformed);
    }

    pub fn json_body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.taken::<T>();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        for kind in [Kind::Malformed, Kind::TooLarge, Kind::NotJson, Kind::Invalid] {
            self.problem(kind);
        }
    }

    /// A body that is a text of this media type.
    pub fn text_body(&mut self, media_type: &str) {
        let content = json!({ media_type: { "schema": { "type": "string" } } });
        self.body = Some(json!({ "required": true, "content": content }));
        self.problem(Kind::Malformed);
        self.problem(Kind::TooLarge);
    }

    pub fn answer<T: JsonSchema>(&mut self, status: u16) {
        let schema = self.schemas.given::<T>();
        self.answer_with(status, &json!({ "application/json": { "schema": schema } }));
    }

    /// An answer that is a text of one of these media types.
    pub fn answer_text(&mut self, status: u16, media_types: &[&str]) {
        let form = |it: &str| if it.ends_with("/json") { json!({}) } else { json!({ "type": "string" }) };
        let content: Map<String, Value> =
            media_types.iter().map(|it| ((*it).to_owned(), json!({ "schema": form(it) }))).collect();
        self.answer_with(status, &content.into());
    }

    /// The same answer as a text of this media type, if whoever asks wants that.
    pub fn or_text(&mut self, status: u16, media_type: &str) {
        if let Some(answer) = self.answers.get_mut(&status) {
            answer["content"][media_type] = json!({ "schema": { "type": "string" } });
        }
    }

    pub fn answer_nothing(&mut self, status: u16) {
        self.answers.insert(status, json!({ "description": phrase(status) }));
    }

    fn answer_with(&mut self, status: u16, content: &Value) {
        self.answers.insert(status, json!({ "description": phrase(status), "content": content }));
    }

    /// A header of the answer with this status.
    pub fn with_header(&mut self, status: u16, name: &str, about: &str) {
        if let Some(answer) = self.answers.get_mut(&status) {
            answer["headers"][name] = json!({ "description": about, "schema": { "type": "string" } });
        }
    }

    pub fn problem(&mut self, kind: Kind) {
        self.problems.insert(kind.status().as_u16());
    }

    /// The whole of it, under its method.
    pub(super) fn finish(mut self, route: &Route) -> Value {
        assert!(self.placeholders.is_empty(), "{}: nobody takes {:?} of the path", route.id, self.placeholders);
        let shared = [Kind::Malformed, Kind::TokenUnknown, Kind::ScopeMissing, Kind::TooMany, Kind::Internal];
        for kind in shared.into_iter().chain([Kind::Unavailable]).chain(route.problems.iter().copied()) {
            self.problem(kind);
        }
        self.parameters.push(json!({ "$ref": "#/components/parameters/transom-account" }));
        let mut responses: Map<String, Value> =
            self.answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
        for status in self.problems {
            let place = format!("#/components/responses/problem-{status}");
            responses.insert(status.to_string(), json!({ "$ref": place }));
        }
        let mut operation = json!({
            "operationId": route.id,
            "summary": route.about,
            "tags": [route.id.split('.').next()],
            "parameters": self.parameters,
            "responses": responses,
            "security": [{ "token": [route.need.scope.word()] }, { "staff": [route.need.role.to_string()] }],
            "x-transom-scope": route.need.scope.word(),
            "x-transom-role": route.need.role.to_string(),
            "x-transom-audited": route.logged,
        });
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        201 => "Made",
        202 => "Taken on; it is done later",
        204 => "Done",
        _ => "As it is asked for",
    }
}
