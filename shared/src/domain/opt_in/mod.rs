//! Opt-in links: what people tap, scan or type to agree to be written to on WhatsApp. The text that the link has them send
//! holds a code that says which link it was, and in which language: so their message proves what they agreed to, and where.

mod code;
mod qr;
mod snippet;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use code::{OptInCode, codes_in, without_codes};
pub use qr::svg;
pub use snippet::html;

use super::{
    AccountId, ChannelId, MessageId, Timestamp,
    consent::{
        Choice, ConsentSettings, ConsentWord, Details, Evidence, How, Media, Purposes, Scope, Wished, consent_word,
    },
    contact::change::is_language_code,
    ids::OptInLinkId,
    phone::Phone,
};

/// In characters, as that of a setting that people read.
const LONGEST_SOURCE: usize = 100;
/// In characters: an SMS of several segments, with the link.
const LONGEST_WORDING: usize = 500;
/// In characters, with the code (Meta, "QR codes": a prefilled message has 140).
const LONGEST_TEXT: usize = 140;
const LONGEST_BUTTON: usize = 60;
const MOST_LANGUAGES: usize = 30;
/// The language of last resort.
const DEFAULT_LANGUAGE: &str = "en";

/// A link as it is kept. Who changes what a printed one says makes a new one: what is recorded is the wording of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptInLink {
    pub id: OptInLinkId,
    /// Whose number people write to.
    pub channel: ChannelId,
    /// Where people find it, such as `poster in the lobby`.
    pub source: String,
    /// What they agree to.
    pub purposes: Purposes,
    pub media: Media,
    /// By language.
    pub texts: BTreeMap<String, OptInText>,
}

/// What a link says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptInText {
    /// What they agree to, in words that stand beside the link.
    pub wording: String,
    /// What they send, without the code.
    pub message: String,
    /// What stands on a button; left out: what they send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    pub code: OptInCode,
}

/// How somebody's number came to those who ask by SMS: without that, nobody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It stands on their booking.
    Booking,
    /// They left it in a form, to be contacted.
    WebForm,
    /// They gave it on the phone, to be contacted.
    Phone,
    /// They gave it to staff, to be contacted.
    InPerson,
    /// They wrote from it.
    Message,
}

impl Basis {
    pub const ALL: [Self; 5] = [Self::Booking, Self::WebForm, Self::Phone, Self::InPerson, Self::Message];

    /// The word that rows and the API know it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::WebForm => "web_form",
            Self::Phone => "phone",
            Self::InPerson => "in_person",
            Self::Message => "message",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.word() == word)
    }
}

/// Why a link cannot be stored, with the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadOptInLink {
    /// Such as `texts.es.wording`.
    pub field: String,
    pub message: String,
}

fn bad<T>(field: impl Into<String>, message: impl Into<String>) -> Result<T, BadOptInLink> {
    Err(BadOptInLink { field: field.into(), message: message.into() })
}

impl OptInLink {
    /// Checks what somebody outside says.
    ///
    /// # Errors
    /// The field that is wrong.
    pub fn check(&self) -> Result<(), BadOptInLink> {
        one_line("source", &self.source, LONGEST_SOURCE)?;
        if self.texts.is_empty() || self.texts.len() > MOST_LANGUAGES {
            return bad("texts", format!("must be there in 1 to {MOST_LANGUAGES} languages"));
        }
        for (language, text) in &self.texts {
            let field = |name: &str| format!("texts.{language}.{name}");
            if !is_language_code(language) {
                return bad(format!("texts.{language}"), "must be a language code such as es or pt_BR");
            }
            one_line(&field("wording"), &text.wording, LONGEST_WORDING)?;
            // A space, brackets and the code follow.
            let room = LONGEST_TEXT - text.code.as_str().len() - 3;
            one_line(&field("message"), &text.message, room)?;
            if !codes_in(&text.message).is_empty() {
                return bad(field("message"), "must hold nothing that looks like a code; the code is added to it");
            }
            if stops(&text.message, &ConsentSettings::default()) {
                return bad(field("message"), "is a word that ends messages");
            }
            if let Some(button) = &text.button {
                one_line(&field("button"), button, LONGEST_BUTTON)?;
            }
        }
        Ok(())
    }

    pub fn scope(&self) -> Scope {
        Scope { purposes: self.purposes, media: self.media }
    }

