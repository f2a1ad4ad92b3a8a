//! What several rules ask of a text.

use std::collections::BTreeMap;

use crate::domain::template::variables::{Piece, pieces};

/// The text with its samples filled in; a variable without a sample stays as it is.
pub(super) fn filled(text: &str, samples: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Variable(name) => match samples.get(name) {
                Some(sample) => filled.push_str(sample),
                None => filled.extend(["{{", name, "}}"]),
            },
        }
    }
    filled
}

/// The text with `stand_in` for each variable.
pub(super) fn with_stand_in(text: &str, stand_in: &str) -> String {
    pieces(text)
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Variable(_) => stand_in,
        })
        .collect()
}

pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name),
        Piece::Words(_) => None,
    })
}

/// The words that are not variables. Where a script writes no spaces, two characters count as a word.
pub(super) fn fixed_words(text: &str) -> usize {
    let words = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Words(words) => Some(words),
        Piece::Variable(_) => None,
    });
    words.flat_map(str::split_whitespace).map(words_in_token).sum()
}

fn words_in_token(token: &str) -> usize {
    let unspaced = token.chars().filter(|c| is_unspaced(*c)).count();
    if unspaced > 0 { unspaced.div_ceil(2) } else { usize::from(token.chars().any(char::is_alphanumeric)) }
}

/// Of a script that writes no spaces between words: Han, kana, Thai, Lao.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// How many emoji there are; one of several parts (skin tone, family, flag, keycap) counts once.
pub(super) fn emoji_count(text: &str) -> usize {
    let (mut count, mut joined, mut half_flag) = (0, false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let shown_as_emoji = chars.peek() == Some(&'\u{FE0F}') && !c.is_ascii();
        match c {
            '\u{200D}' => {
                joined = true;
                continue;
            }
            // Of the emoji before them: skin tones, and how it is shown.
            '\u{1F3FB}'..='\u{1F3FF}' | '\u{FE0F}' => continue,
            '\u{1F1E6}'..='\u{1F1FF}' => {
                count += usize::from(!half_flag);
                half_flag = !half_flag;
                joined = false;
                continue;
            }
            '\u{20E3}' => count += 1,
            _ if is_emoji(c) || shown_as_emoji => count += usize::from(!joined),
            _ => {}
        }
        (joined, half_flag) = (false, false);
    }
    count
}

/// (Unicode, "emoji-data": emoji, without letters, digits and signs that are shown as text unless told otherwise.)
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1F000}'..='\u{1FAFF}'
        | '\u{231A}' | '\u{231B}' | '\u{2328}' | '\u{23CF}' | '\u{23E9}'..='\u{23F3}' | '\u{23F8}'..='\u{23FA}'
        | '\u{25FD}' | '\u{25FE}' | '\u{2600}'..='\u{2604}' | '\u{260E}' | '\u{2611}' | '\u{2614}' | '\u{2615}'
        | '\u{2618}' | '\u{261D}' | '\u{2620}' | '\u{2622}' | '\u{2623}' | '\u{2626}' | '\u{262A}' | '\u{262E}'
        | '\u{262F}' | '\u{2638}'..='\u{263A}' | '\u{2648}'..='\u{2653}' | '\u{265F}' | '\u{2660}' | '\u{2663}'
        | '\u{2665}' | '\u{2666}' | '\u{2668}' | '\u{267B}' | '\u{267E}' | '\u{267F}' | '\u{2692}'..='\u{2697}'
        | '\u{2699}' | '\u{269B}' | '\u{269C}' | '\u{26A0}' | '\u{26A1}' | '\u{26AA}' | '\u{26AB}' | '\u{26B0}'
        | '\u{26B1}' | '\u{26BD}' | '\u{26BE}' | '\u{26C4}' | '\u{26C5}' | '\u{26C8}' | '\u{26CE}' | '\u{26CF}'
        | '\u{26D1}' | '\u{26D3}' | '\u{26D4}' | '\u{26E9}' | '\u{26EA}' | '\u{26F0}'..='\u{26F5}'
        | '\u{26F7}'..='\u{26FA}' | '\u{26FD}' | '\u{2702}' | '\u{2705}' | '\u{2708}'..='\u{270D}' | '\u{270F}'
        | '\u{2712}' | '\u{2714}' | '\u{2716}' | '\u{271D}' | '\u{2721}' | '\u{2728}' | '\u{2733}' | '\u{2734}'
        | '\u{2744}' | '\u{2747}' | '\u{274C}' | '\u{274E}' | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2763}'
        | '\u{2764}' | '\u{2795}'..='\u{2797}' | '\u{27A1}' | '\u{27B0}' | '\u{27BF}' | '\u{2B1B}' | '\u{2B1C}'
        | '\u{2B50}' | '\u{2B55}')
}

/// The text for a message: quoted and short.
pub(super) fn quoted(text: &str) -> String {
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("\"{start}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_of_several_parts_counts_once() {
        for (text, count) in [
            ("plain text, 24 * 7 # ™ ★ → •", 0),
            ("🎉", 1),
            ("👍🏽 👨‍👩‍👧 🇸🇪🇪🇸 1️⃣ ☎️ ❤️", 7),
            ("©️ but not ©", 1),
            ("✅✅", 2),
        ] {
            assert_eq!(emoji_count(text), count, "{text}");
        }
    }

    #[test]
    fn words_are_counted_without_variables_and_signs() {
        assert_eq!(fixed_words("Hi {{name}}, your room – {{room}} – is ready."), 5);
        assert_eq!(fixed_words("Check-in: {{a}}€ n.º{{b}}"), 2);
        assert_eq!(fixed_words("您的房间已准备好"), 4);
        assert_eq!(fixed_words(""), 0);
    }

    #[test]
    fn samples_fill_their_own_places_only() {
        let samples = BTreeMap::from([("a".to_owned(), "{{b}}".to_owned()), ("b".to_owned(), "x".to_owned())]);
        assert_eq!(filled("{{a}} {{b}} {{c}}", &samples), "{{b}} x {{c}}");
        assert_eq!(with_stand_in("*{{a}}* {{ b }}", "x"), "*x* {{ b }}");
    }
}
