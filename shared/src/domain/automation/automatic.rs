//! Messages that no person wrote just then: away messages, out-of-office notes, other people's bots. Two programs that greet
//! each other would never stop.

use std::sync::LazyLock;

use super::words::{Phrases, Words};
use crate::domain::{
    Timestamp,
    content::{Content, InteractiveReply},
    time::SignedDuration,
};

/// What is known of when a message came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    pub at: Timestamp,
    /// The newest message of the business, if there is one.
    pub our_last: Option<Timestamp>,
    /// The text of the customer's message before this one, and when that came.
    pub before: Option<(&'a str, Timestamp)>,
}

/// Why a message is taken for an automatic one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// It says so: `This is an automatic reply`.
    SaysSo,
    /// It came sooner after ours than anybody types.
    TooFast,
    /// The same text came a moment ago.
    Repeated,
}

/// Nobody reads a message and types a sentence in this time.
const FASTER_THAN_HANDS: SignedDuration = SignedDuration::from_secs(3);
/// But "ok" may be typed while ours is on its way.
const LONGEST_QUICK_WORD: usize = 12;
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// A text that is longer says no word of being automatic at its end.
const LOOKED_AT: usize = 600;

/// Sentences of machines, each in the words that people hardly use of themselves: what WhatsApp Business proposes as greeting
/// and away message, what mail programs write, and what bots say of themselves.
const SENTENCES: &[&str] = &[
    // English.
    "this is an automated",
    "this is an automatic",
    "automated message",
    "automated reply",
    "automated response",
    "automatic reply",
    "automatic response",
    "auto reply",
    "autoreply",
    "auto response",
    "autoresponse",
    "do not reply to this message",
    "please do not reply",
    "i am out of the office",
    "im out of the office",
    "i am currently out of the office",
    "im currently out of the office",
    "out of office",
    "thank you for your message were unavailable right now",
    "thank you for your message we are unavailable right now",
    "thanks for your message were unavailable right now",
    "unavailable right now but will respond as soon as possible",
    "thank you for contacting",
    "thanks for contacting",
    "thank you for reaching out to",
    "this is a virtual assistant",
    "i am a virtual assistant",
    "im a virtual assistant",
    // Spanish.
    "mensaje automatico",
    "respuesta automatica",
    "este es un mensaje automatizado",
    "gracias por comunicarse con",
    "gracias por comunicarte con",
    "gracias por contactar con",
    "gracias por ponerse en contacto con",
    "fuera de la oficina",
    "en este momento no estamos disponibles",
    "no estamos disponibles en este momento",
    "soy un asistente virtual",
    "soy el asistente virtual",
    "soy la asistente virtual",
    "no responda a este mensaje",
    // Portuguese.
    "mensagem automatica",
    "resposta automatica",
    "agradecemos sua mensagem nao estamos disponiveis",
    "nao estamos disponiveis no momento",
    "agradecemos o seu contato",
    "agradecemos seu contato",
    "agradecemos o seu contacto",
    "obrigado por entrar em contato com",
    "obrigado por entrar em contacto com",
    "fora do escritorio",
    "sou um assistente virtual",
    "sou o assistente virtual",
    "sou a assistente virtual",
    "nao responda a esta mensagem",
    // Swedish.
    "detta ar ett automatiskt",
    "automatiskt svar",
    "autosvar",
    "automatiskt meddelande",
    "franvaromeddelande",
    "tack for att du kontaktar",
    "tack for att du kontaktade",
    "jag ar inte pa kontoret",
    "vi ar inte tillgangliga just nu",
    "svara inte pa detta meddelande",
    // German.
    "automatische antwort",
    "automatische nachricht",
    "automatisch generierte",
    "automatisch erstellte",
    "automatisierte nachricht",
    "abwesenheitsnotiz",
    "vielen dank fur ihre kontaktaufnahme",
    "ich bin derzeit nicht im buro",
    "ich bin zurzeit nicht im buro",
    "ich bin nicht im buro",
    "wir sind derzeit nicht erreichbar",
    "wir sind momentan nicht erreichbar",
    "antworten sie nicht auf diese nachricht",
    // French.
    "message automatique",
    "reponse automatique",
    "ceci est un message automatise",
    "merci davoir contacte",
    "merci de nous avoir contactes",
    "absent du bureau",
    "absente du bureau",
    "nous ne sommes pas disponibles pour le moment",
    "nous sommes actuellement indisponibles",
    "je suis un assistant virtuel",
    "ne pas repondre a ce message",
];

static MACHINES: LazyLock<Phrases<()>> = LazyLock::new(|| {
    let mut phrases = Phrases::default();
    for sentence in SENTENCES {
        phrases.add(sentence, ());
    }
    phrases
});

