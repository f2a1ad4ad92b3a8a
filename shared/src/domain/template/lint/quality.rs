//! Whether people would read it gladly: a clear purpose, no shouting.

use super::{Report, links::without_links, paragraphs, rules, text};
use crate::domain::template::Definition;

/// A body of fewer words does not say what it is for.
const FEWEST_WORDS: usize = 4;
/// More of the words than this in capitals is shouting, and so many in all cases.
const MOST_CAPITALS_PERCENT: usize = 30;
/// So many letters may be a heading or a name; more are shouting.
const MOST_CAPITALS: usize = 20;
const FEWEST_CAPITALS: usize = 3;
const MOST_EXCLAMATION_MARKS: usize = 3;

pub(super) fn check(report: &mut Report, definition: &Definition) {
    let variables = text::variables(&definition.body).count();
    let words = text::fixed_words(&definition.body);
    if words + variables < FEWEST_WORDS && !(variables > 0 && words < 3) && !definition.body.trim().is_empty() {
        let message = format!("with {words} words its purpose is not clear: write a whole sentence");
        report.add(rules::UNCLEAR_PURPOSE, "body", message);
    }
    for (field, text) in paragraphs(definition) {
        if field == "body" && is_all_capitals(text) {
            let message = "the whole body is in capitals: write it as in a sentence";
            report.add(rules::ALL_CAPITALS, field, message);
        }
        if shouts(text) {
            let message = "more than 30 % of the words are in capitals: write them as in a sentence";
            report.add(rules::CAPITALS, field, message);
        }
        let marks = text.chars().filter(|c| matches!(c, '!' | '！' | '‼')).count();
        if marks > MOST_EXCLAMATION_MARKS || text.contains("!!") || text.contains('‼') {
            let message = format!("{marks} exclamation marks: use at most 3, and never two in a row");
            report.add(rules::EXCLAMATION_MARKS, field, message);
        }
    }
}

/// Whether more than 20 letters are there that could be small, and none is.
fn is_all_capitals(text: &str) -> bool {
    let plain = text::with_stand_in(&without_links(text), " ");
    let cased = || plain.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
    cased().all(char::is_uppercase) && cased().count() > MOST_CAPITALS
}

/// Words of one letter and codes with digits do not count, nor does a script without capitals.
fn shouts(text: &str) -> bool {
    let plain = text::with_stand_in(&without_links(text), " ");
    let counted = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 1 && word.chars().all(char::is_alphabetic));
    let (mut all, mut capitals) = (0, 0);
    for word in counted {
        all += 1;
        capitals += usize::from(word.chars().all(char::is_uppercase));
    }
    capitals >= FEWEST_CAPITALS && capitals * 100 > all * MOST_CAPITALS_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_capitals_alone_is_found() {
        assert!(is_all_capitals("YOUR ROOM {{room}} IS READY FOR YOU."));
        for text in ["ROOM {{room}} IS READY", "YOUR ROOM {{room}} IS READY FOR You.", "您的房间已准备好", ""] {
            assert!(!is_all_capitals(text), "{text}");
        }
    }

    #[test]
    fn capitals_are_shouting_from_three_words_and_a_third_on() {
        for text in ["YOUR ROOM IS READY", "IMPORTANT: PLEASE READ this NOW, dear guest", "DIN BOKNING ÄR KLAR"] {
            assert!(shouts(text), "{text}");
        }
        for text in [
            "Your room is ready",
            "VIP guest, your VAT receipt and PIN are here for you now at the desk",
            "BK12 A34 C56 D78",
            "您的房间已准备好",
            "{{ONE}} two",
            "",
            "OK, SPA",
        ] {
            assert!(!shouts(text), "{text}");
        }
    }
}
