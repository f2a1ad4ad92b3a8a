//! Finding people as their names are typed: by words of the name, the last digits of a number, a booking, a room. What is
//! stored for it are keyed hashes of beginnings of words, never a word.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{Phone, contact::Profile};

/// What kind of word it is: each is found apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// A word of the name.
    Name,
    /// A phone number's digits from the last to the first, so that its last digits are a beginning.
    Digits,
    /// A booking or a room.
    Stay,
}

/// A word that somebody can be found by, or the beginning of one that was typed; folded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    pub kind: TermKind,
    pub word: String,
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {} letters", self.kind, self.word.chars().count())
    }
}

/// The fields of a contact that it is found by, beside its name and numbers.
const STAYS: [&str; 5] = ["booking", "booking_number", "reservation", "room", "room_number"];

/// More words are not looked for, and more of a contact's are not indexed.
const MOST_WORDS: usize = 8;
const LONGEST_WORD: usize = 40;

impl TermKind {
    /// One letter for what is hashed.
    fn letter(self) -> char {
        match self {
            Self::Name => 'n',
            Self::Digits => 'd',
            Self::Stay => 's',
        }
    }
}

/// The letters by which a word is filed: rows of one beginning lie together, the rest narrows them down.
const FILED_BY: usize = 2;
/// Letters beyond these do not narrow any further.
const NARROWED_BY: usize = 12;

impl Term {
    /// What is hashed for this term: first what it is filed by, then each longer beginning of it.
    pub fn beginnings(&self) -> Vec<String> {
        let letters: Vec<char> = self.word.chars().take(NARROWED_BY).collect();
        let first = FILED_BY.min(letters.len());
        (first..=letters.len())
            .map(|count| format!("{}:{}", self.kind.letter(), letters[..count].iter().collect::<String>()))
            .collect()
    }

    fn begins_with(&self, typed: &Self) -> bool {
        self.kind == typed.kind && self.word.starts_with(&typed.word)
    }
}

/// Every word that a person can be found by.
pub fn terms<'a>(profile: &Profile, phones: impl IntoIterator<Item = &'a Phone>) -> BTreeSet<Term> {
    let mut terms = BTreeSet::new();
    let mut add = |kind, words: Vec<String>| terms.extend(words.into_iter().map(|word| Term { kind, word }));
    add(TermKind::Name, profile.name.as_deref().map(words).unwrap_or_default());
    for field in STAYS {
        add(TermKind::Stay, profile.fields.get(field).map(|text| words(text)).unwrap_or_default());
    }
    for phone in phones {
        add(TermKind::Digits, reversed_digits(phone.as_e164()).into_iter().collect());
    }
    terms
}

/// What was typed: for each of its words, the terms that it may be the beginning of. Empty: nothing to look for.
pub fn typed(text: &str) -> Vec<Vec<Term>> {
    // A number as people write it, with spaces and signs between.
    let number = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    if number && let Some(word) = reversed_digits(text) {
        let mut terms = vec![Term { kind: TermKind::Digits, word }];
        terms.extend(
            words(text)
                .first()
                .filter(|_| words(text).len() == 1)
                .map(|word| Term { kind: TermKind::Stay, word: word.clone() }),
        );
        return vec![terms];
    }
    let of = |word: String| {
        let term = |kind| Term { kind, word: word.clone() };
        vec![term(TermKind::Name), term(TermKind::Stay)]
    };
    words(text).into_iter().map(of).collect()
}

/// Whether every word that was typed is the beginning of one that the person is found by.
pub fn is_meant(typed: &[Vec<Term>], terms: &BTreeSet<Term>) -> bool {
    !typed.is_empty()
        && typed.iter().all(|word| word.iter().any(|typed| terms.iter().any(|term| term.begins_with(typed))))
}

/// The longest of the words typed: it narrows the most.
pub fn narrowest(typed: &[Vec<Term>]) -> Option<&[Term]> {
    let letters = |terms: &Vec<Term>| terms.iter().map(|term| term.word.chars().count()).max();
    typed.iter().max_by_key(|terms| letters(terms)).map(Vec::as_slice)
}

/// The words of a text in lower case, without accents and signs.
fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word: String = word.chars().take(LONGEST_WORD).collect();
        if words.len() < MOST_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Lower case without accents: `Müller` and `muller` are one, and so are `Søren` and `soren`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        // Letters that are no other letter with an accent.
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            // An apostrophe within a word is no end of it: O'Brien.
            '\'' | '’' => {}
            c => folded.push(c),
        }
    }
    folded
}

fn reversed_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().rev().filter(char::is_ascii_digit).take(LONGEST_WORD).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(name: &str, room: &str) -> BTreeSet<Term> {
        let mut profile = Profile { name: Some(name.into()), ..Profile::default() };
        profile.fields.insert("room_number".into(), room.into());
        profile.fields.insert("breakfast".into(), "vegan".into());
        terms(&profile, [&Phone::from_e164("+16505551234").unwrap()])
    }

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_meant(&typed(text), &person("María José O’Brien-Müller", "B12")), expected, "{text}");
    }

    #[test]
    fn a_person_is_found_by_beginnings_of_words_in_any_order() {
        for good in ["m", "mar", "maria", "MARÍA", "jose m", "müll", "muller maria", "obrien", "O'Br", "b12", "B1"] {
            check(good, true);
        }
        for bad in ["", " ", "aria", "mariaj", "maria x", "vegan", "12", "?!"] {
            check(bad, false);
        }
    }

    #[test]
    fn a_number_is_found_by_its_last_digits() {
        for good in ["1234", "34", "551234", "+1 650 555-1234", "16505551234"] {
            check(good, true);
        }
        for bad in ["123", "6505", "+2 650 555 1234"] {
            check(bad, false);
        }
        assert!(is_meant(&typed("204"), &person("Ana", "204")), "digits may be a room as well");
    }

    #[test]
    fn letters_of_every_alphabet_are_folded() {
        assert_eq!(
            fold("Søren Łukasz ŒUVRE Straße Ærø Ｗｉｄｅ İstanbul"),
            "soren lukasz oeuvre strasse aero wide istanbul"
        );
        assert!(is_meant(&typed("юл"), &person("Юлия", "1")));
        assert!(is_meant(&typed("李"), &person("李 小龍", "1")));
    }

    #[test]
    fn the_longest_word_narrows_the_most() {
        let typed = typed("ana mariposa b");
        assert_eq!(narrowest(&typed).unwrap()[0].word, "mariposa");
        assert_eq!(narrowest(&[]), None);
    }

    proptest! {
        /// What is filed for a word begins with what is looked up for any beginning of it.
        #[test]
        fn a_beginning_is_looked_up_where_its_word_is_filed(word in "[a-z0-9]{1,30}", cut in 1usize..30) {
            let whole = Term { kind: TermKind::Name, word: word.clone() };
            let begun = Term { kind: TermKind::Name, word: word.chars().take(cut).collect() };
            let (whole, begun) = (whole.beginnings(), begun.beginnings());
            // One letter alone is filed by itself.
            if word.chars().count() == 1 || cut > 1 {
                prop_assert!(whole.starts_with(&begun));
            }
        }

        #[test]
        fn nothing_typed_panics_and_every_word_finds_its_person(name in ".{0,60}") {
            let terms = person(&name, "1");
            let looked = typed(&name);
            let _ = narrowest(&looked);
            if name.chars().any(char::is_alphabetic) && words(&name).len() < MOST_WORDS && looked.iter().flatten().all(|term| term.kind != TermKind::Digits) {
                prop_assert!(is_meant(&looked, &terms));
            }
        }
    }
}
