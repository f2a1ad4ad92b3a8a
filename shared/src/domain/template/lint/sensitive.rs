//! Requests for what nobody should tell in a chat (Meta, "WhatsApp Business messaging policy").
//!
//! A sentence asks for it if it names a secret and has a verb that asks, and nothing that makes it harmless: a refusal
//! ("we never ask for"), a thing that is shown at the desk, a Wi-Fi or a door; or the secret is told, not asked for, by
//! the variable that follows it.

use super::{
    Report,
    phrases::{Token, find, first_of, said, sentences, tokens},
    readable, rules,
    words::{self, INTERNATIONAL, Words, listed},
};
use crate::domain::template::Definition;

pub(super) fn check(report: &mut Report, language: &str, definition: &Definition) {
    let Some(words) = words::of(language) else { return };
    for (field, text) in readable(definition) {
        let tokens = tokens(text);
        if let Some(secret) = sentences(&tokens).find_map(|sentence| asked_for(words, sentence)) {
            let message = format!(
                "nobody may be asked for secrets such as \"{secret}\": ask for what you need at the desk or on your own site"
            );
            report.add(rules::SENSITIVE_DATA, field, message);
        }
    }
}

/// The secret, as the text says it.
fn asked_for(words: &'static Words, sentence: &[Token]) -> Option<String> {
    first_of(words.requests, sentence)?;
    if [words.harmless, INTERNATIONAL.harmless].into_iter().any(|list| first_of(list, sentence).is_some()) {
        return None;
    }
    let told = |end: usize| sentence.iter().skip(end).take(3).any(|next| *next == Token::Variable);
    let mut secrets = [words.secrets, INTERNATIONAL.secrets].into_iter().flat_map(listed);
    let secret = secrets.find(|secret| find(secret, sentence).is_some_and(|(_, end)| !told(end)))?;
    Some(said(secret, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, text: &str, asks: bool) {
        let words = words::of(language).unwrap();
        let tokens = tokens(text);
        let found = sentences(&tokens).find_map(|sentence| asked_for(words, sentence));
        assert_eq!(found.is_some(), asks, "{language}: {text} ({found:?})");
    }

    #[test]
    fn asking_for_a_secret_is_found_in_six_languages() {
        for (language, text) in [
            ("en", "Reply with your full card number and CVV."),
            ("en", "To keep the room, please send us a photo of your passport."),
            ("en", "We need your social security number."),
            ("en", "Please send us the password of your account."),
            ("en", "Reply with the PIN of your card so that we can go on."),
            ("en", "Please text us your login and the password for your email account."),
            ("en", "Send your mother's maiden name to confirm who you are."),
            ("de", "Bitte schicken Sie uns die PIN Ihrer Karte."),
            ("de", "Antworten Sie mit dem Kennwort Ihres Kontos."),
            ("de", "Nennen Sie uns die Nummer Ihres Personalausweises."),
            ("es", "Envíenos la contraseña de su cuenta para seguir."),
            ("es", "Responda con el PIN de su tarjeta."),
            ("fr", "Envoyez-nous le mot de passe de votre compte."),
            ("fr", "Indiquez le code de votre carte pour continuer."),
            ("pt_BR", "Envie a senha da sua conta para continuar."),
            ("pt_BR", "Responda com o PIN do seu cartão."),
            ("sv", "Skicka lösenordet till ditt konto så hjälper vi dig."),
            ("sv", "Svara med koden till ditt kort."),
            ("en", "Confirm your password to go on."),
            ("es", "Envíenos el número de su tarjeta y el CVV."),
            ("es", "Por favor, responda con su contraseña."),
            ("es", "Necesitamos una foto de su pasaporte."),
            ("es", "Indique su DNI para terminar."),
            ("pt_BR", "Envie o número do seu cartão para garantir."),
            ("pt_BR", "Responda com seu CPF."),
            ("pt_PT", "Indique a sua palavra-passe."),
            ("fr", "Envoyez-nous le numéro de votre carte bancaire."),
            ("fr", "Merci de répondre avec votre mot de passe."),
            ("de", "Bitte senden Sie uns Ihre Kreditkartennummer."),
            ("de", "Bitte Ihr Passwort per Antwort bestätigen."),
            ("sv", "Skicka ditt kortnummer till oss."),
            ("sv", "Svara med ditt personnummer."),
        ] {
            check(language, text, true);
        }
    }

    #[test]
    fn what_is_shown_told_or_refused_is_no_request() {
        for (language, text) in [
            ("en", "We will never ask you to send your card number."),
            ("en", "Enter the Wi-Fi password to connect."),
            ("en", "To open the door, enter your PIN."),
            ("en", "Please confirm your arrival and bring your passport or ID card."),
            ("en", "Write this down: your PIN is {{pin}}."),
            ("en", "Reply with the last four digits of your card number."),
            ("en", "Reply with your arrival time."),
            ("en", "Never share your password with anyone."),
            ("en", "Share your password with nobody."),
            ("en", "You asked to reset the password of your account: reply if this was not you."),
            ("de", "Geben Sie Ihr Passwort niemandem weiter."),
            ("es", "No comparta su contraseña con nadie."),
            ("pt_BR", "Não compartilhe sua senha com ninguém."),
            ("fr", "Ne communiquez votre mot de passe à personne."),
            ("sv", "Dela aldrig ditt lösenord med någon."),
            ("es", "Nunca le pediremos que envíe su contraseña."),
            ("es", "Confirme su llegada y traiga su DNI."),
            ("pt_BR", "Confirme sua chegada e apresente seu CPF."),
            ("fr", "Présentez une pièce d'identité et indiquez votre heure."),
            ("de", "Bitte bestätigen Sie und bringen Sie den Ausweis mit."),
            ("de", "Geben Sie im WLAN das Passwort ein."),
            ("sv", "Bekräfta din ankomst och ta med legitimation, passnummer behövs."),
        ] {
            check(language, text, false);
        }
    }
}
