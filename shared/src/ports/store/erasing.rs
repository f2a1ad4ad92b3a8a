//! Forgetting a person.

use async_trait::async_trait;

use super::{Step, Stored};
use crate::{
    domain::{AccountId, ContactId, JobId, Timestamp, contact::AddressHash},
    seal::WrappedKey,
};

#[async_trait]
pub trait Erasing {
    /// Marks a contact as erased: from now on nothing of it can be read, it is sent nothing and joins nobody. `Lost`: it is
    /// marked already, or there is none.
    async fn entomb(&self, account: &AccountId, contact: ContactId, at: Timestamp) -> Stored<Step>;

    /// Takes away what leads from addresses to these contacts, and with it their copies of the key. What stays for as long as
    /// webhooks may be repeated is that whom they led to was erased. Answers how many there were.
    async fn drop_identities(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
        hashes: &[AddressHash],
        at: Timestamp,
    ) -> Stored<usize>;

    /// Takes away a contact's key, its addresses and its profile. What is left is its id, the mark and its wishes.
    async fn drop_key(&self, account: &AccountId, contact: ContactId) -> Stored<()>;

    /// A key for what one piece of work hands out. All of an account's are dropped together.
    async fn put_output_key(&self, account: &AccountId, job: JobId, key: &WrappedKey) -> Stored<WrappedKey>;
    async fn output_key(&self, account: &AccountId, job: JobId) -> Stored<Option<WrappedKey>>;
    /// Answers how many there were.
    async fn drop_output_keys(&self, account: &AccountId) -> Stored<usize>;
}
