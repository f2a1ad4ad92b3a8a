//! Takes events off the queue and tells subscribers, each by itself.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{StreamExt, stream};
use transom::{
    app::{
        Parts, Trouble,
        deadline::{Deadline, WORK_WITHIN},
        parking,
        publish::{self, Audience},
    },
    domain::{AccountId, SubscriptionId},
    lambda::{Panicked, alone},
    ports::{
        StoreError,
        events::{EventJob, Telling},
    },
};

/// How many jobs of a batch are done at once: each is mostly waiting for subscribers.
const AT_ONCE: usize = 100;
/// A job that met a defect or a row that cannot be read so often is parked, before the queue (at 100) puts it where nobody
/// looks.
const RECEIVED_IN_VAIN: u32 = 20;
/// The same for whatever else.
const RECEIVED_TOO_OFTEN: u32 = 90;

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Publish {
    parts: Parts,
}

impl Publish {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Works on each record of a batch by itself; those reported as failed come again after the queue's own time.
pub async fn handle(publish: &Publish, event: SqsEvent) -> SqsBatchResponse {
    handle_until(publish, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(publish: &Publish, event: SqsEvent, ends_at: u64) -> SqsBatchResponse {
    let parts = &publish.parts;
    let deadline = parts.deadline(WORK_WITHIN, ends_at);
    let audience = Audience::default();
    // Collected first, since work that borrows an iterator's item cannot be told to be for any item.
    let work: Vec<_> =
        in_groups(event.records).into_iter().map(|group| one_group(parts, group, deadline, &audience)).collect();
    let failed: Vec<Vec<String>> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .flatten()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

/// A record with what it says, if that can be read.
struct Told {
    record: SqsMessage,
    job: Result<EventJob, serde_json::Error>,
}

impl Told {
    fn id(&self) -> String {
        self.record.message_id.clone().unwrap_or_default()
    }
    fn body(&self) -> &str {
        self.record.body.as_deref().unwrap_or_default()
    }
    fn receives(&self) -> u32 {
        let count = self.record.attributes.get("ApproximateReceiveCount");
        count.and_then(|count| count.parse().ok()).unwrap_or(1)
    }
}

/// Each record by itself, but those that waited to be told to one subscriber together.
fn in_groups(records: Vec<SqsMessage>) -> Vec<Vec<Told>> {
    let mut groups: Vec<Vec<Told>> = Vec::new();
    let mut together: HashMap<(AccountId, SubscriptionId), usize> = HashMap::new();
    for record in records {
        let job = serde_json::from_str::<EventJob>(record.body.as_deref().unwrap_or_default());
        let place = match &job {
            Ok(EventJob::One(telling)) if telling.batched => {
                let key = (telling.event.account.clone(), telling.subscription.clone());
                *together.entry(key).or_insert(groups.len())
            }
            Ok(_) | Err(_) => groups.len(),
        };
        let told = Told { record, job };
        match groups.get_mut(place) {
            Some(group) => group.push(told),
            None => groups.push(vec![told]),
        }
    }
    groups
}

/// The ids of the records that are to come again.
async fn one_group(parts: &Parts, group: Vec<Told>, deadline: Deadline, audience: &Audience) -> Vec<String> {
    if deadline.passed() {
        return group.iter().map(Told::id).collect();
    }
    let done = alone(Box::pin(async {
        match group.as_slice() {
            [Told { job: Ok(job), .. }] => publish::answer(parts, job, audience).await,
            several => {
                let tellings: Vec<&Telling> = several
                    .iter()
                    .filter_map(|told| match &told.job {
                        Ok(EventJob::One(telling)) => Some(&**telling),
                        Ok(EventJob::All { .. }) | Err(_) => None,
                    })
                    .collect();
                publish::answer_together(parts, &tellings).await
            }
        }
    }));
    let (why, most) = match group.as_slice() {
        [Told { job: Err(error), .. }] => {
            tracing::error!(error = error as &dyn std::error::Error, "a job on the queue of events cannot be read");
            ("the job cannot be read".to_owned(), 1)
        }
        _ => match done.await {
            Ok(Ok(())) => return Vec::new(),
            Ok(Err(trouble)) => {
                tracing::error!(
                    error = &trouble as &dyn std::error::Error,
                    "subscribers could not be told and are later"
                );
                let most = match &trouble {
                    Trouble::Store(StoreError::BadRow { .. }) | Trouble::Unexpected(_) => RECEIVED_IN_VAIN,
                    Trouble::Store(_)
                    | Trouble::Secrets(_)
                    | Trouble::Queue(_)
                    | Trouble::Objects(_)
                    | Trouble::NoAccountKey { .. } => RECEIVED_TOO_OFTEN,
                };
                (trouble.to_string(), most)
            }
            Err(defect @ Panicked) => {
                tracing::error!(error = &defect as &dyn std::error::Error, "subscribers could not be told");
                (defect.to_string(), RECEIVED_IN_VAIN)
            }
        },
    };
    let mut again = Vec::new();
    for told in &group {
        if park(parts, &why, told.body(), told.receives(), most).await {
            again.push(told.id());
        }
    }
    again
}

/// Parks a job that was received `most` times. Answers whether it is to come again.
async fn park(parts: &Parts, why: &str, body: &str, receives: u32, most: u32) -> bool {
    if receives < most {
        return true;
    }
    let named: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let account = named.and_then(|job| job["event"]["account"].as_str()?.parse().ok());
    match parking::park_job(parts, account.as_ref(), why, body).await {
        Ok(()) => false,
        Err(trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a job could not be parked and comes again");
            true
        }
    }
}
