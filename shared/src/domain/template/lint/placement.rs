//! Variables: how they are written, where they stand, and how many there are.

use std::collections::HashSet;

use super::{Report, header_text, paragraphs, rules, text};
use crate::domain::{
    template::Definition,
    template::variables::{BadVariable, Piece, checked_pieces, pieces},
};

/// Names that a variable of any text could have: they say no more than a number.
#[rustfmt::skip]
const EMPTY: &[&str] = &[
    "arg", "foo", "param", "parameter", "parameterwert", "parametrar", "parametre", "parametro", "parametros",
    "placeholder", "platzhalter", "string", "text", "texte", "texto", "tmp", "txt", "txt_field", "val", "valeur",
    "value", "var", "variabel", "variable", "variavel",
];

/// Names that do not say what they hold.
#[rustfmt::skip]
const VAGUE: &[&str] = &[
    "algo", "angabe", "any", "anything", "bar", "campo", "champ", "chose", "coisa", "contenido", "content",
    "contents", "contenu", "conteudo", "cosa", "dado", "data_field", "dato", "details_text", "donnee", "donnees",
    "dynamic", "eingabe", "etwas", "falt", "feld", "field", "frase", "free_text", "freetext", "info", "informacao",
    "informacion", "information", "infos", "inhalt", "innehall", "input", "meddelande", "meddelanden", "mensagem",
    "mensagens", "mensaje", "mensajes", "message", "message_libre", "msg", "msg_text", "nachricht", "nachrichten",
    "nagot", "phrase", "sak", "satz", "sentence", "some", "something", "stuff", "temp", "test", "texto_libre",
    "thing", "wert",
];

pub(super) fn check(report: &mut Report, definition: &Definition) {
    for (field, text) in paragraphs(definition).filter(|(field, _)| *field != "footer") {
        spelling(report, field, text);
    }
    let body = pieces(&definition.body);
    numbers(report, &body);
    edges(report, &body);
    neighbours(report, &body);
    ratio(report, &definition.body);
    let header = header_text(definition).into_iter().flat_map(text::variables).map(|name| ("header.text", name));
    for (field, name) in header.chain(text::variables(&definition.body).map(|name| ("body", name))) {
        if is_meaningless(name) {
            let message = format!("{{{{{name}}}}} says nothing of what it holds: name it, such as {{{{guest_name}}}}");
            report.add(rules::MEANINGLESS_VARIABLE, field, message);
        } else if is_vague(name) {
            let message = format!("{{{{{name}}}}} does not say what it holds: name it, such as {{{{guest_name}}}}");
            report.add(rules::VAGUE_VARIABLE, field, message);
        }
    }
}

fn spelling(report: &mut Report, field: &str, text: &str) {
    match checked_pieces(text) {
        Err(BadVariable::Braces) => report.add(rules::VARIABLE_BRACES, field, BadVariable::Braces.message()),
        Err(bad @ (BadVariable::Empty | BadVariable::Long | BadVariable::Characters)) => {
            report.add(rules::VARIABLE_NAME, field, bad.message());
        }
        Ok(pieces) => {
            let words = pieces.iter().filter_map(|piece| match piece {
                Piece::Words(words) => Some(*words),
                Piece::Variable(_) => None,
            });
            for words in words {
                if has_enclosed_name(words, '{', '}') {
                    let message = "a variable has two braces on each side: write {{name}}";
                    report.add(rules::VARIABLE_BRACES, field, message);
                }
                let printf = words
                    .split_whitespace()
                    .any(|word| matches!(word.trim_end_matches(['.', ',', '!']), "%s" | "%d" | "%1$s"));
                let enclosed = has_enclosed_name(words, '[', ']') || has_enclosed_name(words, '<', '>');
                if printf || enclosed || has_percent_name(words) {
                    let message =
                        "only {{name}} is filled in: what is in brackets or percent signs would be sent as it is";
                    report.add(rules::UNFILLED_PLACEHOLDER, field, message);
                }
            }
        }
    }
}

