//! Automations: rows beside their conversation, each with a number that counts its writes.

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Range},
    read::{Consistency, Order, key_of},
    rows,
    write::{number, text, to_item},
};
use crate::{
    domain::{
        AccountId, ConversationId, MessageId, Timestamp,
        automation::{AutomationState, Automations, Enrolment, Score},
        time::from_millis,
    },
    ports::store::{Automating, Put, Revised, Step, Stored},
};

/// A value as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct RevisedRow {
    j: String,
    /// Counts the writes.
    v: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct ScoreRow {
    sc: Score,
    /// When it was said, in milliseconds since 1970.
    at: i64,
}

fn count(rev: u64) -> aws_sdk_dynamodb::types::AttributeValue {
    number(i64::try_from(rev).unwrap_or(i64::MAX))
}

fn json<T: Serialize>(key: &Key, value: &T) -> Stored<String> {
    serde_json::to_string(value).map_err(|error| key.unreadable(error.to_string()))
}

fn read<T: DeserializeOwned>(item: Item) -> Stored<Revised<T>> {
    let key = key_of(&item)?;
    let row: RevisedRow = rows::read(&key, item)?;
    let value = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    Ok(Revised { value, rev: row.v })
}

/// What a record of the stream says of how satisfied a customer is, in which conversation, and when they said so. An image that
/// is not there is empty.
///
/// # Errors
/// [`crate::ports::StoreError::BadRow`] with the key, if this version cannot read the row.
pub fn score_in(keys: &Item, old: &Item, new: &Item) -> Stored<Option<(AccountId, ConversationId, Score, Timestamp)>> {
    let key = key_of(keys)?;
    let Some((account, conversation)) = key.conversation().filter(|_| key.is_score()) else { return Ok(None) };
    if !old.is_empty() || new.is_empty() {
        return Ok(None);
    }
    let row: ScoreRow = rows::read(&key, new.clone())?;
    Ok(Some((account, conversation, row.sc, from_millis(row.at))))
}

#[async_trait]
impl Automating for DynamoStore {
    async fn automations(&self, account: &AccountId) -> Stored<Option<Automations>> {
        self.setting("read automations", Key::automations(account)).await
    }

    async fn put_automations(&self, account: &AccountId, automations: &Automations) -> Stored<()> {
        self.put_setting("put automations", Key::automations(account), automations).await
    }

    async fn automation_state(
        &self,
        account: &AccountId,
        conversation: ConversationId,
    ) -> Stored<Revised<AutomationState>> {
        let key = Key::automation_state(account, conversation);
        let item = self.get("read what rules did", Table::Main, key, Consistency::Strong).await?;
        item.map_or_else(|| Ok(Revised { value: AutomationState::default(), rev: 0 }), read)
    }

    async fn write_automation_state(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        read_rev: u64,
        state: &AutomationState,
    ) -> Stored<Step> {
        let key = Key::automation_state(account, conversation);
        let json = json(&key, state)?;
        self.update(Table::Main, key)
            .set("j", text(json))
            .set("v", count(read_rev + 1))
            .when_is("v", (read_rev > 0).then(|| count(read_rev)))
            .go("note what rules did")
            .await
            .map(Step::from)
    }

    async fn enrol(&self, account: &AccountId, conversation: ConversationId, enrolment: &Enrolment) -> Stored<Put> {
        let key = Key::enrolment(account, conversation, enrolment.id);
        let item = to_item(&RevisedRow { j: json(&key, enrolment)?, v: 1 }, &key)?;
        self.put(Table::Main, key, item).if_absent().go("begin a sequence").await.map(Put::from)
    }

    async fn enrolments(&self, account: &AccountId, conversation: ConversationId) -> Stored<Vec<Revised<Enrolment>>> {
        let range = Range::enrolments(account, conversation);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("read sequences", Table::Main, &range, consistency, order, usize::MAX).await?;
        items.into_iter().map(read).collect()
    }

    async fn write_enrolment(
        &self,
        account: &AccountId,
        conversation: ConversationId,
        read_rev: u64,
        enrolment: &Enrolment,
        kept_until: Option<Timestamp>,
    ) -> Stored<Step> {
        let key = Key::enrolment(account, conversation, enrolment.id);
        let json = json(&key, enrolment)?;
        self.update(Table::Main, key)
            .set("j", text(json))
            .set("v", count(read_rev + 1))
            .set_or_remove("ttl", kept_until.map(|until| number(until.as_second())))
            .when_is("v", Some(count(read_rev)))
            .go("go on with a sequence")
            .await
            .map(Step::from)
    }

    async fn put_score(&self, account: &AccountId, message: MessageId, score: Score, at: Timestamp) -> Stored<Put> {
        let key = Key::score(account, message);
        let item = to_item(&ScoreRow { sc: score, at: at.as_millisecond() }, &key)?;
        self.put(Table::Main, key, item).if_absent().go("keep a score").await.map(Put::from)
    }
}
