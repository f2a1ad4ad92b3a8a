//! Whether the text says what it is about: every template something, a utility template something of the customer's own.

use super::{
    Report,
    links::without_links,
    paragraphs,
    phrases::{Token, first_of, is_word, tokens},
    rules, text,
    words::{self, Words},
};
use crate::domain::template::{Category, Definition};

/// Parts of the names of variables that merely say to whom it goes, or from whom it comes.
const NAMES_ONLY: [&str; 13] = [
    "name", "nombre", "nome", "nom", "namn", "guest", "customer", "client", "cliente", "hotel", "gast", "kunde",
    "property",
];

pub(super) fn check(report: &mut Report, language: &str, definition: &Definition) {
    // What is missing from a text in another language would be said in that language.
    let Some(words) = words::of(language).filter(|_| !report.has(rules::LANGUAGE_MISMATCH)) else { return };
    // A variable stands for what it is about.
    let about_it = |name: &str| !name.split('_').any(|part| NAMES_ONLY.contains(&part));
    if definition.body.trim().is_empty() || text::variables(&definition.body).any(about_it) {
        return;
    }
    if is_empty(words, definition) {
        let message =
            "this could be about anything: say what, such as the booking, the order or the question it is for";
        report.add(rules::UNCLEAR_PURPOSE, "body", message);
    }
    if definition.category == Category::Utility {
        transaction(report, words, definition);
    }
}

/// Whether header and body have nothing but words that any text may have. A number says something.
fn is_empty(words: &'static Words, definition: &Definition) -> bool {
    let above_footer = paragraphs(definition).filter(|(field, _)| *field != "footer");
    let read: Vec<Token> = above_footer.flat_map(|(_, text)| tokens(&without_links(text))).collect();
    let any_texts = |word: &str| words.empty.split_whitespace().any(|empty| is_word(empty, word));
    let says_nothing = |token: &Token| match token {
        Token::Word(word) => any_texts(word),
        Token::Number(_) | Token::Percent | Token::Currency(_) | Token::Minus => false,
        Token::Variable | Token::Pause | Token::Stop => true,
    };
    read.iter().any(|token| matches!(token, Token::Word(_))) && read.iter().all(says_nothing)
}

/// A utility template is about what the customer has asked for.
fn transaction(report: &mut Report, words: &'static Words, definition: &Definition) {
    let read: Vec<Token> = paragraphs(definition).flat_map(|(_, text)| tokens(text)).collect();
    if first_of(words.transaction, &read).is_none() {
        let message = "nothing says what this has to do with the customer's own booking, order or request: say so, or choose the category marketing";
        report.add(rules::NO_TRANSACTION, "category", message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, body: &str, empty: bool) {
        let definition = Definition {
            category: Category::Utility,
            header: None,
            body: body.to_owned(),
            footer: None,
            buttons: vec![],
            samples: std::collections::BTreeMap::new(),
            time_to_live_seconds: 3600,
        };
        let mut report = Report::default();
        super::check(&mut report, language, &definition);
        assert_eq!(report.has(rules::UNCLEAR_PURPOSE), empty, "{language}: {body}");
    }

    #[test]
    fn a_text_that_could_be_about_anything_is_found_in_six_languages() {
        for (language, body) in [
            ("en", "You have a new message."),
            ("en", "Hello, we have something for you. Please reply."),
            ("en", "Hello {{guest_name}}, you have a new notification. Please open the app to read it."),
            ("de", "Sie haben eine neue Nachricht."),
            ("de", "Hallo, wir haben etwas für Sie. Bitte antworten Sie."),
            ("es", "Tiene un mensaje nuevo."),
            ("es", "Hola, tenemos algo para usted. Por favor, responda."),
            ("fr", "Vous avez un nouveau message."),
            ("fr", "Bonjour, nous avons quelque chose pour vous. Répondez s'il vous plaît."),
            ("pt_BR", "Você tem uma nova mensagem."),
            ("pt_BR", "Olá, temos algo para você. Por favor, responda."),
            ("sv", "Du har ett nytt meddelande."),
            ("sv", "Hej, vi har något till dig. Svara gärna här."),
            ("en", "Important information for you. Click here."),
        ] {
            check(language, body, true);
        }
    }

    #[test]
    fn one_thing_that_is_named_is_enough() {
        for (language, body) in [
            ("en", "Your room is ready."),
            ("en", "You have a new message from our concierge about your table."),
            ("en", "Thank you for your message. We answer within an hour."),
            ("en", "You have a new message about {{topic}}."),
            ("en", "You have 2 new messages."),
            ("es", "Gracias por su mensaje. Le responderemos en una hora."),
            ("pt_BR", "Obrigado pela sua mensagem. Respondemos em uma hora."),
            ("fr", "Merci pour votre message. Nous répondons dans l'heure."),
            ("de", "Vielen Dank für Ihre Nachricht. Wir antworten in einer Stunde."),
            ("sv", "Tack för ditt meddelande. Vi svarar inom en timme."),
            ("it", "Hai un nuovo messaggio."),
        ] {
            check(language, body, false);
        }
    }
}
