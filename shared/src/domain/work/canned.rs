//! Replies that were written beforehand, with variables.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::settings::is_language;
use crate::domain::{
    ids::CannedReplyId,
    template::{
        names_in,
        variables::{Piece, pieces},
    },
};

const LONGEST_TITLE: usize = 60;
/// WhatsApp's longest text (Meta, "text messages").
const LONGEST_TEXT: usize = 4096;
const MOST_LANGUAGES: usize = 30;

/// A reply as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedReply {
    pub id: CannedReplyId,
    /// For staff.
    pub title: String,
    /// What it says, by language. Variables as in templates: `{{name}}`.
    pub texts: BTreeMap<String, String>,
}

/// Why a reply cannot be stored, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadCanned {
    /// Such as `texts.es`.
    pub field: String,
    pub message: String,
}

/// Why a reply cannot be filled.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    #[error("values: the reply needs a value for {0:?}")]
    Missing(String),
    #[error("values: with these the text has more than {LONGEST_TEXT} characters")]
    TooLong,
}

impl fmt::Debug for Unfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn bad<T>(field: impl Into<String>, message: impl Into<String>) -> Result<T, BadCanned> {
    Err(BadCanned { field: field.into(), message: message.into() })
}

impl CannedReply {
    pub fn check(&self) -> Result<(), BadCanned> {
        if self.title.trim().is_empty() || self.title.chars().count() > LONGEST_TITLE {
            return bad("title", format!("must have 1 to {LONGEST_TITLE} characters"));
        }
        if self.texts.is_empty() || self.texts.len() > MOST_LANGUAGES {
            return bad("texts", format!("must be there in 1 to {MOST_LANGUAGES} languages"));
        }
        for (language, text) in &self.texts {
            let field = format!("texts.{language}");
            if !is_language(language) {
                return bad(field, "must be a code such as es or pt_BR");
            }
            if text.trim().is_empty() || text.chars().count() > LONGEST_TEXT {
                return bad(field, format!("must have 1 to {LONGEST_TEXT} characters"));
            }
            if let Err(message) = names_in(text) {
                return bad(field, message);
            }
        }
        Ok(())
    }

    /// The text for a customer: in their language, its base, or another region of it; then the same of the default; then the
    /// first there is.
    pub fn text_for(&self, wanted: Option<&str>, default: &str) -> Option<&str> {
        let base = |code: &str| code.split(['_', '-']).next().unwrap_or_default().to_owned();
        let near = |code: &str| self.texts.iter().find(|(language, _)| base(language) == base(code));
        let best = |code: &str| {
            let exact = self.texts.get(code).or_else(|| self.texts.get(&base(code)));
            exact.or_else(|| near(code).map(|(_, text)| text))
        };
        wanted.and_then(best).or_else(|| best(default)).or_else(|| self.texts.values().next()).map(String::as_str)
    }
}

/// The text with its variables filled. A value is text and fills its own place only, whatever it looks like.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Variable(name) => match values.get(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => filled.push_str(value),
                None => return Err(Unfilled::Missing(name.to_owned())),
            },
        }
    }
    if filled.chars().count() > LONGEST_TEXT { Err(Unfilled::TooLong) } else { Ok(filled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(texts: &[(&str, &str)]) -> CannedReply {
        let texts = texts.iter().map(|(code, text)| ((*code).to_owned(), (*text).to_owned())).collect();
        CannedReply { id: "late-checkout".parse().unwrap(), title: "Late check-out".into(), texts }
    }

    #[test]
    fn the_customers_language_is_found_nearest_first() {
        let it = reply(&[("en", "E"), ("pt_BR", "B"), ("pt_PT", "P"), ("es", "S")]);
        for (wanted, text) in
            [(Some("pt_PT"), "P"), (Some("pt"), "B"), (Some("es_MX"), "S"), (Some("fi"), "E"), (None, "E")]
        {
            assert_eq!(it.text_for(wanted, "en"), Some(text), "{wanted:?}");
        }
        assert_eq!(it.text_for(Some("fi"), "de"), Some("E"));
    }

    #[test]
    fn a_value_fills_its_own_place_only() {
        let values =
            BTreeMap::from([("guest".to_owned(), "{{room}}".to_owned()), ("room".to_owned(), "12".to_owned())]);
        assert_eq!(fill("{{guest}} in {{room}}", &values).unwrap(), "{{room}} in 12");
        assert_eq!(fill("{{name}}", &values), Err(Unfilled::Missing("name".into())));
        let empty = BTreeMap::from([("name".to_owned(), " ".to_owned())]);
        assert_eq!(fill("{{name}}", &empty), Err(Unfilled::Missing("name".into())));
        let long = BTreeMap::from([("name".to_owned(), "x".repeat(4097))]);
        assert_eq!(fill("{{name}}", &long), Err(Unfilled::TooLong));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_field() {
        assert_eq!(reply(&[("en", "Dear {{guest}}")]).check(), Ok(()));
        let field = |it: &CannedReply| it.check().unwrap_err().field;
        assert_eq!(field(&reply(&[])), "texts");
        assert_eq!(field(&reply(&[("English", "E")])), "texts.English");
        assert_eq!(field(&reply(&[("en", " ")])), "texts.en");
        assert_eq!(field(&reply(&[("en", "{{Guest}}")])), "texts.en");
        assert_eq!(field(&CannedReply { title: String::new(), ..reply(&[("en", "E")]) }), "title");
    }
}
