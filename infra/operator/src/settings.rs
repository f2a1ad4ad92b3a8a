//! A file of settings: what it holds becomes calls of the API. Its shape is checked before the first call, so that a mistake in
//! the last entry leaves nothing half stored; what each entry says is the API's to check.

use serde_json::{Map, Value};
use transom::domain::{ChannelId, EndpointId};

use crate::installation::Failed;

/// The lists that a file may hold, in the order in which one may name the other, each with the fields that name an entry.
const LISTS: [(&str, &[&str]); 3] =
    [("channels", &["id"]), ("endpoints", &["id"]), ("templates", &["name", "language"])];
const LADDER: &str = "ladder";

fn refused(field: impl Into<String>, problem: impl Into<String>) -> Failed {
    Failed::Refused { field: field.into(), problem: problem.into() }
}

/// The path and the body of each call.
pub fn calls(settings: &Map<String, Value>) -> Result<Vec<(String, Value)>, Failed> {
    let known = |name: &str| name == LADDER || LISTS.iter().any(|(list, _)| *list == name);
    if let Some(unknown) = settings.keys().find(|name| !known(name)) {
        return Err(refused(unknown, "is not known; a file may hold channels, endpoints, templates and ladder"));
    }
    let mut calls = Vec::new();
    for (list, named_by) in LISTS {
        let entries = match settings.get(list) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(refused(list, "must be a list: [ … ]")),
        };
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("{list}[{index}]");
            if !entry.is_object() {
                return Err(refused(place, "must be an object: { … }"));
            }
            let names = named_by.iter().map(|field| name(entry, field, &format!("{place}.{field}")));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            calls.push((format!("/v1/{list}/{}", names.join("/")), entry.clone()));
        }
    }
    match settings.get(LADDER) {
        None | Some(Value::Null) => {}
        Some(ladder) => calls.push(("/v1/ladder".to_owned(), ladder.clone())),
    }
    Ok(calls)
}

/// What names an entry, as it stands in the address.
fn name(entry: &Value, field: &str, place: &str) -> Result<String, Failed> {
    let name = match &entry[field] {
        Value::Null => return Err(refused(place, "is missing")),
        Value::String(name) => name.clone(),
        _ => return Err(refused(place, "must be text")),
    };
    let problem = match field {
        "id" if place.starts_with("channels") => name.parse::<ChannelId>().err().map(|bad| bad.to_string()),
        "id" => name.parse::<EndpointId>().err().map(|bad| bad.to_string()),
        _ => {
            let fine = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            (!fine).then(|| "not of letters, digits and '_'".to_owned())
        }
    };
    match problem {
        None => Ok(name),
        Some(problem) => Err(refused(place, format!("{name:?} is {problem}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(settings: &Value) -> Result<Vec<(String, Value)>, Failed> {
        calls(settings.as_object().unwrap())
    }

    #[test]
    fn each_entry_becomes_a_call_and_what_is_named_comes_first() {
        let settings = json!({
            "ladder": {"steps": []}, "templates": [{"name": "room_ready", "language": "pt_BR"}],
            "endpoints": [{"id": "desk"}], "channels": [{"id": "desk"}, {"id": "text"}],
        });
        let paths: Vec<String> = read(&settings).unwrap().into_iter().map(|(path, _)| path).collect();
        let expected = [
            "/v1/channels/desk",
            "/v1/channels/text",
            "/v1/endpoints/desk",
            "/v1/templates/room_ready/pt_BR",
            "/v1/ladder",
        ];
        assert_eq!(paths, expected);
        assert!(read(&json!({"channels": null})).unwrap().is_empty());
    }

    #[test]
    fn a_wrong_shape_is_named_by_its_place() {
        for (settings, told) in [
            (json!({"chanels": []}), "chanels: is not known"),
            (json!({"templates": {"name": "x"}}), "templates: must be a list"),
            (json!({"templates": ["x"]}), "templates[0]: must be an object"),
            (
                json!({"templates": [{"name": "a", "language": "en"}, {"name": "b"}]}),
                "templates[1].language: is missing",
            ),
            (json!({"templates": [{"name": "a b", "language": "en"}]}), "templates[0].name: \"a b\" is not of letters"),
            (json!({"channels": [{"medium": "sms"}]}), "channels[0].id: is missing"),
            (json!({"channels": [{"id": 7}]}), "channels[0].id: must be text"),
            (json!({"channels": [{"id": "Bad Name"}]}), "channels[0].id: \"Bad Name\" is not 1 to 40"),
            (json!({"endpoints": [{"id": "../x"}]}), "endpoints[0].id: \"../x\" is not 1 to 40"),
        ] {
            let said = read(&settings).unwrap_err().to_string();
            assert!(said.starts_with(told), "{said}");
        }
    }
}
