//! Wishes as maxima on a contact's row, what proves them in a partition of its own, and whom nobody writes to.

use async_trait::async_trait;

use super::{
    DynamoStore, Table,
    keys::{Key, Range},
    read::{Consistency, Order, key_of},
    rows::{self, CappedRow, EvidenceRow, SuppressedRow},
    write::{millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ContactId, Timestamp,
        consent::{Choice, Consent, ConsentPurpose, ConsentSettings, Raise, Wished},
        contact::AddressHash,
        ids::OptInLinkId,
        opt_in::OptInLink,
    },
    ports::store::{CappedSends, Consents, EvidenceLine, Put, Step, Stored, SuppressionRow},
};

impl DynamoStore {
    /// Raises one time. Beside the general ones is noted where they came from.
    async fn raise_consent(
        &self,
        account: &AccountId,
        id: ContactId,
        raise: Raise,
        at: Timestamp,
        origin: &str,
    ) -> Stored<()> {
        let name = rows::raise_name(raise);
        let mut update = self
            .update(Table::Contacts, Key::consent(account, id))
            .set(&name, millis(at))
            // An older word that arrives late changes nothing.
            .when(format!("attribute_not_exists(#{name}) OR #{name} < :{name}"));
        match raise {
            Raise::General(Choice::Out) => update = update.set("os", text(origin)),
            Raise::General(Choice::In) => update = update.set("is", text(origin)),
            Raise::Specific(..) => {}
        }
        update.go("record consent").await.map(|_| ())
    }

