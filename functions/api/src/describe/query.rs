//! Parameters of a query, as they are described.

use serde_json::{Value, json};

/// All parameters that a route takes in its query.
pub trait Query {
    const PARAMETERS: &'static [Parameter];
}

/// No parameters at all.
impl Query for () {
    const PARAMETERS: &'static [Parameter] = &[];
}

/// A parameter of a query, or a header.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    /// For people.
    about: &'static str,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Text {
        most: usize,
    },
    Number {
        least: usize,
        most: usize,
        usual: usize,
    },
    Word(&'static [&'static str]),
    /// Several of these, with commas between them.
    Words(&'static [&'static str]),
    Day,
    Pattern(&'static str),
}

/// A text of any form, up to so many characters.
pub const fn text(name: &'static str, about: &'static str, most: usize) -> Parameter {
    Parameter { name, about, form: Form::Text { most } }
}

/// A text of this form.
pub const fn formed(name: &'static str, about: &'static str, pattern: &'static str) -> Parameter {
    Parameter { name, about, form: Form::Pattern(pattern) }
}

pub const fn number(name: &'static str, about: &'static str, least: usize, most: usize, usual: usize) -> Parameter {
    Parameter { name, about, form: Form::Number { least, most, usual } }
}

/// One of these words.
pub const fn words(name: &'static str, about: &'static str, words: &'static [&'static str]) -> Parameter {
    Parameter { name, about, form: Form::Word(words) }
}

/// What a report counts by: some of these words.
pub const fn by(known: &'static [&'static str]) -> Parameter {
    Parameter { name: "by", about: "What it is counted by, with commas between.", form: Form::Words(known) }
}

const fn day(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, form: Form::Day }
}

pub const LIMIT: Parameter = number("limit", "How many at most.", 1, 100, 25);
pub const CURSOR: Parameter = text("cursor", "Where to go on: what `next_cursor` held.", 400);
pub const FROM: Parameter = day("from", "The first day (UTC); left out: six days before today.");
pub const UNTIL: Parameter =
    day("until", "The last day (UTC), included; left out: today. At most 91 days after the first.");
pub const PHONE: Parameter = text("phone", "A phone number with its plus sign.", 40);
pub const USER_ID: Parameter =
    formed("user_id", "A business-scoped user id of WhatsApp's.", r"^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$");

impl Parameter {
    pub(super) fn described(&self, place: &str) -> Value {
        let schema = match self.form {
            Form::Text { most } => json!({ "type": "string", "maxLength": most }),
            Form::Number { least, most, usual } => {
                json!({ "type": "integer", "minimum": least, "maximum": most, "default": usual })
            }
            Form::Word(words) => json!({ "type": "string", "enum": words }),
            Form::Words(words) => json!({ "type": "array", "items": { "enum": words }, "minItems": 1 }),
            Form::Day => json!({ "type": "string", "format": "date" }),
            Form::Pattern(pattern) => json!({ "type": "string", "pattern": pattern }),
        };
        let mut parameter = json!({ "name": self.name, "in": place, "description": self.about, "schema": schema });
        if matches!(self.form, Form::Words(_)) {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
        parameter
    }
}
