//! What a request brings, read once at the edge: a JSON body, ids in the path, parameters in the query.

use std::{collections::BTreeMap, marker::PhantomData, str::FromStr};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};
use serde_path_to_error::Segment;
use transom::domain::ids::BadId;

use crate::{
    Shared,
    admit::NamedFields,
    describe,
    problem::{Kind, Problem},
};

/// The largest body that is read, in bytes.
pub const MOST_BYTES: usize = 256 * 1024;

/// A JSON body: its bytes as they came, and what they say. A field that is not known is refused.
#[derive(Debug)]
pub struct JsonBody<T> {
    pub bytes: Bytes,
    pub value: T,
}

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Shared) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Kind::NotJson, "Send the body with the header Content-Type: application/json."));
        }
        let named = request.extensions().get::<NamedFields>().cloned();
        let bytes = Bytes::from_request(request, api).await.map_err(|rejection| unread(&rejection))?;
        let value = parse(&bytes)?;
        if let Some(named) = named
            && let Ok(fields) = serde_json::from_slice::<BTreeMap<&str, IgnoredAny>>(&bytes)
        {
            named.note(fields.into_keys());
        }
        Ok(Self { bytes, value })
    }
}

fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Kind::TooLarge, format!("A body may have {MOST_BYTES} bytes."))
    } else {
        Problem::new(Kind::Malformed, "The body broke off.")
    }
}

/// `application/json`, or a type made of it (`application/merge-patch+json`), with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.strip_prefix("application/").is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// Reads JSON. What is not JSON is malformed; JSON that says something else than it should is invalid, with the path
/// of the field.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Serde would also take an array for a struct, by position.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| bad_json(".", &error))?;
        return Err(Problem::invalid("(body)", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| bad_value::<T>(bytes, &error))?;
    deserializer.end().map_err(|error| bad_json(".", &error))?;
    Ok(value)
}

type Located = serde_path_to_error::Error<serde_json::Error>;

/// What is wrong with a body. Of an enum that is given a number or `null`, the parser says that this is no JSON; whether it
/// is, the bytes tell by themselves, and then the value is read again by its own words.
fn bad_value<T: DeserializeOwned>(bytes: &[u8], error: &Located) -> Problem {
    let Ok(whole) = serde_json::from_slice::<Value>(bytes) else {
        return bad_json(&error.path().to_string(), error.inner());
    };
    let again: Option<Located> = match error.inner().classify() {
        Category::Data => None,
        Category::Syntax | Category::Eof | Category::Io => serde_path_to_error::deserialize::<_, T>(&whole).err(),
    };
    let error = again.as_ref().unwrap_or(error);
    let mut path = error.path().to_string();
    let words = error.inner().to_string();
    // What tells an object's type is read after the object's path is left.
    if words.contains("expected variant identifier")
        && let Some(tag) = wrong_tag(&whole, error.path())
    {
        path = if path == "." { tag.to_owned() } else { format!("{path}.{tag}") };
    }
    let (field, message) = name_field(&path, without_place(&words));
    Problem::invalid(field, message)
}

/// The names of the fields that tell an object's type.
const TAGS: [&str; 8] = ["type", "moment", "action", "reply", "on", "do", "per", "is"];

/// Of the object at this path, the field that should tell its type and is no word.
fn wrong_tag(whole: &Value, path: &serde_path_to_error::Path) -> Option<&'static str> {
    let at = path.iter().try_fold(whole, |value, segment| match segment {
        Segment::Seq { index } => value.get(*index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })?;
    TAGS.into_iter().find(|tag| at.get(tag).is_some_and(|value| !value.is_string()))
}

fn without_place(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(words, _)| words)
}

fn bad_json(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let words = without_place(&text);
    match error.classify() {
        Category::Data => {
            let (field, message) = name_field(path, words);
            Problem::invalid(field, message)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            let (line, column) = (error.line(), error.column());
            Problem::new(Kind::Malformed, format!("The body is not JSON: {words} (line {line}, column {column})."))
        }
    }
}

