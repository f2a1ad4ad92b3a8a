//! Reading what a step says about its moment and its action: nothing in it is passed over.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::{Map, Value};

use super::{Action, Moment};

/// Moments and actions that have nothing but their names. Serde lets these have any fields beside.
const BARE: [&str; 6] = ["at_end", "answer_held", "template_failed", "remind", "sms_content", "hold"];

pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
    strictly(deserializer, "moment")
}

pub(super) fn action<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Action, D::Error> {
    strictly(deserializer, "action")
}

fn strictly<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D, tag: &str) -> Result<T, D::Error> {
    let fields = Map::<String, Value>::deserialize(deserializer)?;
    let bare = fields.get(tag).and_then(Value::as_str).is_some_and(|name| BARE.contains(&name));
    if let Some(field) = fields.keys().find(|field| bare && *field != tag) {
        return Err(D::Error::custom(format!("unknown field `{field}`, expected `{tag}` alone")));
    }
    T::deserialize(Value::Object(fields)).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::domain::ladder::Step;

    #[test]
    fn a_moment_or_an_action_without_fields_takes_none() {
        let read = |when: &str, action: &str| {
            serde_json::from_str::<Step>(&format!(r#"{{"name":"a","when":{when},"do":{action}}}"#))
                .map_err(|error| error.to_string())
        };
        let (end, hold) = (r#"{"moment":"at_end"}"#, r#"{"action":"hold"}"#);
        assert!(read(end, hold).is_ok());
        assert!(read(r#"{"moment":"at_end","minutes":5}"#, hold).unwrap_err().contains("unknown field `minutes`"));
        assert!(read(end, r#"{"action":"remind","note":"x"}"#).unwrap_err().contains("unknown field `note`"));
        assert!(read(r#"{"moment":"held_for","hours":5,"x":1}"#, hold).unwrap_err().contains("unknown field `x`"));
        assert!(read(r#"{"moment":"held_for","hours":"5"}"#, hold).unwrap_err().contains("invalid type: string"));
        assert!(read(r#"{"hours":5}"#, hold).unwrap_err().contains("missing field `moment`"));
    }
}
