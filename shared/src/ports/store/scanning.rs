//! What looks at the table as a whole: reading all of it, and the fence around it.

use async_trait::async_trait;

use super::Stored;
use crate::domain::{
    AccountId, JobId, Timestamp,
    conversation::Head,
    fence::Fence,
    message::{Inbound, Outbound},
};

/// A row that something follows from. Content that is kept in parts is left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Scanned {
    Head(Box<Head>),
    Inbound(Box<Inbound>),
    Outbound(Box<Outbound>),
    /// Long work. Only where all accounts are read.
    Job(AccountId, JobId),
}

/// Some rows, and where the next ones begin.
#[derive(Debug)]
pub struct ScanPage {
    /// One that cannot be read is an error in its place.
    pub rows: Vec<Stored<Scanned>>,
    /// `None`: that was all.
    pub next: Option<String>,
}

#[async_trait]
pub trait Scanning {
    /// Reads on after `after`, looking at about `limit` rows. Strongly consistent.
    async fn scan(&self, account: Option<&AccountId>, after: Option<&str>, limit: usize) -> Stored<ScanPage>;

    /// Strongly consistent; nothing on it if there is none. The first to ask notes which table this is.
    async fn fence(&self) -> Stored<Fence>;
    /// Raises the time until which a table that is restored was live; never lowers it. From then on the fence is not
    /// missing. `restored_to` is noted for people.
    async fn raise_fence(&self, restored_to: Timestamp, live_until: Timestamp) -> Stored<()>;
    /// Raises the oldest generation that sends; never lowers it.
    async fn raise_epoch(&self, epoch: u64) -> Stored<()>;
}
