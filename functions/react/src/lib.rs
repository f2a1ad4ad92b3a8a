//! The stream brings changes: what follows from each is done here, and nowhere else.
#![forbid(unsafe_code)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use futures::{StreamExt, stream};
use transom::{
    adapters::dynamodb::{change_in, place_of_change},
    app::{
        Parts, Trouble,
        deadline::{Deadline, WORK_WITHIN},
        parking,
        publish::{self, Audience},
        react,
    },
    defects::{Defect, planted},
    domain::{Timestamp, effects::Change, flood, time},
    lambda::{Panicked, alone},
    ports::StoreError,
    telemetry,
};

/// How many rows of a batch are followed at once. Changes of one partition stay in order.
const AT_ONCE: usize = 16;
/// After so many tries a change is parked, so that it does not hold up its shard.
const MOST_TRIES: u32 = 10;

/// The function. Made once per process.
#[derive(Debug)]
pub struct React {
    parts: Parts,
    /// Tries of changes that failed, by sequence number. A new process starts counting again; the event source's own
    /// limit stands behind it.
    tries: Mutex<HashMap<String, u32>>,
}

impl React {
    pub fn new(parts: Parts) -> Self {
        Self { parts, tries: Mutex::new(HashMap::new()) }
    }
}

/// Follows a batch of changes. Those before the first failed one are done; the rest comes again.
pub async fn handle(react: &React, event: Event) -> DynamoDbEventResponse {
    handle_until(react, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(react: &React, event: Event, ends_at: u64) -> DynamoDbEventResponse {
    let deadline = react.parts.deadline(WORK_WITHIN, ends_at);
    let oldest = event.records.iter().map(|record| record.change.approximate_creation_date_time).min();
    if let Some(oldest) = oldest {
        telemetry::stream_age(time::from_millis(oldest.timestamp_millis()), react.parts.now());
    }
    let mut partitions: BTreeMap<String, Vec<EventRecord>> = BTreeMap::new();
    for record in event.records {
        partitions.entry(partition_of(&record)).or_default().push(record);
    }
    let audience = Audience::default();
    let work: Vec<_> = partitions.into_values().map(|records| partition(react, records, deadline, &audience)).collect();
    let failed: Vec<Option<String>> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    let mut response = DynamoDbEventResponse::default();
    // Sequence numbers have one length, so the lowest text is the earliest change.
    if let Some(first) = failed.into_iter().flatten().min_by(|a, b| (a.len(), a).cmp(&(b.len(), b))) {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(first);
        response.batch_item_failures.push(failure);
    }
    response
}

fn partition_of(record: &EventRecord) -> String {
    let keys = serde_dynamo::from_item::<_, Keys>(record.change.keys.clone());
    keys.map(|keys| keys.pk).unwrap_or_default()
}

#[derive(serde::Deserialize)]
struct Keys {
    pk: String,
}

/// Follows the changes of one partition in order; answers the first that failed.
async fn partition(
    react: &React,
    records: Vec<EventRecord>,
    deadline: Deadline,
    audience: &Audience,
) -> Option<String> {
    let mut changes = Vec::new();
    for record in &records {
        changes.push(alone(async { change_of(record) }).await.unwrap_or_else(|defect| Err(unexpected(defect))));
    }
    let looks = looks_at_head(&changes);
    for ((record, change), looks_at_head) in records.into_iter().zip(changes).zip(looks) {
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        if deadline.passed() {
            return Some(sequence); // Not begun, and so no try.
        }
        let stored_at = time::from_millis(record.change.approximate_creation_date_time.timestamp_millis());
        let place = Stored { at: stored_at, sequence: &sequence };
        let followed = alone(Box::pin(one(react, change, place, looks_at_head, audience))).await;
        match followed.unwrap_or_else(|defect| Err(unexpected(defect))) {
            Ok(()) => {
                react.tries.lock().expect("no holder of this lock can panic").remove(&sequence);
            }
            Err(trouble) => {
                if !give_up(&react.tries, &sequence, &trouble) {
                    tracing::error!(
                        stream.sequence = sequence,
                        error = &trouble as &dyn std::error::Error,
                        "a change could not be followed and comes again"
                    );
                    return Some(sequence);
                }
                if let Err(trouble) = park(&react.parts, &record, &sequence, &trouble).await {
                    tracing::error!(
                        stream.sequence = sequence,
                        error = &trouble as &dyn std::error::Error,
                        "a change could not be parked and comes again"
                    );
                    return Some(sequence);
                }
                tracing::error!(
                    stream.sequence = sequence,
                    error = &trouble as &dyn std::error::Error,
                    "a change could not be followed and is parked"
                );
            }
        }
    }
    None
}

fn unexpected(defect: Panicked) -> Trouble {
    Trouble::Unexpected(defect.into())
}

/// A row that cannot be read will not become readable. A queue that takes nothing is no fault of the change: given up,
/// its message would wait for a ring that never comes. Anything else is tried a number of times.
fn give_up(tries: &Mutex<HashMap<String, u32>>, sequence: &str, trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Store(StoreError::BadRow { .. }) => return true,
        Trouble::Queue(_) => return planted(Defect::ParkAtFirstFailure),
        Trouble::Store(StoreError::SignatureRefused { .. }) => return false,
        Trouble::Store(StoreError::Unavailable { .. })
        | Trouble::Secrets(_)
        | Trouble::Objects(_)
        | Trouble::NoAccountKey { .. }
        | Trouble::Unexpected(_) => {}
    }
    if planted(Defect::ParkAtFirstFailure) {
        return true;
    }
    let mut tries = tries.lock().expect("no holder of this lock can panic");
    let count = tries.entry(sequence.to_owned()).or_insert(0);
    *count += 1;
    if *count >= MOST_TRIES {
        tries.remove(sequence);
        return true;
    }
    false
}

async fn park(parts: &Parts, record: &EventRecord, sequence: &str, trouble: &Trouble) -> Result<(), Trouble> {
    let (key, place) = place_of_change(&record.change.keys);
    parking::park_change(parts, &key, place, sequence, &trouble.to_string()).await
}

/// Many messages of one conversation need one look at its head.
fn looks_at_head(changes: &[Result<Option<Change>, Trouble>]) -> Vec<bool> {
    let inbound = |change: &Result<Option<Change>, Trouble>| match change {
        Ok(Some(Change::Inbound { new })) => Some((new.id.conversation, new.at, new.opens_window)),
        Ok(
            Some(
                Change::Head { .. }
                | Change::Outbound { .. }
                | Change::Probe { .. }
                | Change::Job { .. }
                | Change::Disabled { .. }
                | Change::Work { .. }
                | Change::Request { .. }
                | Change::Free { .. }
                | Change::Notice { .. },
            )
            | None,
        )
        | Err(_) => None,
    };
    let messages: Vec<_> = changes.iter().filter_map(inbound).collect();
    let mut looks = flood::looks_at_head(&messages).into_iter();
    changes.iter().map(|change| inbound(change).is_none() || looks.next().unwrap_or(true)).collect()
}

/// The stream's word on when a change was stored, and in which order.
#[derive(Debug, Clone, Copy)]
struct Stored<'a> {
    at: Timestamp,
    sequence: &'a str,
}

