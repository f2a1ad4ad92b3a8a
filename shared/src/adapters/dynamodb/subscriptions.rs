//! Subscriptions among the settings, with how their addresses answer beside them; and what became of deliveries.

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;

use super::{
    DynamoStore, Table,
    keys::{Key, Place, Range},
    read::{Consistency, Order, key_of},
    rows::{self, Bytes, NoticeRow},
    write::{millis, number, text, to_item},
};
use crate::{
    domain::{
        AccountId, SubscriptionId, Timestamp,
        delivery::Health,
        event::{Event, EventKind},
        subscription::{Batch, Filter, Payload, Subscription},
        time::{self, SignedDuration},
    },
    ports::store::{DeliveryLine, DeliveryOutcome, Put, Step, Stored, Subscriptions},
    seal::Sealed,
};

/// For how long a line about a delivery is kept. It may be told again from there.
const LINES_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A notice is kept for as long as what led to it may be repeated.
const NOTICES_KEPT: SignedDuration = SignedDuration::from_hours(15 * 24);

#[derive(Debug, Serialize, Deserialize)]
struct Setting {
    url: String,
    kinds: Vec<EventKind>,
    #[serde(default)]
    filter: Filter,
    payload: Payload,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<Batch>,
    enabled: bool,
    created_at: Timestamp,
    /// Sealed, in base64.
    secrets: String,
}

#[derive(Debug, Deserialize)]
struct SubscriptionRow {
    /// The setting as JSON.
    j: String,
    /// Why it was given up.
    #[serde(default)]
    dw: Option<String>,
    /// Failing since, in milliseconds since 1970.
    #[serde(default)]
    fs: Option<i64>,
    /// Attempts that failed in a row.
    #[serde(default)]
    fc: Option<u32>,
    /// Rests until, in milliseconds since 1970.
    #[serde(default)]
    ru: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DeliveryRow {
    /// The attempt's number.
    n: u32,
    /// Milliseconds since 1970.
    at: i64,
    o: DeliveryOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    st: Option<u16>,
    /// The event as JSON.
    j: String,
    /// The answer, sealed.
    b: Bytes,
    /// Expiry, in seconds since 1970.
    ttl: i64,
}

fn read_subscription(item: Item) -> Stored<(Subscription, Health)> {
    let key = key_of(&item)?;
    let Place::Subscription { account, id } = key.place()? else {
        return Err(key.unreadable("not the key of a subscription"));
    };
    let row: SubscriptionRow = rows::read(&key, item)?;
    let setting: Setting = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    let secrets = STANDARD.decode(&setting.secrets).map_err(|error| key.unreadable(error.to_string()))?;
    let subscription = Subscription {
        id,
        account,
        url: setting.url,
        kinds: setting.kinds,
        filter: setting.filter,
        payload: setting.payload,
        batch: setting.batch,
        enabled: setting.enabled,
        disabled_why: row.dw,
        secrets: Sealed::from_bytes(secrets),
        created_at: setting.created_at,
    };
    let health = Health {
        failing_since: row.fs.map(time::from_millis),
        failures: row.fc.unwrap_or(0),
        rests_until: row.ru.map(time::from_millis),
    };
    Ok((subscription, health))
}

fn read_line(account: &AccountId, subscription: &SubscriptionId, item: Item) -> Stored<DeliveryLine> {
    let key = key_of(&item)?;
    let row: DeliveryRow = rows::read(&key, item)?;
    let event: Event = serde_json::from_str(&row.j).map_err(|error| key.unreadable(error.to_string()))?;
    Ok(DeliveryLine {
        account: account.clone(),
        subscription: subscription.clone(),
        at: time::from_millis(row.at),
        attempt: row.n,
        outcome: row.o,
        event,
        status: row.st,
        answer: Sealed::from_bytes(row.b.0),
    })
}

#[async_trait]
impl Subscriptions for DynamoStore {
    async fn subscriptions(&self, account: &AccountId) -> Stored<Vec<(Subscription, Health)>> {
        let range = Range::subscriptions(account);
        let (consistency, order) = (Consistency::Strong, Order::OldestFirst);
        let items = self.range("list subscriptions", Table::Main, &range, consistency, order, usize::MAX).await?;
        items.into_iter().map(read_subscription).collect()
    }

