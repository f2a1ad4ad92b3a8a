//! What is answered to a word about consent: once, in the customer's language.

use super::{super::time::SignedDuration, ConsentSettings, ConsentWord, Word};

/// How long after the word it may still be answered: as long as the window that the word opened.
pub const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

struct Texts {
    language: &'static str,
    stop: &'static str,
    start: &'static str,
    stop_marketing: &'static str,
}

/// English first: it stands in for whatever is not here.
const TEXTS: &[Texts] = &[
    Texts {
        language: "en",
        stop: "You will get no more messages from us. Write START if you want them again.",
        start: "You will get messages from us again. Write STOP if you want none any more.",
        stop_marketing: "You will get no more offers from us, only messages about what you have asked for or booked.",
    },
    Texts {
        language: "es",
        stop: "Ya no recibirá más mensajes nuestros. Escriba ALTA si quiere recibirlos de nuevo.",
        start: "Volverá a recibir mensajes nuestros. Escriba BAJA si no quiere recibir ninguno más.",
        stop_marketing: "Ya no recibirá más ofertas nuestras, solo mensajes sobre lo que haya pedido o reservado.",
    },
    Texts {
        language: "pt",
        stop: "Não receberá mais mensagens nossas. Escreva VOLTAR se as quiser de novo.",
        start: "Voltará a receber mensagens nossas. Escreva PARE se não quiser mais nenhuma.",
        stop_marketing: "Não receberá mais ofertas nossas, apenas mensagens sobre o que pediu ou reservou.",
    },
    Texts {
        language: "sv",
        stop: "Du får inga fler meddelanden från oss. Skriv STARTA om du vill ha dem igen.",
        start: "Du får meddelanden från oss igen. Skriv STOPP om du inte vill ha några fler.",
        stop_marketing: "Du får inga fler erbjudanden från oss, bara meddelanden om det som du har frågat om eller bokat.",
    },
    Texts {
        language: "de",
        stop: "Sie bekommen keine Nachrichten mehr von uns. Schreiben Sie START, wenn Sie wieder welche möchten.",
        start: "Sie bekommen wieder Nachrichten von uns. Schreiben Sie STOPP, wenn Sie keine mehr möchten.",
        stop_marketing: "Sie bekommen keine Angebote mehr von uns, nur Nachrichten zu Ihren Anfragen und Buchungen.",
    },
    Texts {
        language: "fr",
        stop: "Vous ne recevrez plus de messages de notre part. Écrivez START pour en recevoir à nouveau.",
        start: "Vous recevrez de nouveau nos messages. Écrivez ARRET pour ne plus en recevoir.",
        stop_marketing: "Vous ne recevrez plus d'offres de notre part, seulement des messages sur vos demandes et réservations.",
    },
];

/// The text that confirms a word: the account's own in the word's language, else in the customer's, else the usual one in
/// these, else in English. `wanted`: the customer's language, if it is known.
pub fn confirmation(word: Word, wanted: Option<&str>, settings: &ConsentSettings) -> String {
    let languages: Vec<&str> =
        [word.language, wanted].into_iter().flatten().flat_map(|language| [language, base(language)]).collect();
    for language in &languages {
        let own = settings.confirmations.iter().find(|(known, _)| same(known, language));
        if let Some(text) = own.and_then(|(_, texts)| texts.of(word.word)) {
            return text.to_owned();
        }
        if let Some(texts) = TEXTS.iter().find(|texts| same(texts.language, language)) {
            return usual(texts, word.word).to_owned();
        }
    }
    let own = settings.confirmations.get(TEXTS[0].language).and_then(|texts| texts.of(word.word));
    own.unwrap_or_else(|| usual(&TEXTS[0], word.word)).to_owned()
}

fn usual(texts: &Texts, word: ConsentWord) -> &'static str {
    match word {
        ConsentWord::Stop => texts.stop,
        ConsentWord::Start => texts.start,
        ConsentWord::StopMarketing => texts.stop_marketing,
    }
}

fn base(language: &str) -> &str {
    language.split(['_', '-']).next().unwrap_or(language)
}

fn same(known: &str, language: &str) -> bool {
    known.replace('-', "_").eq_ignore_ascii_case(&language.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::consent::{Confirmations, consent_word};

    const STOP: Word = Word { word: ConsentWord::Stop, language: None };

    fn text(word: Word, wanted: Option<&str>) -> String {
        confirmation(word, wanted, &ConsentSettings::default())
    }

    #[test]
    fn it_is_in_the_language_of_the_word_else_in_the_customers_else_in_english() {
        let baja = Word { word: ConsentWord::Stop, language: Some("es") };
        assert!(text(baja, Some("de")).starts_with("Ya no"));
        assert!(text(STOP, Some("de_AT")).starts_with("Sie bekommen keine"));
        assert!(text(STOP, Some("pt-BR")).starts_with("Não"));
        assert!(text(STOP, Some("zu")).starts_with("You will get no more"));
        assert!(text(STOP, None).starts_with("You will get no more"));
        let unknown = Word { word: ConsentWord::Start, language: Some("fi") };
        assert!(text(unknown, Some("sv")).starts_with("Du får meddelanden"));
    }

    #[test]
    fn an_accounts_own_text_stands_in_for_the_usual_one() {
        let mut settings = ConsentSettings::default();
        let own = Confirmations { stop: Some("Hecho.".into()), ..Confirmations::default() };
        settings.confirmations.insert("es".into(), own);
        assert_eq!(confirmation(STOP, Some("es_MX"), &settings), "Hecho.");
        let start = Word { word: ConsentWord::Start, language: None };
        assert!(confirmation(start, Some("es"), &settings).starts_with("Volverá"));
        assert!(confirmation(STOP, Some("fr"), &settings).starts_with("Vous ne recevrez plus de"));
    }

    #[test]
    fn the_words_that_a_confirmation_names_do_what_it_says() {
        for texts in TEXTS {
            for (text, expected) in [(texts.stop, ConsentWord::Start), (texts.start, ConsentWord::Stop)] {
                let named = text
                    .split(|c: char| !c.is_alphabetic())
                    .find(|word| word.chars().count() > 2 && word.chars().all(char::is_uppercase))
                    .expect("it names a word");
                let read = consent_word(named, &ConsentSettings::default());
                assert_eq!(read.map(|read| read.word), Some(expected), "{text}");
            }
        }
    }
}
