//! Where a template stands at a provider, and how news of it are taken (Meta, "template status", "template quality",
//! "template categorization"; Twilio, "Content API: approval requests").

use serde::{Deserialize, Serialize};

use super::{
    super::{Timestamp, channel::ProviderKind},
    Category, ParameterFormat,
};

/// An account of a provider that templates are approved for: Meta's WhatsApp Business Account, Twilio's account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    pub provider: ProviderKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Place {
    /// For people: the provider, and its account where one is known.
    pub fn in_words(&self) -> String {
        let provider = self.provider.word();
        self.account.as_ref().map_or_else(|| provider.to_owned(), |account| format!("{provider} {account}"))
    }
}

/// Where a template stands, in our words. The better ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateStatus")]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may be sent.
    Approved,
    /// The provider lets it rest, mostly for its quality; it comes back by itself, or after it was edited.
    Paused,
    /// The provider has it and has not decided yet, or decides again.
    Submitted,
    /// Nobody asked for approval yet.
    Draft,
    /// Somebody asked, and somebody else is to agree first.
    Proposed,
    /// The provider turned it down.
    Rejected,
    /// The provider will not let it be sent any more.
    Disabled,
    /// The provider does not have it, or not any more.
    Missing,
}

impl Status {
    pub const ALL: [Self; 8] = [
        Self::Approved,
        Self::Paused,
        Self::Submitted,
        Self::Draft,
        Self::Proposed,
        Self::Rejected,
        Self::Disabled,
        Self::Missing,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Paused => "paused",
            Self::Submitted => "submitted",
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Rejected => "rejected",
            Self::Disabled => "disabled",
            Self::Missing => "missing",
        }
    }

    /// By a provider's word, whatever its case. `None`: a word that says nothing of whether it may be sent.
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "approved" | "reinstated" | "unarchived" => Some(Self::Approved),
            "pending" | "in_appeal" | "received" | "in_review" => Some(Self::Submitted),
            "rejected" => Some(Self::Rejected),
            "paused" => Some(Self::Paused),
            "disabled" | "limit_exceeded" | "locked" | "archived" => Some(Self::Disabled),
            "deleted" | "pending_deletion" | "missing" | "unsubmitted" => Some(Self::Missing),
            // FLAGGED: its quality is low; it still goes out.
            _ => None,
        }
    }

    /// What whoever looks after templates should do about it, if anything.
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Approved | Self::Submitted => None,
            Self::Draft => Some("submit it"),
            Self::Proposed => Some("somebody else must agree before it is submitted"),
            Self::Paused => Some(
                "customers blocked or reported it; change what it says or to whom it goes, and wait until it is reinstated",
            ),
            Self::Rejected => Some("change what the reason names and submit it again"),
            Self::Disabled => Some("make another template under a new name; this one cannot be sent any more"),
            Self::Missing => Some("submit it again, or delete it here"),
        }
    }
}

/// What customers make of it (Meta, "template quality rating").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "TemplateQuality")]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Green,
    Yellow,
    Red,
    Unknown,
}

impl Quality {
    pub fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "green" => Some(Self::Green),
            "yellow" => Some(Self::Yellow),
            "red" => Some(Self::Red),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// Where a template stands at one account of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    #[serde(flatten)]
    pub place: Place,
    /// The provider's own id of it: Meta's template id, Twilio's ContentSid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub status: Status,
    /// The provider's word for that, in lower case.
    pub word: String,
    /// Why it was turned down, or rests: the provider's word or words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The category that the provider has it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The category that it will be moved to, where that was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_category: Option<Category>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Whether this provider knows its variables by name or by position; `None`: as the template says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<ParameterFormat>,
    /// When the provider decided so; older news of it are not heeded.
    pub since: Timestamp,
    /// The same of its quality, and of its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_since: Option<Timestamp>,
    /// A fingerprint of what the provider's list last said that it says: another one is an edit that was made there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<String>,
}

/// A provider's word on a template's standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    pub name: String,
    pub language: String,
    /// The provider's account that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(flatten)]
    pub decision: Decision,
    /// By the provider's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum Decision {
    Status {
        /// The provider's word in lower case, such as `approved`, `rejected` or `paused`.
        status: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Quality {
        quality: Quality,
    },
    Category {
        category: Category,
        /// It will be moved to this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Category>,
    },
    /// Somebody changed what it says, at the provider: its list has how.
    Edited,
}