/// Whether something like `[guest name]` is in the text.
fn has_enclosed_name(text: &str, opening: char, closing: char) -> bool {
    text.split(opening).skip(1).filter_map(|rest| rest.split_once(closing)).any(|(inside, _)| {
        (1..=40).contains(&inside.len())
            && inside.contains(char::is_alphanumeric)
            && inside.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-'))
            // Such as <b>, which is another mistake.
            && (opening != '<' || inside.len() > 2)
    })
}

/// Whether something like `%guest_name%` is in the text. After a number the sign is a percentage's.
fn has_percent_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('%').collect();
    parts.windows(3).any(|window| {
        let [before, inside, _] = window else { return false };
        (1..=40).contains(&inside.len())
            && inside.starts_with(char::is_alphabetic)
            && inside.ends_with(char::is_alphanumeric)
            && inside.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ' '))
            && !before.trim_end().ends_with(char::is_numeric)
    })
}

/// Numbered variables are counted up, and not mixed with named ones.
fn numbers(report: &mut Report, body: &[Piece<'_>]) {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for piece in body {
        let Piece::Variable(name) = piece else { continue };
        if seen.insert(*name) {
            names.push(*name);
        } else {
            let message = format!("{{{{{name}}}}} stands in the body twice: say it once, or by another name");
            report.add(rules::REPEATED_VARIABLE, "body", message);
        }
    }
    let is_number = |name: &&str| name.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = names.iter().copied().filter(|name| is_number(name)).count();
    if numbered == 0 {
        return;
    }
    if numbered < names.len() {
        report.add(rules::NUMBERS_AND_NAMES, "body", "give all variables names, such as {{guest_name}}");
    } else if names.iter().enumerate().any(|(index, name)| *name != (index + 1).to_string()) {
        let message = "number the variables from {{1}} in the order of the text, without gaps, or give them names";
        report.add(rules::NUMBERS_NOT_SEQUENTIAL, "body", message);
    }
}