/// The field that a serde error is about. A missing or unknown field is named in serde's words only, and its path
/// ends above it.
fn name_field(path: &str, words: &str) -> (String, String) {
    // A map's key that is wrong itself has no path of its own.
    let path = path.strip_suffix(".?").unwrap_or(path);
    let quoted = |start: &str| words.strip_prefix(start).and_then(|rest| rest.split_once('`'));
    let below = |name: &str| match path {
        "." => name.to_owned(),
        _ if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        _ => format!("{path}.{name}"),
    };
    if let Some((name, _)) = quoted("missing field `") {
        return (below(name), "is needed".to_owned());
    }
    if let Some((name, _)) = quoted("duplicate field `") {
        return (below(name), "is given twice".to_owned());
    }
    if let Some((name, rest)) = quoted("unknown field `") {
        let known = rest.strip_prefix(", ").map(|known| format!("; {known}")).unwrap_or_default();
        return (below(name), format!("is not a field here{known}"));
    }
    let field = if path == "." { "(body)" } else { path };
    (field.to_owned(), without_values(words))
}

/// Serde repeats what it did not expect. That may be somebody's number or words, which must not stand in an error: it is named
/// by its kind.
fn without_values(words: &str) -> String {
    let Some((found, expected)) = words.strip_prefix("invalid ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return words.to_owned();
    };
    let found = found.split_once(": ").map_or("", |(_, found)| found);
    let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
    let expected = match expected.split_once(' ').map_or(expected, |(first, _)| first) {
        "struct" | "map" | "internally" => "an object",
        "sequence" | "tuple" => "a list",
        // Of an enum: most of them are words.
        "variant" => "a word",
        _ if expected == "string or map" => "a word",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        _ => expected,
    };
    format!("must be {expected}, not {}", with_article(found))
}

fn with_article(kind: &str) -> String {
    match kind {
        "null" | "" => "null".to_owned(),
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "integer" => "an integer".to_owned(),
        other => format!("a {other}"),
    }
}

/// The one id in the path. Anything that is not an id of its kind leads nowhere: 404.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<T: FromStr<Err = BadId>> FromRequestParts<Shared> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, api).await;
        let Path(text) = text.map_err(|_| Problem::not_found("The id in the path cannot be read."))?;
        let id = text.parse().map_err(|error| Problem::not_found(format!("The id in the path is {error}.")))?;
        Ok(Self(id))
    }
}

/// The two ids in the path. Anything that is not an id of its kind leads nowhere: 404.
#[derive(Debug)]
pub struct PathPair<A, B>(pub A, pub B);

impl<A: FromStr<Err = BadId>, B: FromStr<Err = BadId>> FromRequestParts<Shared> for PathPair<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        let PathNames(first, second) = PathNames::from_request_parts(parts, api).await?;
        let bad = |error| Problem::not_found(format!("An id in the path is {error}."));
        Ok(Self(first.parse().map_err(bad)?, second.parse().map_err(bad)?))
    }
}

/// The one name in the path, as it was written.
#[derive(Debug)]
pub struct PathName(pub String);

impl FromRequestParts<Shared> for PathName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        let name = Path::<String>::from_request_parts(parts, api).await;
        let Path(name) = name.map_err(|_| Problem::not_found("The name in the path cannot be read."))?;
        Ok(Self(name))
    }
}

/// The two names in the path, as they were written.
#[derive(Debug)]
pub struct PathNames(pub String, pub String);

impl FromRequestParts<Shared> for PathNames {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self, Problem> {
        let names = Path::<(String, String)>::from_request_parts(parts, api).await;
        let Path((first, second)) = names.map_err(|_| Problem::not_found("The names in the path cannot be read."))?;
        Ok(Self(first, second))
    }
}

/// A body as it came, whatever its media type says.
#[derive(Debug)]
pub struct RawBody(pub Body);

