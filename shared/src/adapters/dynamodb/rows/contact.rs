//! Contacts and identities: rows of the table of contacts.

use serde::{Deserialize, Serialize};
use serde_dynamo::{AttributeValue, Item};

use super::{Bytes, at, contact_id};
use crate::{
    adapters::dynamodb::keys::{Key, bare_contact},
    domain::{
        ContactId, Timestamp,
        contact::{Address, AddressHash},
    },
    ports::{
        StoreError,
        store::{Addressed, Erased, Identity},
    },
    seal::{Sealed, WrappedKey},
};

/// Where an address leads to; nowhere, if whom it led to was erased.
#[derive(Debug, Serialize, Deserialize)]
pub struct IdentityRow {
    /// Contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    co: Option<String>,
    /// The wrapped key of the contact.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    k: Bytes,
    /// The contact before a merge, and the time of the merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fa: Option<i64>,
    /// Erased, and the contact that it led to until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    er: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ec: Option<String>,
}

impl IdentityRow {
    pub fn into_addressed(self, key: &Key) -> Result<Addressed, StoreError> {
        let erased = match self.er.zip(self.ec) {
            Some((millis, bare)) => Some(Erased { at: at(millis), contact: contact_id(key, &bare)? }),
            None => None,
        };
        let Some(bare) = &self.co else { return Ok(Addressed { identity: None, erased }) };
        let former = match self.fo.zip(self.fa) {
            Some((bare, millis)) => Some((contact_id(key, &bare)?, at(millis))),
            None => None,
        };
        let identity = Identity { contact: contact_id(key, bare)?, key: WrappedKey(self.k.0), former };
        Ok(Addressed { identity: Some(identity), erased })
    }
}

/// A contact's own row, without its addresses: those are attributes of their own, see [`AddressName`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ContactAttributes {
    /// The wrapped key; gone when the person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<Bytes>,
    /// Profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<Bytes>,
    /// Created.
    pub cr: i64,
    /// Survivor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    su: Option<String>,
    /// Erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    er: Option<i64>,
}

impl ContactAttributes {
    pub fn new(
        key: Option<&WrappedKey>,
        profile: Option<&[u8]>,
        created_at: Timestamp,
        survivor: Option<ContactId>,
    ) -> Self {
        Self {
            k: key.map(|key| Bytes(key.0.clone())),
            p: profile.map(|profile| Bytes(profile.to_vec())),
            cr: created_at.as_millisecond(),
            su: survivor.map(bare_contact),
            er: None,
        }
    }
    pub fn survivor(&self, key: &Key) -> Result<Option<ContactId>, StoreError> {
        self.su.as_deref().map(|bare| contact_id(key, bare)).transpose()
    }
    pub fn erased_at(&self) -> Option<Timestamp> {
        self.er.map(at)
    }
    pub fn created_at(&self) -> Timestamp {
        at(self.cr)
    }
}

/// The attribute that holds a contact's address: `ap#{hash}` for a phone, `au#{hash}` for any other, so that phones
/// sort first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressName(String);

impl AddressName {
    pub fn new(hash: &AddressHash, phone: bool) -> Self {
        Self(format!("{}{}", if phone { "ap#" } else { "au#" }, hash.0))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    fn hash(&self) -> Option<AddressHash> {
        let hash = self.0.strip_prefix("ap#").or_else(|| self.0.strip_prefix("au#"))?;
        Some(AddressHash(hash.to_owned()))
    }

    /// The attributes of a contact's row that hold addresses.
    pub fn names(item: &Item) -> Vec<Self> {
        let names = item.inner().keys().map(|name| Self(name.clone()));
        names.filter(|name| name.hash().is_some()).collect()
    }

    /// The addresses of a contact's row, phones first, then by hash.
    pub fn read_all(item: &Item) -> Vec<(AddressHash, Sealed<Address>)> {
        let mut found: Vec<_> = item
            .inner()
            .iter()
            .filter_map(|(name, value)| match value {
                AttributeValue::B(bytes) => {
                    let name = Self(name.clone());
                    let hash = name.hash()?;
                    Some((name, hash, Sealed::from_bytes(bytes.clone())))
                }
                _ => None,
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.into_iter().map(|(_, hash, sealed)| (hash, sealed)).collect()
    }
}
