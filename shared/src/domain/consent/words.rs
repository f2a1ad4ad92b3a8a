//! Words that end or resume messages when they are the whole message, in many languages, and an account's own.

use super::{
    super::{Timestamp, opt_in::without_codes},
    Choice, ConsentSettings, How, Scope, Wished,
};

/// What a word of the customer's asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentWord {
    /// Nothing any more, by any way.
    Stop,
    /// Service and utility again.
    Start,
    /// No marketing any more, by any way.
    StopMarketing,
}

impl ConsentWord {
    /// The wish that it is.
    pub fn wished(self, at: Timestamp) -> Wished {
        let (choice, scope) = match self {
            Self::Stop => (Choice::Out, Scope::EVERYTHING),
            Self::Start => (Choice::In, Scope::BACK),
            Self::StopMarketing => (Choice::Out, Scope::MARKETING),
        };
        Wished { choice, scope, at, how: How::Keyword }
    }
}

/// A word, and the language that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub word: ConsentWord,
    /// `None`: several have it, or it is the account's own.
    pub language: Option<&'static str>,
}

/// A longer text is a sentence, in bytes.
const LONGEST: usize = 60;

struct Words {
    /// `None`: what SMS carriers act on, whatever the language (Twilio, default opt-out words).
    language: Option<&'static str>,
    stop: &'static [&'static str],
    start: &'static [&'static str],
    /// `STOP PROMOTIONS` is what Meta suggests for a button (Meta, "getting opt-in").
    stop_marketing: &'static [&'static str],
}

