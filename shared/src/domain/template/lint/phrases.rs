//! Words and phrases in a text: whole words, whatever their case, with their accents or without any.
//!
//! A phrase is written as words with a blank between them. Beside plain words there are
//!
//! - `discount|offer`: one of these words,
//! - `rabatt*`, `*rabatt`: a word that begins or ends so,
//! - `#`: a number or a variable; `20`: that number; `¤`: a currency; `%`; `−`: a minus before a number; `_`: any one
//!   word, number or variable,
//! - `…` (between two words): up to three more words, none of them "and" or "or",
//! - `!your|its` (last): the phrase does not go on with one of these.
//!
//! A phrase does not reach over the end of a sentence or a comma. An apostrophe and a hyphen part words.

use super::words::listed;
use crate::domain::template::variables::{Piece, pieces};

/// One element of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// In lower case.
    Word(String),
    Number(String),
    Variable,
    Percent,
    /// In lower case, as it is written: a sign or a word.
    Currency(String),
    /// Before a number, as in -20 %.
    Minus,
    /// A comma, a colon, a bracket.
    Pause,
    /// The end of a sentence or a line.
    Stop,
}

const CURRENCY_WORDS: [&str; 14] =
    ["eur", "euro", "euros", "usd", "dollars", "gbp", "pounds", "sek", "kr", "kronor", "reais", "brl", "chf", "mxn"];

/// The elements of a text. Links should not be in it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Variable(_) => tokens.push(Token::Variable),
            Piece::Words(words) => read(words, &mut tokens),
        }
    }
    tokens
}

fn read(text: &str, tokens: &mut Vec<Token>) {
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let after_space = before.is_whitespace();
        before = c;
        if c.is_numeric() {
            let mut number = String::from(c);
            while let Some(next) = chars.next_if(|next| next.is_numeric() || matches!(next, '.' | ',')) {
                number.push(next);
            }
            let digits = number.trim_end_matches(['.', ',']).to_owned();
            before = '0';
            let end = number.pop().filter(|last| !last.is_numeric());
            tokens.push(Token::Number(digits));
            tokens.extend(end.map(|end| if end == '.' { Token::Stop } else { Token::Pause }));
        } else if c.is_alphabetic() {
            let mut word: String = c.to_lowercase().collect();
            while let Some(next) = chars.next_if(|next| next.is_alphabetic() || is_combining(*next)) {
                if !is_combining(next) {
                    word.extend(next.to_lowercase());
                }
            }
            before = 'a';
            let currency = CURRENCY_WORDS.contains(&word.as_str());
            tokens.push(if currency { Token::Currency(word) } else { Token::Word(word) });
        } else if matches!(c, '-' | '−' | '–') && after_space && chars.peek().is_none_or(|next| next.is_numeric()) {
            tokens.push(Token::Minus);
        } else {
            tokens.extend(match c {
                '%' | '٪' => Some(Token::Percent),
                '€' | '$' | '£' | '¥' | '₹' => Some(Token::Currency(c.to_string())),
                '.' | '!' | '?' | ';' | '\n' | '¡' | '¿' | '…' | '。' | '！' | '？' => Some(Token::Stop),
                ',' | ':' | '(' | ')' | '–' | '—' | '、' | '，' => Some(Token::Pause),
                _ => None,
            });
        }
    }
}

/// Accents that stand by themselves after their letter.
pub(super) fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

