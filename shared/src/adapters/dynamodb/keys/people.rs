//! Keys of the table of contacts: identities, contacts, consent, the search index, and keys that go with an erasure.

use super::{Key, LAST, Range, bare_contact, contact_of};
use crate::domain::{AccountId, ContactId, JobId, consent::ConsentPurpose, contact::AddressHash};

fn contact(account: &AccountId, id: ContactId) -> String {
    format!("A#{account}#C#{}", bare_contact(id))
}
pub(super) fn book(account: &AccountId, id: ContactId) -> String {
    format!("A#{account}#B#{}", bare_contact(id))
}
fn shelf_of(account: &AccountId, shelf: &str) -> String {
    format!("A#{account}#X#{shelf}")
}
fn suppressed(account: &AccountId) -> String {
    format!("A#{account}#SUP")
}
fn outputs(account: &AccountId) -> String {
    format!("A#{account}#O")
}

impl Key {
    pub fn identity(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(format!("A#{account}#I#{}", hash.0), "I")
    }
    /// Whom an address led to until they were erased.
    pub fn erased_identity(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(format!("A#{account}#I#{}", hash.0), "E")
    }
    pub fn contact(account: &AccountId, id: ContactId) -> Self {
        Self::new(contact(account, id), "C")
    }
    pub fn consent(account: &AccountId, id: ContactId) -> Self {
        Self::new(contact(account, id), "CONSENT")
    }
    /// What proves a wish, by its place. Not beside the contact, which is read whole whenever somebody is written to.
    pub fn evidence(account: &AccountId, id: ContactId, place: &str) -> Self {
        Self::new(book(account, id), format!("E#{place}"))
    }
    /// The places taken under a contact's cap.
    pub fn capped_sends(account: &AccountId, id: ContactId, purpose: ConsentPurpose) -> Self {
        Self::new(book(account, id), format!("CAP#{}", purpose.word()))
    }
    pub fn suppression(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(suppressed(account), hash.0.clone())
    }
    /// The key of a parked record.
    pub fn parked_key(account: &AccountId, record: &str) -> Self {
        Self::new(format!("A#{account}#Q"), record)
    }
    /// The key of what a job hands out.
    pub fn output_key(account: &AccountId, job: JobId) -> Self {
        Self::new(outputs(account), job.to_string())
    }
    /// What is kept of a contact and is not read with every message lies in a partition of its own.
    pub fn indexed(account: &AccountId, id: ContactId) -> Self {
        Self::new(book(account, id), "INDEXED")
    }
    /// A word of a contact in the search index.
    pub fn word(account: &AccountId, shelf: &str, place: &str, contact: ContactId) -> Self {
        Self::new(shelf_of(account, shelf), format!("{place}#{}", bare_contact(contact)))
    }
    pub fn former(account: &AccountId, survivor: ContactId, former: ContactId) -> Self {
        Self::new(contact(account, survivor), format!("FORMER#{}", bare_contact(former)))
    }
}

impl Range {
    pub fn output_key(account: &AccountId, job: JobId) -> Self {
        Self { pk: outputs(account), from: job.to_string(), to: job.to_string() }
    }
    pub fn parked_keys(account: &AccountId) -> Self {
        Self { pk: format!("A#{account}#Q"), from: "0".to_owned(), to: LAST.to_string() }
    }
    pub fn parked_key(account: &AccountId, record: &str) -> Self {
        Self { pk: format!("A#{account}#Q"), from: record.to_owned(), to: record.to_owned() }
    }
    pub fn output_keys(account: &AccountId) -> Self {
        Self::under(outputs(account), "job_")
    }
    /// What proves a contact's wishes, before this place if given; that one included.
    pub fn evidence(account: &AccountId, id: ContactId, before: Option<&str>) -> Self {
        let to = before.map_or_else(|| format!("E#{LAST}"), |before| format!("E#{before}"));
        Self { pk: book(account, id), from: "E#".to_owned(), to }
    }
    pub fn suppression(account: &AccountId, hash: &AddressHash) -> Self {
        Self { pk: suppressed(account), from: hash.0.clone(), to: hash.0.clone() }
    }
    /// The list of those that nobody writes to, from this hash on if given; that one included.
    pub fn suppressions(account: &AccountId, after: Option<&AddressHash>) -> Self {
        // Hashes have no character that sorts before the hyphen.
        let from = after.map_or_else(|| "-".to_owned(), |after| after.0.clone());
        Self { pk: suppressed(account), from, to: LAST.to_string() }
    }
    /// Everything of a contact.
    pub fn contact(account: &AccountId, id: ContactId) -> Self {
        Self { pk: contact(account, id), from: "C".to_owned(), to: LAST.to_string() }
    }
    /// Words of the search index whose place begins so.
    pub fn words(account: &AccountId, shelf: &str, place: &str) -> Self {
        Self { pk: shelf_of(account, shelf), from: place.to_owned(), to: format!("{place}{LAST}") }
    }
}

/// What the partitions begin with that hold contacts of an account.
pub fn contacts_prefix(account: &AccountId) -> String {
    format!("A#{account}#C#")
}

/// The contact whose own row lies here.
pub fn contact_in(key: &Key) -> Option<ContactId> {
    let (_, bare) = key.pk.rsplit_once("#C#").filter(|_| key.sk == "C")?;
    contact_of(bare).ok()
}

/// The former contact that a row under a contact names.
pub fn former_in(key: &Key) -> Option<ContactId> {
    contact_of(key.sk.strip_prefix("FORMER#")?).ok()
}

/// The contact that a row of the search index leads to.
pub fn found_in(key: &Key) -> Option<ContactId> {
    contact_of(key.sk.rsplit_once('#')?.1).ok()
}

/// The place that a line of evidence carries in its key.
pub fn evidence_place_in(key: &Key) -> Option<&str> {
    key.sk.strip_prefix("E#")
}
