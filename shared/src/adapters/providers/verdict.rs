//! From a provider's error code to the outcome of the attempt: the part that is the same for all providers.

use http::StatusCode;

use super::transport::Answer;
use crate::{
    defects::{Defect, planted},
    domain::{
        outcome::{Failure, FailureKind, Outcome},
        time::SignedDuration,
    },
};

/// How long to wait after a refusal that concerns the whole account: people must act first.
pub(super) const ACCOUNT_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait after trouble at the provider that certainly took nothing.
pub(super) const TROUBLE_DELAY: SignedDuration = SignedDuration::from_secs(5);

/// How long to wait after a rate limit that says no time of its own.
pub(super) const RATE_DELAY: SignedDuration = SignedDuration::from_secs(5);

/// What a provider's error code means for the attempt that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Certainly not taken; it may be tried again after the delay.
    Later(FailureKind, SignedDuration),
    /// Certainly not taken, and never will be as it is.
    Final(FailureKind),
    /// Certainly not taken: the service window is closed.
    WindowClosed,
    /// Trouble inside the provider, which does not say whether the message was taken.
    Unclear,
}

impl Meaning {
    /// Why a message failed that has this code in its receipt.
    pub fn kind(self) -> FailureKind {
        match self {
            Self::Later(kind, _) | Self::Final(kind) => kind,
            Self::WindowClosed => FailureKind::WindowClosed,
            Self::Unclear => FailureKind::Transient,
        }
    }
}

/// The failure that a receipt's code stands for.
pub(super) fn failure(meaning: Option<Meaning>, code: String) -> Failure {
    Failure { kind: meaning.map_or(FailureKind::Other, Meaning::kind), code }
}

/// The outcome of an attempt that the provider answered with a structured error. `transient` is the provider's own
/// remark that it was passing trouble.
///
/// A known code decides by itself. Otherwise only a plain 4xx proves that nothing was taken.
pub(super) fn structured(answer: &Answer, meaning: Option<Meaning>, code: String, transient: bool) -> Outcome {
    let failure = |kind| Failure { kind, code: code.clone() };
    let proves_refusal = answer.status.is_client_error() && !transient;
    match meaning {
        Some(Meaning::Later(kind @ FailureKind::RateLimited, delay)) => {
            Outcome::NotSent { failure: failure(kind), retry_after: answer.retry_after.unwrap_or(delay) }
        }
        Some(Meaning::Later(kind, delay)) => Outcome::NotSent { failure: failure(kind), retry_after: delay },
        Some(Meaning::Final(kind)) => Outcome::Refused(failure(kind)),
        Some(Meaning::WindowClosed) => Outcome::WindowClosed(failure(FailureKind::WindowClosed)),
        None if answer.status == StatusCode::TOO_MANY_REQUESTS => slow_down(answer, code),
        None if answer.status == StatusCode::UNAUTHORIZED => account_refused(code),
        Some(Meaning::Unclear) if proves_refusal => {
            Outcome::NotSent { failure: failure(FailureKind::Transient), retry_after: TROUBLE_DELAY }
        }
        None if proves_refusal => Outcome::Refused(failure(FailureKind::Other)),
        Some(Meaning::Unclear) | None => {
            Outcome::Unknown { why: format!("HTTP {} with the error code {code}", answer.status.as_u16()) }
        }
    }
}

/// The outcome of an attempt whose answer is neither a success nor a structured error: it may come from anything
/// between us and the provider.
pub(super) fn unstructured(answer: &Answer) -> Outcome {
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        return slow_down(answer, "429".to_owned());
    }
    if planted(Defect::BrokenGatewayIsRetried) {
        return slow_down(answer, "broken_gateway".to_owned());
    }
    Outcome::Unknown { why: format!("HTTP {} without a readable error", answer.status.as_u16()) }
}

/// Nothing was taken because the whole account may not send.
pub(super) fn account_refused(code: String) -> Outcome {
    Outcome::NotSent { failure: Failure { kind: FailureKind::Account, code }, retry_after: ACCOUNT_DELAY }
}

/// A refusal that we know of before any call.
pub(super) fn refused_by_us(kind: FailureKind, code: &str) -> Outcome {
    Outcome::Refused(Failure { kind, code: code.to_owned() })
}

fn slow_down(answer: &Answer, code: String) -> Outcome {
    let failure = Failure { kind: FailureKind::RateLimited, code };
    Outcome::NotSent { failure, retry_after: answer.retry_after.unwrap_or(RATE_DELAY) }
}
