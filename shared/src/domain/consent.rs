//! Whether a person may be written to. An opt-out is a hard stop on every channel of the account.

use super::Timestamp;

/// The newest of each; whichever is newer holds. Facts arrive in any order, so both are kept as maxima.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consent {
    pub opted_out_at: Option<Timestamp>,
    pub opted_in_at: Option<Timestamp>,
}

/// What a word of the customer's asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentWord {
    Stop,
    Start,
}

impl Consent {
    /// What two contacts that are one person wish: the newest word of each kind.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            opted_out_at: self.opted_out_at.max(other.opted_out_at),
            opted_in_at: self.opted_in_at.max(other.opted_in_at),
        }
    }

    pub fn opted_out(self) -> bool {
        match (self.opted_out_at, self.opted_in_at) {
            (Some(out), Some(back)) => out >= back,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

/// Words that end or resume messages when they are the whole message. The first row is what SMS carriers act on
/// (Twilio, default opt-out words); the others are the same wish in other languages.
const STOP: &[&str] = &[
    "STOP",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "STOPALL",
    "REVOKE",
    "OPTOUT",
    "CANCEL", //
    "OPT OUT",
    "STOPP",
    "BAJA",
    "PARE",
    "PARAR",
    "SAIR",
    "ARRET",
    "ARRÊT",
    "ARRÊTER",
];
const START: &[&str] = &["START", "UNSTOP", "ALTA", "VOLTAR"];

/// Reads a whole message as a word about consent. A word within a sentence is not one: "we stop at two hotels".
pub fn consent_word(text: &str) -> Option<ConsentWord> {
    if text.len() > 60 {
        return None;
    }
    let word = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_uppercase();
    if STOP.contains(&word.as_str()) {
        Some(ConsentWord::Stop)
    } else if START.contains(&word.as_str()) {
        Some(ConsentWord::Start)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<ConsentWord>) {
        assert_eq!(consent_word(text), expected, "{text}");
    }

    #[test]
    fn a_word_alone_stops_or_starts_and_a_sentence_does_not() {
        check("STOP", Some(ConsentWord::Stop));
        check(" stop. ", Some(ConsentWord::Stop));
        check("Baja", Some(ConsentWord::Stop));
        check("arrêt!", Some(ConsentWord::Stop));
        check("start", Some(ConsentWord::Start));
        check("Does the bus stop here?", None);
        check("stop it now please", None);
        check("", None);
        check(&"stop ".repeat(100), None);
    }

    #[test]
    fn the_newer_wish_holds_whatever_the_order() {
        let at = |s: i64| Some(Timestamp::from_second(s).unwrap());
        assert!(!Consent::default().opted_out());
        assert!(Consent { opted_out_at: at(5), opted_in_at: None }.opted_out());
        assert!(Consent { opted_out_at: at(5), opted_in_at: at(4) }.opted_out());
        assert!(!Consent { opted_out_at: at(5), opted_in_at: at(6) }.opted_out());
        assert!(Consent { opted_out_at: at(5), opted_in_at: at(5) }.opted_out());
    }
}
