//! The schemas of all types that routes take and give.

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value};

/// Where schemas lie in the document.
const PLACE: &str = "#/components/schemas/";
/// Where the schemas of what is taken seem to lie until all are known.
const TAKEN: &str = "#/components/taken/";

/// One type may be read in another form than it is written: what may be left out in a body is always there in an answer.
#[derive(Debug)]
pub struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let generator = |contract: Contract, path: &'static str| {
            let settings = SchemaSettings::draft2020_12().with(|it| {
                it.contract = contract;
                it.definitions_path = path.into();
                it.meta_schema = None;
            });
            settings.into_generator()
        };
        Self {
            taken: generator(Contract::Deserialize, "/components/taken"),
            given: generator(Contract::Serialize, "/components/schemas"),
        }
    }
}

impl Schemas {
    pub fn taken<T: JsonSchema>(&mut self) -> Value {
        self.taken.subschema_for::<T>().to_value()
    }

    pub fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// All of them by name; `document` is what refers to them. What is read otherwise than it is written is there twice.
    pub fn finish(mut self, document: &mut Value) -> Map<String, Value> {
        let mut schemas = self.given.take_definitions(false);
        let taken = self.taken.take_definitions(false);
        let is_same = |name: &str, schema: &Value, apart: &[String]| {
            let mut schema = schema.clone();
            refer(&mut schema, apart);
            schemas.get(name).is_none_or(|given| *given == schema)
        };
        let mut apart: Vec<String> = Vec::new();
        // What names another that is apart is apart itself.
        loop {
            let more = taken.iter().filter(|(name, schema)| !apart.contains(name) && !is_same(name, schema, &apart));
            let more: Vec<String> = more.map(|(name, _)| name.clone()).collect();
            if more.is_empty() {
                break;
            }
            apart.extend(more);
        }
        for (name, mut schema) in taken {
            refer(&mut schema, &apart);
            let name = if apart.contains(&name) { taken_name(&name) } else { name };
            schemas.insert(name, schema);
        }
        refer(document, &apart);
        for schema in schemas.values_mut() {
            plain(schema);
        }
        schemas
    }
}

fn taken_name(name: &str) -> String {
    format!("{name}Input")
}

/// Leads references to where the schemas lie in the end.
fn refer(value: &mut Value, apart: &[String]) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(place)) = fields.get_mut("$ref")
                && let Some(name) = place.strip_prefix(TAKEN)
            {
                let name = if apart.iter().any(|it| it == name) { taken_name(name) } else { name.to_owned() };
                *place = format!("{PLACE}{name}");
            }
            fields.values_mut().for_each(|value| refer(value, apart));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| refer(value, apart)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Descriptions as people read them: comments lead to other comments by brackets, and break their lines anywhere.
fn plain(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(words)) = fields.get_mut("description") {
                let text = words.replace("[`", "`").replace("`]", "`");
                *words = text.split('\n').collect::<Vec<_>>().join(" ");
            }
            fields.values_mut().for_each(plain);
        }
        Value::Array(values) => values.iter_mut().for_each(plain),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
