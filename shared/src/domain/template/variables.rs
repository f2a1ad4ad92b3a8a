//! The variables in a template's text: `{{name}}`.

use std::collections::HashSet;

/// A variable's name has 1 to this many characters.
pub const LONGEST_NAME: usize = 60;

/// A text is words and variables in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Words(&'a str),
    /// The name alone, without braces.
    Variable(&'a str),
}

/// What is wrong with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadVariable {
    Braces,
    Empty,
    Long,
    /// Capitals, spaces, `#`, `$`, `%` or anything else but a-z, 0-9 and `_`.
    Characters,
}

impl BadVariable {
    pub const fn message(self) -> &'static str {
        match self {
            Self::Braces => "the braces of a variable do not match: write {{name}}",
            Self::Empty => "a variable has no name: write {{name}}",
            Self::Long => "a variable's name has at most 60 characters",
            Self::Characters => {
                "a variable's name has a-z, 0-9 and _ only, without spaces, capitals and signs such as #, $ and %"
            }
        }
    }
}

/// The names of the variables in a text, each once, in the order of their first use.
///
/// A name has a-z, 0-9 and `_`, and 1 to 60 characters. The error says what to correct: braces that do not match, or a
/// name that is none.
pub fn names_in(text: &str) -> Result<Vec<String>, &'static str> {
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for piece in checked_pieces(text).map_err(BadVariable::message)? {
        if let Piece::Variable(name) = piece
            && seen.insert(name)
        {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// A text's pieces, if all its variables are well-formed.
pub fn checked_pieces(text: &str) -> Result<Vec<Piece<'_>>, BadVariable> {
    let mut fault = None;
    let pieces = split(text, &mut |bad| {
        fault.get_or_insert(bad);
    });
    fault.map_or(Ok(pieces), Err)
}

/// A text's pieces; what looks like a variable and is none counts as words.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    split(text, &mut |_| {})
}

/// Whether this may be a variable's name.
pub fn check_name(name: &str) -> Result<(), BadVariable> {
    if name.is_empty() {
        Err(BadVariable::Empty)
    } else if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
        Err(BadVariable::Characters)
    } else if name.len() > LONGEST_NAME {
        Err(BadVariable::Long)
    } else {
        Ok(())
    }
}

fn split<'a>(text: &'a str, fault: &mut impl FnMut(BadVariable)) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let (mut words_from, mut at) = (0, 0);
    while let Some(opens) = text[at..].find("{{").map(|found| at + found) {
        let inside = opens + 2;
        let Some(closes) = text[inside..].find("}}").map(|found| inside + found) else { break };
        let name = &text[inside..closes];
        let braced = text[closes + 2..].starts_with('}') || name.contains(['{', '}']);
        let checked = if braced { Err(BadVariable::Braces) } else { check_name(name) };
        match checked {
            Ok(()) => {
                if words_from < opens {
                    stray(&text[words_from..opens], fault);
                    pieces.push(Piece::Words(&text[words_from..opens]));
                }
                pieces.push(Piece::Variable(name));
                (words_from, at) = (closes + 2, closes + 2);
            }
            Err(bad) => {
                fault(bad);
                // A brace inside: another variable may open there.
                at = if name.contains('{') { inside } else { closes + 2 };
            }
        }
    }
    if words_from < text.len() {
        stray(&text[words_from..], fault);
        pieces.push(Piece::Words(&text[words_from..]));
    }
    pieces
}

/// Double braces that are left among the words belong to no variable.
fn stray(words: &str, fault: &mut impl FnMut(BadVariable)) {
    if words.contains("{{") || words.contains("}}") {
        fault(BadVariable::Braces);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_once_and_in_the_order_of_their_first_use() {
        assert_eq!(names_in("Room {{room}} for {{guest_name}}: {{room}}.").unwrap(), ["room", "guest_name"]);
        assert_eq!(names_in("no variable { at } all").unwrap(), Vec::<String>::new());
        assert_eq!(names_in("{{1}}{{a_2}}").unwrap(), ["1", "a_2"]);
        assert_eq!(names_in(&format!("{{{{{}}}}}", "a".repeat(60))).unwrap()[0].len(), 60);
    }

    #[test]
    fn what_is_no_variable_is_refused_with_its_reason() {
        let refused = |text: &str| checked_pieces(text).unwrap_err();
        for text in ["{{a", "a}}", "{{a}", "{a}}", "{{{a}}}", "{{a {{b}}", "{{a}} {{", "{{a}}}}"] {
            assert_eq!(refused(text), BadVariable::Braces, "{text}");
        }
        assert_eq!(refused("{{}}"), BadVariable::Empty);
        for text in ["{{ a }}", "{{A}}", "{{a-b}}", "{{#1}}", "{{año}}", "{{a}} {{$b}}"] {
            assert_eq!(refused(text), BadVariable::Characters, "{text}");
        }
        assert_eq!(refused(&format!("{{{{{}}}}}", "a".repeat(61))), BadVariable::Long);
        assert!(names_in("{{Guest}}").unwrap_err().contains("a-z"));
    }

    proptest! {
        #[test]
        fn pieces_put_together_are_the_text(text in "([{}]{0,3}[a-zé#1_ ]{0,3}){0,12}") {
            let again: String = pieces(&text)
                .iter()
                .map(|piece| match piece {
                    Piece::Words(words) => (*words).to_owned(),
                    Piece::Variable(name) => format!("{{{{{name}}}}}"),
                })
                .collect();
            prop_assert_eq!(&again, &text);
            if let Ok(pieces) = checked_pieces(&text) {
                let braces = pieces.iter().any(|piece| matches!(piece, Piece::Words(words) if words.contains("{{")));
                prop_assert!(!braces);
            }
        }
    }
}
