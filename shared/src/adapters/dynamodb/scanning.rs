//! The table as a whole: reading all of it, and the fence around it.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Row, Table,
    keys::{self, Key, PK, SK},
    read::{Consistency, key_of},
    row_from_image, rows, unavailable,
    write::{Update, key_item, millis, number, text},
};
use crate::{
    domain::{AccountId, Timestamp, fence::Fence, time},
    ports::{
        StoreError,
        store::{ScanPage, Scanned, Scanning, Stored},
    },
};

#[derive(Debug, Default, Serialize, Deserialize)]
struct FenceRow {
    /// The home of this row: the name of the table that it was written in.
    #[serde(default)]
    hm: Option<String>,
    /// Live until, in milliseconds since 1970.
    #[serde(default)]
    lu: Option<i64>,
    /// Epoch.
    #[serde(default)]
    ep: Option<u64>,
}

fn key_of_cursor(cursor: &str) -> Stored<Key> {
    let not_one = || StoreError::BadRow { key: cursor.to_owned(), why: "not where a page of a table ends".to_owned() };
    Key::from_text(cursor).ok_or_else(not_one)
}

impl DynamoStore {
    /// A table is always restored under another name (DynamoDB, "point-in-time recovery"), so this tells a copy.
    fn note_home(&self) -> Update<'_> {
        self.update(Table::Main, Key::fence()).set("hm", text(self.name(Table::Main)))
    }
}

impl DynamoStore {
    /// Keys of the table of contacts whose partition begins so, looking at about `limit` rows behind `after`.
    pub(super) async fn scan_contacts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Stored<(Vec<Key>, Option<String>)> {
        let doing = "list contacts";
        let request = self
            .client
            .scan()
            .table_name(self.name(Table::Contacts))
            .filter_expression("begins_with(#pk, :prefix)")
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .consistent_read(true)
            .set_limit(i32::try_from(limit).ok())
            .set_exclusive_start_key(after.map(key_of_cursor).transpose()?.map(key_item));
        let output = request.send().await.map_err(unavailable(doing))?;
        let items = output.items.unwrap_or_default().into_iter().map(Item::from);
        let keys = items.map(|item| key_of(&item)).collect::<Stored<Vec<_>>>()?;
        let next = output.last_evaluated_key.map(|key| key_of(&Item::from(key))).transpose()?;
        Ok((keys, next.map(|key| key.to_string())))
    }
}

#[async_trait]
impl Scanning for DynamoStore {
    async fn scan(&self, account: Option<&AccountId>, after: Option<&str>, limit: usize) -> Stored<ScanPage> {
        let doing = "read the whole table";
        let request = self
            .client
            .scan()
            .table_name(self.name(Table::Main))
            .filter_expression("begins_with(#pk, :prefix)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":prefix", AttributeValue::S(keys::conversations_prefix(account)))
            .consistent_read(true)
            .set_limit(i32::try_from(limit).ok())
            .set_exclusive_start_key(after.map(key_of_cursor).transpose()?.map(key_item));
        let output = request.send().await.map_err(unavailable(doing))?;
        let items = output.items.unwrap_or_default().into_iter().map(Item::from);
        let rows = items.filter_map(|item| match row_from_image(&item) {
            Ok(Row::Head(head)) => Some(Ok(Scanned::Head(head))),
            Ok(Row::Inbound(message)) => Some(Ok(Scanned::Inbound(message))),
            Ok(Row::Outbound(message)) => Some(Ok(Scanned::Outbound(message))),
            Ok(Row::Job { account, id }) => Some(Ok(Scanned::Job(account, id))),
            Ok(
                Row::Work { .. }
                | Row::AtWork { .. }
                | Row::Request { .. }
                | Row::Timer
                | Row::Probe(_)
                | Row::Subscription { .. }
                | Row::Notice(_)
                | Row::Other,
            ) => None,
            Err(error) => Some(Err(error)),
        });
        let rows = rows.collect();
        let next = output.last_evaluated_key.map(|key| key_of(&Item::from(key))).transpose()?;
        Ok(ScanPage { rows, next: next.map(|key| key.to_string()) })
    }

    async fn fence(&self) -> Stored<Fence> {
        let key = Key::fence();
        let item = self.get("read the fence", Table::Main, key.clone(), Consistency::Strong).await?;
        let row: FenceRow = item.map(|item| rows::read(&key, item)).transpose()?.unwrap_or_default();
        if row.hm.is_none() {
            self.note_home().when("attribute_not_exists(#hm)").go("note which table this is").await?;
        }
        Ok(Fence {
            missing: row.hm.is_some_and(|home| home != self.name(Table::Main)),
            live_until: row.lu.map(time::from_millis),
            epoch: row.ep.unwrap_or(0),
        })
    }

    async fn raise_fence(&self, restored_to: Timestamp, live_until: Timestamp) -> Stored<()> {
        self.update(Table::Main, Key::fence())
            .set("lu", millis(live_until))
            .set("rt", millis(restored_to))
            .when("attribute_not_exists(#lu) OR #lu < :lu")
            .go("put up the fence")
            .await?;
        // Only now may anything leave.
        self.note_home().go("note which table this is").await.map(|_| ())
    }

    async fn raise_epoch(&self, epoch: u64) -> Stored<()> {
        self.update(Table::Main, Key::fence())
            .set("ep", number(i64::try_from(epoch).unwrap_or(i64::MAX)))
            .when("attribute_not_exists(#ep) OR #ep < :ep")
            .go("take over")
            .await
            .map(|_| ())
    }
}
