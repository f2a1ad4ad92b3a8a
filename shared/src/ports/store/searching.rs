//! Finding contacts by what is typed.

use async_trait::async_trait;

use super::Stored;
use crate::domain::{AccountId, ContactId};

/// Where a word is filed: the shelf by a keyed hash of its first letters, the place on it by one of each longer beginning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filing {
    pub shelf: String,
    pub place: String,
}

#[async_trait]
pub trait Searching {
    /// Files a contact under these words, and under no others. One read where nothing changed.
    async fn index(&self, account: &AccountId, contact: ContactId, filings: &[Filing]) -> Stored<()>;

    /// Contacts with a word that begins so, at most `limit`, in a fixed order.
    async fn indexed(&self, account: &AccountId, beginning: &Filing, limit: usize) -> Stored<Vec<ContactId>>;
}
