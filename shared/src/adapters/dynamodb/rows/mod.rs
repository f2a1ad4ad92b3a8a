//! Rows to domain types and back. Attribute names are short, since every byte of them is stored and billed with each row.
//! Unknown attributes are ignored and new ones have a default, so that versions can run side by side.

mod attempts;
mod body;
mod bytes;
mod consent;
mod contact;
mod head;
mod message;
mod request;
mod work;

use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use super::{
    keys::{Key, Place},
    read::key_of,
};
use crate::{
    domain::{
        AccountId, ContactId, JobId, StaffId, SubscriptionId, Timestamp,
        conversation::Head,
        event::Event,
        ids::BadId,
        message::{Inbound, Outbound},
        request::Request,
        time,
        work::Work,
    },
    ports::{StoreError, store::AtWork},
};

pub(super) use attempts::{answer_code, failure_code, word};
pub(super) use body::{Body, Parts};
pub(super) use bytes::Bytes;
pub(super) use consent::{CappedRow, EvidenceRow, SuppressedRow, raise_name, read_consent, specific_text};
pub(super) use contact::{AddressName, ContactAttributes, IdentityRow};
pub(super) use head::HeadRow;
pub(super) use message::{InboundRow, MessageRow, OutboundRow, pricing_text};
pub(super) use request::RequestItem;
pub(super) use work::{WorkJson, WorkRow};

/// What an image of the main table's stream shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    Head(Box<Head>),
    /// Content that is kept in parts is not in the image: `sealed` is empty then.
    Inbound(Box<Inbound>),
    /// As for `Inbound`.
    Outbound(Box<Outbound>),
    /// What is known of the work on a conversation; as long as nobody worked on it, it is new.
    Work {
        account: AccountId,
        work: Box<Work>,
    },
    /// Whether somebody is there, and has room.
    AtWork {
        account: AccountId,
        staff: StaffId,
        at_work: Box<AtWork>,
    },
    /// A request, without its note.
    Request {
        account: AccountId,
        request: Box<Request>,
    },
    Timer,
    Probe(String),
    /// A subscription; whether Transom gave it up, and why.
    Subscription {
        account: AccountId,
        id: SubscriptionId,
        given_up: Option<String>,
    },
    Job {
        account: AccountId,
        id: JobId,
    },
    /// Something to tell.
    Notice(Box<Event>),
    Other,
}

/// One change of the main table, as its stream shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The key, for logs and parked records.
    pub key: String,
    /// `None`: the row is new.
    pub old: Option<Row>,
    /// `None`: the row was deleted.
    pub new: Option<Row>,
}

/// Reads a stream record's key and images; an image that is not there is empty.
///
/// # Errors
/// [`StoreError::BadRow`] with the key, if this version cannot read the row.
pub fn read_change(keys: &Item, old: &Item, new: &Item) -> Result<Change, StoreError> {
    let read = |image: &Item| if image.is_empty() { Ok(None) } else { row_from_image(image).map(Some) };
    Ok(Change { key: key_of(keys)?.to_string(), old: read(old)?, new: read(new)? })
}

/// The text of a changed row's key, and the conversation that the row belongs to; also where the row cannot be read.
pub fn place_of_change(keys: &Item) -> (String, Option<(crate::domain::AccountId, crate::domain::ConversationId)>) {
    let Ok(key) = key_of(keys) else { return ("(none)".to_owned(), None) };
    let conversation = key.conversation();
    (key.to_string(), conversation)
}

/// Reads one image of a row of the main table.
///
/// # Errors
/// [`StoreError::BadRow`] with the key, if this version cannot read the row.
pub fn row_from_image(image: &Item) -> Result<Row, StoreError> {
    let key = key_of(image)?;
    match key.place()? {
        Place::Head { account, conversation } => {
            let head = read::<HeadRow>(&key, image.clone())?.into_head(&key, account, conversation)?;
            Ok(Row::Head(Box::new(head)))
        }
        Place::Message { account, id } => match MessageRow::read(&key, image.clone(), account, id)? {
            MessageRow::Inbound(message, _) => Ok(Row::Inbound(message)),
            MessageRow::Outbound(message, _) => Ok(Row::Outbound(message)),
        },
        Place::Work { account, conversation } => {
            let work = read::<WorkRow>(&key, image.clone())?.into_work(&key, conversation)?;
            Ok(Row::Work { account, work: Box::new(work) })
        }
        Place::AtWork { account, staff } => {
            let at_work = Box::new(super::working::read_at_work(&key, image)?);
            Ok(Row::AtWork { account, staff, at_work })
        }
        Place::Request { account } => {
            let request = Box::new(read::<RequestItem>(&key, image.clone())?.request(&key)?);
            Ok(Row::Request { account, request })
        }
        Place::Timer => Ok(Row::Timer),
        Place::Probe { id } => Ok(Row::Probe(id)),
        Place::Notice => {
            let json = read::<NoticeRow>(&key, image.clone())?.j;
            serde_json::from_str(&json).map(Row::Notice).map_err(|error| key.unreadable(error.to_string()))
        }
        Place::Subscription { account, id } => {
            let given_up = read::<GivenUpRow>(&key, image.clone())?.dw;
            Ok(Row::Subscription { account, id, given_up })
        }
        Place::Job { account, id } => Ok(Row::Job { account, id }),
        Place::Other => Ok(Row::Other),
    }
}

/// Something to tell.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct NoticeRow {
    /// The event as JSON.
    pub j: String,
    /// Expiry, in seconds since 1970.
    pub ttl: i64,
}

/// Whether a subscription was given up.
#[derive(Debug, serde::Deserialize)]
pub(super) struct GivenUpRow {
    /// Why.
    #[serde(default)]
    pub dw: Option<String>,
}

/// Reads a row of a known shape.
pub(super) fn read<T: DeserializeOwned>(key: &Key, item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| key.unreadable(error.to_string()))
}

/// An id out of a row.
fn id<T>(key: &Key, parsed: Result<T, BadId>) -> Result<T, StoreError> {
    parsed.map_err(|error| key.unreadable(error.to_string()))
}

fn contact_id(key: &Key, bare: &str) -> Result<ContactId, StoreError> {
    id(key, super::keys::contact_of(bare))
}

fn at(millis: i64) -> Timestamp {
    time::from_millis(millis)
}
