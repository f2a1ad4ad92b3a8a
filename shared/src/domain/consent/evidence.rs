//! What proves a wish: when, how, who recorded it, what they agreed to, and where it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    super::{MessageId, Timestamp},
    Choice, Scope, Word,
};

/// The longest wording that is kept, in characters.
pub const LONGEST_WORDING: usize = 2_000;
/// The longest source, in characters.
const LONGEST_SOURCE: usize = 500;
/// The longest name of who recorded it, in characters.
const LONGEST_ACTOR: usize = 100;

/// How a wish came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ConsentHow")]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// A form on the web.
    WebForm,
    /// A link in an SMS.
    SmsLink,
    /// A box on the booking.
    Booking,
    /// Said on the phone, to staff.
    Phone,
    /// Said to staff.
    InPerson,
    /// A word that the customer wrote.
    Keyword,
    /// A message with the code of an opt-in link.
    OptInLink,
    /// A provider said so.
    ProviderEvent,
    /// Brought over from another system.
    Import,
    /// A program, without saying more.
    Api,
    /// The address is on the list of those that nobody writes to.
    Suppression,
}

impl How {
    pub const ALL: [Self; 11] = [
        Self::WebForm,
        Self::SmsLink,
        Self::Booking,
        Self::Phone,
        Self::InPerson,
        Self::Keyword,
        Self::OptInLink,
        Self::ProviderEvent,
        Self::Import,
        Self::Api,
        Self::Suppression,
    ];

    /// The word beside a contact's newest wish, and of an event about it. The customer's own word is `message`, as ever.
    pub fn origin(self) -> &'static str {
        match self {
            Self::WebForm => "web_form",
            Self::SmsLink => "sms_link",
            Self::Booking => "booking",
            Self::Phone => "phone",
            Self::InPerson => "in_person",
            Self::Keyword => "message",
            Self::OptInLink => "opt_in_link",
            Self::ProviderEvent => "provider",
            Self::Import => "import",
            Self::Api => "api",
            Self::Suppression => "suppression",
        }
    }
}

/// A wish: all of it that decides. Nothing in it says who it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wished {
    pub choice: Choice,
    pub scope: Scope,
    /// When they wished it, not when it was noted.
    pub at: Timestamp,
    pub how: How,
}

/// What else proves it. Sealed, since it may hold a person's own words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Who recorded it: `customer`, `provider`, `api`, or the id of staff or of a token.
    pub by: String,
    /// The text that they agreed to, or what they wrote, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// A URL, or the name of a form or campaign; of a provider, its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The message that says it, or that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// Of the wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Words stay out of logs.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details").field("message", &self.message).finish_non_exhaustive()
    }
}

/// A wish with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub wished: Wished,
    pub details: Details,
}

/// Why evidence cannot be kept, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadEvidence {
    pub field: &'static str,
    pub message: String,
}

impl Details {
    /// Recorded by somebody, with nothing else to say.
    pub fn by(who: &str) -> Self {
        Self { by: who.to_owned(), wording: None, source: None, message: None, language: None }
    }
}

impl Evidence {
    /// What a program records without saying more.
    pub fn by_api(choice: Choice, at: Timestamp) -> Self {
        let wished = Wished { choice, scope: Scope::EVERYTHING, at, how: How::Api };
        Self { wished, details: Details::by("api") }
    }

    /// A word that the customer wrote then.
    pub fn of_word(word: Word, text: &str, message: MessageId, at: Timestamp) -> Self {
        Self {
            wished: word.word.wished(at),
            details: Details {
                wording: Some(text.to_owned()),
                message: Some(message),
                language: word.language.map(str::to_owned),
                ..Details::by("customer")
            },
        }
    }

    /// What a provider says of the customer. `source`: its own word or code for it.
    pub fn by_provider(choice: Choice, scope: Scope, source: &str, at: Timestamp) -> Self {
        let wished = Wished { choice, scope, at, how: How::ProviderEvent };
        Self { wished, details: Details { source: Some(source.to_owned()), ..Details::by("provider") } }
    }

    /// An address is not to be written to, since then.
    pub fn of_suppression(by: &str, since: Timestamp) -> Self {
        let wished = Wished { choice: Choice::Out, scope: Scope::EVERYTHING, at: since, how: How::Suppression };
        Self { wished, details: Details::by(by) }
    }

    /// Checks what somebody outside says.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), BadEvidence> {
        let bad = |field, message: &str| Err(BadEvidence { field, message: message.to_owned() });
        let Details { by, wording, source, language, .. } = &self.details;
        if by.is_empty() || by.chars().count() > LONGEST_ACTOR {
            return bad("by", "must have 1 to 100 characters");
        }
        let fits = |text: &Option<String>, most: usize| {
            text.as_ref().is_none_or(|text| !text.trim().is_empty() && text.chars().count() <= most)
        };
        if !fits(wording, LONGEST_WORDING) {
            return bad("wording", "must have 1 to 2000 characters");
        }
        if !fits(source, LONGEST_SOURCE) {
            return bad("source", "must have 1 to 500 characters");
        }
        if !fits(language, 20) {
            return bad("language", "must be a language code such as es or pt_BR");
        }
        // Nobody has wished anything yet that lies ahead; and it would stand against whatever they wish until then.
        if self.wished.at > now {
            return bad("at", "must not lie in the future");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_is_too_long_or_from_the_future_is_named() {
        let good = Evidence::by_api(Choice::In, at(10));
        assert_eq!(good.check(at(10)), Ok(()));
        let field = |change: fn(&mut Evidence)| {
            let mut evidence = good.clone();
            change(&mut evidence);
            evidence.check(at(10)).unwrap_err().field
        };
        assert_eq!(field(|it| it.details.by = String::new()), "by");
        assert_eq!(field(|it| it.details.wording = Some("é".repeat(LONGEST_WORDING + 1))), "wording");
        assert_eq!(field(|it| it.details.source = Some(" ".to_owned())), "source");
        assert_eq!(field(|it| it.wished.at = at(11)), "at");
        let longest = Details { wording: Some("é".repeat(LONGEST_WORDING)), ..Details::by("customer") };
        assert_eq!(Evidence { details: longest, ..good }.check(at(10)), Ok(()));
    }

    #[test]
    fn evidence_hides_its_words_from_logs() {
        let details =
            Details { wording: Some("Yes, from Ana".into()), source: Some("form".into()), ..Details::by("Ana") };
        let shown = format!("{:?}", Evidence { details, ..Evidence::by_api(Choice::In, at(1)) });
        assert!(!shown.contains("Ana") && !shown.contains("form"), "{shown}");
    }

    #[test]
    fn each_way_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<_> = How::ALL.map(How::origin).into_iter().collect();
        assert_eq!(words.len(), How::ALL.len());
    }
}
