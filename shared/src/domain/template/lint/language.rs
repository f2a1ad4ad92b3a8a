//! The language: Meta's code for it, and whether the text is in it.
//!
//! Short texts of a hotel are hard to tell apart, and some languages are close. So two judges must agree on another
//! language before it is an error: the small words of each language (`function_words`), and a statistical detector
//! (`whatlang`) that is asked to choose between the two. Where the other one has no list of words, the detector must be sure
//! by itself, of a longer text. A language that it does not know is never judged.

use whatlang::{Detector, Lang};

use super::{
    LANGUAGES, Report, buttons,
    links::without_links,
    paragraphs,
    phrases::{Token, sentences, tokens},
    rules, text,
};
use crate::domain::template::Definition;

mod function_words;
mod labels;
mod scripts;

use function_words::{Counts, Rival, SmallWords, has_list};

/// Fewer letters than this are not judged by statistics.
const FEWEST_LETTERS: usize = 50;
/// And more are not needed.
const MOST_LETTERS: usize = 500;
/// So many different small words of another language are not there by chance.
const FEWEST_WORDS: usize = 4;
/// In a header or a footer, which have little else.
const FEWEST_WORDS_OF_PART: usize = 3;
/// Small words of names and addresses, which may be in any language.
const NAMING_WORDS: &str =
    "de del la las los el le les l du des d da do das dos di al der die das den dem am im in zum zur
    von vom bei y e et und och og i the of and at";

pub(super) fn code(report: &mut Report, language: &str) {
    if !LANGUAGES.contains(&language) {
        let near = LANGUAGES.iter().find(|code| code.eq_ignore_ascii_case(&language.replace('-', "_")));
        let instead = near.map_or("such as en, es, pt_BR or de".to_owned(), |code| format!("as {code}"));
        let message = format!("{} is not one of Meta's language codes: write it {instead}", text::quoted(language));
        report.add(rules::LANGUAGE_CODE, "language", message);
    }
}

/// The first part of a code.
pub(super) fn base(language: &str) -> &str {
    language.split(['_', '-']).next().unwrap_or_default()
}

/// A label of a button is too short to be judged by its text; its words are known.
pub(super) fn labels(report: &mut Report, language: &str, definition: &Definition) {
    let declared = base(language);
    for (index, button) in definition.buttons.iter().enumerate() {
        let Some(label) = buttons::label(button) else { continue };
        if let Some(found) = labels::other_language(label, declared) {
            let message = format!(
                "the label seems to be {found}, not {}: translate it, since mixed texts are refused",
                text::quoted(language)
            );
            report.add(rules::MIXED_LANGUAGES, buttons::label_field(index, button), message);
        }
    }
}

pub(super) fn text(report: &mut Report, language: &str, definition: &Definition) {
    let Some(declared) = known(base(language)) else { return };
    let text: String = paragraphs(definition)
        .map(|(_, text)| text::with_stand_in(&without_links(text), " "))
        .collect::<Vec<_>>()
        .join("\n");
    let code = text::quoted(language);
    let (rule, message) = match judge(&text, declared) {
        Verdict::Fine => return parts(report, declared, language, definition),
        Verdict::Other(found) => (
            rules::LANGUAGE_MISMATCH,
            format!(
                "the text is {found}, not {code}: correct the language or translate the text",
                found = found.eng_name()
            ),
        ),
        Verdict::PerhapsOther(found) => (
            rules::LANGUAGE_DOUBTFUL,
            format!("the text seems to be {found}, not {code}: correct one of them", found = found.eng_name()),
        ),
        Verdict::Mixed(found) => (
            rules::MIXED_LANGUAGES,
            format!(
                "a part seems to be {found}, not {code}: translate it, since mixed texts are refused",
                found = found.eng_name()
            ),
        ),
    };
    report.add(rule, "language", message);
}

/// A header or a footer alone in another language.
fn parts(report: &mut Report, declared: Lang, language: &str, definition: &Definition) {
    for (field, text) in paragraphs(definition).filter(|(field, _)| *field != "body") {
        if let Some(found) = other_in_part(text, declared) {
            let message = format!(
                "this seems to be {found}, not {code}: translate it, since mixed texts are refused",
                found = found.eng_name(),
                code = text::quoted(language)
            );
            report.add(rules::MIXED_LANGUAGES, field, message);
        }
    }
}

/// Names are not counted, so few words are enough.
fn other_in_part(text: &str, declared: Lang) -> Option<Lang> {
    let is_naming =
        |token: &Token| matches!(token, Token::Word(word) if NAMING_WORDS.split_whitespace().any(|name| name == word));
    let mut read = tokens(&without_links(text));
    read.retain(|token| !is_naming(token));
    let rival = SmallWords::of(&read).in_sentence(&read).strongest_other(declared)?;
    let is_other = rival.words >= FEWEST_WORDS_OF_PART && rival.against == 0 && has_list(declared);
    (is_other && !are_close(declared, rival.language)).then_some(rival.language)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Other(Lang),
    PerhapsOther(Lang),
    /// One sentence of several.
    Mixed(Lang),
}

fn judge(text: &str, declared: Lang) -> Verdict {
    if let Some(other) = scripts::other_script(text, declared) {
        return Verdict::Other(other);
    }
    let read = tokens(text);
    let small_words = SmallWords::of(&read);
    let counts = small_words.in_sentence(&read);
    let by_words = counts.strongest_other(declared);
    if let Some(rival) = &by_words
        && rival.words >= FEWEST_WORDS
        && rival.words > 3 * rival.against
        && prefers(text, declared, rival.language)
    {
        let other = rival.language;
        return if are_close(declared, other) { Verdict::PerhapsOther(other) } else { Verdict::Other(other) };
    }
    if let Some(verdict) = by_statistics(text, declared, &counts, by_words.as_ref()) {
        return verdict;
    }
    if let Some(rival) = &by_words
        && rival.words + 1 >= FEWEST_WORDS
        && rival.words > 2 * rival.against
        && has_list(declared)
        && !are_close(declared, rival.language)
        && prefers(text, declared, rival.language)
    {
        return Verdict::PerhapsOther(rival.language);
    }
    mixed(&read, &small_words, declared).map_or(Verdict::Fine, Verdict::Mixed)
}

