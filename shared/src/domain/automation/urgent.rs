//! Words that mean that somebody must look at once: fire, an ambulance, a leak, locked out.

use std::sync::LazyLock;

use serde::Deserialize;

use super::words::{Phrases, Words};

/// What is looked for in one language; without accents, as texts are folded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    language: String,
    /// Taken in whatever language a text may be.
    anywhere: Vec<String>,
    /// Taken only in a text that is known to be in this language: elsewhere these mean something else (`brand new`).
    only_here: Vec<String>,
    /// Harmless phrases that hold such words: whatever lies within one does not count.
    harmless: Vec<String>,
    /// Just before it, such a word turns it around: `no fire`, `it is not very urgent`.
    negations: Vec<String>,
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("urgent.json")).expect("it is part of the program, and a test reads it")
});

/// What a phrase of a table means.
#[derive(Debug, Clone, Copy)]
struct Meaning {
    phrase: &'static str,
    language: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Anywhere,
    OnlyHere,
    Harmless,
}

static PHRASES: LazyLock<Phrases<Meaning>> = LazyLock::new(|| {
    let mut phrases = Phrases::default();
    for table in &*TABLES {
        let lists =
            [(&table.anywhere, Kind::Anywhere), (&table.only_here, Kind::OnlyHere), (&table.harmless, Kind::Harmless)];
        for (list, kind) in lists {
            for phrase in list {
                phrases.add(phrase, Meaning { phrase, language: &table.language, kind });
            }
        }
    }
    phrases
});

/// Words that may stand between a negation and what it turns around. No others: to miss a fire costs more than to look at none.
const BETWEEN: &[&str] = &[
    "a", "an", "any", "the", "really", "very", "that", "so", "es", "esta", "hay", "muy", "una", "un", "e", "esta",
    "ha", "muito", "uma", "um", "ar", "sa", "nagon", "nagot", "mycket", "ist", "so", "sehr", "ein", "eine", "une",
    "de", "tres", "is", "an",
];

/// The first word or phrase that makes a text urgent, as the table has it. `language`: that of the text, such as `es` or `pt_BR`,
/// if it is known; words that are urgent in one language and harmless in another count only then.
pub fn urgent(text: &str, language: Option<&str>) -> Option<&'static str> {
    urgent_words(&Words::of(text), language)
}

/// The same, of words.
pub fn urgent_words(text: &Words, language: Option<&str>) -> Option<&'static str> {
    let known = language.and_then(|code| code.split(['_', '-']).next()).unwrap_or_default();
    let harmless = |place: usize| {
        PHRASES
            .found_in(text)
            .any(|(begins, phrase, it)| it.kind == Kind::Harmless && (begins..begins + phrase.len()).contains(&place))
    };
    // In a text of a known language that language turns words around; in any other each does, since they share words.
    let turns = |word: &str, language: &str| {
        TABLES.iter().any(|table| {
            (known.is_empty() || table.language == known || table.language == language)
                && table.negations.iter().any(|it| it == word)
        })
    };
    let is_turned = |place: usize, language: &str| {
        let before = |steps: usize| place.checked_sub(steps).map_or("", |place| text.word(place));
        turns(before(1), language) || BETWEEN.contains(&before(1)) && turns(before(2), language)
    };
    PHRASES.found_in(text).find_map(|(place, phrase, it)| {
        let counts = match it.kind {
            Kind::Anywhere => true,
            Kind::OnlyHere => it.language == known,
            Kind::Harmless => false,
        };
        // A phrase that is itself a negation ("not breathing") is not turned around by its own words.
        let turned = is_turned(place, it.language);
        (counts && !turned && !harmless(place) && !harmless(place + phrase.len() - 1)).then_some(it.phrase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, language: Option<&str>, expected: Option<&str>) {
        assert_eq!(urgent(text, language), expected, "{text}");
    }

    #[test]
    fn what_cannot_wait_is_seen_in_every_language() {
        check("There is a FIRE in the kitchen!", None, Some("fire"));
        check("please call an ambulance", Some("en"), Some("ambulance"));
        check("He is not breathing", Some("en"), Some("not breathing"));
        check("We're locked out of the room", None, Some("locked out"));
        check("Hay una fuga de agua en el baño", Some("es"), Some("fuga de agua"));
        check("¡Incendio!", None, Some("incendio"));
        check("Tem um vazamento no banheiro", Some("pt_BR"), Some("vazamento"));
        check("Det brinner på balkongen", None, Some("det brinner"));
        check("Vi är utelåsta", Some("sv"), Some("utelasta"));
        check("Es brennt! Bitte kommen", Some("de"), Some("es brennt"));
        check("Wasserrohrbruch im Bad", None, Some("wasserrohrbruch"));
        check("Il y a une fuite d’eau", Some("fr"), Some("fuite deau"));
        check("Au secours !", None, Some("au secours"));
    }

    #[test]
    fn a_word_that_is_urgent_elsewhere_is_not_where_it_means_something_else() {
        check("This is a brand new towel", None, None);
        check("This is a brand new towel", Some("en"), None);
        check("Brand i köket", Some("sv"), Some("brand"));
        check("Brand in der Küche", Some("de"), Some("brand"));
        check("Maten var läcker", Some("sv"), None);
        check("Kranen läcker vatten", Some("sv"), Some("lacker vatten"));
        check("Das Essen war lecker", Some("de"), None);
        check("I was fired from my job", None, None);
        check("a leek soup please", None, None);
    }

    #[test]
    fn harmless_phrases_and_negations_do_not_count() {
        for (text, language) in [
            ("Is there a fire pit in the garden?", None),
            ("Do you have a Fire TV?", Some("en")),
            ("Where is the police station?", None),
            ("It's not urgent", None),
            ("nothing urgent", None),
            ("There is no fire, false alarm", None),
            ("Can I smoke on the balcony?", None),
            ("Could you help me with my booking?", None),
            ("¿A qué hora son los fuegos artificiales?", Some("es")),
            ("No es urgente", Some("es")),
            ("Não é urgente", Some("pt")),
            ("Det är inte akut", Some("sv")),
            ("Es ist nicht dringend", Some("de")),
            ("Haben Sie Feuer?", Some("de")),
            ("Où est le feu d'artifice ?", Some("fr")),
            ("Ce n'est pas urgent", Some("fr")),
            ("Où est la sortie de secours ?", Some("fr")),
            ("hello", None),
            ("", None),
        ] {
            check(text, language, None);
        }
        check("No towels, and there is a fire", None, Some("fire"));
        check("I am not joking: fire!", None, Some("fire"));
        check("It is not urgent, but there is smoke everywhere", None, Some("smoke"));
    }

    #[test]
    fn every_phrase_of_the_tables_is_found_in_its_own_language() {
        for table in &*TABLES {
            for phrase in table.anywhere.iter().chain(&table.only_here) {
                assert!(urgent(phrase, Some(&table.language)).is_some(), "{phrase}");
            }
            for phrase in &table.harmless {
                assert_eq!(urgent(phrase, Some(&table.language)), None, "{phrase}");
            }
        }
    }
}
