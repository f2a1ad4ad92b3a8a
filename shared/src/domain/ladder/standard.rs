//! The ladder of an account that has stored none (design, section 5).

use std::collections::BTreeMap;

use super::{Action, Condition, Ladder, Moment, Step, english};

/// Invitations by SMS, in the letters that SMS has; one for each language of the template library.
const INVITATIONS: &str = include_str!("invitations.json");

impl Default for Ladder {
    fn default() -> Self {
        let step = |name: &str, when, only_if: &[Condition], action| Step {
            name: name.to_owned(),
            when,
            only_if: only_if.to_vec(),
            action,
        };
        let template = |template: &str| Action::SendTemplate { template: template.to_owned(), values: BTreeMap::new() };
        let mut languages: BTreeMap<String, String> =
            serde_json::from_str(INVITATIONS).expect("it is part of the program, and a test reads it");
        let text = languages.remove("en").unwrap_or_default();
        let invite = || Action::SmsInvite { text: text.clone(), languages: languages.clone() };
        Self {
            default_language: english(),
            business_hours: None,
            content_by_sms: false,
            prefer_cheaper: false,
            channels: BTreeMap::new(),
            steps: vec![
                step("remind", Moment::BeforeEnd { minutes: 240 }, &[Condition::CustomerWaits], Action::Remind {}),
                step(
                    "holding-message",
                    Moment::BeforeEnd { minutes: 60 },
                    &[Condition::CustomerWaits, Condition::OutsideBusinessHours],
                    holding_message(),
                ),
                step("fallback", Moment::AtEnd {}, &[Condition::CustomerWaits], template("fallback")),
                step("answer-waiting", Moment::AnswerHeld {}, &[], template("answer_waiting")),
                step("sms-at-once", Moment::TemplateFailed {}, &[Condition::MayBeTexted], invite()),
                step("sms-later", Moment::AfterTemplate { minutes: 120 }, &[Condition::MayBeTexted], invite()),
                step("give-up", Moment::HeldFor { hours: 72 }, &[], Action::GiveUp { ticket: true }),
            ],
        }
    }
}

fn holding_message() -> Action {
    let languages = [
        ("es", "Gracias por su mensaje. Ahora mismo no estamos, pero le contestaremos en cuanto podamos."),
        ("pt", "Obrigado pela sua mensagem. Neste momento não estamos, mas responderemos assim que possível."),
        ("fr", "Merci pour votre message. Nous sommes absents pour le moment et vous répondrons dès que possible."),
        ("de", "Vielen Dank für Ihre Nachricht. Wir sind gerade nicht da und antworten Ihnen, sobald wir können."),
        ("sv", "Tack för ditt meddelande. Vi är inte på plats just nu men svarar så snart vi kan."),
    ];
    Action::HoldingMessage {
        text: "Thank you for your message. We are away just now and will answer as soon as we can.".to_owned(),
        languages: languages.map(|(code, text)| (code.to_owned(), text.to_owned())).into(),
    }
}
