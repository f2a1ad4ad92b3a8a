//! The search index: a row for each word of a contact, and beside the contact's book the list of them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore, Table,
    keys::{Key, Range, found_in},
    read::{Consistency, Order, key_of},
    rows,
    write::to_item,
};
use crate::{
    domain::{AccountId, ContactId},
    ports::store::{Filing, Searching, Stored},
};

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct IndexedRow {
    /// Where the contact is filed: `shelf#place`.
    #[serde(default)]
    fi: BTreeSet<String>,
    /// Not all of it may be filed yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    un: bool,
}

/// What a row of the index says is all in its key.
#[derive(Debug, Serialize)]
struct WordRow {}

fn parts(filed: &str) -> Option<(&str, &str)> {
    filed.split_once('#')
}

#[async_trait]
impl Searching for DynamoStore {
    async fn index(&self, account: &AccountId, contact: ContactId, filings: &[Filing]) -> Stored<()> {
        let doing = "index a contact";
        let list = Key::indexed(account, contact);
        let item = self.get(doing, Table::Contacts, list.clone(), Consistency::Strong).await?;
        let IndexedRow { fi: known, un: unfinished } =
            item.map(|item| rows::read::<IndexedRow>(&list, item)).transpose()?.unwrap_or_default();
        let wanted: BTreeSet<String> = filings.iter().map(|it| format!("{}#{}", it.shelf, it.place)).collect();
        if known == wanted && !unfinished {
            return Ok(());
        }
        // The list first holds both what was and what will be, and that it is not done: whatever ends this halfway, the next
        // time goes through all of it, and an erasure finds each row.
        if !unfinished || !wanted.is_subset(&known) {
            let both = IndexedRow { fi: known.union(&wanted).cloned().collect(), un: true };
            self.put(Table::Contacts, list.clone(), to_item(&both, &list)?).go(doing).await?;
        }
        let missing = wanted.iter().filter(|filed| unfinished || !known.contains(*filed));
        for (shelf, place) in missing.filter_map(|filed| parts(filed)) {
            let key = Key::word(account, shelf, place, contact);
            let item = to_item(&WordRow {}, &key)?;
            self.put(Table::Contacts, key, item).go(doing).await?;
        }
        for (shelf, place) in known.difference(&wanted).filter_map(|filed| parts(filed)) {
            self.delete(doing, Table::Contacts, Key::word(account, shelf, place, contact)).await?;
        }
        if wanted.is_empty() {
            return self.delete(doing, Table::Contacts, list).await;
        }
        let now = IndexedRow { fi: wanted, un: false };
        self.put(Table::Contacts, list.clone(), to_item(&now, &list)?).go(doing).await?;
        Ok(())
    }

    async fn indexed(&self, account: &AccountId, beginning: &Filing, limit: usize) -> Stored<Vec<ContactId>> {
        let range = Range::words(account, &beginning.shelf, &beginning.place);
        let (consistency, order) = (Consistency::Eventual, Order::OldestFirst);
        let items = self.range("search contacts", Table::Contacts, &range, consistency, order, limit).await?;
        let mut found = Vec::new();
        for item in items {
            let key = key_of(&item)?;
            let contact = found_in(&key).ok_or_else(|| key.unreadable("not a row of the search index"))?;
            if !found.contains(&contact) {
                found.push(contact);
            }
        }
        Ok(found)
    }
}
