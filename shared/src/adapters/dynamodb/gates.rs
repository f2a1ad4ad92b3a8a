//! One row a channel: its circuit, and the seats under its limit. A token's seats lie on the token's own row.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue as DynamoValue;
use serde::Deserialize;
use serde_dynamo::{AttributeValue, Item};

use super::{
    DynamoStore, Table,
    keys::Key,
    read::Consistency,
    rows::{self, word},
    write::{Written, millis, number, text},
};
use crate::{
    domain::{
        AccountId, ChannelId, ConversationId,
        circuit::{Circuit, Open, Why},
        limit::{Asked, Seats, Taken},
        time::from_millis,
    },
    ports::store::{Gate, Gates, Limited, SeatsTaken, Step, Stored},
};

/// Times are milliseconds since 1970. Beside these lie the seats: `s{number}`, each one number, since
/// those take half the room: its end, and its revision as the last ten digits.
#[derive(Debug, Default, Deserialize)]
struct CircuitRow {
    /// Troubles in a row, and the last one's conversation.
    #[serde(default)]
    tr: u32,
    #[serde(default)]
    lc: Option<ConversationId>,
    /// Open: why, since when, failed probes, next probe, the probe's lease.
    #[serde(default)]
    ow: Option<Why>,
    #[serde(default)]
    os: i64,
    #[serde(default)]
    of: u32,
    #[serde(default)]
    op: i64,
    #[serde(default)]
    ol: Option<i64>,
    /// Busy until.
    #[serde(default)]
    bu: Option<i64>,
    /// Counts changes.
    #[serde(default)]
    cv: u64,
}

impl CircuitRow {
    fn into_circuit(self) -> Circuit {
        let open = self.ow.map(|why| Open {
            why,
            since: from_millis(self.os),
            failed_probes: self.of,
            probe_at: from_millis(self.op),
            probing_until: self.ol.map(from_millis),
        });
        let busy_until = self.bu.map(from_millis);
        Circuit { troubles: self.tr, last: self.lc, open, busy_until, rev: self.cv }
    }
}

fn attribute(seat: u32) -> String {
    format!("s{seat}")
}

/// One more than the largest revision, as a power of ten.
const REVISIONS: u128 = 10_000_000_000;

fn written(taken: &Taken) -> DynamoValue {
    let until = u128::try_from(taken.until.as_millisecond()).unwrap_or_default();
    DynamoValue::N((until * REVISIONS + u128::from(taken.rev)).to_string())
}

fn read_seat(value: &AttributeValue) -> Option<Taken> {
    let AttributeValue::N(digits) = value else { return None };
    let number: u128 = digits.parse().ok()?;
    let until = from_millis(i64::try_from(number / REVISIONS).ok()?);
    Some(Taken { rev: u32::try_from(number % REVISIONS).ok()?, until })
}

/// The seats on a row. What cannot be read there counts as taken for ever by nobody, so it is an error.
pub(super) fn seats_of(key: &Key, item: &Item) -> Stored<Seats> {
    let mut seats = Seats::new();
    for (name, value) in item.inner() {
        let Some(seat) = name.strip_prefix('s').and_then(|number| number.parse().ok()) else { continue };
        seats.insert(seat, read_seat(value).ok_or_else(|| key.unreadable(format!("{name} is not a seat")))?);
    }
    Ok(seats)
}

fn key_of(limited: &Limited) -> Key {
    match limited {
        Limited::Channel { account, channel } => Key::gate(account, channel),
        Limited::Token(hash) => Key::token(hash),
        Limited::Staff { account, staff } => Key::staff(account, *staff),
    }
}

#[async_trait]
impl Gates for DynamoStore {
    async fn gate(&self, account: &AccountId, channel: &ChannelId) -> Stored<Gate> {
        let key = Key::gate(account, channel);
        let item = self.get("read a channel's gate", Table::Main, key.clone(), Consistency::Strong).await?;
        let Some(item) = item else { return Ok(Gate::default()) };
        let seats = seats_of(&key, &item)?;
        Ok(Gate { circuit: rows::read::<CircuitRow>(&key, item)?.into_circuit(), seats })
    }

    async fn change_circuit(&self, account: &AccountId, channel: &ChannelId, next: &Circuit) -> Stored<Step> {
        let revision = |rev: u64| number(i64::try_from(rev).unwrap_or(i64::MAX));
        let before = next.rev.saturating_sub(1);
        self.update(Table::Main, Key::gate(account, channel))
            .set("tr", number(next.troubles))
            .set_or_remove("lc", next.last.map(text))
            .set_or_remove("ow", next.open.map(|open| text(word(&open.why))))
            .set_or_remove("os", next.open.map(|open| millis(open.since)))
            .set_or_remove("of", next.open.map(|open| number(open.failed_probes)))
            .set_or_remove("op", next.open.map(|open| millis(open.probe_at)))
            .set_or_remove("ol", next.open.and_then(|open| open.probing_until).map(millis))
            .set_or_remove("bu", next.busy_until.map(millis))
            .set("cv", revision(next.rev))
            // Of two that learned something of the same circuit, one writes, and the other looks again.
            .when_is("cv", (before > 0).then(|| revision(before)))
            .go("change a circuit")
            .await
            .map(Step::from)
    }

    async fn take_seats(&self, limited: &Limited, asked: &[Asked]) -> Stored<SeatsTaken> {
        let key = key_of(limited);
        let mut update = self.update(Table::Main, key.clone());
        match limited {
            Limited::Channel { .. } => {}
            // A token that was taken away meanwhile does not come back by its seats.
            Limited::Token(_) | Limited::Staff { .. } => update = update.when("attribute_exists(#pk)"),
        }
        for Asked { seat, was, lease } in asked {
            let name = attribute(*seat);
            update = update
                .set(&name, written(lease))
                // Of two that want one seat, one gets it.
                .when_is(&name, was.as_ref().map(written));
        }
        match update.go("take seats").await? {
            Written::Done => Ok(SeatsTaken::Ours),
            Written::Refused(Some(item)) => Ok(SeatsTaken::Lost(seats_of(&key, &item)?)),
            Written::Refused(None) => Ok(SeatsTaken::Lost(Seats::new())),
        }
    }
}
