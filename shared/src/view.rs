//! JSON forms that more than one of the API, subscribers, reports and exports show.

mod record;
mod sheet;

use serde::Serialize;

use crate::domain::{
    outcome::{Failure, FailureKind},
    reason::Reason,
};
pub use record::{
    AttemptRecord, BillingRecord, ConsentRecord, MessageRecord, PersonalRecord, SpecificRecord, WindowRecord,
    specific_records,
};
pub use sheet::csv_of;

/// Why, as a code for programs and a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReasonView {
    pub code: Reason,
    pub in_words: &'static str,
}

impl From<Reason> for ReasonView {
    fn from(code: Reason) -> Self {
        Self { code, in_words: code.in_words() }
    }
}

/// Why a message failed: our kind, the provider's own code, and a phrase for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FailureView {
    pub kind: FailureKind,
    pub code: String,
    pub in_words: &'static str,
}

impl From<&Failure> for FailureView {
    fn from(failure: &Failure) -> Self {
        Self { kind: failure.kind, code: failure.code.clone(), in_words: failure.kind.in_words() }
    }
}