    /// All that is known of a contact that is put whole.
    pub(super) async fn put_consent(&self, account: &AccountId, id: ContactId, consent: &Consent) -> Stored<()> {
        let general = [(Choice::Out, consent.opted_out_at), (Choice::In, consent.opted_in_at)]
            .map(|(choice, time)| (Raise::General(choice), time));
        let specific = consent.specific.said().flat_map(|(purpose, medium, said)| {
            [(Choice::Out, said.out), (Choice::In, said.back)]
                .map(|(choice, time)| (Raise::Specific(choice, purpose, medium), time))
        });
        for (raise, time) in general.into_iter().chain(specific) {
            if let Some(at) = time {
                self.raise_consent(account, id, raise, at, "contact").await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Consents for DynamoStore {
    async fn consent(&self, account: &AccountId, id: ContactId) -> Stored<Consent> {
        let item = self.get("read consent", Table::Contacts, Key::consent(account, id), Consistency::Strong).await?;
        Ok(item.as_ref().map(rows::read_consent).unwrap_or_default())
    }

    async fn record_consent(&self, account: &AccountId, id: ContactId, wished: &Wished) -> Stored<()> {
        for raise in wished.scope.raises(wished.choice) {
            self.raise_consent(account, id, raise, wished.at, wished.how.origin()).await?;
        }
        Ok(())
    }

    async fn put_evidence(&self, account: &AccountId, id: ContactId, line: &EvidenceLine) -> Stored<Put> {
        let key = Key::evidence(account, id, &line.place());
        let item = to_item(&EvidenceRow::new(&key, line)?, &key)?;
        // The key is made of what it says: whatever is there is this.
        self.put(Table::Contacts, key, item).if_absent().go("keep what proves a wish").await.map(Put::from)
    }

    async fn evidence(
        &self,
        account: &AccountId,
        id: ContactId,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<EvidenceLine>> {
        let range = Range::evidence(account, id, before);
        let (consistency, order) = (Consistency::Eventual, Order::NewestFirst);
        // The range includes the place that it ends at.
        let most = limit.saturating_add(usize::from(before.is_some()));
        let doing = "list what proves wishes";
        let items = self.range(doing, Table::Contacts, &range, consistency, order, most).await?;
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            let key = key_of(&item)?;
            lines.push(rows::read::<EvidenceRow>(&key, item)?.into_line(&key)?);
        }
        lines.retain(|line| Some(line.place().as_str()) != before);
        lines.truncate(limit);
        Ok(lines)
    }

    async fn consent_settings(&self, account: &AccountId) -> Stored<ConsentSettings> {
        Ok(self.setting("read what is set about consent", Key::consent_settings(account)).await?.unwrap_or_default())
    }

    async fn put_consent_settings(&self, account: &AccountId, settings: &ConsentSettings) -> Stored<()> {
        self.put_setting("put what is set about consent", Key::consent_settings(account), settings).await
    }

    async fn suppress(&self, account: &AccountId, row: &SuppressionRow) -> Stored<Put> {
        let key = Key::suppression(account, &row.hash);
        let item = to_item(&SuppressedRow::new(row), &key)?;
        self.put(Table::Contacts, key, item).if_absent().go("suppress an address").await.map(Put::from)
    }

    async fn unsuppress(&self, account: &AccountId, hash: &AddressHash) -> Stored<()> {
        self.delete("take an address off the list", Table::Contacts, Key::suppression(account, hash)).await
    }

    async fn suppression(&self, account: &AccountId, hash: &AddressHash) -> Stored<Option<SuppressionRow>> {
        let range = Range::suppression(account, hash);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let found = self.range("look for an address", Table::Contacts, &range, consistency, order, 1).await?;
        found.into_iter().next().map(read_suppression).transpose()
    }

    async fn suppressions(
        &self,
        account: &AccountId,
        after: Option<&AddressHash>,
        limit: usize,
    ) -> Stored<Vec<SuppressionRow>> {
        let range = Range::suppressions(account, after);
        let (consistency, order) = (Consistency::Eventual, Order::OldestFirst);
        // The range includes the hash that it begins with.
        let most = limit.saturating_add(usize::from(after.is_some()));
        let items = self.range("list suppressed addresses", Table::Contacts, &range, consistency, order, most).await?;
        let mut found = items.into_iter().map(read_suppression).collect::<Stored<Vec<_>>>()?;
        found.retain(|row| Some(&row.hash) != after);
        found.truncate(limit);
        Ok(found)
    }

    async fn forget_suppressed(&self, account: &AccountId, hashes: &[AddressHash]) -> Stored<()> {
        for hash in hashes {
            self.update(Table::Contacts, Key::suppression(account, hash))
                .remove("d")
                .when("attribute_exists(#pk)")
                .go("forget a suppressed address")
                .await?;
        }
        Ok(())
    }

    async fn opt_in_links(&self, account: &AccountId) -> Stored<Vec<OptInLink>> {
        self.all_settings("list opt-in links", &Range::opt_in_links(account)).await
    }

    async fn opt_in_link(&self, account: &AccountId, id: &OptInLinkId) -> Stored<Option<OptInLink>> {
        self.setting("read an opt-in link", Key::opt_in_link(account, id)).await
    }

    async fn put_opt_in_link(&self, account: &AccountId, link: &OptInLink) -> Stored<()> {
        self.put_setting("put an opt-in link", Key::opt_in_link(account, &link.id), link).await
    }

    async fn remove_opt_in_link(&self, account: &AccountId, id: &OptInLinkId) -> Stored<()> {
        self.delete("remove an opt-in link", Table::Main, Key::opt_in_link(account, id)).await
    }

    async fn capped_sends(&self, account: &AccountId, id: ContactId, purpose: ConsentPurpose) -> Stored<CappedSends> {
        let key = Key::capped_sends(account, id, purpose);
        match self.get("read what was sent lately", Table::Contacts, key.clone(), Consistency::Strong).await? {
            Some(item) => rows::read::<CappedRow>(&key, item)?.into_sends(&key),
            None => Ok(CappedSends::default()),
        }
    }

    async fn note_capped_sends(
        &self,
        account: &AccountId,
        id: ContactId,
        purpose: ConsentPurpose,
        taken: &CappedSends,
    ) -> Stored<Step> {
        let key = Key::capped_sends(account, id, purpose);
        let item = to_item(&CappedRow::new(&key, taken)?, &key)?;
        let put = self.put(Table::Contacts, key, item);
        let put = if taken.rev == 0 { put.if_absent() } else { put.when("#rv = :was").value("was", number(taken.rev)) };
        put.go("note what is sent").await.map(Step::from)
    }
}

fn read_suppression(item: serde_dynamo::Item) -> Stored<SuppressionRow> {
    let key = key_of(&item)?;
    Ok(rows::read::<SuppressedRow>(&key, item)?.into_suppression(&key))
}
