//! Words as they are compared: without case, accents and punctuation, and whole. A phrase is words that follow one another.

use std::collections::HashMap;

/// So much of a text is looked at, in characters; WhatsApp takes no longer one.
pub const LONGEST_TEXT: usize = 4096;

/// The beginning of a text, cut between characters.
pub fn beginning(text: &str, characters: usize) -> &str {
    // Most texts are short: nothing is counted.
    if text.len() <= characters {
        return text;
    }
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// The words of a text, folded: `¿Dónde está el Incendio?` is `donde esta el incendio`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Words {
    /// The words, one after the other.
    letters: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Words {
    /// Of the first [`LONGEST_TEXT`] characters.
    pub fn of(text: &str) -> Self {
        let mut words = Self { letters: String::with_capacity(text.len().min(LONGEST_TEXT)), ends: Vec::new() };
        for character in beginning(text, LONGEST_TEXT).chars() {
            words.take(character);
        }
        words.end_word();
        words
    }

    fn take(&mut self, character: char) {
        match character {
            'a'..='z' | '0'..='9' => self.letters.push(character),
            'A'..='Z' => self.letters.push(character.to_ascii_lowercase()),
            // Marks belong to the letter before them; an apostrophe joins ("isn't", "d'eau").
            '\u{300}'..='\u{36f}' | '\'' | '’' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{fe0e}' | '\u{fe0f}' => {}
            _ if character.is_ascii() => self.end_word(),
            _ if is_written_without_spaces(character) => {
                self.end_word();
                self.letters.push(character);
                self.end_word();
            }
            _ if character.is_alphanumeric() => {
                for lower in character.to_lowercase() {
                    match plain(lower) {
                        Some(plain) => self.letters.push_str(plain),
                        None if ('\u{300}'..='\u{36f}').contains(&lower) => {}
                        None => self.letters.push(lower),
                    }
                }
            }
            _ => self.end_word(),
        }
    }

    fn end_word(&mut self) {
        // A text has at most LONGEST_TEXT characters, each a few bytes.
        let end = u32::try_from(self.letters.len()).unwrap_or(u32::MAX);
        if end > self.ends.last().copied().unwrap_or(0) {
            self.ends.push(end);
        }
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word at a place; nothing behind the last.
    pub fn word(&self, place: usize) -> &str {
        let begins = if place == 0 { 0 } else { self.ends.get(place - 1).copied().unwrap_or(u32::MAX) };
        let ends = self.ends.get(place).copied().unwrap_or(begins);
        self.letters.get(begins as usize..ends as usize).unwrap_or("")
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.word(place))
    }

    /// Whether these words follow one another here, from a place on.
    pub fn has_at(&self, phrase: &Self, place: usize) -> bool {
        place + phrase.len() <= self.len() && phrase.iter().enumerate().all(|(n, word)| self.word(place + n) == word)
    }
}

/// Scripts that put no spaces between words: each sign is taken as a word, so that a phrase is found within a sentence.
fn is_written_without_spaces(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// A small letter without its marks, where that is another one.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

/// Many phrases, looked for in one pass over a text.
#[derive(Debug, Clone)]
pub struct Phrases<T> {
    /// By their first words.
    by_first: HashMap<String, Vec<(Words, T)>>,
}

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self { by_first: HashMap::new() }
    }
}

impl<T> Phrases<T> {
    /// One that has no words is never found.
    pub fn add(&mut self, phrase: &str, means: T) {
        let words = Words::of(phrase);
        if !words.is_empty() {
            self.by_first.entry(words.word(0).to_owned()).or_default().push((words, means));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.by_first.is_empty()
    }

    /// What is found: at which word it begins, the phrase, and what it means.
    pub fn found_in<'a>(&'a self, text: &'a Words) -> impl Iterator<Item = (usize, &'a Words, &'a T)> {
        let all = if self.is_empty() { 0 } else { text.len() };
        (0..all).flat_map(move |place| {
            let begun = self.by_first.get(text.word(place)).map_or(&[][..], Vec::as_slice);
            let here = begun.iter().filter(move |(phrase, _)| text.has_at(phrase, place));
            here.map(move |(phrase, means)| (place, phrase, means))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> String {
        Words::of(text).iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn case_accents_and_signs_make_no_other_word() {
        for (text, expected) in [
            ("¿Dónde está el INCENDIO?", "donde esta el incendio"),
            ("Straße – ÅÄÖ, Œuvre; Łódź", "strasse aao oeuvre lodz"),
            ("cafe\u{301} isn’t d'eau", "cafe isnt deau"),
            ("İstanbul ПОЖАР", "istanbul пожар"),
            ("火事です!", "火 事 で す"),
            ("  ...  ", ""),
            ("", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn a_phrase_is_found_whole_and_nowhere_within_a_word() {
        let mut phrases = Phrases::default();
        for (phrase, means) in [("fire", 1), ("on fire", 2), ("locked out", 3), ("火事", 4), ("!", 5)] {
            phrases.add(phrase, means);
        }
        let found = |text: &str| {
            let words = Words::of(text);
            phrases.found_in(&words).map(|(_, _, means)| *means).collect::<Vec<_>>()
        };
        assert_eq!(found("The bin is ON fire!!"), [2, 1]);
        assert_eq!(found("fireplace, misfire, firefly"), [0; 0]);
        assert_eq!(found("we are locked, out of luck"), [3]);
        assert_eq!(found("we are locked-out"), [3]);
        assert_eq!(found("部屋で火事です"), [4]);
        assert_eq!(found("! locked"), [0; 0]);
    }

    #[test]
    fn only_the_beginning_of_an_endless_text_is_looked_at() {
        assert_eq!(beginning("äöü", 2), "äö");
        assert_eq!(beginning("äöü", 3), "äöü");
        assert_eq!(Words::of(&"a ".repeat(1_000_000)).len(), LONGEST_TEXT / 2);
        assert_eq!(Words::of(&"ä".repeat(1_000_000)).word(0).len(), LONGEST_TEXT);
    }

    proptest! {
        #[test]
        fn any_text_has_words_that_fold_to_themselves(text in ".{0,60}") {
            let once = folded(&text);
            let words = Words::of(&text);
            prop_assert_eq!(words.iter().count(), words.len());
            prop_assert!(words.iter().all(|word| !word.is_empty()));
            prop_assert_eq!(folded(&once), once);
            prop_assert!(words.has_at(&words, 0));
        }
    }
}
