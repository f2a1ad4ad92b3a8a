//! The archive's objects: what is kept for long and read seldom. A bucket on AWS, a folder on one machine.

use std::fmt;

use async_trait::async_trait;

use super::BoxError;

/// An object's name and size, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub bytes: u64,
}

/// Objects by name. Names are segments of `a-z A-Z 0-9 . _ = -` between slashes; they sort as bytes. Writing an object again
/// replaces it, removing one that is not there is no error.
#[async_trait]
pub trait ObjectStore: Send + Sync + fmt::Debug {
    /// Stored when this returns.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectsUnavailable>;
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectsUnavailable>;
    /// Names that begin with `prefix` and sort after `after`, in order; `limit` (at most 1,000) or fewer. Fewer says nothing
    /// but at the end: an empty list does.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Listed>, ObjectsUnavailable>;
    async fn remove(&self, names: &[String]) -> Result<(), ObjectsUnavailable>;
}

/// The archive did not answer, or with an error. Whether a write took place is not known; every write may be repeated.
#[derive(Debug, thiserror::Error)]
#[error("the archive could not {doing}")]
pub struct ObjectsUnavailable {
    pub doing: &'static str,
    #[source]
    pub source: BoxError,
}

/// Every name that begins with `prefix`, in order.
///
/// # Errors
/// As [`ObjectStore::list`].
pub async fn list_all(objects: &dyn ObjectStore, prefix: &str) -> Result<Vec<Listed>, ObjectsUnavailable> {
    let mut all: Vec<Listed> = Vec::new();
    loop {
        let after = all.last().map(|last| last.name.clone());
        let page = objects.list(prefix, after.as_deref(), MOST_LISTED).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// The most names of one list (S3, "ListObjectsV2").
pub const MOST_LISTED: usize = 1000;
