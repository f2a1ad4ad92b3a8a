//! What an SMS can hold: the 7-bit alphabet of GSM, how many segments a text takes, and how to make it fit.
//!
//! Sources: 3GPP TS 23.038, 6.2.1 (the default alphabet) and 6.2.1.1 (its extension table), without the national tables
//! of annex A, which a sender cannot rely on; TS 23.040, 9.2.3.24.1 (the 6 octets that each part of a longer message
//! spends on its place in it).

mod transliterate;

use serde::Serialize;

pub use transliterate::{can_transliterate, transliterate};

/// How a text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Seven bits a character, and 14 for one of the extension table: 160 septets in one message, 153 in a part.
    Gsm7,
    /// Sixteen bits a code unit: 70 in one message, 67 in a part. One character outside the alphabet is enough.
    Ucs2,
}

/// What a text costs: carriers charge by the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segments {
    pub encoding: Encoding,
    /// None for no text.
    pub segments: u32,
    /// Septets, or UTF-16 code units; without what a segment leaves empty because a pair did not fit.
    pub units: u32,
}

/// What the alphabet has beside the letters, digits and signs of ASCII.
const BEYOND_ASCII: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";

/// Two septets each: an escape, and the character's place in the extension table. The first is a page break.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many septets a character takes; None when the alphabet does not have it.
fn width(character: char) -> Option<usize> {
    match character {
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => Some(1),
        _ if EXTENSION.contains(character) => Some(2),
        _ if BEYOND_ASCII.contains(character) => Some(1),
        _ => None,
    }
}

/// Whether all of it can be written in the alphabet.
pub fn fits(text: &str) -> bool {
    text.chars().all(|character| width(character).is_some())
}

/// How many septets it takes; None when it cannot be written in the alphabet.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().map(width).sum()
}

/// How a text travels and how many segments it takes, each filled as far as it goes without splitting a character.
pub fn segments(text: &str) -> Segments {
    let (encoding, units, segments) = match septets(text) {
        Some(units) => (Encoding::Gsm7, units, parts(text.chars().filter_map(width), 160, 153)),
        None => (Encoding::Ucs2, text.encode_utf16().count(), parts(text.chars().map(char::len_utf16), 70, 67)),
    };
    let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
    Segments { encoding, segments: count(segments), units: count(units) }
}

fn parts(widths: impl Iterator<Item = usize> + Clone, alone: usize, part: usize) -> usize {
    if widths.clone().sum::<usize>() <= alone {
        return usize::from(widths.clone().next().is_some());
    }
    let (mut parts, mut room) = (0, 0);
    for width in widths {
        if width > room {
            parts += 1;
            room = part;
        }
        room -= width;
    }
    parts
}

/// The beginning of a text that takes at most so many septets once it is transliterated, cut at a word's end unless that
/// would leave less than half of the room filled. A text that has room is not touched.
pub fn cut_to(text: &str, septets: usize) -> &str {
    let mut taken = 0;
    // Where the last word ended that has a space after it, and how much it took up to there.
    let mut word_end = (0, 0);
    let mut in_word = false;
    for (at, character) in text.char_indices() {
        if in_word && character.is_whitespace() {
            word_end = (at, taken);
        }
        in_word = !character.is_whitespace();
        taken += transliterate::cost(character);
        if taken > septets {
            return &text[..if word_end.1 * 2 >= septets { word_end.0 } else { at }];
        }
    }
    text
}

#[cfg(test)]
mod tests;
