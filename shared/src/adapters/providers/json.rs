//! JSON read one element at a time, so that a fault in one element stays in that element.

mod places;

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::Value;

use places::{Kind, Place, places_of};

/// How deep an element that is kept whole may be nested. It is later written inside of other JSON, and a reader stops
/// at 128 levels; deeper ones are kept as text.
const DEEPEST_KEPT: usize = 64;

/// A JSON text whose elements have been found, their values not looked at yet.
#[derive(Debug)]
pub(super) struct Document<'a> {
    text: &'a str,
    places: Vec<Place>,
}

impl<'a> Document<'a> {
    /// `None` if the text is not one JSON element.
    pub fn find(text: &'a str) -> Option<Self> {
        Some(Self { text, places: places_of(text)? })
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        Element { document: self, index: 0 }
    }

    fn place(&self, index: usize) -> &Place {
        &self.places[index]
    }

    fn json(&self, place: &Place) -> &str {
        &self.text[place.start as usize..place.end as usize]
    }

    fn bytes(&self, place: &Place) -> &[u8] {
        &self.text.as_bytes()[place.start as usize..place.end as usize]
    }
}

/// One element of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    document: &'a Document<'a>,
    index: usize,
}

impl<'a> Element<'a> {
    fn place(self) -> &'a Place {
        self.document.place(self.index)
    }

    /// As it was written.
    pub fn json(self) -> &'a str {
        self.document.json(self.place())
    }

    /// A text, or a number digit by digit as it was written: ids must not pass through a float.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self.place().kind {
            Kind::Plain | Kind::Escaped => Some(said(self.document, self.place())),
            Kind::Number => Some(Cow::Borrowed(self.json())),
            Kind::Object | Kind::List | Kind::Word | Kind::Deep => None,
        }
    }

    /// `None` if it is not an object.
    pub fn fields(self) -> Option<Fields<'a>> {
        (self.place().kind == Kind::Object).then_some(Fields(self))
    }

    /// The elements of a list. `None` if it is not a list.
    pub fn list(self) -> Option<impl Iterator<Item = Element<'a>>> {
        (self.place().kind == Kind::List).then(|| self.inner())
    }

    /// The element whole; what cannot be taken apart (too deep, a number out of range, half a surrogate pair) as text.
    pub fn value(self) -> Value {
        value_of(self.json())
    }

    fn is_null(self) -> bool {
        self.place().kind == Kind::Word && self.json() == "null"
    }

    fn inner(self) -> impl Iterator<Item = Element<'a>> {
        let end = self.place().next as usize;
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let element = (index < end).then_some(Element { document: self.document, index })?;
            index = element.place().next as usize;
            Some(element)
        })
    }
}

/// The fields of one JSON object. Of a name that is there twice the last one counts, and `null` counts as absent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(Element<'a>);

impl<'a> Fields<'a> {
    pub fn get(self, name: &str) -> Option<Element<'a>> {
        let is_named = |known: Element<'_>| match known.place() {
            // Nearly all names differ in their length already.
            place if place.kind == Kind::Plain => {
                (place.end - place.start) as usize == name.len() + 2
                    && known.document.bytes(place)[1..=name.len()] == *name.as_bytes()
            }
            place => said(known.document, place) == name,
        };
        let of_that_name = self.all().filter(|(known, _)| is_named(*known));
        of_that_name.last().map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A text or a number, as text; an empty one counts as absent.
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.text().filter(|text| !text.is_empty())
    }

    /// As [`Self::text`], to keep.
    pub fn string(self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    pub fn object(self, name: &str) -> Option<Fields<'a>> {
        self.get(name)?.fields()
    }

    pub fn flag(self, name: &str) -> bool {
        matches!(self.get(name).map(Element::json), Some("true" | "\"true\""))
    }

    /// A number, or text that is one.
    pub fn number(self, name: &str) -> Option<f64> {
        self.text(name)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub fn value(self, name: &str) -> Option<Value> {
        self.get(name).map(Element::value)
    }

    /// The elements of a list. `None` if it is absent or not a list.
    pub fn list(self, name: &str) -> Option<impl Iterator<Item = Element<'a>>> {
        self.get(name)?.list()
    }

    /// The elements of a list, each whole. `None` if it is absent or not a list.
    pub fn values(self, name: &str) -> Option<Vec<Value>> {
        Some(self.list(name)?.map(Element::value).collect())
    }

    /// Every field that is there and not null, by its name; each of those that are there twice.
    pub fn iter(self) -> impl Iterator<Item = (Cow<'a, str>, Element<'a>)> {
        self.all().filter(|(_, value)| !value.is_null()).map(|(name, value)| (said(name.document, name.place()), value))
    }

    /// Names and values.
    fn all(self) -> impl Iterator<Item = (Element<'a>, Element<'a>)> {
        let mut inner = self.0.inner();
        std::iter::from_fn(move || Some((inner.next()?, inner.next()?)))
    }
}

/// What a text says. Half a surrogate pair in it becomes replacement characters, rather than losing the text.
fn said<'a>(document: &'a Document<'a>, place: &Place) -> Cow<'a, str> {
    let json = document.json(place);
    match place.kind {
        Kind::Escaped => serde_json::from_str::<Text<'_>>(json).map_or(Cow::Borrowed(""), |text| text.0),
        _ => Cow::Borrowed(&json[1..json.len() - 1]),
    }
}

/// The element whole; what cannot be taken apart as text.
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