/// The first of the phrases that is in the text.
pub(super) fn first_of(list: &'static str, tokens: &[Token]) -> Option<&'static str> {
    listed(list).find(|phrase| is_in(phrase, tokens))
}

/// All of the phrases that are in the text.
pub(super) fn all_of(list: &'static str, tokens: &[Token]) -> impl Iterator<Item = &'static str> {
    listed(list).filter(|phrase| is_in(phrase, tokens))
}

/// Whether the phrase is in the text.
pub(super) fn is_in(phrase: &str, tokens: &[Token]) -> bool {
    find(phrase, tokens).is_some()
}

/// What parts the words of a phrase.
const PARTING: [char; 3] = [' ', '\'', '-'];
const GAP: &str = "…";
const WIDEST_GAP: usize = 3;
/// In six languages; what follows one is another thing.
const CONJUNCTIONS: &str = "and|or|y|e|o|u|ou|et|und|oder|och|eller";

/// Where the phrase is in the text: the first element, and the one after its last.
pub(super) fn find(phrase: &str, tokens: &[Token]) -> Option<(usize, usize)> {
    let mut parts = phrase.split(PARTING);
    let first = parts.next()?;
    let starts = (0..tokens.len()).filter(|start| matches(first, &tokens[*start]));
    starts.into_iter().find_map(|start| Some((start, go_on(parts.clone(), tokens, start + 1)?)))
}

/// The element after the rest of a phrase that goes on here.
fn go_on<'p>(mut parts: impl Iterator<Item = &'p str> + Clone, tokens: &[Token], at: usize) -> Option<usize> {
    let Some(part) = parts.next() else { return Some(at) };
    let is_next = |part: &str| tokens.get(at).is_some_and(|token| matches(part, token));
    if part == GAP {
        let in_between = |token: &&Token| matches("_", token) && !matches(CONJUNCTIONS, token);
        let between = tokens.iter().skip(at).take(WIDEST_GAP).take_while(in_between).count();
        (0..=between).find_map(|skipped| go_on(parts.clone(), tokens, at + skipped))
    } else if let Some(banned) = part.strip_prefix('!') {
        if is_next(banned) { None } else { go_on(parts, tokens, at) }
    } else if is_next(part) {
        go_on(parts, tokens, at + 1)
    } else {
        None
    }
}

fn matches(part: &str, token: &Token) -> bool {
    part.split('|').any(|pattern| match token {
        Token::Word(word) => pattern == "_" || is_word(pattern, word),
        Token::Number(number) => matches!(pattern, "#" | "_") || pattern == number,
        Token::Variable => matches!(pattern, "#" | "_"),
        Token::Percent => pattern == "%",
        Token::Currency(_) => pattern == "¤",
        Token::Minus => pattern == "−",
        Token::Pause | Token::Stop => false,
    })
}

/// Whether the word is the pattern, with its accents or without any.
pub(super) fn is_word(pattern: &str, word: &str) -> bool {
    if let Some(start) = pattern.strip_suffix('*') {
        return word.starts_with(start) || begins_unaccented(start, word);
    }
    if let Some(end) = pattern.strip_prefix('*') {
        return word.ends_with(end);
    }
    word == pattern
        || (!pattern.is_ascii()
            && (word.chars().eq(unaccented(pattern, "")) || word.chars().eq(unaccented(pattern, "e"))))
}

fn begins_unaccented(start: &str, word: &str) -> bool {
    let mut letters = word.chars();
    !start.is_ascii() && unaccented(start, "").all(|letter| letters.next() == Some(letter))
}

/// The word as it is typed without accents; after an umlaut, `e` may follow.
fn unaccented<'a>(word: &'a str, umlaut: &'a str) -> impl Iterator<Item = char> + 'a {
    word.chars().flat_map(move |c| {
        let (plain, then) = match c {
            'á' | 'à' | 'â' | 'ã' | 'å' => ("a", ""),
            'ä' => ("a", umlaut),
            'é' | 'è' | 'ê' | 'ë' => ("e", ""),
            'í' | 'ì' | 'î' | 'ï' => ("i", ""),
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' => ("o", ""),
            'ö' => ("o", umlaut),
            'ú' | 'ù' | 'û' => ("u", ""),
            'ü' => ("u", umlaut),
            'ñ' => ("n", ""),
            'ç' => ("c", ""),
            'ß' => ("ss", ""),
            'œ' => ("oe", ""),
            'æ' => ("ae", ""),
            _ => ("", ""),
        };
        let same = plain.is_empty().then_some(c);
        plain.chars().chain(then.chars()).chain(same)
    })
}

/// The text without what the phrases say.
pub(super) fn without(list: &'static str, mut tokens: Vec<Token>) -> Vec<Token> {
    for phrase in listed(list) {
        while let Some((start, end)) = find(phrase, &tokens) {
            tokens[start..end].fill(Token::Pause);
        }
    }
    tokens
}

/// The sentences of a text.
pub(super) fn sentences(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    tokens.split(|token| *token == Token::Stop).filter(|sentence| !sentence.is_empty())
}

/// What the text says where the phrase is in it.
pub(super) fn said(phrase: &str, tokens: &[Token]) -> String {
    let (start, end) = find(phrase, tokens).unwrap_or_default();
    let words = tokens[start..end].iter().map(|token| match token {
        Token::Word(word) | Token::Number(word) | Token::Currency(word) => word.as_str(),
        Token::Percent => "%",
        Token::Minus => "-",
        Token::Variable | Token::Pause | Token::Stop => "…",
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(phrase: &str, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(is_in(phrase, &tokens(text)), "{phrase:?} should be in {text:?}");
        }
        for text in no {
            assert!(!is_in(phrase, &tokens(text)), "{phrase:?} should not be in {text:?}");
        }
    }

    #[test]
    fn words_are_whole_in_any_case_and_with_their_accents_or_none() {
        check("free", &["FREE!", "it is free"], &["freedom", "carefree", "frée"]);
        check("código", &["su Código", "su codigo", "CO\u{0301}DIGO"], &["códigos", "còdigo"]);
        check("für", &["für", "fur", "fuer"], &["fürs"]);
        check("rea", &["REA nu"], &["reä", "reagera"]);
    }

    #[test]
    fn phrases_have_wildcards_and_end_with_the_sentence() {
        check(
            "# % off",
            &["20 % off", "20% OFF", "{{discount}}% off", "12,5 % off."],
            &["% off", "20 % of", "20 %, off"],
        );
        check("rabatt*|*gutschein code", &["Rabattaktion code", "Geschenkgutschein code"], &["Mengenrabatt code"]);
        check("don't miss !your|the", &["don't miss this", "Don’t miss", "Don't miss, your"], &["don't miss your bus"]);
        check("limited time", &["limited-time", "limited  time"], &["limited. Time", "limited\ntime"]);
        check("− # %", &["-20 % today", "jusqu'à -{{x}} %"], &["10-20 %", "- 20 %", "20 %"]);
        check("only # ¤", &["only 5 €", "only {{price}} EUR"], &["only 5 hours"]);
        check("2 for 1", &["2 for 1!"], &["3 for 1", "{{a}} for {{b}}"]);
        check(
            "number … card|id",
            &["number card", "number of your card", "number of the bank ID"],
            &["number of my very own card", "number, card", "number and card"],
        );
        check("your _ code", &["your door code", "your {{x}} code"], &["your code"]);
    }

    #[test]
    fn what_is_shown_is_what_the_text_says() {
        assert_eq!(said("special|limited offer|offers !of", &tokens("Our LIMITED offers!")), "limited offers");
        assert_eq!(said("# % off", &tokens("now {{x}} % off")), "… % off");
        assert_eq!(said("# % off", &tokens("nothing")), "");
        assert_eq!(said("spara # ¤", &tokens("Spara 50 kronor")), "spara 50 kronor");
        assert_eq!(said("only # ¤", &tokens("only 5 £")), "only 5 £");
    }

    #[test]
    fn what_a_phrase_says_can_be_left_out() {
        let left = without("black friday order, a b", tokens("Your Black Friday order, a b a b."));
        assert_eq!(said("your", &left), "your");
        for word in ["black", "order", "a", "b"] {
            assert!(!is_in(word, &left), "{word}");
        }
    }
}
