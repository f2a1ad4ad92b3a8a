//! What the linter knows of each language: words as data, in the notation of [`phrases`](super::phrases).

mod de;
mod en;
mod es;
mod fr;
mod international;
mod pt;
mod sv;

pub(super) use international::INTERNATIONAL;

/// One language. Phrases are parted by commas and line breaks.
#[derive(Debug)]
pub(super) struct Words {
    /// The first part of Meta's codes.
    pub language: &'static str,
    /// No message about a transaction says this: one is enough.
    pub strong: &'static str,
    /// Urges to buy. Two of them are as good as a strong one, and so is one with a weak one.
    pub persuasive: &'static str,
    /// May also be about a purchase that was made.
    pub weak: &'static str,
    /// A purchase of the customer's own that is named after a sale: it promotes nothing.
    pub own: &'static str,
    /// What a code is a coupon for.
    pub next_purchase: &'static str,
    /// What a customer has asked for, booked or ordered.
    pub transaction: &'static str,
    pub opt_out: &'static str,
    /// What nobody is to be asked for.
    pub secrets: &'static str,
    pub requests: &'static str,
    /// A sentence with one of these does not ask the customer to tell a secret.
    pub harmless: &'static str,
    /// What nobody is to be threatened with.
    pub threats: &'static str,
    /// A text of these words alone could be about anything. Single words, parted by blanks.
    pub empty: &'static str,
}

const ALL: [&Words; 6] = [&en::WORDS, &es::WORDS, &pt::WORDS, &fr::WORDS, &de::WORDS, &sv::WORDS];

/// The words of a language, by one of Meta's codes.
pub(super) fn of(language: &str) -> Option<&'static Words> {
    let base = super::language::base(language);
    ALL.into_iter().find(|words| words.language == base)
}

/// The phrases of a list.
pub(super) fn listed(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split([',', '\n']).map(str::trim).filter(|phrase| !phrase.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_phrases() -> impl Iterator<Item = (&'static str, &'static str)> {
        ALL.into_iter().chain([&INTERNATIONAL]).flat_map(|words| {
            let Words { strong, persuasive, weak, own, next_purchase, transaction, .. } = *words;
            let Words { language, opt_out, secrets, requests, harmless, threats, .. } = *words;
            let promotion = [strong, persuasive, weak, own, next_purchase, transaction];
            let rest = [opt_out, secrets, requests, harmless, threats];
            promotion.into_iter().chain(rest).flat_map(listed).map(move |phrase| (language, phrase))
        })
    }

    #[test]
    fn all_phrases_are_written_as_the_text_is_read() {
        for (language, phrase) in all_phrases() {
            let known = phrase.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || " |*#%¤−_…!'-".contains(c));
            let parts: Vec<_> = phrase.split([' ', '\'', '-']).collect();
            let alternatives = phrase.split(' ').all(|part| !(part.contains('|') && part.contains(['\'', '-'])));
            let banned = parts.iter().rev().skip(1).all(|part| !part.starts_with('!'));
            let whole = parts.iter().flat_map(|part| part.split('|')).all(|word| !matches!(word, "" | "!"));
            assert!(known && alternatives && banned && whole, "{language}: {phrase:?}");
        }
    }

    /// A text of the phrase: of the alternatives, the one with this number, or the first.
    fn example(phrase: &str, number: usize) -> String {
        let parts = phrase.split([' ', '\'', '-']).filter(|part| !part.starts_with(['!', '…'])).map(|part| {
            let alternatives: Vec<_> = part.split('|').collect();
            match *alternatives.get(number).unwrap_or(&alternatives[0]) {
                "#" => "5".to_owned(),
                "¤" => "€".to_owned(),
                "−" => "-".to_owned(),
                "_" => "word".to_owned(),
                word => word.replace('*', ""),
            }
        });
        parts.collect::<Vec<_>>().join(" ").replace("- ", "-")
    }

    #[test]
    fn every_phrase_is_found_in_a_text_that_has_it() {
        for (language, phrase) in all_phrases() {
            for number in 0..phrase.split(' ').map(|part| part.split('|').count()).max().unwrap_or(1) {
                let text = example(phrase, number);
                let tokens = super::super::phrases::tokens(&text);
                assert!(super::super::phrases::is_in(phrase, &tokens), "{language}: {phrase:?} in {text:?}");
            }
        }
    }

    #[test]
    fn no_list_says_a_thing_twice() {
        for words in ALL {
            for list in [words.strong, words.persuasive, words.weak] {
                let mut phrases: Vec<_> = listed(list).collect();
                phrases.sort_unstable();
                assert!(phrases.windows(2).all(|pair| pair[0] != pair[1]), "{}: {phrases:?}", words.language);
            }
        }
    }

    #[test]
    fn empty_words_are_single_and_in_lower_case() {
        for words in ALL {
            let plain = |word: &str| word.chars().all(char::is_lowercase);
            assert!(words.empty.split_whitespace().all(plain), "{}", words.language);
        }
    }

    #[test]
    fn regions_have_the_words_of_their_language() {
        assert_eq!(of("pt_BR").map(|words| words.language), Some("pt"));
        assert_eq!(of("en").map(|words| words.language), Some("en"));
        assert!(of("fi").is_none() && of("").is_none());
    }
}
