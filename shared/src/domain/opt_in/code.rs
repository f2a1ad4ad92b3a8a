//! The short code in the text of an opt-in link: it says which link, and which wording, the customer saw.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize, de};
use unicode_normalization::UnicodeNormalization;

use crate::{
    domain::{
        AccountId,
        ids::{BadId, OptInLinkId},
        schema::text_schema,
    },
    seal::sha256,
};

/// Letters without vowels, so that no code is a word, and without those that look like digits.
const LETTERS: &[u8; 18] = b"CDFGHJKMNPQRTVWXYZ";
/// Digits that look like no letter.
const DIGITS: &[u8; 7] = b"2346789";
const LENGTH: usize = 5;

/// Five letters and digits in turn, such as `K7Q2M`. Codes of one account differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptInCode([u8; LENGTH]);

impl OptInCode {
    /// The code of a link in a language: the same whenever the link is made anew. `tries`: how many before it were taken.
    pub fn derived(account: &AccountId, link: &OptInLinkId, language: &str, tries: u32) -> Self {
        let digest = sha256(format!("opt-in#{account}#{link}#{language}#{tries}").as_bytes());
        let mut rest = u64::from_be_bytes(*digest.first_chunk().expect("it has 32 bytes"));
        let mut code = [0; LENGTH];
        for (place, letter) in code.iter_mut().enumerate() {
            let among = alphabet(place);
            let count = among.len() as u64;
            *letter = among[usize::try_from(rest % count).expect("it is below the number of letters")];
            rest /= count;
        }
        Self(code)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

/// What may stand at a place of a code.
fn alphabet(place: usize) -> &'static [u8] {
    if place.is_multiple_of(2) { LETTERS } else { DIGITS }
}

fn read(letters: &[char]) -> Option<OptInCode> {
    let mut code = [0; LENGTH];
    for (place, letter) in letters.iter().enumerate() {
        let upper = u8::try_from(*letter).ok()?.to_ascii_uppercase();
        *code.get_mut(place)? = alphabet(place).contains(&upper).then_some(upper)?;
    }
    (letters.len() == LENGTH).then_some(OptInCode(code))
}

/// Letters and digits as they are typed in other widths are the same letters.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// Where codes stand in a text: each by itself, whatever script is around it.
fn places(letters: &[char]) -> Vec<(usize, OptInCode)> {
    let is_part = |at: usize| letters.get(at).is_some_and(char::is_ascii_alphanumeric);
    let mut found = Vec::new();
    let mut at = 0;
    while at + LENGTH <= letters.len() {
        let begins = at == 0 || !is_part(at - 1);
        let code = read(&letters[at..at + LENGTH]).filter(|_| begins && !is_part(at + LENGTH));
        match code {
            Some(code) => {
                found.push((at, code));
                at += LENGTH;
            }
            None => at += 1,
        }
    }
    found
}

/// Everything in a text that has the form of a code, in its order.
pub fn codes_in(text: &str) -> Vec<OptInCode> {
    if text.len() < LENGTH {
        return Vec::new();
    }
    let letters: Vec<char> = plain(text).chars().collect();
    places(&letters).into_iter().map(|(_, code)| code).collect()
}

/// The text without what has the form of a code, and the brackets around it. `None`: there is nothing of that form.
pub fn without_codes(text: &str) -> Option<String> {
    let letters: Vec<char> = plain(text).chars().collect();
    let places = places(&letters);
    if places.is_empty() {
        return None;
    }
    let (mut rest, mut at) = (String::new(), 0);
    for (begins, _) in places {
        rest.extend(&letters[at..begins]);
        at = begins + LENGTH;
        if rest.ends_with('(') && letters.get(at) == Some(&')') {
            rest.pop();
            at += 1;
        }
        rest.push(' ');
    }
    rest.extend(&letters[at..]);
    Some(rest)
}

impl FromStr for OptInCode {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let letters: Vec<char> = text.chars().collect();
        read(&letters).ok_or(BadId { expected: "a code of an opt-in link (five letters and digits in turn)" })
    }
}
impl fmt::Display for OptInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for OptInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for OptInCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for OptInCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

