//! Contacts and their addresses.

use async_trait::async_trait;

use super::{Step, Stored};
use crate::{
    domain::{
        AccountId, ContactId, Timestamp,
        consent::Consent,
        contact::{Address, AddressHash, Profile},
    },
    seal::{Sealed, WrappedKey},
};

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub contact: ContactId,
    /// The key under which everything of the contact is sealed.
    pub key: WrappedKey,
    /// The contact that the address belonged to before a merge, with the time of the merge.
    pub former: Option<(ContactId, Timestamp)>,
}

/// That somebody was erased, and as which contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erased {
    pub at: Timestamp,
    pub contact: ContactId,
}

/// What is known of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressed {
    pub identity: Option<Identity>,
    /// Whom it led to until then was erased. Kept for as long as webhooks may be repeated: what was written before does not
    /// come back.
    pub erased: Option<Erased>,
}

/// A contact as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    pub id: ContactId,
    /// `None`: the person was erased.
    pub key: Option<WrappedKey>,
    /// Sealed addresses by their hash, in a fixed order (phones first).
    pub addresses: Vec<(AddressHash, Sealed<Address>)>,
    pub profile: Option<Sealed<Profile>>,
    pub consent: Consent,
    pub former: Vec<ContactId>,
    pub survivor: Option<ContactId>,
    pub created_at: Timestamp,
    /// From then on nothing of it may be read, whatever is left.
    pub erased_at: Option<Timestamp>,
}

/// Some contacts, and where the next ones begin.
#[derive(Debug, Default)]
pub struct ContactsPage {
    pub contacts: Vec<ContactId>,
    /// `None`: that was all.
    pub next: Option<String>,
}

#[async_trait]
pub trait Contacts {
    /// One batch read; the answers stand in the order of the questions.
    async fn addressed(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<Vec<Addressed>>;

    /// The same, of what they lead to alone.
    async fn identities(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<Vec<Option<Identity>>>;

    /// Puts a contact that nobody refers to yet.
    async fn put_contact(&self, account: &AccountId, contact: &ContactRow) -> Stored<()>;

    /// Gives a contact another address: first on the contact, then the identity if it is new. Answers what the identity
    /// leads to afterwards, which is another contact if that one was first.
    async fn link(
        &self,
        account: &AccountId,
        contact: ContactId,
        hash: &AddressHash,
        address: &Sealed<Address>,
        phone: bool,
        key: &WrappedKey,
    ) -> Stored<Identity>;

    /// A contact with its consent; strongly consistent.
    async fn contact(&self, account: &AccountId, id: ContactId) -> Stored<Option<ContactRow>>;

    /// Contacts of the account, at most about `limit` at a time, behind `after`. It reads the whole table, page by page: for
    /// long work.
    async fn contacts(&self, account: &AccountId, after: Option<&str>, limit: usize) -> Stored<ContactsPage>;

    async fn set_profile(&self, account: &AccountId, id: ContactId, profile: &Sealed<Profile>) -> Stored<()>;

    /// Makes `former` part of `survivor`: pointers on both contacts, and the former's identities lead to the survivor.
    /// Doing it again completes what a crash left.
    async fn merge_contacts(
        &self,
        account: &AccountId,
        survivor: ContactId,
        former: ContactId,
        at: Timestamp,
    ) -> Stored<Step>;

    /// Takes a merge back: pointers gone, the former's identities lead to it again.
    async fn unmerge_contacts(&self, account: &AccountId, survivor: ContactId, former: ContactId) -> Stored<Step>;
}