async fn one(
    react: &React,
    change: Result<Option<Change>, Trouble>,
    stored: Stored<'_>,
    looks_at_head: bool,
    audience: &Audience,
) -> Result<(), Trouble> {
    let Some(change) = change? else { return Ok(()) };
    react::follow_among(&react.parts, &change, stored.sequence, looks_at_head).await?;
    publish::tell(&react.parts, &change, stored.at, stored.sequence, audience).await
}

/// What a record says that something may follow from.
fn change_of(record: &EventRecord) -> Result<Option<Change>, Trouble> {
    let images = &record.change;
    Ok(change_in(&images.keys, &images.old_image, &images.new_image)?)
}

#[cfg(test)]
mod tests {
    use transom::ports::QueueUnavailable;

    use super::*;

    fn tries_of(trouble: &Trouble) -> Option<u32> {
        let tries = Mutex::default();
        (1..=100).find(|_| give_up(&tries, "1", trouble))
    }

    #[test]
    fn a_change_is_parked_for_its_own_faults_and_never_for_the_queues() {
        let unreadable = StoreError::BadRow { key: "k".into(), why: "w".into() };
        assert_eq!(tries_of(&Trouble::Store(unreadable)), Some(1));
        assert_eq!(tries_of(&Trouble::Unexpected("broken".into())), Some(MOST_TRIES));
        assert_eq!(tries_of(&Trouble::Queue(QueueUnavailable("down".into()))), None);
    }
}
