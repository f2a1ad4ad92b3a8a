//! The words that stand on buttons, by language: enough to tell a label that was not translated.

use super::super::phrases::{Token, is_word, tokens};

/// A language's code, its name, and words that are common on buttons. A word that two languages share is in both lists.
const WORDS: [(&str, &str, &str); 6] = [
    (
        "en",
        "English",
        "yes no please thanks thank you confirm cancel call us reply read answer view see open book my the your our more details i am have need question help
        change speak talk to with contact later tomorrow today directions get add continue back send not interested learn
        great good on way here what where how ask reception booking reservation order invoice room table is it of for",
    ),
    (
        "es",
        "Spanish",
        "sí si no por favor gracias confirmar cancelar llamar llámenos responder leer ver abrir reservar mi la el los las su nuestro más
        detalles tengo necesito una un pregunta ayuda cambiar hablar con contactar luego mañana hoy cómo llegar continuar volver enviar
        me interesa recepción reserva pedido factura habitación mesa a de para en todo bien",
    ),
    (
        "pt",
        "Portuguese",
        "sim não nao por favor obrigado obrigada confirmar cancelar ligar responder ler ver abrir reservar meu minha a o os as seu sua mais
        detalhes tenho preciso uma um pergunta dúvida ajuda mudar alterar falar com contatar contactar depois amanhã hoje como chegar
        continuar voltar enviar recepção receção reserva pedido fatura quarto mesa de para em tudo bem",
    ),
    (
        "fr",
        "French",
        "oui non merci s'il vous plaît confirmer annuler appeler répondre lire voir ouvrir réserver mon ma mes le la les votre notre plus
        détails j'ai besoin une un question aide modifier changer parler avec contacter tard demain aujourd'hui venir continuer retour
        envoyer intéressé réception réservation commande facture chambre table de à pour en je d'accord l'itinéraire bien très pas",
    ),
    (
        "de",
        "German",
        "ja nein bitte danke bestätigen stornieren absagen anrufen antworten antwort lesen ansehen öffnen buchen mein meine meinen der die
        das den ihre unser mehr details ich habe bin brauche eine ein frage hilfe ändern sprechen mit kontakt später morgen heute weiter
        zurück senden kein interesse rezeption buchung reservierung bestellung rechnung zimmer tisch im in zu zur zum von für uns gern gut",
    ),
    (
        "sv",
        "Swedish",
        "ja nej tack snälla bekräfta avboka ring oss svara svar läs läsa visa se öppna boka min mitt mina den det er vår mer detaljer jag
        har behöver en ett fråga hjälp ändra prata med kontakta senare imorgon idag i fortsätt tillbaka skicka inte receptionen bokning
        bokningen beställning faktura rum rummet bord bordet av för till på",
    ),
];

/// The language of a label, if it has words of that one and none of the declared language.
pub(super) fn other_language(label: &str, declared: &str) -> Option<&'static str> {
    let read: Vec<String> = tokens(label)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            Token::Number(_)
            | Token::Variable
            | Token::Percent
            | Token::Currency(_)
            | Token::Minus
            | Token::Pause
            | Token::Stop => None,
        })
        .collect();
    let known = |list: &str| {
        let parts = || list.split([' ', '\n', '\'']).filter(|known| !known.is_empty());
        read.iter().filter(|word| parts().any(|known| is_word(known, word))).count()
    };
    let (_, _, own) = WORDS.iter().find(|(code, _, _)| *code == declared)?;
    if known(own) > 0 {
        return None;
    }
    // More than half of the words: a hotel's name or its wellness may be foreign.
    WORDS.iter().find(|(_, _, list)| known(list) * 2 > read.len()).map(|(_, name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_was_not_translated_is_found() {
        for (declared, label, found) in [
            ("es", "Yes, please", "English"),
            ("de", "Contact us", "English"),
            ("sv", "Read the answer", "English"),
            ("en", "Sí, gracias", "Spanish"),
            ("fr", "Ja, bitte", "German"),
            ("pt", "View my booking", "English"),
            ("de", "Oui, merci", "French"),
        ] {
            assert_eq!(other_language(label, declared), Some(found), "{declared}: {label}");
        }
        for (declared, label) in [
            ("es", "Sí, por favor"),
            ("es", "No"),
            ("pt", "Confirmar"),
            ("de", "Check-in online"),
            ("de", "Online Check-in öffnen"),
            ("fr", "Menu"),
            ("sv", "Ja"),
            ("de", "Info"),
            ("de", "Spa"),
            ("es", "WhatsApp"),
            ("fi", "Yes, please"),
            ("en", "Chat"),
            ("en", ""),
        ] {
            assert_eq!(other_language(label, declared), None, "{declared}: {label}");
        }
    }
}
