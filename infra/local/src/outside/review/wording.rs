//! Texts with variables: `{{guest_name}}` or `{{1}}`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The values of variables, by the variable.
pub type Values = BTreeMap<String, String>;

/// A text, and an example for each of its variables in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    pub text: String,
    pub examples: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// The text taken apart. Braces without their counterpart are text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((variable, after)) = after.split_once("}}") else { break };
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        found.push(Piece::Variable(variable));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The variables, each once: by number where all of them are numbers, else as they come.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Variable(variable) = piece
            && !found.iter().any(|known| known == variable)
        {
            found.push(variable.to_owned());
        }
    }
    if found.iter().all(|variable| variable.parse::<u32>().is_ok()) {
        found.sort_by_key(|variable| variable.parse::<u32>().unwrap_or_default());
    }
    found
}

/// The text with its values. A value is text and fills its own place only; a variable without one stays.
pub(super) fn rendered(text: &str, values: &Values) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => shown.push_str(text),
            Piece::Variable(variable) => match values.get(variable) {
                Some(value) => shown.push_str(value),
                None => shown.extend(["{{", variable, "}}"]),
            },
        }
    }
    shown
}

impl Wording {
    /// What a send has to give values for.
    pub(super) fn variables(&self) -> impl ExactSizeIterator<Item = &str> {
        self.examples.iter().map(|(variable, _)| variable.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fills_its_own_place_only() {
        let values: Values =
            [("a", "{{b}}"), ("b", "2")].into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        assert_eq!(rendered("{{a}} and {{b}} and {{c}} {{", &values), "{{b}} and 2 and {{c}} {{");
    }

    #[test]
    fn numbered_variables_count_by_their_number() {
        assert_eq!(variables("a {{10}} b {{2}} c {{10}}"), ["2", "10"]);
        assert_eq!(variables("a {{z}} b {{y}}"), ["z", "y"]);
        assert!(variables("no {{variable").is_empty());
    }
}
