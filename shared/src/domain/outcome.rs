//! How a call to a provider can end, and what a failure means, whatever the provider calls it.

use serde::{Deserialize, Serialize};

use super::time::SignedDuration;

/// The end of one attempt to send, as the adapter saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it. Without an id where the answer could not be read: a receipt finds it by callback data.
    Accepted { provider_id: Option<String> },
    /// It certainly did not go out and may be tried again, not before the delay.
    NotSent { failure: Failure, retry_after: SignedDuration },
    /// It certainly did not go out and never will as it is.
    Refused(Failure),
    /// The provider says that the service window is closed. It beats our own reckoning.
    WindowClosed(Failure),
    /// It may have gone out. Nothing resends it; a receipt settles it, or its deadline does.
    Unknown { why: String },
}

impl Outcome {
    /// For logs and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::NotSent { .. } => "not_sent",
            Self::Refused(_) => "refused",
            Self::WindowClosed(_) => "window_closed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Why a message failed, in one vocabulary for all providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// The provider's own code, such as `131026` or `63016`.
    pub code: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// More than 24 hours since the customer wrote.
    WindowClosed,
    /// Too many messages to this one customer just now.
    PairLimit,
    /// Too many messages from this number or account just now.
    RateLimited,
    /// Nobody is reached at this address by this way.
    RecipientUnreachable,
    /// The customer told the provider to stop, or blocked the business.
    RecipientOptedOut,
    /// The template does not exist, is not approved, is paused, or its values do not fit.
    Template,
    /// A file could not be taken.
    Media,
    /// Token, permission, payment or registration: the whole channel cannot send.
    Account,
    /// The provider declines by its own policy.
    Policy,
    /// The request itself is wrong.
    BadRequest,
    /// Trouble at the provider or on the way.
    Transient,
    /// A code that is in no table of ours.
    Other,
}

impl FailureKind {
    /// Every kind there is.
    pub const ALL: [Self; 12] = [
        Self::WindowClosed,
        Self::PairLimit,
        Self::RateLimited,
        Self::RecipientUnreachable,
        Self::RecipientOptedOut,
        Self::Template,
        Self::Media,
        Self::Account,
        Self::Policy,
        Self::BadRequest,
        Self::Transient,
        Self::Other,
    ];

    /// In plain words, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::WindowClosed => "the 24-hour service window is closed",
            Self::PairLimit => "too many messages to this customer in a short time",
            Self::RateLimited => "too many messages from this number in a short time",
            Self::RecipientUnreachable => "the customer cannot be reached at this address",
            Self::RecipientOptedOut => "the customer does not want messages",
            Self::Template => "the template is not usable: missing, not approved, paused, or its values do not fit",
            Self::Media => "the file could not be taken by the provider",
            Self::Account => "the provider account cannot send: token, permission, payment or registration",
            Self::Policy => "the provider declined by its own policy",
            Self::BadRequest => "the provider refused the request as wrong",
            Self::Transient => "trouble at the provider",
            Self::Other => "the provider refused without a reason known to us",
        }
    }
}
