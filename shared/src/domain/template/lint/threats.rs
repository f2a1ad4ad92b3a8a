//! Threats, which Meta refuses as abusive: with the law, with debt collectors, or with telling others.

use super::{
    Report,
    phrases::{first_of, said, tokens},
    readable, rules,
    words::{self, Words},
};
use crate::domain::template::Definition;

pub(super) fn check(report: &mut Report, language: &str, definition: &Definition) {
    let Some(words) = words::of(language) else { return };
    for (field, text) in readable(definition) {
        if let Some(threat) = threat_in(words, text) {
            let message =
                format!("\"{threat}\" reads as a threat: say what is due, by when, and how to pay or to object");
            report.add(rules::THREAT, field, message);
        }
    }
}

/// The threat, as the text says it.
fn threat_in(words: &'static Words, text: &str) -> Option<String> {
    let tokens = tokens(text);
    first_of(words.threats, &tokens).map(|phrase| said(phrase, &tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: &str, text: &str, threatens: bool) {
        let found = threat_in(words::of(language).unwrap(), text);
        assert_eq!(found.is_some(), threatens, "{language}: {text} ({found:?})");
    }

    #[test]
    fn a_threat_is_found_in_six_languages() {
        for (language, text) in [
            ("en", "Pay the rent today or our lawyers will contact you."),
            ("en", "If you do not pay, we will inform your employer of your debt."),
            ("en", "Your debt will be handed over to a collection agency on Monday, and everyone will know."),
            ("en", "We will have to take legal action if the bill is not paid."),
            ("en", "Pay now or we will post your photo on Facebook."),
            ("en", "We'll tell your family and friends that you do not pay."),
            ("de", "Wenn Sie nicht zahlen, leiten wir rechtliche Schritte gegen Sie ein."),
            ("de", "Zahlen Sie bis morgen, sonst informieren wir Ihren Arbeitgeber."),
            ("de", "Wir übergeben Ihren Fall an ein Inkassobüro."),
            ("de", "Ihr Fall wird am Montag an ein Inkassounternehmen übergeben."),
            ("de", "Zahlen Sie oder wir veröffentlichen Ihren Namen."),
            ("de", "Sonst werden wir gerichtliche Schritte einleiten."),
            ("es", "Si no paga hoy, tomaremos acciones legales contra usted."),
            ("es", "Pague ya o avisaremos a su jefe."),
            ("es", "Su deuda pasará a una agencia de cobro y lo incluiremos en la lista de morosos."),
            ("es", "Publicaremos su nombre y su foto si no paga."),
            ("es", "Pague hoy o se arrepentirá."),
            ("es", "Emprenderemos medidas judiciales por su deuda."),
            ("fr", "Si vous ne payez pas, nous engagerons des poursuites judiciaires."),
            ("fr", "Payez aujourd'hui ou nous préviendrons votre employeur."),
            ("fr", "Nous transmettrons votre dossier à une société de recouvrement."),
            ("fr", "Vous allez le regretter si la facture n'est pas payée."),
            ("fr", "Nous publierons votre nom sur les réseaux sociaux."),
            ("fr", "Sans paiement, nous prendrons des mesures légales contre vous."),
            ("pt_BR", "Se não pagar hoje, tomaremos medidas legais contra você."),
            ("pt_BR", "Pague agora ou vamos avisar o seu chefe."),
            ("pt_BR", "Vamos divulgar seu nome e sua dívida nas redes."),
            ("pt_BR", "Seu caso será enviado a uma empresa de cobrança."),
            ("pt_BR", "Você vai se arrepender se não pagar."),
            ("pt_BR", "Vamos processar você se a fatura não for paga."),
            ("sv", "Om du inte betalar vidtar vi rättsliga åtgärder mot dig."),
            ("sv", "Betala i dag annars kontaktar vi din arbetsgivare."),
            ("sv", "Din skuld skickas till inkasso på måndag."),
            ("sv", "Betala nu eller så hänger vi ut dig."),
            ("sv", "Du kommer att ångra dig om fakturan inte betalas."),
            ("sv", "Vi stämmer dig om du inte betalar hyran."),
        ] {
            check(language, text, true);
        }
    }

    #[test]
    fn a_notice_is_no_threat() {
        for (language, text) in [
            ("en", "Your invoice 4471 is unpaid. Please pay it by Friday, or call us if something is wrong with it."),
            ("en", "Final reminder: the invoice for your stay was due on Monday. Please pay by card or transfer."),
            (
                "en",
                "Our technician will come to your house on Friday between 9 and 11 to repair the boiler you reported.",
            ),
            ("en", "Your case was passed to the maintenance team, and they will call you today."),
            ("en", "Your order will be handed to the courier tomorrow."),
            (
                "de",
                "Ihre Rechnung ist noch offen. Bitte überweisen Sie den Betrag bis Freitag oder melden Sie sich bei uns.",
            ),
            ("de", "Unser Techniker kommt am Freitag zu Ihnen nach Hause und repariert die Heizung, wie gemeldet."),
            ("es", "Su factura sigue pendiente. Puede pagarla hasta el viernes o llamarnos si hay un error."),
            ("es", "El técnico irá a su casa el viernes entre las nueve y las once para la reparación que pidió."),
            (
                "fr",
                "Votre facture reste impayée. Merci de la régler avant vendredi ou de nous appeler en cas d'erreur.",
            ),
            ("pt_BR", "Sua fatura está em aberto. Pague até sexta-feira ou fale conosco se houver algum erro."),
            ("pt_BR", "O técnico vai até sua casa na sexta para o conserto que você pediu."),
            ("sv", "Din faktura är obetald. Betala senast på fredag, eller ring oss om något är fel."),
            (
                "en",
                "Your parcel goes to the collection point on the corner, and we send it to your neighbour if you wish.",
            ),
            ("en", "We will post your photos to you tomorrow, as you ordered."),
            ("en", "You will not regret your visit; the table is booked for eight."),
            ("en", "The shuttle to your tennis lesson will take you to court 5."),
            ("en", "We know where your bag is: it arrives with your next flight at noon."),
            ("de", "Wir kommen zu Ihnen ins Büro, wie im Termin vereinbart."),
            ("de", "Sie werden es nicht bereuen, bei Regen das Taxi bestellt zu haben."),
            ("es", "Sin embargo su reserva sigue activa hasta el viernes."),
            ("es", "No se arrepentirá de su elección: la mesa está reservada en la terraza."),
            ("pt_BR", "Processaremos o reembolso do seu pedido em até cinco dias."),
            ("pt_BR", "O ônibus vai parar na porta do hotel às nove para o seu transfer."),
            ("pt_BR", "Você não vai se arrepender de ter chegado cedo: o quarto já está pronto."),
            ("fr", "Nous prendrons des mesures pour que votre chambre soit prête à midi."),
            ("fr", "Nous vous retrouverons à la réception à neuf heures pour votre visite."),
            ("sv", "Du kan anmäla dig till lektionen här, din plats på bokningen är kvar."),
            ("sv", "Du kan ångra dig om du hör av dig inom 14 dagar efter köpet."),
            ("sv", "Vi kan lägga till ditt namn i bokningen om du vill."),
            ("sv", "Du kommer inte att ångra att du bokade bord i kväll."),
        ] {
            check(language, text, false);
        }
    }
}