impl Standing {
    /// As it stands right after it was handed in.
    pub fn submitted(place: Place, reference: Option<String>, since: Timestamp) -> Self {
        let status = Status::Submitted;
        let word = "pending".to_owned();
        Self {
            place,
            reference,
            status,
            word,
            reason: None,
            category: None,
            next_category: None,
            quality: None,
            parameters: None,
            since,
            quality_since: None,
            category_since: None,
            listed: None,
        }
    }

    /// What whoever looks after templates should do about it: by the provider's reason, where that is one of Meta's words
    /// ("template status": `rejected_reason`), else by the status alone.
    pub fn advice(&self) -> Option<&'static str> {
        let word =
            self.reason.as_deref().and_then(|reason| reason.split(':').next()).filter(|_| self.word == "rejected");
        match word.map(str::to_ascii_lowercase).as_deref() {
            Some("promotional" | "incorrect_category") => {
                Some("submit it as marketing, or leave out whatever offers or sells and submit it again")
            }
            Some("invalid_format") => Some(
                "look at its variables, samples, links and formatting; mend what does not belong there and submit it again",
            ),
            Some("tag_content_mismatch") => {
                Some("let the category and the language be those of the text, and submit it again")
            }
            Some("abusive_content") => Some(
                "leave out threats and questions for card or identity numbers, or whatever may hurt, and submit it again",
            ),
            Some("scam") => {
                Some("say plainly who writes and why, with links to your own site only, and submit it again")
            }
            _ => self.status.advice(),
        }
    }

    /// Whether this reason says nothing that is not known: lists have the word alone that a webhook explained.
    pub fn knows_reason(&self, reason: &str) -> bool {
        let known = self.reason.as_deref().and_then(|known| known.strip_prefix(reason));
        known.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// When anything of it changed last, by the provider's word.
    pub fn changed_at(&self) -> Timestamp {
        [self.quality_since, self.category_since].into_iter().flatten().fold(self.since, Timestamp::max)
    }

    /// The provider will never let it be sent again, nor delete it (Meta, "delete templates").
    pub fn is_disabled_for_good(&self) -> bool {
        self.word == "disabled"
    }

    /// The provider has it in some form: it was not turned down at the door, and is not gone.
    pub fn is_there(&self) -> bool {
        self.status != Status::Missing && self.word != Self::REFUSED
    }

    /// Our word for what a provider did not take at all.
    pub const REFUSED: &'static str = "refused";

    /// Takes what a provider said at `at`. Answers whether anything changed: news that are older than what is known, and
    /// such as say nothing new, change nothing, in whatever order and however often they come.
    pub fn hear(&mut self, decision: &Decision, at: Timestamp) -> bool {
        let before = self.clone();
        match decision {
            Decision::Status { status, reason } if at >= self.since => {
                if let Some(known) = Status::from_word(status) {
                    self.hear_status(known, status, reason.as_ref(), at);
                }
            }
            Decision::Status { .. } | Decision::Edited => {}
            // A list says that it does not know of what nobody has rated yet.
            Decision::Quality { quality: Quality::Unknown } if self.quality.is_none() => {}
            Decision::Quality { quality } => {
                if Some(*quality) != self.quality && self.quality_since.is_none_or(|since| at >= since) {
                    self.quality = Some(*quality);
                    self.quality_since = Some(at);
                }
            }
            Decision::Category { category, next } => {
                let told = (Some(*category), next.filter(|next| next != category));
                if told != (self.category, self.next_category) && self.category_since.is_none_or(|since| at >= since) {
                    (self.category, self.next_category) = told;
                    self.category_since = Some(at);
                }
            }
        }
        before != *self
    }

    fn hear_status(&mut self, known: Status, word: &str, reason: Option<&String>, at: Timestamp) {
        // Approved again, in whichever words: `reinstated` is told once, and lists say `approved` from then on.
        if known == Status::Approved && self.status == known {
            return;
        }
        if (known, word) != (self.status, self.word.as_str()) {
            self.since = at;
            self.reason = reason.filter(|_| known != Status::Approved).cloned();
        } else if let Some(reason) = reason.filter(|reason| !self.knows_reason(reason)) {
            // A list may know less of why than the webhook did.
            self.reason = Some(reason.clone());
        }
        self.status = known;
        word.clone_into(&mut self.word);
    }
}