    async fn subscription(&self, account: &AccountId, id: &SubscriptionId) -> Stored<Option<(Subscription, Health)>> {
        let key = Key::subscription(account, id);
        let item = self.get("read a subscription", Table::Main, key, Consistency::Strong).await?;
        item.map(read_subscription).transpose()
    }

    async fn put_subscription(&self, subscription: &Subscription) -> Stored<()> {
        let key = Key::subscription(&subscription.account, &subscription.id);
        let setting = Setting {
            url: subscription.url.clone(),
            kinds: subscription.kinds.clone(),
            filter: subscription.filter.clone(),
            payload: subscription.payload,
            batch: subscription.batch,
            enabled: subscription.enabled,
            created_at: subscription.created_at,
            secrets: STANDARD.encode(subscription.secrets.as_bytes()),
        };
        let json = serde_json::to_string(&setting).map_err(|error| key.unreadable(error.to_string()))?;
        let item =
            Item::from(std::collections::HashMap::from([("j".to_owned(), serde_dynamo::AttributeValue::S(json))]));
        self.put(Table::Main, key, item).go("put a subscription").await.map(|_| ())
    }

    async fn remove_subscription(&self, account: &AccountId, id: &SubscriptionId) -> Stored<()> {
        self.delete("remove a subscription", Table::Main, Key::subscription(account, id)).await
    }

    async fn note_health(&self, account: &AccountId, id: &SubscriptionId, was: Health, is: Health) -> Stored<Step> {
        let count = |health: Health| (health.failures > 0).then(|| number(health.failures));
        self.update(Table::Main, Key::subscription(account, id))
            .set_or_remove("fs", is.failing_since.map(millis))
            .set_or_remove("fc", count(is))
            .set_or_remove("ru", is.rests_until.map(millis))
            .when("attribute_exists(#pk)")
            .when_is("fc", count(was))
            .go("note how a subscriber answers")
            .await
            .map(Step::from)
    }

    async fn give_up_subscription(&self, account: &AccountId, id: &SubscriptionId, why: &str) -> Stored<Step> {
        self.update(Table::Main, Key::subscription(account, id))
            .set("dw", text(why))
            .when("attribute_exists(#pk)")
            .when("attribute_not_exists(#dw)")
            .go("give up a subscription")
            .await
            .map(Step::from)
    }

    async fn put_notice(&self, event: &Event, now: Timestamp) -> Stored<Put> {
        let key = Key::notice(event);
        let json = serde_json::to_string(event).map_err(|error| key.unreadable(error.to_string()))?;
        let item = to_item(&NoticeRow { j: json, ttl: (now + NOTICES_KEPT).as_second() }, &key)?;
        self.put(Table::Main, key, item).if_absent().go("put a notice").await.map(Put::from)
    }

    async fn log_delivery(&self, line: &DeliveryLine) -> Stored<()> {
        let key = Key::delivery(&line.account, &line.subscription, &line.id());
        let row = DeliveryRow {
            n: line.attempt,
            at: line.at.as_millisecond(),
            o: line.outcome,
            st: line.status,
            j: serde_json::to_string(&line.event).map_err(|error| key.unreadable(error.to_string()))?,
            b: Bytes(line.answer.as_bytes().to_vec()),
            ttl: (line.at + LINES_KEPT).as_second(),
        };
        let item = to_item(&row, &key)?;
        self.put(Table::Main, key, item).go("log a delivery").await.map(|_| ())
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        id: &SubscriptionId,
        before: Option<&str>,
        limit: usize,
    ) -> Stored<Vec<DeliveryLine>> {
        let range = Range::deliveries(account, id, before);
        let (consistency, order) = (Consistency::Eventual, Order::NewestFirst);
        // One more, since the range includes `before` itself.
        let items = self.range("list deliveries", Table::Main, &range, consistency, order, limit + 1).await?;
        let lines = items.into_iter().map(|item| read_line(account, id, item)).collect::<Stored<Vec<_>>>()?;
        Ok(lines.into_iter().filter(|line| before != Some(line.id().as_str())).take(limit).collect())
    }

    async fn delivery(&self, account: &AccountId, id: &SubscriptionId, line: &str) -> Stored<Option<DeliveryLine>> {
        let item =
            self.get("read a delivery", Table::Main, Key::delivery(account, id, line), Consistency::Strong).await?;
        item.map(|item| read_line(account, id, item)).transpose()
    }
}