/// Whether a message is rather a program's than a person's, and why. To be wrong costs little: nothing is written back at
/// once, and whatever else rules do is done.
pub fn looks_automatic(content: &Content, arrival: &Arrival<'_>) -> Option<Automatic> {
    // A tap is a person's, however fast.
    let text = match content {
        Content::Text { body } => body.trim(),
        Content::Media(media) => media.caption.as_deref().unwrap_or_default().trim(),
        Content::Interactive(
            InteractiveReply::ButtonReply { .. }
            | InteractiveReply::ListReply { .. }
            | InteractiveReply::FlowReply { .. }
            | InteractiveReply::CallPermissionReply { .. }
            | InteractiveReply::Other { .. },
        )
        | Content::Button { .. }
        | Content::Location(_)
        | Content::Contacts { .. }
        | Content::Reaction(_)
        | Content::Order { .. }
        | Content::System(_)
        | Content::Edit { .. }
        | Content::Revoke { .. }
        | Content::Unsupported { .. }
        | Content::Template(_)
        | Content::Opaque { .. } => return None,
    };
    if text.is_empty() {
        return None;
    }
    let repeated = arrival.before.is_some_and(|(before, at)| {
        before.trim() == text && arrival.at >= at && arrival.at.duration_since(at) < REPEATED_WITHIN
    });
    let follows_ours =
        arrival.our_last.is_some_and(|ours| arrival.at >= ours && arrival.at.duration_since(ours) < FASTER_THAN_HANDS);
    if MACHINES.found_in(&Words::of(super::words::beginning(text, LOOKED_AT))).next().is_some() {
        Some(Automatic::SaysSo)
    } else if follows_ours && text.chars().nth(LONGEST_QUICK_WORD).is_some() {
        Some(Automatic::TooFast)
    } else if repeated {
        Some(Automatic::Repeated)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    const ALONE: fn() -> Arrival<'static> = || Arrival { at: at(100), our_last: None, before: None };

    #[test]
    fn a_message_that_says_it_is_automatic_is() {
        for text in [
            "Thank you for contacting Smith & Co! Please let us know how we can help you.",
            "Thank you for your message. We're unavailable right now, but will respond as soon as possible.",
            "*Automatic reply:* I'm out of the office until Monday.",
            "¡Gracias por comunicarte con Taller Pérez! En este momento no estamos disponibles.",
            "Agradecemos sua mensagem. Não estamos disponíveis no momento.",
            "Detta är ett automatiskt svar. Jag är på semester.",
            "Automatische Antwort: Ich bin derzeit nicht im Büro.",
            "Merci d’avoir contacté Durand. Ceci est un message automatique.",
        ] {
            assert_eq!(looks_automatic(&Content::text(text), &ALONE()), Some(Automatic::SaysSo), "{text}");
        }
    }

    #[test]
    fn what_people_write_is_not() {
        for text in [
            "Thank you for your message, we will be there at six",
            "Is breakfast served automatically?",
            "Where is your office?",
            "Gracias por todo",
            "Der Automat nimmt kein Geld",
            "Le bureau est-il ouvert ?",
            "ok",
            "",
        ] {
            assert_eq!(looks_automatic(&Content::text(text), &ALONE()), None, "{text}");
        }
    }

    #[test]
    fn nobody_types_a_sentence_within_three_seconds_but_a_word_or_a_tap() {
        let soon = Arrival { our_last: Some(at(98)), ..ALONE() };
        assert_eq!(looks_automatic(&Content::text("Hello, I am here to help"), &soon), Some(Automatic::TooFast));
        assert_eq!(looks_automatic(&Content::text("ok thanks"), &soon), None);
        let tap = Content::Button { payload: None, text: Some("Yes, I would like that".into()) };
        assert_eq!(looks_automatic(&tap, &soon), None);
        let later = Arrival { our_last: Some(at(97)), ..ALONE() };
        assert_eq!(looks_automatic(&Content::text("Hello, I am here to help"), &later), None);
        // It came before ours did.
        let earlier = Arrival { our_last: Some(at(101)), ..ALONE() };
        assert_eq!(looks_automatic(&Content::text("Hello, I am here to help"), &earlier), None);
    }

    #[test]
    fn the_same_text_within_a_minute_is_a_machines() {
        let again = |since: i64| Arrival { before: Some(("Choose a number", at(100 - since))), ..ALONE() };
        let said = |text: &str, since| looks_automatic(&Content::text(text), &again(since));
        assert_eq!(said("Choose a number ", 59), Some(Automatic::Repeated));
        assert_eq!(said("Choose a number", 60), None);
        assert_eq!(said("Choose a room", 1), None);
    }
}