impl FromRequest<Shared> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        Ok(Self(request.into_body()))
    }
}

/// The query's parameters: those of `Q`. Each is taken once; what nobody takes is refused.
#[derive(Debug)]
pub struct Parameters<Q = ()>(Vec<(String, String)>, PhantomData<fn() -> Q>);

impl<Q: describe::Query> Parameters<Q> {
    pub fn of(uri: &Uri) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri);
        let Query(pairs) = query.map_err(|_| Problem::new(Kind::Malformed, "The query cannot be read."))?;
        for (index, (name, _)) in pairs.iter().enumerate() {
            if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::field(Kind::Malformed, name.clone(), "is given twice"));
            }
        }
        Ok(Self(pairs, PhantomData))
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        debug_assert!(Q::PARAMETERS.iter().any(|it| it.name == name), "{name} is not described");
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    pub fn finish(self) -> Result<(), Problem> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::field(Kind::Malformed, name, "is not a parameter of this address")),
        }
    }
}

impl<S: Sync, Q: describe::Query> FromRequestParts<S> for Parameters<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.uri)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::paging::PageQuery;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Outer {
        name: String,
        inner: Option<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Inner {
        counts: Vec<u32>,
    }

    #[track_caller]
    fn check(body: &str, kind: Kind, field: Option<&str>, words: &str) {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.kind, kind, "{problem:?}");
        assert_eq!(problem.errors.first().map(|error| error.field.as_str()), field, "{problem:?}");
        assert!(problem.detail.contains(words), "{problem:?}");
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        check("", Kind::Malformed, None, "EOF");
        check("{", Kind::Malformed, None, "line 1, column 1");
        check(r#"{"name": "a"} x"#, Kind::Malformed, None, "trailing");
        check("nonsense", Kind::Malformed, None, "expected ident");
        check("{\"name\": \"\u{0}\"}", Kind::Malformed, None, "control character");
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        check(r#"{"name": 1}"#, Kind::Invalid, Some("name"), "must be a string, not an integer");
        check(r#"{"name": "a", "inner": "b"}"#, Kind::Invalid, Some("inner"), "must be an object, not a string");
        check(
            r#"{"name": "a", "inner": {"counts": [1, "2"]}}"#,
            Kind::Invalid,
            Some("inner.counts[1]"),
            "must be a whole number of 0 or more, not a string",
        );
        check("{}", Kind::Invalid, Some("name"), "is needed");
        check(r#"{"name": "a", "inner": {}}"#, Kind::Invalid, Some("inner.counts"), "is needed");
        check(r#"{"nme": "a"}"#, Kind::Invalid, Some("nme"), "is not a field here; expected `name` or `inner`");
        check(r#"{"name": "a", "inner": {"x": 1}}"#, Kind::Invalid, Some("inner.x"), "is not a field here");
        check(r#"{"name": "a", "name": "b"}"#, Kind::Invalid, Some("name"), "is given twice");
        for other in ["[]", r#"["a"]"#, "null", " 1 ", r#""a""#] {
            check(other, Kind::Invalid, Some("(body)"), "must be a JSON object");
        }
    }

    /// An enum that is given something else than a word is no JSON in the parser's eyes.
    #[test]
    fn a_wrong_enum_is_named_by_its_path() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Colour {
            Red,
        }
        #[derive(Debug, Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
        #[expect(dead_code, reason = "only its reading is of interest")]
        enum Tagged {
            Round { radius: u32 },
        }
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its reading is of interest")]
        struct Painted {
            colours: Vec<Colour>,
            of: Option<Colour>,
            shape: Option<Tagged>,
        }
        let wrong = |body: &str, field: &str, words: &str| {
            let problem = parse::<Painted>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.kind, Kind::Invalid, "{body}: {problem:?}");
            assert_eq!(problem.errors[0].field, field, "{body}: {problem:?}");
            assert!(problem.errors[0].message.contains(words), "{body}: {problem:?}");
        };
        wrong(r#"{"colours": ["red", 5]}"#, "colours[1]", "must be a word, not an integer");
        wrong(r#"{"colours": [null]}"#, "colours[0]", "must be a word, not null");
        wrong(r#"{"colours": [], "of": true}"#, "of", "must be a word");
        wrong(r#"{"colours": [], "of": ["red"]}"#, "of", "must be a word, not a list");
        wrong(r#"{"colours": ["blue"]}"#, "colours[0]", "expected `red`");
        wrong(r#"{"colours": [], "shape": {"type": 1}}"#, "shape.type", "must be a word, not an integer");
        wrong(r#"{"colours": [], "shape": {"type": "round"}}"#, "shape.radius", "is needed");
        let broken = parse::<Painted>(br#"{"colours": [5"#).unwrap_err();
        assert_eq!(broken.kind, Kind::Malformed, "{broken:?}");
    }

    #[test]
    fn a_wrong_button_is_named_with_the_fields_of_its_type() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its reading is of interest")]
        struct Buttoned {
            buttons: Vec<transom::domain::template::Button>,
        }
        let wrong = |button: &str, field: &str, words: &str| {
            let problem = parse::<Buttoned>(format!(r#"{{"buttons": ["Yes", {button}]}}"#).as_bytes()).unwrap_err();
            assert_eq!(problem.kind, Kind::Invalid, "{button}: {problem:?}");
            assert_eq!(problem.errors[0].field, field, "{button}: {problem:?}");
            assert!(problem.errors[0].message.contains(words), "{button}: {problem:?}");
        };
        wrong("5", "buttons[1]", "must be a label or an object, not an integer");
        wrong("null", "buttons[1]", "must be a label or an object");
        wrong("{}", "buttons[1].type", "is needed");
        wrong(r#"{"type": "link"}"#, "buttons[1].type", "expected one of `url`, `phone`, `copy_code`, `other`");
        wrong(r#"{"type": 1}"#, "buttons[1].type", "must be a word, not an integer");
        wrong(r#"{"type": "url", "text": "Map"}"#, "buttons[1].url", "is needed");
        wrong(r#"{"type": "url", "text": 1, "url": "x"}"#, "buttons[1].text", "must be a string, not an integer");
        wrong(
            r#"{"type": "url", "text": "Map", "url": "x", "phone": "1"}"#,
            "buttons[1].phone",
            "expected `text` or `url`",
        );
        wrong(r#"{"type": "phone", "text": "Call", "number": "1"}"#, "buttons[1].number", "is not a field here");
    }

    #[test]
    fn no_value_is_repeated() {
        for value in [
            r#"{"inner": "Ana, expected at 9"}"#,
            r#"{"name": 16505550111}"#,
            r#"{"name": "Ana", "inner": -16505550111}"#,
        ] {
            let problem = parse::<Outer>(value.as_bytes()).unwrap_err().detail;
            assert!(!problem.contains("Ana") && !problem.contains("16505550111"), "{problem}");
        }
    }

    #[test]
    fn only_json_is_taken_as_json() {
        let with = |text: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]));
        assert!(with("application/json") && with("Application/JSON; charset=utf-8"));
        assert!(with("application/merge-patch+json"));
        assert!(!with("text/plain") && !with("application/x-www-form-urlencoded") && !with("json") && !with(""));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_parameter_that_nobody_knows_is_refused_by_its_name() {
        let mut parameters = Parameters::<PageQuery>::of(&"/x?limit=1&colour=red".parse().unwrap()).unwrap();
        assert_eq!(parameters.take("limit").as_deref(), Some("1"));
        assert_eq!(parameters.take("limit"), None);
        assert_eq!(parameters.finish().unwrap_err().errors[0].field, "colour");
        assert_eq!(Parameters::<PageQuery>::of(&"/x?a=1&a=2".parse().unwrap()).unwrap_err().errors[0].field, "a");
    }
}
