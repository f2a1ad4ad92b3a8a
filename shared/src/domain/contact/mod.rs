//! The person on the other side: a set of addresses.

pub mod booking;
pub mod cells;
pub mod change;
pub mod suppressed;
pub mod table;
mod wishes;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{ContactId, Phone, consent::Consent, hours::QuietHours};

/// One way to name a person. A person may have any number of each, and any kind may be missing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Address {
    /// A phone number, for WhatsApp and SMS alike.
    Phone(Phone),
    /// Meta's business-scoped user id (`US.1349…`): opaque, never cleaned up like a number.
    UserId(String),
}

impl Address {
    /// One letter for keys.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::UserId(_) => "user_id",
        }
    }
    pub fn value(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_e164(),
            Self::UserId(id) => id,
        }
    }
    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Phone(phone) => Some(phone),
            Self::UserId(_) => None,
        }
    }

    /// Reads what an API client names as a recipient: a number with its plus sign, or a business-scoped id.
    pub fn from_user_id(text: &str) -> Option<Self> {
        let (country, rest) = text.split_once('.')?;
        let fine = country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=140).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        fine.then(|| Self::UserId(text.to_owned()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => write!(f, "phone {phone:?}"),
            Self::UserId(_) => f.write_str("user id …"),
        }
    }
}

/// A keyed hash of an address: what keys and rows hold in its place. 22 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressHash(pub String);

/// What is known of a person, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub addresses: Vec<(AddressHash, Address)>,
    pub profile: Profile,
    pub consent: Consent,
    /// Contacts that were merged into this one.
    pub former: Vec<ContactId>,
    /// The contact that this one was merged into.
    pub survivor: Option<ContactId>,
    /// The person was erased: nothing may be sent, nothing can be read.
    pub erased: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A language code such as `es` or `pt_BR`, chosen for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What else is known, such as `room_number` or `check_in_date`, by the names that templates' variables have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vip: bool,
    /// Words that the house sorts its guests by, such as `returning`; in order, each once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Where they are, such as `Europe/Madrid` (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When they do not want to be disturbed by what nobody wrote just then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

impl Contact {
    pub fn address(&self, hash: &AddressHash) -> Option<&Address> {
        self.addresses.iter().find(|(known, _)| known == hash).map(|(_, address)| address)
    }
    /// The first phone number known, in a fixed order.
    pub fn phone(&self) -> Option<&Phone> {
        self.addresses.iter().find_map(|(_, address)| address.phone())
    }
}
