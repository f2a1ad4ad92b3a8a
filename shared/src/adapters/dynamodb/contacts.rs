//! Contacts and the identities that lead to them: the second table. Merging is in `merging.rs`.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Range, bare_contact, contact_in, contacts_prefix, former_in},
    read::{Consistency, Order, key_of},
    rows::{self, AddressName, ContactAttributes, IdentityRow},
    write::{Written, bytes, text, to_item},
};
use crate::{
    domain::{
        AccountId, ContactId, Timestamp,
        consent::Consent,
        contact::{Address, AddressHash, Profile},
    },
    ports::store::{Addressed, ContactRow, Contacts, ContactsPage, Identity, Step, Stored},
    seal::{Sealed, WrappedKey},
};

/// A contact out of the rows of its partition; `None` if its own row is not among them.
fn read_contact(account: &AccountId, id: ContactId, items: Vec<Item>) -> Stored<Option<ContactRow>> {
    let (own_key, consent_key) = (Key::contact(account, id), Key::consent(account, id));
    let mut own = None;
    let mut consent = Consent::default();
    let mut former = Vec::new();
    for item in items {
        let key = key_of(&item)?;
        if key == own_key {
            own = Some(item);
        } else if key == consent_key {
            consent = rows::read_consent(&item);
        } else {
            former.extend(former_in(&key));
        }
    }
    let Some(item) = own else { return Ok(None) };
    let addresses = AddressName::read_all(&item);
    let row: ContactAttributes = rows::read(&own_key, item)?;
    Ok(Some(ContactRow {
        id,
        survivor: row.survivor(&own_key)?,
        created_at: row.created_at(),
        erased_at: row.erased_at(),
        key: row.k.map(|key| WrappedKey(key.0)),
        addresses,
        profile: row.p.map(|profile| Sealed::from_bytes(profile.0)),
        consent,
        former,
    }))
}

#[async_trait]
impl Contacts for DynamoStore {
    async fn addressed(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<Vec<Addressed>> {
        let both = |hash| [Key::identity(account, hash), Key::erased_identity(account, hash)];
        let keys = hashes.iter().flat_map(both).collect();
        let mut found = HashMap::new();
        for item in self.many("look up identities", Table::Contacts, keys, Consistency::Strong).await? {
            let key = key_of(&item)?;
            let addressed = rows::read::<IdentityRow>(&key, item)?.into_addressed(&key)?;
            found.insert(key, addressed);
        }
        let of = |key: Key| found.get(&key).cloned().unwrap_or_else(Addressed::default);
        let joined = |hash| Addressed {
            identity: of(Key::identity(account, hash)).identity,
            erased: of(Key::erased_identity(account, hash)).erased,
        };
        Ok(hashes.iter().map(joined).collect())
    }

    async fn identities(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<Vec<Option<Identity>>> {
        Ok(self.addressed(account, hashes).await?.into_iter().map(|it| it.identity).collect())
    }

    async fn put_contact(&self, account: &AccountId, contact: &ContactRow) -> Stored<()> {
        let key = Key::contact(account, contact.id);
        let profile = contact.profile.as_ref().map(Sealed::as_bytes);
        let row = ContactAttributes::new(contact.key.as_ref(), profile, contact.created_at, contact.survivor);
        let mut item = to_item(&row, &key)?;
        for (hash, address) in &contact.addresses {
            // Which of them are phones is not told here; linking one says it.
            let name = AddressName::new(hash, false);
            let value = serde_dynamo::AttributeValue::B(address.as_bytes().to_vec());
            item.inner_mut().insert(name.as_str().to_owned(), value);
        }
        // It was made just now under a new id: if it is there already, this is a repetition.
        self.put(Table::Contacts, key, item).if_absent().go("put a contact").await?;
        self.put_consent(account, contact.id, &contact.consent).await
    }

    async fn link(
        &self,
        account: &AccountId,
        contact: ContactId,
        hash: &AddressHash,
        address: &Sealed<Address>,
        phone: bool,
        key: &WrappedKey,
    ) -> Stored<Identity> {
        let contact_key = Key::contact(account, contact);
        // The contact first: an identity that leads to a contact which does not know the address could not be merged or
        // erased with it.
        let written = self
            .update(Table::Contacts, contact_key.clone())
            .set(AddressName::new(hash, phone).as_str(), bytes(address.as_bytes()))
            .remove(AddressName::new(hash, !phone).as_str())
            // One that was erased takes nothing new: its key would live on in the identity (fault matrix L3).
            .when("attribute_exists(#pk) AND attribute_not_exists(#er)")
            .go("link an address")
            .await?;
        if let Written::Refused(_) = written {
            return Err(contact_key.unreadable("the contact is missing"));
        }
        let identity = Identity { contact, key: key.clone(), former: None };
        let identity_key = Key::identity(account, hash);
        let written = self
            .update(Table::Contacts, identity_key.clone())
            .set("co", text(bare_contact(contact)))
            .set("k", bytes(&key.0))
            // It may have led to somebody who was erased, and was to be collected with that.
            .remove("ttl")
            // Two first messages of one person may race: the first identity stays, and the other adopts it.
            .when("attribute_not_exists(#pk) OR attribute_not_exists(#co)")
            .go("link an address")
            .await?;
        match written {
            Written::Done => Ok(identity),
            Written::Refused(Some(row)) => {
                let known = rows::read::<IdentityRow>(&identity_key, row)?.into_addressed(&identity_key)?;
                known.identity.ok_or_else(|| identity_key.unreadable("it leads nowhere"))
            }
            Written::Refused(None) => Err(identity_key.unreadable("the row was not shown")),
        }
    }

    async fn contact(&self, account: &AccountId, id: ContactId) -> Stored<Option<ContactRow>> {
        let range = Range::contact(account, id);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("read a contact", Table::Contacts, &range, consistency, order, usize::MAX).await?;
        read_contact(account, id, items)
    }

    async fn contacts(&self, account: &AccountId, after: Option<&str>, limit: usize) -> Stored<ContactsPage> {
        let (rows, next) = self.scan_contacts(&contacts_prefix(account), after, limit).await?;
        let contacts = rows.iter().filter_map(contact_in).collect();
        Ok(ContactsPage { contacts, next })
    }

    async fn set_profile(&self, account: &AccountId, id: ContactId, profile: &Sealed<Profile>) -> Stored<()> {
        self.update(Table::Contacts, Key::contact(account, id))
            .set("p", bytes(profile.as_bytes()))
            // A contact that is missing is not made, and one that was erased takes nothing new.
            .when("attribute_exists(#k) AND attribute_not_exists(#er)")
            .go("set a profile")
            .await
            .map(|_| ())
    }

    async fn merge_contacts(
        &self,
        account: &AccountId,
        survivor: ContactId,
        former: ContactId,
        at: Timestamp,
    ) -> Stored<Step> {
        self.merge(account, survivor, former, at).await
    }

    async fn unmerge_contacts(&self, account: &AccountId, survivor: ContactId, former: ContactId) -> Stored<Step> {
        self.unmerge(account, survivor, former).await
    }
}
