//! Requests of a conversation's guest. A row's number of writes is the condition of each.

use async_trait::async_trait;
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Range},
    read::{Consistency, Order, key_of},
    rows::{self, RequestItem},
    write::{bytes, number, text, to_item},
};
use crate::{
    domain::{AccountId, ConversationId, ids::RequestId, request::Request},
    ports::store::{Put, RequestRow, Requests, Step, Stored},
    seal::Sealed,
};

fn read_request(item: Item) -> Stored<RequestRow> {
    let key = key_of(&item)?;
    let row: RequestItem = rows::read(&key, item)?;
    let request = row.request(&key)?;
    Ok(RequestRow { request, note: row.rn.map(|note| Sealed::from_bytes(note.0)) })
}

#[async_trait]
impl Requests for DynamoStore {
    async fn open_request(&self, account: &AccountId, row: &RequestRow) -> Stored<Put> {
        let key = Key::request(account, row.request.conversation, row.request.id);
        let item = to_item(&RequestItem::new(row, &key)?, &key)?;
        self.put(Table::Main, key, item).if_absent().go("open a request").await.map(Put::from)
    }

    async fn request(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        id: RequestId,
    ) -> Stored<Option<RequestRow>> {
        let key = Key::request(account, conversation, id);
        let item = self.get("read a request", Table::Main, key, Consistency::Strong).await?;
        item.map(read_request).transpose()
    }

    async fn requests(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        limit: usize,
    ) -> Stored<Vec<RequestRow>> {
        let range = Range::requests(account, conversation);
        let (consistency, order) = (Consistency::Strong, Order::NewestFirst);
        let items = self.range("read requests", Table::Main, &range, consistency, order, limit).await?;
        items.into_iter().map(read_request).collect()
    }

    async fn write_request(&self, account: &AccountId, seen: &Request, new: &RequestRow) -> Stored<Step> {
        let key = Key::request(account, seen.conversation, seen.id);
        let row = RequestItem::new(new, &key)?;
        let count = |rev: u64| number(i64::try_from(rev).unwrap_or(i64::MAX));
        self.update(Table::Main, key)
            .set("rj", text(row.rj))
            .set("rv", count(row.rv))
            .set_or_remove("rn", row.rn.map(|note| bytes(&note.0)))
            .when_is("rv", Some(count(seen.rev)))
            .go("change a request")
            .await
            .map(Step::from)
    }
}
