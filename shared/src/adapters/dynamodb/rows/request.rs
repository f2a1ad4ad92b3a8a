//! The row of a request.

use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::{
    adapters::dynamodb::keys::Key,
    domain::request::Request,
    ports::{StoreError, store::RequestRow},
};

#[derive(Debug, Serialize, Deserialize)]
pub struct RequestItem {
    /// The request as JSON.
    pub rj: String,
    /// Counts the writes.
    pub rv: u64,
    /// Its note, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rn: Option<Bytes>,
}

impl RequestItem {
    pub fn new(row: &RequestRow, key: &Key) -> Result<Self, StoreError> {
        let rj = serde_json::to_string(&row.request).map_err(|error| key.unreadable(error.to_string()))?;
        let rn = row.note.as_ref().map(|note| Bytes(note.as_bytes().to_vec()));
        Ok(Self { rj, rv: row.request.rev, rn })
    }

    pub fn request(&self, key: &Key) -> Result<Request, StoreError> {
        serde_json::from_str(&self.rj).map_err(|error| key.unreadable(error.to_string()))
    }
}