text_schema!(OptInCode, { "type": "string", "pattern": "^([CDFGHJKMNPQRTVWXYZ][2346789]){2}[CDFGHJKMNPQRTVWXYZ]$" });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(tries: u32) -> OptInCode {
        OptInCode::derived(&"demo".parse().unwrap(), &"lobby".parse().unwrap(), "en", tries)
    }

    #[track_caller]
    fn found(text: &str, codes: &[&str]) {
        let all = codes_in(text);
        assert_eq!(all.iter().map(OptInCode::as_str).collect::<Vec<_>>(), codes, "{text}");
    }

    #[test]
    fn a_code_is_found_in_texts_in_any_script() {
        for text in [
            "Yes, send me news (K7Q2M)",
            "K7Q2M",
            "k7q2m please",
            "Sí, quiero novedades (K7Q2M), ¡gracias!",
            "نعم، أرسلوا لي الأخبار (K7Q2M)",
            "\u{200F}نعم \u{2068}K7Q2M\u{2069}",
            "はい、お願いします(K7Q2M)",
            "はいK7Q2Mお願いします",
            "はい（Ｋ７Ｑ２Ｍ）",
            "कृपया भेजें (K7Q2M)",
            "Да — K7Q2M.",
            "ναι[K7Q2M]",
            "👍K7Q2M👍",
            "Yes\nK7Q2M\nbut only on Mondays",
            "_K7Q2M_ and *more*",
        ] {
            found(text, &["K7Q2M"]);
        }
        found("K7Q2M or F3G4H?", &["K7Q2M", "F3G4H"]);
    }

    #[test]
    fn what_is_part_of_something_longer_is_no_code() {
        for text in [
            "",
            "K7Q2",
            "XK7Q2M",
            "K7Q2MX",
            "K7Q2M2",
            "9K7Q2M",
            "K7 Q2M",
            "K7Q-2M",
            "A7Q2M",
            "K1Q2M",
            "KQ722",
            "https://example.com/K7Q2M8",
            "ok, see you at 7",
        ] {
            found(text, &[]);
        }
    }

    #[test]
    fn what_is_left_without_the_code_is_what_they_say() {
        assert_eq!(without_codes("STOP (K7Q2M)").as_deref(), Some("STOP  "));
        assert_eq!(without_codes("(see K7Q2M)").as_deref(), Some("(see  )"));
        assert_eq!(without_codes("STOP"), None);
    }

    #[test]
    fn a_code_is_the_same_for_the_same_link_and_language_and_another_one_after_each_try() {
        assert_eq!(code(0), code(0));
        let codes: std::collections::BTreeSet<_> = (0..100).map(code).collect();
        assert!(codes.len() > 95, "{codes:?}");
    }

    proptest! {
        #[test]
        fn whatever_is_around_a_code_it_is_found(
            before in "[^A-Za-z0-9]{0,20}", after in "[^A-Za-z0-9]{0,20}", tries in 0..1000_u32, lower in any::<bool>(),
        ) {
            // What becomes a letter or digit in its plain width would be part of it, and an accent would change its last letter.
            prop_assume!(!before.nfkc().chain(after.nfkc()).any(|c| c.is_ascii_alphanumeric()));
            prop_assume!(format!("M{after}").nfkc().next() == Some('M'));
            let code = code(tries);
            let written = if lower { code.as_str().to_lowercase() } else { code.as_str().to_owned() };
            let text = format!("{before}{written}{after}");
            prop_assert_eq!(codes_in(&text), vec![code]);
            prop_assert_eq!(code.as_str().parse::<OptInCode>(), Ok(code));
        }
    }
}
