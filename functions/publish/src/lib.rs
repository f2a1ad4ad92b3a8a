//! Takes events off the queue and tells subscribers, each by itself.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{StreamExt, stream};
use transom::{
    app::{
        Parts, Trouble,
        deadline::{Deadline, WORK_WITHIN},
        parking,
        publish::{self, Audience},
    },
    lambda::{Panicked, alone},
    ports::{StoreError, events::EventJob},
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
    let work: Vec<_> = event.records.into_iter().map(|record| one(parts, record, deadline, &audience)).collect();
    let failed: Vec<Option<String>> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
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

/// The id of the record if it is to come again.
async fn one(parts: &Parts, record: SqsMessage, deadline: Deadline, audience: &Audience) -> Option<String> {
    let id = record.message_id.clone().unwrap_or_default();
    if deadline.passed() {
        return Some(id);
    }
    let body = record.body.as_deref().unwrap_or_default();
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let job: EventJob = match serde_json::from_str(body) {
        Ok(job) => job,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a job on the queue of events cannot be read");
            return park(parts, "the job cannot be read", body, receives, 1).await.then_some(id);
        }
    };
    let (why, most) = match alone(Box::pin(publish::answer(parts, &job, audience))).await {
        Ok(Ok(())) => return None,
        Ok(Err(trouble)) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "subscribers could not be told and are later");
            let most = match &trouble {
                Trouble::Store(StoreError::BadRow { .. }) | Trouble::Unexpected(_) => RECEIVED_IN_VAIN,
                Trouble::Store(_) | Trouble::Secrets(_) | Trouble::Queue(_) | Trouble::NoAccountKey { .. } => {
                    RECEIVED_TOO_OFTEN
                }
            };
            (trouble.to_string(), most)
        }
        Err(defect @ Panicked) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "subscribers could not be told");
            (defect.to_string(), RECEIVED_IN_VAIN)
        }
    };
    park(parts, &why, body, receives, most).await.then_some(id)
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