/// What the detector says by itself, where small words do not say the opposite.
fn by_statistics(text: &str, declared: Lang, counts: &Counts, rival: Option<&Rival>) -> Option<Verdict> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    // The detector takes its time, and hardly any text needs it.
    if letters < FEWEST_LETTERS || rival.is_some_and(|rival| rival.against > 1) {
        return None;
    }
    let found = whatlang::detect(beginning(text))?;
    let other = found.lang();
    if !found.is_reliable() || other == declared || are_close(declared, other) {
        return None;
    }
    // It would have small words of its own, if it has a list, and hardly any of the declared language.
    let named = !has_list(other) || rival.is_some_and(|rival| rival.language == other && rival.words > 1);
    let own = counts.of(declared, Some(other));
    if !named || own.is_some_and(|count| count > 1) || !prefers(text, declared, other) {
        return None;
    }
    let certain = if own.is_some() { letters > 60 } else { letters > 100 && found.confidence() > 0.95 };
    Some(if certain { Verdict::Other(other) } else { Verdict::PerhapsOther(other) })
}

/// Whether the detector takes the text for the second of the two languages.
fn prefers(text: &str, declared: Lang, other: Lang) -> bool {
    Detector::with_allowlist(vec![declared, other]).detect_lang(beginning(text)) == Some(other)
}

/// As much as is enough to tell.
fn beginning(text: &str) -> &str {
    text.char_indices().nth(MOST_LETTERS).map_or(text, |(end, _)| &text[..end])
}

/// A sentence that has small words of another language and none of the declared one.
fn mixed(read: &[Token], small_words: &SmallWords<'_>, declared: Lang) -> Option<Lang> {
    sentences(read).find_map(|sentence| {
        let counts = small_words.in_sentence(sentence);
        let rival = counts.strongest_other(declared)?;
        let strange = rival.words >= FEWEST_WORDS && counts.of(declared, None) == Some(0);
        (strange && !are_close(declared, rival.language)).then_some(rival.language)
    })
}

/// Languages that are told apart by little.
fn are_close(a: Lang, b: Lang) -> bool {
    const GROUPS: [&[Lang]; 9] = [
        &[Lang::Nob, Lang::Dan],
        &[Lang::Nld, Lang::Afr],
        &[Lang::Cat, Lang::Spa],
        &[Lang::Ces, Lang::Slk],
        &[Lang::Hrv, Lang::Srp, Lang::Slv],
        &[Lang::Rus, Lang::Ukr, Lang::Bel, Lang::Bul, Lang::Mkd, Lang::Srp],
        &[Lang::Ind, Lang::Jav],
        &[Lang::Aze, Lang::Tur, Lang::Tuk, Lang::Uzb],
        &[Lang::Hin, Lang::Mar, Lang::Nep],
    ];
    GROUPS.iter().any(|group| group.contains(&a) && group.contains(&b))
}

/// The detector's name for Meta's code; `None` for what it does not know (Irish, Hausa, Kazakh, Malay, Swahili…).
fn known(base: &str) -> Option<Lang> {
    Some(match base {
        "af" => Lang::Afr,
        "ar" => Lang::Ara,
        "az" => Lang::Aze,
        "be" => Lang::Bel,
        "bg" => Lang::Bul,
        "bn" => Lang::Ben,
        "ca" => Lang::Cat,
        "cs" => Lang::Ces,
        "da" => Lang::Dan,
        "de" => Lang::Deu,
        "el" => Lang::Ell,
        "en" => Lang::Eng,
        "es" => Lang::Spa,
        "et" => Lang::Est,
        "fa" => Lang::Pes,
        "fi" => Lang::Fin,
        "fil" => Lang::Tgl,
        "fr" => Lang::Fra,
        "gu" => Lang::Guj,
        "he" => Lang::Heb,
        "hi" => Lang::Hin,
        "hr" => Lang::Hrv,
        "hu" => Lang::Hun,
        "id" => Lang::Ind,
        "it" => Lang::Ita,
        "ja" => Lang::Jpn,
        "ka" => Lang::Kat,
        "kn" => Lang::Kan,
        "ko" => Lang::Kor,
        "lt" => Lang::Lit,
        "lv" => Lang::Lav,
        "mk" => Lang::Mkd,
        "ml" => Lang::Mal,
        "mr" => Lang::Mar,
        "nb" => Lang::Nob,
        "nl" => Lang::Nld,
        "pa" => Lang::Pan,
        "pl" => Lang::Pol,
        "pt" => Lang::Por,
        "ro" => Lang::Ron,
        "ru" => Lang::Rus,
        "si" => Lang::Sin,
        "sk" => Lang::Slk,
        "sl" => Lang::Slv,
        "sr" => Lang::Srp,
        "sv" => Lang::Swe,
        "ta" => Lang::Tam,
        "te" => Lang::Tel,
        "th" => Lang::Tha,
        "tr" => Lang::Tur,
        "uk" => Lang::Ukr,
        "ur" => Lang::Urd,
        "uz" => Lang::Uzb,
        "vi" => Lang::Vie,
        "zh" => Lang::Cmn,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
