//! What people wished, what proves it, links by which they do; whom nobody writes to, and how often somebody was written to.

use async_trait::async_trait;

use super::{Put, Step, Stored};
use crate::{
    domain::{
        AccountId, ContactId, Timestamp,
        consent::{CappedSend, Consent, ConsentPurpose, ConsentSettings, Details, Wished},
        contact::{Address, AddressHash},
        ids::OptInLinkId,
        opt_in::OptInLink,
    },
    seal::Sealed,
};

/// What proves a wish, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    /// Made of what it says: the same evidence is one line.
    pub name: String,
    pub wished: Wished,
    pub recorded_at: Timestamp,
    /// Under the contact's key.
    pub details: Sealed<Details>,
}

impl EvidenceLine {
    /// Orders the lines of a contact by when it was wished; names one among them.
    pub fn place(&self) -> String {
        place_of(self.wished.at, &self.name)
    }
}

/// Where evidence of this time and name lies among that of its contact; compares as text.
pub fn place_of(at: Timestamp, name: &str) -> String {
    format!("{:013}#{name}", at.as_millisecond().max(0))
}

/// Why an address is not to be written to, as the account says; sealed under the account's key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Suppressed {
    pub address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who put it on the list.
    pub by: String,
}

/// An address that is not to be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionRow {
    pub hash: AddressHash,
    pub since: Timestamp,
    /// `None`: whose address it was is erased.
    pub sealed: Option<Sealed<Suppressed>>,
}

/// The places that are taken under a cap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CappedSends {
    pub sends: Vec<CappedSend>,
    /// Counts the writes.
    pub rev: u32,
}

#[async_trait]
pub trait Consents {
    /// Consent alone, strongly consistent: read again before a claim.
    async fn consent(&self, account: &AccountId, id: ContactId) -> Stored<Consent>;

    /// Raises the times that a wish is about; never lowers one. One write for each.
    async fn record_consent(&self, account: &AccountId, id: ContactId, wished: &Wished) -> Stored<()>;

    /// Keeps what proves a wish.
    async fn put_evidence(&self, account: &AccountId, id: ContactId, line: &EvidenceLine) -> Stored<Put>;

    /// What proves a contact's wishes, the newest first, from before a place on if given.
    async fn evidence(
        &self,
        account: &AccountId,
        id: ContactId,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<EvidenceLine>>;

    /// The defaults where an account set nothing.
    async fn consent_settings(&self, account: &AccountId) -> Stored<ConsentSettings>;
    async fn put_consent_settings(&self, account: &AccountId, settings: &ConsentSettings) -> Stored<()>;

    /// Puts an address on the list. One that is there stays as it is.
    async fn suppress(&self, account: &AccountId, row: &SuppressionRow) -> Stored<Put>;
    /// Takes it off the list.
    async fn unsuppress(&self, account: &AccountId, hash: &AddressHash) -> Stored<()>;
    /// Strongly consistent.
    async fn suppression(&self, account: &AccountId, hash: &AddressHash) -> Stored<Option<SuppressionRow>>;
    /// The list in the order of its hashes, after one if given.
    async fn suppressions(
        &self,
        account: &AccountId,
        after: Option<&AddressHash>,
        limit: usize,
    ) -> Stored<Vec<SuppressionRow>>;
    /// Forgets which addresses these are; that they are on the list stays.
    async fn forget_suppressed(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<()>;

    async fn opt_in_links(&self, account: &AccountId) -> Stored<Vec<OptInLink>>;
    async fn opt_in_link(&self, account: &AccountId, id: &OptInLinkId) -> Stored<Option<OptInLink>>;
    async fn put_opt_in_link(&self, account: &AccountId, link: &OptInLink) -> Stored<()>;
    async fn remove_opt_in_link(&self, account: &AccountId, id: &OptInLinkId) -> Stored<()>;

    /// The places that are taken under a contact's cap.
    async fn capped_sends(&self, account: &AccountId, id: ContactId, purpose: ConsentPurpose) -> Stored<CappedSends>;
    /// Notes which are taken. `Lost`: somebody else did since these were read.
    async fn note_capped_sends(
        &self,
        account: &AccountId,
        id: ContactId,
        purpose: ConsentPurpose,
        taken: &CappedSends,
    ) -> Stored<Step>;
}