/// A variable at an edge is refused. Whether punctuation alone parts it from the edge is reported both ways, so that is
/// a risk; but an example of Meta's own ends with `number is {{order_number}}.`
fn edges(report: &mut Report, body: &[Piece<'_>]) {
    let meets = |piece: Option<&Piece<'_>>, next: Option<&Piece<'_>>| match (piece, next) {
        (Some(Piece::Variable(_)), _) => Some(Edge::Bare),
        (Some(Piece::Words(words)), Some(Piece::Variable(_))) if words.trim().is_empty() => Some(Edge::Bare),
        (Some(Piece::Words(words)), Some(Piece::Variable(_))) if is_punctuation(words) => Some(Edge::Punctuation),
        (Some(Piece::Words(_)) | None, _) => None,
    };
    match meets(body.first(), body.get(1)) {
        Some(Edge::Bare) => report.add(rules::VARIABLE_AT_START, "body", "write words before the first variable"),
        Some(Edge::Punctuation) => {
            let message = "write words before the first variable: punctuation may not do";
            report.add(rules::VARIABLE_NEAR_START, "body", message);
        }
        None => {}
    }
    let ends_sentence = matches!(body.last(), Some(Piece::Words(words)) if is_sentence_end(words));
    match meets(body.last(), body.iter().nth_back(1)) {
        Some(Edge::Bare) => report.add(rules::VARIABLE_AT_END, "body", "write words after the last variable"),
        Some(Edge::Punctuation) if !ends_sentence => {
            let message = "write words after the last variable: punctuation may not do";
            report.add(rules::VARIABLE_NEAR_END, "body", message);
        }
        Some(Edge::Punctuation) | None => {}
    }
}

enum Edge {
    Bare,
    Punctuation,
}

fn is_punctuation(words: &str) -> bool {
    !words.chars().any(char::is_alphanumeric)
}

fn is_sentence_end(words: &str) -> bool {
    matches!(words.trim(), "." | "!" | "?" | "。" | "！" | "？")
}

fn neighbours(report: &mut Report, body: &[Piece<'_>]) {
    for window in body.windows(3) {
        if let [Piece::Variable(first), Piece::Words(between), Piece::Variable(second)] = window {
            if between.trim().is_empty() {
                adjacent(report, first, second);
            } else if is_punctuation(between) {
                let message = format!(
                    "only punctuation stands between {{{{{first}}}}} and {{{{{second}}}}}: write words between them"
                );
                report.add(rules::VARIABLES_NOT_PARTED, "body", message);
            }
        }
    }
    for window in body.windows(2) {
        if let [Piece::Variable(first), Piece::Variable(second)] = window {
            adjacent(report, first, second);
        }
    }
}

fn adjacent(report: &mut Report, first: &str, second: &str) {
    let message = format!("write words between {{{{{first}}}}} and {{{{{second}}}}}, or make them one variable");
    report.add(rules::ADJACENT_VARIABLES, "body", message);
}

fn ratio(report: &mut Report, body: &str) {
    let variables = text::variables(body).count();
    let words = text::fixed_words(body);
    if variables > 0 && words <= 2 {
        let message = "the body is little but variables: write a sentence that says what the message is for";
        report.add(rules::LITTLE_BUT_VARIABLES, "body", message);
    } else if variables > 0 && words < 2 * variables + 1 {
        let message = format!(
            "{variables} variables need at least {} words of the body's own, and it has {words}: write more, or use fewer variables",
            2 * variables + 1
        );
        report.add(rules::TOO_MANY_VARIABLES, "body", message);
    }
}

/// A number; or a letter however often, or a word for any variable, with or without a number. Providers may know a
/// variable by its number; here it has a name.
fn is_meaningless(name: &str) -> bool {
    let word = name.trim_matches(|c: char| c.is_ascii_digit() || c == '_');
    let mut letters = word.chars();
    let is_empty = EMPTY.contains(&word) && !is_given(name);
    is_empty || letters.next().is_none_or(|first| letters.all(|c| c == first))
}

/// A word for hardly less than any variable, with or without a number.
fn is_vague(name: &str) -> bool {
    let word = name.trim_matches(|c: char| c.is_ascii_digit() || c == '_');
    VAGUE.contains(&word) || is_given(name)
}

/// What a variable is called that had a number where its template was made (`value_1`): whoever takes a template over
/// may go on with it.
fn is_given(name: &str) -> bool {
    name.strip_prefix("value_").is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vague_name_could_be_any_variables() {
        for name in
            ["value_1", "mensaje", "info", "nachricht", "contenu", "mensagem", "meddelande_1", "sentence", "inhalt"]
        {
            assert!(is_vague(name), "{name}");
        }
        let any = ["text", "var", "value1", "param1", "placeholder", "variable", "text_2", "text1", "var2", "value"];
        for name in ["1", "12", "x", "x1", "xxx", "_", "n_1"].into_iter().chain(any) {
            assert!(is_meaningless(name) && !is_vague(name), "{name}");
        }
        for name in ["guest_name", "name", "room", "date", "data", "text_of_offer", "booking_1", "address2", "time"] {
            assert!(!is_vague(name) && !is_meaningless(name), "{name}");
        }
    }

    #[test]
    fn brackets_around_a_name_are_no_variable() {
        assert!(has_enclosed_name("Hello [guest name]!", '[', ']'));
        assert!(has_enclosed_name("{name}", '{', '}'));
        for text in ["<b>", "a < b > c :", "[…]", "{ }}", "[link](https://x)"] {
            let found = has_enclosed_name(text, '{', '}');
            assert!(!found, "{text}");
        }
    }

    #[test]
    fn percent_signs_around_a_name_are_no_variable() {
        for text in ["Dear %guest_name%,", "%NAME%", "Hello %first name%!"] {
            assert!(has_percent_name(text), "{text}");
        }
        for text in ["20 % off", "20% off and 30% more", "5 %bio%", "in % or 5 %", "100%", "%", "%%", "% a%", ""] {
            assert!(!has_percent_name(text), "{text}");
        }
    }

    #[test]
    fn the_end_of_a_sentence_is_enough_after_the_last_variable() {
        let rules = |body: &str| {
            let mut report = Report::default();
            edges(&mut report, &pieces(body));
            report.findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules("Your order number is {{order_number}}."), Vec::<&str>::new());
        assert_eq!(rules("Is your table for {{guests}}?\n"), Vec::<&str>::new());
        assert_eq!(rules("Your order has a number ({{order_number}})."), ["variable_near_end"]);
        assert_eq!(rules("Your order number is {{order_number}}"), ["variable_at_end"]);
    }
}