/// A JSON text by way of its bytes, which serde_json gives also where half a surrogate pair is in them.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{json, value::RawValue};

    use super::{places::DEEPEST_TOLD_APART, *};

    fn with<T>(json: &str, look: impl FnOnce(Fields<'_>) -> T) -> T {
        look(Document::find(json).unwrap().root().fields().unwrap())
    }

    #[test]
    fn a13_of_a_name_that_is_there_twice_the_last_one_counts() {
        assert_eq!(with(r#"{"id":"a","id":"b"}"#, |f| f.string("id")).as_deref(), Some("b"));
        assert_eq!(value_of(r#"{"id":"a","id":"b"}"#), json!({"id": "b"}));
    }

    #[test]
    fn a13_ids_written_as_numbers_keep_every_digit() {
        let id = with(r#"{"id":123456789012345678901234567890}"#, |f| f.string("id"));
        assert_eq!(id.as_deref(), Some("123456789012345678901234567890"));
    }

    #[test]
    fn a13_half_a_surrogate_pair_costs_one_character_only() {
        let body = with(r#"{"\ud83d":1,"body":"hi \ud83d!"}"#, |f| f.string("body")).unwrap();
        assert!(body.starts_with("hi \u{fffd}") && body.ends_with('!'), "{body}");
        assert_eq!(with(r#"{"body":"\ud83d\ude00"}"#, |f| f.string("body")).as_deref(), Some("😀"));
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
        assert_eq!(with(r#"{"id":null}"#, |f| f.string("id")), None);
        assert_eq!(with(r#"{"id":""}"#, |f| f.string("id")), None);
        assert_eq!(with(r#"{"id":[]}"#, |f| f.string("id")), None);
        assert_eq!(with(r#"{"latitude":"NaN"}"#, |f| f.number("latitude")), None);
    }

    #[test]
    fn every_element_lies_where_it_was_written() {
        let json = r#" { "list" : [ 1.5e3 , "x\"y" , [ ] , { } , null ] , "after" : { "a" : true } } "#;
        let document = Document::find(json).unwrap();
        assert_eq!(document.root().json(), json.trim());
        let fields = document.root().fields().unwrap();
        let list: Vec<&str> = fields.list("list").unwrap().map(Element::json).collect();
        assert_eq!(list, ["1.5e3", r#""x\"y""#, "[ ]", "{ }", "null"]);
        assert!(fields.object("after").unwrap().flag("a"));
        let names: Vec<_> = fields.iter().map(|(name, value)| (name.into_owned(), value.json())).collect();
        assert_eq!(names[1], ("after".to_owned(), r#"{ "a" : true }"#));
    }

    #[test]
    fn a13_what_lies_too_deep_is_checked_and_kept_whole() {
        let nested =
            |levels: usize, inner: &str| format!("{}{inner}{}", r#"{"a":["#.repeat(levels), "]}".repeat(levels));
        let around = |inner: &str| format!(r#"{{"before":1,"deep":{inner},"after":2}}"#);
        for levels in [1, DEEPEST_TOLD_APART / 2, DEEPEST_TOLD_APART, 100_000] {
            let deep = nested(levels, r#"{"b":null}"#);
            let json = around(&deep);
            let document = Document::find(&json).unwrap();
            let fields = document.root().fields().unwrap();
            assert_eq!(fields.get("deep").unwrap().json(), deep);
            assert_eq!(fields.text("after").as_deref(), Some("2"));
            assert!(Document::find(&around(&nested(levels, "{"))).is_none());
            assert!(Document::find(&around(&nested(levels, "nul"))).is_none());
            assert!(Document::find(&json[..json.len() - 1]).is_none());
        }
    }

    /// Texts that are JSON nearly always, and broken in some place otherwise.
    fn nearly_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just(" false\n".to_owned()),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?",
            "\"([ -!#-\\[\\]-~é😀]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,20}\"",
        ];
        let whole = leaf.prop_recursive(6, 40, 5, |inner| {
            let field = ("\"[a-c]{0,2}\"", inner.clone()).prop_map(|(name, value)| format!("{name} :{value}"));
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(|all| format!("[{}]", all.join(", "))),
                prop::collection::vec(field, 0..5).prop_map(|all| format!("{{{}}}", all.join(" ,\t"))),
            ]
        });
        let damage = prop::option::of((any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9eE.\\\\ntu\u{1} -]{0,2}"));
        (whole, damage).prop_map(|(json, damage)| match damage {
            Some((index, instead)) => {
                let mut characters: Vec<char> = json.chars().collect();
                let at = index.index(characters.len());
                characters.splice(at..=at, instead.chars());
                characters.into_iter().collect()
            }
            None => json,
        })
    }

    /// Every element by our reading, as serde_json reads it.
    fn taken_apart(element: Element<'_>) -> Option<Value> {
        if let Some(list) = element.list() {
            return list.map(taken_apart).collect::<Option<Vec<_>>>().map(Value::Array);
        }
        match element.fields() {
            Some(fields) => fields
                .all()
                .map(|(name, value)| Some((said(name.document, name.place()).into_owned(), taken_apart(value)?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Value::Object),
            None => serde_json::from_str(element.json()).ok(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_is_json_and_what_it_says_is_as_serde_json_has_it(text in nearly_json()) {
            let ours = Document::find(&text);
            prop_assert_eq!(ours.is_some(), serde_json::from_str::<&RawValue>(&text).is_ok());
            // It takes apart less: half a surrogate pair and a number out of range are faults to it.
            if let (Some(document), Ok(value)) = (&ours, serde_json::from_str::<Value>(&text)) {
                prop_assert_eq!(taken_apart(document.root()), Some(value));
            }
        }
    }
}
