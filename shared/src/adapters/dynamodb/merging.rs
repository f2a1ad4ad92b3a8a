//! Making one contact part of another, and taking that back. No message moves: pointers on both contacts, and identities
//! that lead elsewhere.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{ConditionCheck, Put, TransactWriteItem, Update},
};

use super::{
    DynamoStore, Table,
    keys::{Key, PK, bare_contact},
    unavailable,
    write::{bytes, key_item, millis, text},
};
use crate::{
    domain::{AccountId, ContactId, Timestamp},
    ports::{
        BoxError,
        store::{ContactRow, Contacts, Step, Stored},
    },
    seal::WrappedKey,
};

const MERGING: &str = "merge contacts";
const PARTING: &str = "part contacts";

impl DynamoStore {
    pub(super) async fn merge(
        &self,
        account: &AccountId,
        survivor: ContactId,
        former: ContactId,
        at: Timestamp,
    ) -> Stored<Step> {
        let (Some(survives), Some(joins)) =
            (self.contact(account, survivor).await?, self.contact(account, former).await?)
        else {
            return Ok(Step::Lost);
        };
        // Without a key of its own (the person was erased) it could not hold what comes next.
        let Some(key) = survives.key.filter(|_| {
            survivor != former
                && survives.survivor.is_none()
                && survives.erased_at.is_none()
                && joins.erased_at.is_none()
        }) else {
            return Ok(Step::Lost);
        };
        // Its own former contacts come along, so that a survivor knows all of them and pointers never form a chain.
        let grown = joins.former.clone();
        if self.merge_one(account, (survivor, &key), &joins, former, at).await? == Step::Lost {
            return Ok(Step::Lost);
        }
        for id in grown {
            if let Some(row) = self.contact(account, id).await? {
                self.merge_one(account, (survivor, &key), &row, former, at).await?;
            }
        }
        Ok(Step::Done)
    }

    /// `until_now`: the contact that the former one's identities may lead to besides itself.
    async fn merge_one(
        &self,
        account: &AccountId,
        (survivor, key): (ContactId, &WrappedKey),
        former: &ContactRow,
        until_now: ContactId,
        at: Timestamp,
    ) -> Stored<Step> {
        if self.point_at_each_other(account, survivor, former.id, until_now).await.map_err(unavailable(MERGING))?
            == Step::Lost
        {
            return Ok(Step::Lost);
        }
        for (hash, _) in &former.addresses {
            self.update(Table::Contacts, Key::identity(account, hash))
                .set("co", text(bare_contact(survivor)))
                .set("k", bytes(&key.0))
                .set("fo", text(bare_contact(former.id)))
                .set("fa", millis(at))
                // An identity that was linked to somebody else first is not the former contact's to give away; one that
                // a crash left out is put now.
                .when("attribute_not_exists(#pk) OR #co = :former OR #co = :until_now")
                .value("former", text(bare_contact(former.id)))
                .value("until_now", text(bare_contact(until_now)))
                .go(MERGING)
                .await?;
        }
        Ok(Step::Done)
    }

    /// Both pointers at once, and only while the survivor is nobody's former contact: otherwise two merges in opposite
    /// directions could each make the other's survivor vanish.
    async fn point_at_each_other(
        &self,
        account: &AccountId,
        survivor: ContactId,
        former: ContactId,
        until_now: ContactId,
    ) -> Result<Step, BoxError> {
        let table = self.name(Table::Contacts);
        let stays = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key_item(Key::contact(account, survivor))))
            .condition_expression("attribute_exists(#pk) AND attribute_not_exists(#su) AND attribute_not_exists(#er)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#su", "su")
            .expression_attribute_names("#er", "er")
            .build()?;
        let points = Update::builder()
            .table_name(table)
            .set_key(Some(key_item(Key::contact(account, former))))
            .update_expression("SET #su = :survivor")
            .condition_expression(
                "attribute_exists(#pk) AND attribute_not_exists(#er)
                 AND (attribute_not_exists(#su) OR #su = :survivor OR #su = :until_now)",
            )
            .expression_attribute_names("#er", "er")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#su", "su")
            .expression_attribute_values(":survivor", text(bare_contact(survivor)))
            .expression_attribute_values(":until_now", text(bare_contact(until_now)))
            .build()?;
        let knows = Put::builder()
            .table_name(table)
            .set_item(Some(key_item(Key::former(account, survivor, former))))
            .build()?;
        let request = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().condition_check(stays).build())
            .transact_items(TransactWriteItem::builder().update(points).build())
            .transact_items(TransactWriteItem::builder().put(knows).build())
            .set_return_consumed_capacity(self.wanted_capacity());
        match request.send().await {
            Ok(output) => {
                self.count(output.consumed_capacity());
                Ok(Step::Done)
            }
            Err(SdkError::ServiceError(error)) => match error.into_err() {
                TransactWriteItemsError::TransactionCanceledException(canceled)
                    if canceled
                        .cancellation_reasons()
                        .iter()
                        .any(|reason| reason.code() == Some("ConditionalCheckFailed")) =>
                {
                    Ok(Step::Lost)
                }
                other => Err(other.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn unmerge(&self, account: &AccountId, survivor: ContactId, former: ContactId) -> Stored<Step> {
        let Some(row) = self.contact(account, former).await? else { return Ok(Step::Lost) };
        if row.survivor != Some(survivor) {
            return Ok(Step::Lost);
        }
        let Some(key) = row.key else { return Ok(Step::Lost) };
        // The pointer that says that there is something to take back goes last, so that a crash leaves it to do again.
        for (hash, _) in &row.addresses {
            self.update(Table::Contacts, Key::identity(account, hash))
                .set("co", text(bare_contact(former)))
                .set("k", bytes(&key.0))
                .remove("fo")
                .remove("fa")
                .when("#co = :survivor AND #fo = :former")
                .value("survivor", text(bare_contact(survivor)))
                .value("former", text(bare_contact(former)))
                .go(PARTING)
                .await?;
        }
        self.delete(PARTING, Table::Contacts, Key::former(account, survivor, former)).await?;
        self.update(Table::Contacts, Key::contact(account, former))
            .remove("su")
            .when_is("su", Some(text(bare_contact(survivor))))
            .go(PARTING)
            .await
            .map(Step::from)
    }
}
