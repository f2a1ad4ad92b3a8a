//! JSON read one element at a time, so that a fault in one element stays in that element.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// How deep an element that is kept whole may be nested. It is later written inside of other JSON, and a reader stops
/// at 128 levels; deeper ones are kept as text.
const DEEPEST_KEPT: usize = 64;

/// The fields of one JSON object, their values not looked at yet. Of a name that is there twice the last one counts,
/// and `null` counts as absent.
#[derive(Debug)]
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// `None` if it is not an object.
    pub fn of(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rev().find(|(known, _)| known == name)?;
        (raw.get() != "null").then_some(*raw)
    }

    /// A text or a number, as text; an empty one counts as absent.
    pub fn text(&self, name: &str) -> Option<String> {
        text_of(self.get(name)?).filter(|text| !text.is_empty())
    }

    pub fn object(&self, name: &str) -> Option<Fields<'a>> {
        Fields::of(self.get(name)?)
    }

    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name).map(RawValue::get), Some("true" | "\"true\""))
    }

    /// A number, or text that is one.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub fn value(&self, name: &str) -> Option<Value> {
        self.get(name).map(|raw| value_of(raw.get()))
    }

    /// The elements of a list. `None` if it is absent or not a list.
    pub fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// The elements of a list, each whole. `None` if it is absent or not a list.
    pub fn values(&self, name: &str) -> Option<Vec<Value>> {
        Some(self.list(name)?.into_iter().map(|raw| value_of(raw.get())).collect())
    }

    /// Every field that is there and not null, by its name; each of those that are there twice.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().filter(|(_, raw)| raw.get() != "null").map(|(name, raw)| (name.as_ref(), *raw))
    }
}

/// The element whole; what cannot be taken apart (too deep, a number out of range, half a surrogate pair) as text.
pub(super) fn value_of(json: &str) -> Value {
    match serde_json::from_str::<Value>(json) {
        Ok(value) if is_shallower(&value, DEEPEST_KEPT) => value,
        Ok(_) | Err(_) => Value::String(json.to_owned()),
    }
}

fn is_shallower(value: &Value, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(elements) => elements.iter().all(|element| is_shallower(element, levels)),
        Value::Object(fields) => fields.values().all(|field| is_shallower(field, levels)),
    }
}

/// A text, or a number digit by digit as it was written: ids must not pass through a float.
pub(super) fn text_of(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|text| text.0.into_owned()),
        b'-' | b'0'..=b'9' => Some(raw.get().to_owned()),
        _ => None,
    }
}

/// A JSON string. Half a surrogate pair in it becomes replacement characters, rather than losing the string.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }
        deserializer.deserialize_bytes(TextVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((Text(name), raw)) = map.next_entry()? {
                    fields.push((name, raw));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with<T>(json: &str, look: impl FnOnce(&Fields<'_>) -> T) -> T {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        look(&Fields::of(raw).unwrap())
    }

    #[test]
    fn a13_of_a_name_that_is_there_twice_the_last_one_counts() {
        assert_eq!(with(r#"{"id":"a","id":"b"}"#, |f| f.text("id")).as_deref(), Some("b"));
        assert_eq!(value_of(r#"{"id":"a","id":"b"}"#), json!({"id": "b"}));
    }

    #[test]
    fn a13_ids_written_as_numbers_keep_every_digit() {
        let id = with(r#"{"id":123456789012345678901234567890}"#, |f| f.text("id"));
        assert_eq!(id.as_deref(), Some("123456789012345678901234567890"));
    }

    #[test]
    fn a13_half_a_surrogate_pair_costs_one_character_only() {
        let body = with(r#"{"\ud83d":1,"body":"hi \ud83d!"}"#, |f| f.text("body")).unwrap();
        assert!(body.starts_with("hi \u{fffd}") && body.ends_with('!'), "{body}");
        assert_eq!(with(r#"{"body":"\ud83d\ude00"}"#, |f| f.text("body")).as_deref(), Some("😀"));
    }

    #[test]
    fn a13_what_cannot_be_taken_apart_is_kept_as_text() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(value_of(&deep), Value::String(deep.clone()));
        let deep = format!("{}{}", "[".repeat(80), "]".repeat(80));
        assert_eq!(value_of(&deep), Value::String(deep.clone()));
        assert_eq!(value_of("1e999"), json!("1e999"));
        assert_eq!(value_of("[[1]]"), json!([[1]]));
    }

    #[test]
    fn empty_and_null_count_as_absent() {
        assert_eq!(with(r#"{"id":null}"#, |f| f.text("id")), None);
        assert_eq!(with(r#"{"id":""}"#, |f| f.text("id")), None);
        assert_eq!(with(r#"{"id":[]}"#, |f| f.text("id")), None);
        assert_eq!(with(r#"{"latitude":"NaN"}"#, |f| f.number("latitude")), None);
    }
}
