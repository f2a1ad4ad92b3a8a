//! The store, on DynamoDB. One file for each trait of the port; the folder `keys` alone spells keys.

mod access;
mod archiving;
mod automating;
mod changes;
mod consents;
mod contacts;
mod conversations;
mod erasing;
mod filing;
mod gates;
mod jobs;
mod keys;
mod merging;
mod messages;
mod meter;
mod parking;
mod parts;
mod probing;
mod read;
mod requesting;
pub mod rows;
mod scanning;
pub mod schema;
mod searching;
mod settings;
mod subscriptions;
mod timers;
mod working;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::{Client, types::ReturnConsumedCapacity};

use crate::ports::{BoxError, StoreError};

pub use archiving::{line_of, message_of_item, message_of_line};
pub use automating::score_in;
pub use changes::change_in;
pub use messages::inbound_item;
pub use meter::Meter;
pub use rows::{Change, Row, place_of_change, read_change, row_from_image};

/// The store. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
    contacts_table: String,
    meter: Option<Arc<Meter>>,
}

impl DynamoStore {
    /// `contacts_table` is the second table: contacts, identities and the keys that everything is sealed under.
    pub fn new(client: Client, table: impl Into<String>, contacts_table: impl Into<String>) -> Self {
        Self { client, table: table.into(), contacts_table: contacts_table.into(), meter: None }
    }

    /// Counts the write units of everything that this store (and clones of it) does from now on.
    pub fn metered(mut self) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter::default());
        self.meter = Some(Arc::clone(&meter));
        (self, meter)
    }

    /// The name of a table.
    fn name(&self, table: Table) -> &str {
        match table {
            Table::Main => &self.table,
            Table::Contacts => &self.contacts_table,
        }
    }

    /// What to ask DynamoDB to report, so that the meter can count it.
    fn wanted_capacity(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.as_ref().map(|_| ReturnConsumedCapacity::Total)
    }
}

/// Which of the two tables a row lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Main,
    Contacts,
}

/// Turns any error of the SDK into the port's.
fn unavailable<E: Into<BoxError>>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| {
        let source = error.into();
        let text = format!("{source:?}");
        if SIGNATURE_REFUSED.iter().any(|code| text.contains(code)) {
            return StoreError::SignatureRefused { doing, source };
        }
        StoreError::Unavailable { doing, source }
    }
}

/// DynamoDB's codes for it. Where the `Date` of the answer shows a skew of more than four minutes, the SDK has signed
/// once more by the server's time before this is seen.
const SIGNATURE_REFUSED: [&str; 4] =
    ["InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired"];
