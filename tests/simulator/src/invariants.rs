//! What must hold (fault matrix, section 1): while it runs, on every change that the stream tells of; and at the end, on
//! the whole table, against what really happened.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use transom::{
    adapters::dynamodb::{Row, read_change, row_from_image},
    app::mint::inbound_key,
    domain::{
        MessageId, Timestamp,
        ids::MessageKey,
        message::{Inbound, Outbound, Purpose},
        reason::Reason,
        sending::{Answer, Delivery, SenderState},
        time::from_millis,
    },
};

use crate::{
    cast::Index,
    machine::Millis,
    outside::{Acceptance, Said},
    workload::{HOUR, MINUTE},
    world::{MAIN_TABLE, World},
};

/// Something that must never be.
#[derive(Debug, Clone)]
pub struct Violation {
    pub at: Millis,
    pub invariant: &'static str,
    pub words: String,
}

/// No outcome stays open for longer than this: the claim, the time for receipts, and what the incidents add.
const OPEN_AT_MOST: Millis = 6 * HOUR;

/// Watches messages as they change.
#[derive(Debug, Default)]
pub struct Watcher {
    stands: BTreeMap<MessageId, (u32, u8, &'static str)>,
    open_since: BTreeMap<MessageId, Millis>,
}

impl Watcher {
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
            if now - since > OPEN_AT_MOST {
                wrong.push(("I8", format!("the outcome of {} stayed open for hours", message.id)));
            }
        } else if let Some(since) = self.open_since.remove(&message.id)
            && now - since > OPEN_AT_MOST
        {
            wrong.push(("I8", format!("the outcome of {} stayed open for hours", message.id)));
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

/// All messages of the table.
#[derive(Debug, Default)]
pub struct Table {
    pub inbound: Vec<Inbound>,
    pub outbound: BTreeMap<MessageId, Outbound>,
}

impl Table {
    pub fn read(world: &World) -> Self {
        let mut table = Self::default();
        let mut from = Value::Null;
        loop {
            let mut ask = json!({ "TableName": MAIN_TABLE });
            if !from.is_null() {
                ask["ExclusiveStartKey"] = from;
            }
            let (_, answer) = world.engine.perform("Scan", ask.to_string().as_bytes());
            let mut answer: Value = serde_json::from_slice(&answer).expect("the engine answers in JSON");
            let items = answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            for item in items {
                if !item["sk"]["S"].as_str().is_some_and(|key| key.starts_with("M#")) {
                    continue;
                }
                let item = serde_json::from_value(item).expect("an item");
                match row_from_image(&item) {
                    Ok(Row::Inbound(message)) => table.inbound.push(*message),
                    Ok(Row::Outbound(message)) => {
                        table.outbound.insert(message.id, *message);
                    }
                    Ok(Row::Head(_) | Row::Work | Row::Timer | Row::Other) => {}
                    Err(error) => world.violate("B13", format!("a row cannot be read: {error}")),
                }
            }
            from = answer["LastEvaluatedKey"].take();
            if from.is_null() {
                return table;
            }
        }
    }

    /// How every message stands, for comparing.
    pub fn digest(&self) -> BTreeSet<String> {
        let inbound = self.inbound.iter().map(|message| message.id.to_string());
        let outbound = self.outbound.values();
        inbound.chain(outbound.map(|message| format!("{} {}", message.id, message.delivery().word()))).collect()
    }
}

/// Checks everything that holds once all has come to rest.
pub fn check(world: &World, table: &Table) {
    let left = world.what_is_left();
    if !left.is_empty() {
        world.violate("I10", format!("it does not come to rest: {}", left.join(", ")));
    }
    every_message_ends(world, table);
    inbound_is_complete(world, table);
    intents_are_kept(world, table);
    releases_come(world, table);
    templates_go_once(world, table);
    nobody_is_forgotten(world, table);
    replies_keep_their_order(world, table);
}

fn every_message_ends(world: &World, table: &Table) {
    for message in table.outbound.values() {
        let delivery = message.delivery();
        let open = matches!(delivery, Delivery::Queued | Delivery::Held | Delivery::Sending | Delivery::Unknown);
        if open {
            world.violate(
                "I10",
                format!("{} is still {} at the end ({:?})", message.id, delivery.word(), message.reason),
            );
        }
        let outside = world.outside();
        let taken = outside.accepted.get(&message.id).map_or(0, Vec::len);
        let really_failed = outside.accepted.get(&message.id).is_some_and(|all| all.iter().any(|one| one.fails));
        drop(outside);
        let told_failed = message.attempts.iter().any(|attempt| attempt.failed.is_some());
        if told_failed && !really_failed {
            world.violate("I11", format!("{} is shown as failed by a report that its provider never made", message.id));
        }
        if message.stands() && taken == 0 {
            world.violate("I2", format!("{} is {} and no provider took it", message.id, delivery.word()));
        }
        let final_unsent = matches!(delivery, Delivery::Refused | Delivery::Expired | Delivery::Cancelled);
        if final_unsent && stood(world, message.id) {
            world.violate("I7", format!("{} went out and is shown as {}", message.id, delivery.word()));
        }
    }
}

/// Whether a provider took it for good.
fn stood(world: &World, id: MessageId) -> bool {
    world.outside().accepted.get(&id).is_some_and(|all| all.iter().any(|one| !one.fails))
}

/// I1, I2 and I3 for what came in: everything acknowledged is there, once, and nothing else.
fn inbound_is_complete(world: &World, table: &Table) {
    const TAIL: u128 = (1 << 80) - 1;
    let tail = |key: MessageKey| key.bits() & TAIL;
    let mut rows: BTreeMap<(String, u128), u32> = BTreeMap::new();
    for message in &table.inbound {
        *rows.entry((message.account.to_string(), tail(message.id.key))).or_insert(0) += 1;
    }
    let said: Vec<Said> = world.outside().said.clone();
    for one in &said {
        let number = &world.cast.numbers[one.number];
        let account = world.cast.accounts[number.account].id.to_string();
        let channel = number.name.parse().expect("a slug");
        let key = (account, tail(inbound_key(Timestamp::UNIX_EPOCH, &channel, &one.provider_id)));
        match rows.remove(&key) {
            Some(1) => {}
            Some(count) => world.violate("I3", format!("{} is stored {count} times", one.provider_id)),
            None if one.acknowledged_at.is_some() => {
                world.violate("I1", format!("{} was acknowledged and is lost", one.provider_id));
            }
            None => {}
        }
    }
    for ((account, _), _) in rows {
        world.violate("I2", format!("an inbound message of {account} is stored that nobody wrote"));
    }
}

/// What is held for a customer goes out when they write.
fn releases_come(world: &World, table: &Table) {
    let said: Vec<Said> = world.outside().said.clone();
    let intents = world.truth().intents.clone();
    for intent in &intents {
        let Some((id, accepted_at)) = intent.accepted else { continue };
        let Some(row) = table.outbound.get(&id) else { continue };
        if row.delivery() != Delivery::Expired {
            continue;
        }
        let freed = said.iter().find(|one| {
            let heard_in_time = one.acknowledged_at.is_some_and(|at| {
                at > accepted_at && at < row.expires_at.as_millisecond() - 3 * HOUR && at < one.at + 20 * HOUR
            });
            // Only a message that is newer than the one it was held for: the provider may have closed that one's window.
            // A minute or two may lie between the provider's clock and the one by which it was planned.
            let newer = row.planned_with.is_none_or(|with| one.at > with.as_millisecond() + 3 * MINUTE);
            let same = one.person == intent.person && one.number == intent.number;
            same && newer && one.opens_window && !one.stop && heard_in_time
        });
        if let Some(one) = freed {
            world.violate("I10", format!("{id} expired although {} would have freed it", one.provider_id));
        }
    }
}

fn intents_are_kept(world: &World, table: &Table) {
    let intents = world.truth().intents.clone();
    for intent in &intents {
        let Some((id, _)) = intent.accepted else {
            world.violate("I10", format!("{:?} was never accepted", intent.text));
            continue;
        };
        if !table.outbound.contains_key(&id) {
            world.violate("I1", format!("{:?} was accepted as {id} and is lost", intent.text));
        }
        let went = stood(world, id);
        if intent.cancelled_at.is_some() && went {
            world.violate("D23", format!("{id} went out although its taking back was confirmed"));
        }
    }
    let mut by_text: BTreeMap<&str, u32> = BTreeMap::new();
    let outside = world.outside();
    for acceptance in outside.accepted.values().flatten().filter(|one| !one.fails && one.text.contains(": ")) {
        *by_text.entry(acceptance.text.as_str()).or_insert(0) += 1;
    }
    let twice: Vec<String> = by_text
        .into_iter()
        .filter(|(text, count)| *count > 1 && intents.iter().any(|intent| intent.text == *text))
        .map(|(text, count)| format!("{text:?} reached the customer {count} times"))
        .collect();
    drop(outside);
    for words in twice {
        world.violate("I4", words);
    }
}

/// I6: one template for a closed window, and never before it has closed.
fn templates_go_once(world: &World, table: &Table) {
    let accepted: Vec<(MessageId, Acceptance)> = {
        let outside = world.outside();
        outside.accepted.iter().flat_map(|(id, all)| all.iter().map(|one| (*id, one.clone()))).collect()
    };
    let mut by_window: BTreeMap<(Index, Index, Option<Timestamp>), Vec<MessageId>> = BTreeMap::new();
    for (id, acceptance) in &accepted {
        let Some(row) = table.outbound.get(id) else { continue };
        let Purpose::WindowTemplate { last_in, .. } = row.purpose else { continue };
        by_window.entry((acceptance.number, acceptance.person, last_in)).or_default().push(*id);
        let closes_at = last_in.map(|at| at.as_millisecond() + 24 * HOUR);
        if closes_at.is_some_and(|closes_at| acceptance.at < closes_at) && row.reason != Some(Reason::AnswerWaiting) {
            world.violate("I6", format!("{id}, a fallback, went out before the window's end"));
        }
        let answered = table.outbound.values().find(|reply| {
            reply.purpose.is_reply()
                && reply.id.conversation == id.conversation
                && reply.planned_with >= last_in
                && last_in.is_some()
                && reply.current().is_some_and(|attempt| {
                    attempt.answer == Some(Answer::Accepted)
                        && attempt.failed.is_none()
                        && attempt.answered_at.is_some_and(|at| at < from_millis(acceptance.at - 20 * MINUTE))
                })
        });
        if let Some(reply) = answered
            && row.reason == Some(Reason::FallbackForUnanswered)
        {
            world.violate("I6", format!("{id}, a fallback, went out although {} had answered", reply.id));
        }
    }
    for ((_, _, last_in), ids) in by_window {
        if ids.len() > 1 {
            world.violate("I6", format!("{} templates went out for the window of {last_in:?}: {ids:?}", ids.len()));
        }
    }
}

/// I6: whoever was left waiting past the window's end got a template, or there is a reason on record.
fn nobody_is_forgotten(world: &World, table: &Table) {
    let said: Vec<Said> = world.outside().said.clone();
    for one in said.iter().filter(|one| one.opens_window) {
        let number = &world.cast.numbers[one.number];
        let Some(heard_at) = one.acknowledged_at else { continue };
        let same = |other: &&Said| other.person == one.person && other.number == one.number && other.opens_window;
        let wrote_again = said.iter().filter(same).any(|other| other.at > one.at && other.at < one.at + 32 * HOUR);
        // A person by several names is several conversations until a merge; whoever was sent a link is one person with the
        // phone that follows it.
        let role = world.cast.guests.iter().find(|guest| guest.person == one.person && guest.number == one.number);
        let merged = world.outside().came_back.contains(&(one.number, one.person));
        let simple = !merged && role.is_some_and(|guest| guest.role != crate::cast::Role::TwoNames);
        let whatsapp = number.medium == transom::domain::channel::Medium::WhatsApp;
        let late = heard_at > one.at + 20 * HOUR;
        if wrote_again || !simple || !whatsapp || late {
            continue;
        }
        let account = &world.cast.accounts[number.account].id;
        let answered = world.outside().accepted.iter().any(|(id, all)| {
            let reply = table.outbound.get(id).is_some_and(|row| row.purpose.is_reply() && row.account == *account);
            reply && all.iter().any(|a| a.number == one.number && a.person == one.person && a.at >= one.at && !a.fails)
        });
        if answered {
            continue;
        }
        let skew = 3 * MINUTE;
        let (from, to) = (from_millis(one.at - skew), from_millis(heard_at + 6 * HOUR));
        let has_template = table.outbound.values().any(|row| {
            matches!(row.purpose, Purpose::WindowTemplate { last_in: Some(last_in), .. }
                if row.account == *account && row.channel.as_str() == number.name && (from..=to).contains(&last_in))
        });
        if !has_template {
            let name = &world.cast.people[one.person].name;
            world
                .violate("I6", format!("{name} wrote to {} at {} and was forgotten", number.name, from_millis(one.at)));
        }
    }
}

/// C11: what was accepted later does not arrive earlier. Only where clocks agree, and where nothing was tried twice.
fn replies_keep_their_order(world: &World, table: &Table) {
    if world.faults().skew > 0 {
        return;
    }
    let intents = world.truth().intents.clone();
    let arrived = |id: MessageId| {
        let row = table.outbound.get(&id)?;
        let outside = world.outside();
        let all = outside.accepted.get(&id)?;
        (row.attempt == 1 && all.len() == 1 && all[0].free_form).then(|| all[0].at)
    };
    for first in &intents {
        let Some((first_id, accepted_at)) = first.accepted else { continue };
        let Some(first_at) = arrived(first_id) else { continue };
        for second in &intents {
            let same = second.number == first.number && second.person == first.person;
            let Some((second_id, _)) = second.accepted else { continue };
            if !same || second.asked_at <= accepted_at || second_id.conversation != first_id.conversation {
                continue;
            }
            if arrived(second_id).is_some_and(|second_at| second_at < first_at) {
                world.violate("C11", format!("{second_id} overtook {first_id}"));
            }
        }
    }
}
