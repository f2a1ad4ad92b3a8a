//! On every change of a message: states that never go back, outcomes that never stay open.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use transom::{
    adapters::dynamodb::{Row, read_change},
    domain::{
        MessageId,
        message::Outbound,
        sending::{Delivery, SenderState},
    },
};

use crate::{
    faults::Faults,
    machine::Millis,
    workload::{HOUR, MINUTE},
};

/// No outcome stays open for longer than this: the claim and the time for receipts take 16 minutes, each step may wait for
/// a sweep; whatever kills a sender or keeps it from its table puts the job off by minutes; processes stand still for twenty
/// minutes, and incidents last three hours.
fn open_at_most(faults: &Faults) -> Millis {
    let stands_still = if faults.freezes > 0 { HOUR } else { 0 };
    let incidents = if faults.incidents { 5 * HOUR } else { 0 };
    HOUR + 20 * MINUTE + 3 * faults.sweep_gap + stands_still + incidents
}

/// Watches messages as they change.
#[derive(Debug)]
pub struct Watcher {
    open_at_most: Millis,
    stands: BTreeMap<MessageId, (u32, u8, &'static str)>,
    open_since: BTreeMap<MessageId, Millis>,
    held: BTreeSet<MessageId>,
}

impl Watcher {
    pub fn new(faults: &Faults) -> Self {
        let open_at_most = open_at_most(faults);
        Self { open_at_most, stands: BTreeMap::new(), open_since: BTreeMap::new(), held: BTreeSet::new() }
    }

    /// How many messages had to wait at some time.
    pub fn held(&self) -> u64 {
        u64::try_from(self.held.len()).unwrap_or(u64::MAX)
    }

    /// What is wrong with a change: the invariant and the words.
    pub fn see(&mut self, now: Millis, record: &Value) -> Vec<(&'static str, String)> {
        let image = |name: &str| serde_json::from_value(record["dynamodb"][name].clone()).unwrap_or_default();
        let is_message = record["dynamodb"]["Keys"]["sk"]["S"].as_str().is_some_and(|key| key.starts_with("M#"));
        if !is_message || record["dynamodb"]["NewImage"]["st"].is_null() && record["dynamodb"]["OldImage"].is_null() {
            return Vec::new();
        }
        let (keys, new) = (image("Keys"), image("NewImage"));
        match read_change(&keys, &serde_dynamo::Item::default(), &new) {
            Ok(change) => match change.new {
                Some(Row::Outbound(message)) => self.message(now, &message),
                _ => Vec::new(),
            },
            Err(error) => vec![("B13", format!("a row cannot be read: {error}"))],
        }
    }

    fn message(&mut self, now: Millis, message: &Outbound) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let delivery = message.delivery();
        let (rank, word) = (rank(&delivery), delivery.word());
        if delivery == Delivery::Held {
            self.held.insert(message.id);
        }
        let before = self.stands.insert(message.id, (message.attempt, rank, word));
        if let Some((attempt, was, was_word)) = before
            && rank < was
            && (attempt == message.attempt || was >= ARRIVED)
            // The provider's own "window closed" is the one way back (fault matrix, section 5).
            && !message.met_a_closed_window()
        {
            wrong.push(("I7", format!("{} went from {was_word} back to {word}", message.id)));
        }
        if matches!(message.state, SenderState::Claimed { .. } | SenderState::Unknown { .. })
            && matches!(delivery, Delivery::Sending | Delivery::Unknown)
        {
            let since = *self.open_since.entry(message.id).or_insert(now);
            if now - since > self.open_at_most {
                wrong.push(("I8", format!("the outcome of {} stayed open for too long", message.id)));
            }
        } else if let Some(since) = self.open_since.remove(&message.id)
            && now - since > self.open_at_most
        {
            wrong.push(("I8", format!("the outcome of {} stayed open for too long", message.id)));
        }
        wrong
    }
}

const ARRIVED: u8 = 5;

/// Within one attempt this never falls.
fn rank(delivery: &Delivery) -> u8 {
    match delivery {
        Delivery::Queued | Delivery::Held | Delivery::Sending | Delivery::Unknown => 0,
        Delivery::Undetermined => 1,
        Delivery::Accepted => 2,
        Delivery::Sent => 3,
        // A report that it failed may be followed by one that it arrived, and then it has.
        Delivery::Failed { .. } => 4,
        Delivery::Delivered => ARRIVED,
        Delivery::Read => ARRIVED + 1,
        Delivery::Refused | Delivery::Expired | Delivery::Cancelled => ARRIVED + 2,
    }
}