/// With their accents; texts are compared without. A word that is also an ordinary answer, such as "cancelar" to "shall
/// we keep the table?" or a number, is none of these.
const WORDS: &[Words] = &[
    Words {
        language: None,
        stop: &["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "OPT OUT", "OPT-OUT"],
        start: &["START", "UNSTOP"],
        stop_marketing: &[],
    },
    Words {
        language: Some("en"),
        stop: &["STOP ALL", "STOP MESSAGES", "STOP MESSAGING", "NO MORE MESSAGES"],
        start: &["START MESSAGES", "OPT IN", "OPT-IN", "OPTIN"],
        stop_marketing: &[
            "STOP PROMOTIONS",
            "STOP PROMOS",
            "STOP MARKETING",
            "STOP OFFERS",
            "NO PROMOTIONS",
            "NO MARKETING",
            "NO OFFERS",
        ],
    },
    Words {
        language: Some("es"),
        stop: &["BAJA", "PARAR", "PARAR MENSAJES", "DARME DE BAJA", "NO MÁS MENSAJES", "PARA DE ESCRIBIR"],
        start: &["ALTA", "DARME DE ALTA"],
        stop_marketing: &[
            "BAJA PROMOCIONES",
            "NO MÁS PROMOCIONES",
            "SIN PROMOCIONES",
            "NO PUBLICIDAD",
            "BAJA PUBLICIDAD",
        ],
    },
    Words {
        language: Some("pt"),
        stop: &["PARE", "PARAR", "SAIR", "PARAR MENSAGENS", "CHEGA DE MENSAGENS"],
        start: &["VOLTAR"],
        stop_marketing: &["PARAR PROMOÇÕES", "SAIR PROMOÇÕES", "SEM PROMOÇÕES", "SEM PUBLICIDADE"],
    },
    Words {
        language: Some("sv"),
        stop: &["STOPP", "STOPPA", "AVSLUTA", "AVREGISTRERA", "AVANMÄL"],
        start: &["STARTA", "ÅTERUPPTA"],
        stop_marketing: &["INGEN REKLAM", "STOPPA REKLAM", "STOPP REKLAM"],
    },
    Words {
        language: Some("de"),
        stop: &["STOPP", "ABMELDEN", "KEINE NACHRICHTEN MEHR"],
        start: &["STARTEN", "WIEDER ANMELDEN"],
        stop_marketing: &["KEINE WERBUNG", "KEINE WERBUNG MEHR", "STOPP WERBUNG", "WERBUNG STOPPEN"],
    },
    Words {
        language: Some("fr"),
        stop: &["ARRÊT", "ARRÊTER", "ARRÊTEZ", "DÉSABONNER", "ME DÉSABONNER", "DÉSINSCRIRE"],
        start: &["REPRENDRE", "RÉABONNER"],
        stop_marketing: &["STOP PUB", "STOP PUBLICITÉ", "PAS DE PUB", "PLUS DE PUB", "STOP PROMO"],
    },
    Words {
        language: Some("it"),
        stop: &["FERMA", "DISISCRIVIMI", "CANCELLAMI", "STOP MESSAGGI"],
        start: &["RIPRENDI", "RIATTIVA"],
        stop_marketing: &["STOP PROMOZIONI", "NO PROMOZIONI", "BASTA PUBBLICITÀ", "NO PUBBLICITÀ"],
    },
    Words {
        language: Some("nl"),
        stop: &["AFMELDEN", "UITSCHRIJVEN", "STOPPEN"],
        start: &["WEER AANMELDEN", "HERVATTEN"],
        stop_marketing: &["GEEN RECLAME", "STOP RECLAME"],
    },
    Words {
        language: Some("da"),
        stop: &["AFMELD", "FRAMELD"],
        start: &["TILMELD", "GENOPTAG"],
        stop_marketing: &["INGEN REKLAMER", "STOP REKLAMER"],
    },
    Words {
        language: Some("nb"),
        stop: &["STOPP", "MELD AV", "AVSLUTT"],
        start: &["GJENOPPTA"],
        stop_marketing: &["INGEN REKLAME", "STOPP REKLAME"],
    },
    Words {
        language: Some("fi"),
        stop: &["LOPETA", "LOPETA VIESTIT"],
        start: &["ALOITA", "JATKA"],
        stop_marketing: &["EI MAINOKSIA", "LOPETA MAINOKSET"],
    },
];

/// Reads a whole message as a word about consent. A word within a sentence is not one: "we stop at two hotels". Should a
/// word ask for two things, it stops.
pub fn consent_word(text: &str, settings: &ConsentSettings) -> Option<Word> {
    if text.len() > LONGEST {
        return None;
    }
    // Who is given a text with a code may write a word of their own before it.
    read(text, settings).or_else(|| read(&without_codes(text)?, settings))
}

fn read(text: &str, settings: &ConsentSettings) -> Option<Word> {
    let said = normal(text)?;
    let own = |words: &[String]| words.iter().any(|word| normal(word).is_some_and(|word| word == said));
    let of_account = |word: ConsentWord, words: &[String]| own(words).then_some(Word { word, language: None });
    known(&said, ConsentWord::Stop)
        .or_else(|| of_account(ConsentWord::Stop, &settings.stop_words))
        .or_else(|| known(&said, ConsentWord::StopMarketing))
        .or_else(|| of_account(ConsentWord::StopMarketing, &settings.marketing_stop_words))
        .or_else(|| known(&said, ConsentWord::Start))
        .or_else(|| of_account(ConsentWord::Start, &settings.start_words))
}

/// Whether a text is short enough to be a word that an account may have chosen.
pub fn could_be_word(text: &str) -> bool {
    normal(text).is_some()
}

/// By the table.
fn known(said: &str, word: ConsentWord) -> Option<Word> {
    let of = |words: &Words| match word {
        ConsentWord::Stop => words.stop,
        ConsentWord::Start => words.start,
        ConsentWord::StopMarketing => words.stop_marketing,
    };
    let has = |words: &&Words| of(words).iter().any(|known| normal(known).is_some_and(|known| known == said));
    let languages: Vec<Option<&'static str>> = WORDS.iter().filter(has).map(|words| words.language).collect();
    match languages.as_slice() {
        [] => None,
        [language] => Some(Word { word, language: *language }),
        [_, _, ..] => Some(Word { word, language: None }),
    }
}

/// Capitals without accents, one space between words, no marks around them. `None`: a text that is no word.
pub(super) fn normal(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let bare = text.trim().trim_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<String> =
        bare.split_whitespace().map(|word| word.to_uppercase().chars().map(without_accent).collect()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn without_accent(c: char) -> char {
    match c {
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' => 'A',
        'Ç' => 'C',
        'È' | 'É' | 'Ê' | 'Ë' => 'E',
        'Ì' | 'Í' | 'Î' | 'Ï' => 'I',
        'Ñ' => 'N',
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => 'O',
        'Ù' | 'Ú' | 'Û' | 'Ü' => 'U',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Word> {
        consent_word(text, &ConsentSettings::default())
    }

    #[track_caller]
    fn check(text: &str, expected: Option<ConsentWord>) {
        assert_eq!(read(text).map(|word| word.word), expected, "{text}");
    }

    #[test]
    fn a_word_alone_stops_or_starts_and_a_sentence_does_not() {
        check("STOP", Some(ConsentWord::Stop));
        check(" stop. ", Some(ConsentWord::Stop));
        check("Baja", Some(ConsentWord::Stop));
        check("arrêt!", Some(ConsentWord::Stop));
        check("ARRET", Some(ConsentWord::Stop));
        check("opt   out", Some(ConsentWord::Stop));
        check("start", Some(ConsentWord::Start));
        check("Stop promotions", Some(ConsentWord::StopMarketing));
        check("keine Werbung!", Some(ConsentWord::StopMarketing));
        check("Does the bus stop here?", None);
        check("stop it now please", None);
        check("Cancelar", None);
        check("", None);
        check("?!", None);
        check(&"stop ".repeat(100), None);
    }

    #[test]
    fn every_language_stops_and_starts_and_no_word_does_both() {
        for words in WORDS {
            for (list, expected) in [
                (words.stop, ConsentWord::Stop),
                (words.start, ConsentWord::Start),
                (words.stop_marketing, ConsentWord::StopMarketing),
            ] {
                for word in list {
                    check(word, Some(expected));
                    check(&word.to_lowercase(), Some(expected));
                }
            }
        }
        let languages: std::collections::BTreeSet<_> = WORDS.iter().filter_map(|words| words.language).collect();
        for language in ["en", "es", "pt", "sv", "de", "fr", "it", "nl", "da", "nb", "fi"] {
            assert!(languages.contains(language), "{language}");
        }
    }

    #[test]
    fn a_word_tells_its_language_where_one_alone_has_it() {
        let language = |text: &str| read(text).unwrap().language;
        assert_eq!(language("baja"), Some("es"));
        assert_eq!(language("abmelden"), Some("de"));
        assert_eq!(language("stop"), None, "carriers' words are everybody's");
        assert_eq!(language("stopp"), None, "several languages have it");
        assert_eq!(language("parar"), None);
    }

    #[test]
    fn an_accounts_own_words_count_beside_the_others() {
        let settings = ConsentSettings {
            stop_words: vec!["Adiós".into()],
            start_words: vec!["hola de nuevo".into()],
            marketing_stop_words: vec!["basta de ofertas".into()],
            ..ConsentSettings::default()
        };
        let word = |text: &str| consent_word(text, &settings).map(|word| word.word);
        assert_eq!(word("adios!"), Some(ConsentWord::Stop));
        assert_eq!(word("Hola  de nuevo"), Some(ConsentWord::Start));
        assert_eq!(word("BASTA DE OFERTAS"), Some(ConsentWord::StopMarketing));
        assert_eq!(word("stop"), Some(ConsentWord::Stop));
        assert_eq!(read("adios"), None);
    }
}
