//! What the stand-in is told about the business: its numbers, its first templates, and how providers behave.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use transom::domain::{
    channel::{Medium, ProviderKind},
    template::{ParameterFormat, Template},
};

use super::review::ReviewHabits;

/// Everything the stand-in needs to know at the start.
#[derive(Debug, Clone, Default)]
pub struct OutsideConfig {
    pub numbers: Vec<OutsideNumber>,
    pub templates: Vec<OutsideTemplate>,
    /// All chance comes from it: the same seed and the same calls give the same webhooks.
    pub seed: u64,
    pub habits: ReceiptHabits,
    pub reviews: ReviewHabits,
}

/// One sender address of the business at a provider. `Debug` leaves its secrets out.
#[derive(Clone, PartialEq, Eq)]
pub struct OutsideNumber {
    pub provider: ProviderKind,
    pub medium: Medium,
    /// A phone number id at Meta, `+` and digits at Twilio.
    pub number: String,
    /// What customers see: `+` and digits.
    pub display_phone: String,
    /// Another name for it at the control API: Transom's channel id.
    pub alias: Option<String>,
    /// The endpoint that its webhooks go to: the last part of `/webhooks/{endpoint}`.
    pub endpoint: String,
    /// Meta's app secret, or Twilio's auth token.
    pub signing_secret: String,
    /// What sends must be authorised with: a bearer token at Meta, the password of Basic at Twilio.
    pub access_token: String,
    /// Twilio's account SID.
    pub account_sid: Option<String>,
    /// The endpoint's address as the provider knows it; part of Twilio's signature. A fragment (`#rc=3&rp=all`) sets
    /// Twilio's repeats (Twilio, "webhooks connection overrides").
    pub public_url: String,
    /// Meta's WhatsApp Business Account; empty elsewhere.
    pub waba_id: String,
}

impl OutsideNumber {
    /// Tells two media of one phone number apart.
    pub(super) fn key(&self) -> String {
        let provider = match self.provider {
            ProviderKind::Meta => "meta",
            ProviderKind::Twilio => "twilio",
        };
        format!("{provider}:{}:{}", medium_word(self.medium), self.number)
    }

    /// Whether `name` means this number, in any of the ways people write it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let as_phone = digits(name);
        let is_phone = !as_phone.is_empty() && !name.chars().any(char::is_alphabetic);
        self.number == name
            || self.alias.as_deref() == Some(name)
            || (is_phone && digits(&self.display_phone) == as_phone)
    }
}

impl fmt::Debug for OutsideNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutsideNumber")
            .field("provider", &self.provider)
            .field("medium", &self.medium)
            .field("number", &self.number)
            .field("alias", &self.alias)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// One template in one language, as both providers hold it from the start. What they do with it is in `review`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideTemplate {
    pub name: String,
    pub language: String,
    /// With `{{name}}` or `{{1}}` for each variable.
    pub body: String,
    /// The variables in order: their names, or "1", "2", … where they are positional.
    pub variables: Vec<String>,
    pub format: ParameterFormat,
    /// Labels of its quick-reply buttons.
    pub buttons: Vec<String>,
    /// Twilio's name of it (`HX…`).
    pub content_sid: Option<String>,
    pub status: TemplateStatus,
}

/// Where a template stands at the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    #[default]
    Approved,
    Paused,
    Disabled,
    /// Not yet looked at, or rejected: it does not exist for sending.
    Pending,
}

impl OutsideTemplate {
    /// The provider's side of a template that Transom knows.
    pub fn approved(template: &Template) -> Self {
        Self {
            name: template.name.clone(),
            language: template.language.clone(),
            body: template.definition.body.clone(),
            variables: template.variables.clone(),
            format: template.parameters,
            buttons: template.definition.buttons.iter().map(|button| button.label().to_owned()).collect(),
            content_sid: template.references.get(&ProviderKind::Twilio).cloned(),
            status: TemplateStatus::Approved,
        }
    }
}

/// How receipts come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiptHabits {
    /// In any order, not in that of the events.
    pub shuffle: bool,
    /// Some of them twice.
    pub duplicates: bool,
    /// How long after the acceptance the last of them comes, except repeats, which may take as long again.
    pub latest: SignedDuration,
    /// Whether customers let it be known that they have read.
    pub read: bool,
}

impl Default for ReceiptHabits {
    fn default() -> Self {
        Self { shuffle: true, duplicates: true, latest: SignedDuration::from_secs(3), read: true }
    }
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

pub(super) fn medium_word(medium: Medium) -> &'static str {
    match medium {
        Medium::WhatsApp => "whatsapp",
        Medium::Sms => "sms",
    }
}
