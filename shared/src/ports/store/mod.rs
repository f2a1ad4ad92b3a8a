//! What the core asks of the store: many small promises, grouped by what they are about.
//!
//! Every write is conditional or a maximum, so doing it twice does nothing twice. Reads that decide something are
//! strongly consistent.

mod access;
mod archiving;
mod automating;
mod consents;
mod contacts;
mod conversations;
mod erasing;
mod gates;
mod jobs;
mod messages;
mod parking;
mod probing;
mod requests;
mod scanning;
mod searching;
mod settings;
mod subscriptions;
mod timers;
mod working;

use std::fmt;

use super::BoxError;

pub use access::{Access, AuditEntry, Ended, StaffRow};
pub use archiving::{Archiving, RowToKeep};
pub use automating::{Automating, Revised, enrolment_of};
pub use consents::{CappedSends, Consents, EvidenceLine, Suppressed, SuppressionRow, place_of};
pub use contacts::{Addressed, ContactRow, Contacts, ContactsPage, Erased, Identity};
pub use conversations::{Conversations, Filed, FiledAt, Filings, InboxLine};
pub use erasing::Erasing;
pub use gates::{Gate, Gates, Limited, SeatsTaken, Token};
pub use jobs::Jobs;
pub use messages::{Claim, ClientKey, Edit, Messages, NewContent, Recorded, Report, Verdict};
pub use parking::{Parked, ParkedBody, ParkedKind, Parking, Stray, parked_id};
pub use probing::{Probe, Probing};
pub use requests::{RequestRow, Requests};
pub use scanning::{ScanPage, Scanned, Scanning};
pub use searching::{Filing, Searching};
pub use settings::Settings;
pub use subscriptions::{DeliveryLine, DeliveryOutcome, Subscriptions};
pub use timers::{Timers, TriedTimer};
pub use working::{AtWork, NoteRow, Working};

/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It did not answer, throttled, or answered with an error. Whether a write took place is not known; every write
    /// may be repeated.
    #[error("the store could not {doing}")]
    Unavailable {
        doing: &'static str,
        #[source]
        source: BoxError,
    },
    /// It refused the request's signature. Nothing took place, and to try again at once would end the same.
    #[error(
        "the store could not {doing}: it refused the signature, so this machine's clock or its credentials are wrong"
    )]
    SignatureRefused {
        doing: &'static str,
        #[source]
        source: BoxError,
    },
    /// A row is not what this version reads.
    #[error("row {key} cannot be read: {why}")]
    BadRow { key: String, why: String },
}

pub type Stored<T> = Result<T, StoreError>;

/// Everything.
pub trait Store:
    Contacts
    + Consents
    + Conversations
    + Messages
    + Settings
    + Timers
    + Parking
    + Scanning
    + Gates
    + Probing
    + Subscriptions
    + Jobs
    + Archiving
    + Erasing
    + Access
    + Searching
    + Working
    + Requests
    + Automating
    + Send
    + Sync
    + fmt::Debug
{
}
impl<T> Store for T where
    T: Contacts
        + Consents
        + Conversations
        + Messages
        + Settings
        + Timers
        + Parking
        + Scanning
        + Gates
        + Probing
        + Subscriptions
        + Jobs
        + Archiving
        + Erasing
        + Access
        + Searching
        + Working
        + Requests
        + Automating
        + Send
        + Sync
        + fmt::Debug
{
}

/// Whether a put stored something or found it there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    New,
    Already,
}

/// Whether a conditional step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Done,
    /// The row is not, or no longer, as the caller believed.
    Lost,
}
