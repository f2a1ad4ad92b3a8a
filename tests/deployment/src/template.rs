//! The template as JSON; CloudFormation's short forms as objects: `!Ref X` is `{"!Ref": "X"}`.

use std::{fs, path::Path};

use serde_json::{Map, Value};
use serde_yaml_ng as yaml;

/// The template.
#[derive(Debug, Clone)]
pub struct Template(pub Value);

impl Template {
    /// The one of this project.
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml");
        Self::parse(&fs::read_to_string(path).expect("infra/template.yaml is there"))
    }

    pub fn parse(text: &str) -> Self {
        let template: yaml::Value = yaml::from_str(text).expect("the template is YAML");
        Self(json(template))
    }

    /// A resource by its name.
    pub fn resource(&self, name: &str) -> &Value {
        let resource = &self.0["Resources"][name];
        assert!(resource.is_object(), "the template has no {name}");
        resource
    }

    pub fn properties(&self, name: &str) -> &Value {
        &self.resource(name)["Properties"]
    }

    /// All resources of a type, by name.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.0["Resources"].as_object().into_iter().flatten();
        all.filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
    }

    /// The value of a property that may be a parameter, then its default.
    pub fn value<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["!Ref"].as_str() {
            Some(name) if self.0["Parameters"][name].is_object() => &self.0["Parameters"][name]["Default"],
            Some(_) | None => value,
        }
    }
}

fn json(value: yaml::Value) -> Value {
    match value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(bool) => bool.into(),
        yaml::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, float) => float.into(),
        },
        yaml::Value::String(text) => text.into(),
        yaml::Value::Sequence(items) => items.into_iter().map(json).collect(),
        yaml::Value::Mapping(fields) => fields
            .into_iter()
            .map(|(name, value)| (name.as_str().expect("names are text").to_owned(), json(value)))
            .collect(),
        yaml::Value::Tagged(tagged) => {
            let mut object = Map::new();
            object.insert(format!("!{}", tagged.tag.to_string().trim_start_matches('!')), json(tagged.value));
            object.into()
        }
    }
}
