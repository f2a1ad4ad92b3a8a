//! Forgetting a person: the mark first, then every copy of the key.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore, Table,
    keys::{Key, Range, bare_contact},
    read::{Consistency, Order, key_of},
    rows::{self, AddressName, Bytes, IdentityRow},
    write::{Written, millis, number, text, to_item},
};
use crate::{
    domain::{AccountId, ContactId, JobId, Timestamp, contact::AddressHash, retention::ERASURES_REMEMBERED},
    ports::store::{Erasing, Step, Stored},
    seal::WrappedKey,
};

#[derive(Debug, Serialize, Deserialize)]
struct OutputKeyRow {
    k: Bytes,
}

#[async_trait]
impl Erasing for DynamoStore {
    async fn entomb(&self, account: &AccountId, contact: ContactId, at: Timestamp) -> Stored<Step> {
        self.update(Table::Contacts, Key::contact(account, contact))
            .set("er", millis(at))
            .when("attribute_exists(#pk)")
            .when("attribute_not_exists(#er)")
            .go("mark a contact as erased")
            .await
            .map(Step::from)
    }

    async fn drop_identities(
        &self,
        account: &AccountId,
        contacts: &[ContactId],
        hashes: &[AddressHash],
        at: Timestamp,
    ) -> Stored<usize> {
        let mut dropped = 0;
        for hash in hashes {
            let key = Key::identity(account, hash);
            let doing = "drop an identity";
            let item = self.get(doing, Table::Contacts, key.clone(), Consistency::Strong).await?;
            let led_to = match item {
                Some(item) => rows::read::<IdentityRow>(&key, item)?.into_addressed(&key)?.identity,
                None => None,
            };
            // An address that belongs to somebody else by now is not this person's to take away.
            let Some(contact) = led_to.map(|it| it.contact).filter(|contact| contacts.contains(contact)) else {
                continue;
            };
            // On a row of its own, which ends: whoever comes back by this address is nobody that was erased.
            let ends = number((at + ERASURES_REMEMBERED).as_second());
            self.update(Table::Contacts, Key::erased_identity(account, hash))
                .set("er", millis(at))
                .set("ec", text(bare_contact(contact)))
                .set("ttl", ends.clone())
                .go(doing)
                .await?;
            let written = self
                .update(Table::Contacts, key)
                .set("ttl", ends)
                .remove("co")
                .remove("k")
                .remove("fo")
                .remove("fa")
                .when_is("co", Some(text(bare_contact(contact))))
                .go(doing)
                .await?;
            dropped += usize::from(matches!(written, Written::Done));
        }
        Ok(dropped)
    }

    async fn drop_key(&self, account: &AccountId, contact: ContactId) -> Stored<()> {
        let key = Key::contact(account, contact);
        let doing = "drop a contact's key";
        let Some(item) = self.get(doing, Table::Contacts, key.clone(), Consistency::Strong).await? else {
            return Ok(());
        };
        let mut update = self.update(Table::Contacts, key).remove("k").remove("p").when("attribute_exists(#er)");
        for name in AddressName::names(&item) {
            update = update.remove(name.as_str());
        }
        update.go(doing).await.map(|_| ())
    }

    async fn put_output_key(&self, account: &AccountId, job: JobId, wrapped: &WrappedKey) -> Stored<WrappedKey> {
        let key = Key::output_key(account, job);
        let item = to_item(&OutputKeyRow { k: Bytes(wrapped.0.clone()) }, &key)?;
        match self.put(Table::Contacts, key.clone(), item).if_absent().go("put the key of an output").await? {
            Written::Done => Ok(wrapped.clone()),
            Written::Refused(Some(row)) => Ok(WrappedKey(rows::read::<OutputKeyRow>(&key, row)?.k.0)),
            Written::Refused(None) => Err(key.unreadable("the row was not shown")),
        }
    }

    async fn output_key(&self, account: &AccountId, job: JobId) -> Stored<Option<WrappedKey>> {
        let range = Range::output_key(account, job);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let found = self.range("read the key of an output", Table::Contacts, &range, consistency, order, 1).await?;
        found
            .into_iter()
            .next()
            .map(|item| Ok(WrappedKey(rows::read::<OutputKeyRow>(&key_of(&item)?, item)?.k.0)))
            .transpose()
    }

    async fn drop_output_keys(&self, account: &AccountId) -> Stored<usize> {
        let range = Range::output_keys(account);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let found = self.range("list keys of outputs", Table::Contacts, &range, consistency, order, usize::MAX).await?;
        for item in &found {
            self.delete("drop the key of an output", Table::Contacts, key_of(item)?).await?;
        }
        Ok(found.len())
    }
}
