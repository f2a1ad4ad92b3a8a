//! Sealed content that is too large for a row: parts, written before the row that tells of them.
//! (DynamoDB, "limits": an item holds at most 400 KB.)

use serde::{Deserialize, Serialize};

use super::{
    DynamoStore, Table,
    keys::Key,
    read::Consistency,
    rows::{self, Bytes, Parts},
    write::to_item,
};
use crate::{ports::store::Stored, seal::sha256_hex};

/// The most content that a row, or a part, holds in bytes.
const MOST_IN_A_ROW: usize = 350_000;

/// Where content was put.
#[derive(Debug)]
pub enum Stowed<'a> {
    /// It fits the row.
    Here(&'a [u8]),
    InParts {
        count: u32,
        tag: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct PartRow {
    b: Bytes,
    /// Expiry, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl DynamoStore {
    /// Puts content that is too large for the row at `owner` into parts. Nothing is lost if the row is never written.
    pub(super) async fn stow<'a>(&self, owner: &Key, sealed: &'a [u8], ttl: Option<i64>) -> Stored<Stowed<'a>> {
        if sealed.len() <= MOST_IN_A_ROW {
            return Ok(Stowed::Here(sealed));
        }
        // Every sealing has a nonce of its own, so a repeated message has other bytes and thus other parts.
        let tag = sha256_hex(sealed)[..8].to_owned();
        let mut count = 0;
        for part in sealed.chunks(MOST_IN_A_ROW) {
            let key = owner.part(&tag, count);
            let item = to_item(&PartRow { b: Bytes(part.to_vec()), ttl }, &key)?;
            self.put(Table::Main, key, item).go("put a part of a message").await?;
            count += 1;
        }
        Ok(Stowed::InParts { count, tag })
    }

    /// Whether the row at `owner` is there already; asked only where putting it would first put parts that nobody needs.
    pub(super) async fn large_and_there(&self, doing: &'static str, owner: &Key, sealed: &[u8]) -> Stored<bool> {
        if sealed.len() <= MOST_IN_A_ROW {
            return Ok(false);
        }
        Ok(self.get(doing, Table::Main, owner.clone(), Consistency::Strong).await?.is_some())
    }

    pub(super) async fn fetch_parts(&self, owner: &Key, parts: &Parts) -> Stored<Vec<u8>> {
        let mut whole = Vec::new();
        for number in 0..parts.count {
            let key = owner.part(&parts.tag, number);
            let item = self.get("read a part of a message", Table::Main, key.clone(), Consistency::Strong).await?;
            let item = item.ok_or_else(|| key.unreadable("the part is missing"))?;
            whole.extend(rows::read::<PartRow>(&key, item)?.b.0);
        }
        Ok(whole)
    }

    pub(super) async fn drop_parts(&self, owner: &Key, parts: &Parts) -> Stored<()> {
        for number in 0..parts.count {
            self.delete("delete a part", Table::Main, owner.part(&parts.tag, number)).await?;
        }
        Ok(())
    }
}