    /// The language to say it in: the wanted one, its base, another region of it; else English, else the first there is.
    pub fn language_for(&self, wanted: Option<&str>) -> &str {
        let base = |code: &str| code.split(['_', '-']).next().unwrap_or_default().to_owned();
        let near = |code: &str| {
            let known = || self.texts.keys();
            let exact = known().find(|known| *known == code).or_else(|| known().find(|known| **known == base(code)));
            exact.or_else(|| known().find(|known| base(known) == base(code)))
        };
        let chosen = wanted.and_then(near).or_else(|| near(DEFAULT_LANGUAGE)).or_else(|| self.texts.keys().next());
        chosen.map_or(DEFAULT_LANGUAGE, String::as_str)
    }

    /// Evidence that somebody wrote the text of this language then.
    pub fn evidence(&self, language: &str, message: MessageId, at: Timestamp) -> Evidence {
        Evidence {
            wished: Wished { choice: Choice::In, scope: self.scope(), at, how: How::OptInLink },
            details: Details {
                wording: self.texts.get(language).map(|text| text.wording.clone()),
                source: Some(format!("{} ({})", self.source, self.id)),
                message: Some(message),
                language: Some(language.to_owned()),
                ..Details::by("customer")
            },
        }
    }
}

impl OptInText {
    /// What they send, with the code.
    pub fn text(&self) -> String {
        format!("{} ({})", self.message, self.code)
    }

    /// What stands on a button.
    pub fn button(&self) -> &str {
        self.button.as_deref().unwrap_or(&self.message)
    }

    /// A link that opens WhatsApp with the text (Meta, "click to chat").
    pub fn link(&self, number: &Phone) -> String {
        let text: String = form_urlencoded::byte_serialize(self.text().as_bytes()).collect();
        // A plus sign of the text is encoded already.
        format!("https://wa.me/{}?text={}", number.digits(), text.replace('+', "%20"))
    }

    /// The SMS that asks: who does, what for, and the link. The wording is whole, since it is what they agree to.
    pub fn sms(&self, name: &str, number: &Phone) -> String {
        format!("{}: {} {}", name.trim(), self.wording, self.link(number))
    }
}

fn one_line(field: &str, text: &str, most: usize) -> Result<(), BadOptInLink> {
    let fine = !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    if fine { Ok(()) } else { bad(field, format!("must have 1 to {most} characters, on one line")) }
}

fn stops(text: &str, settings: &ConsentSettings) -> bool {
    match consent_word(text, settings).map(|word| word.word) {
        Some(ConsentWord::Stop | ConsentWord::StopMarketing) => true,
        Some(ConsentWord::Start) | None => false,
    }
}

/// A code for each language: the one that it had, else one that is not `taken` by another link or language.
pub fn codes<'a>(
    account: &AccountId,
    link: &OptInLinkId,
    languages: impl IntoIterator<Item = &'a String>,
    known: Option<&OptInLink>,
    taken: &BTreeSet<OptInCode>,
) -> BTreeMap<String, OptInCode> {
    let mut taken = taken.clone();
    taken.extend(known.into_iter().flat_map(|known| known.texts.values().map(|text| text.code)));
    let mut codes = BTreeMap::new();
    for language in languages {
        let had = known.and_then(|known| known.texts.get(language)).map(|text| text.code);
        let code = had.unwrap_or_else(|| {
            let tries = (0..).map(|tries| OptInCode::derived(account, link, language, tries));
            tries.into_iter().find(|code| !taken.contains(code)).expect("there are far more codes than links")
        });
        taken.insert(code);
        codes.insert(language.clone(), code);
    }
    codes
}

/// The link whose code a text holds, and the language; `None` where the rest of it is a word that ends messages.
pub fn opt_in<'a>(text: &str, links: &'a [OptInLink], settings: &ConsentSettings) -> Option<(&'a OptInLink, &'a str)> {
    let of = |code: OptInCode| {
        let mut all =
            links.iter().flat_map(|link| link.texts.iter().map(move |(language, text)| (link, language, text)));
        all.find(|(_, _, text)| text.code == code).map(|(link, language, _)| (link, language.as_str()))
    };
    let found = codes_in(text).into_iter().find_map(of)?;
    (!stops(text, settings)).then_some(found)
}

#[cfg(test)]
mod tests;
