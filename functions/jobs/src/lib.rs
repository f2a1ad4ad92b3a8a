//! The queue of long work: does steps of a job until it is done or the time is over.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use transom::{
    app::{
        Parts, Trouble,
        deadline::{Deadline, WORK_WITHIN},
        jobs::{self, Answered},
        parking,
    },
    lambda::{Panicked, alone},
    ports::{StoreError, jobs::JobRing},
};

/// A job that met a defect, or a row that cannot be read, so often has failed.
const RECEIVED_IN_VAIN: u32 = 20;

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Jobs {
    parts: Parts,
}

impl Jobs {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Answers rings one after another; those reported as failed come again when they said, or after the queue's own time.
pub async fn handle(jobs: &Jobs, event: SqsEvent) -> SqsBatchResponse {
    handle_until(jobs, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(jobs: &Jobs, event: SqsEvent, ends_at: u64) -> SqsBatchResponse {
    let parts = &jobs.parts;
    let deadline = parts.deadline(WORK_WITHIN, ends_at);
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let id = record.message_id.clone().unwrap_or_default();
        if !one(parts, record, deadline).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// Whether the record is done with.
async fn one(parts: &Parts, record: SqsMessage, deadline: Deadline) -> bool {
    if deadline.passed() {
        return false;
    }
    let body = record.body.as_deref().unwrap_or_default();
    let receives: u32 =
        record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let ring: JobRing = match serde_json::from_str(body) {
        Ok(ring) => ring,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a ring for long work cannot be read");
            return parked(parts, body).await;
        }
    };
    let (why, is_its_own_fault) = match alone(Box::pin(jobs::answer(parts, &ring, deadline))).await {
        Ok(Ok(Answered::Over)) => return true,
        Ok(Ok(Answered::Again { seconds })) => {
            let receipt = record.receipt_handle.as_deref().unwrap_or_default();
            if let Err(error) = parts.jobs.come_again(receipt, seconds).await {
                // The queue's own time brings it back, only later.
                tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be put off");
            }
            return false;
        }
        Ok(Err(trouble)) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a step of a job failed and is done again");
            let own = matches!(&trouble, Trouble::Store(StoreError::BadRow { .. }) | Trouble::Unexpected(_));
            (trouble.to_string(), own)
        }
        Err(defect @ Panicked) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "a step of a job failed and is done again");
            (defect.to_string(), true)
        }
    };
    if !is_its_own_fault || receives < RECEIVED_IN_VAIN {
        return false;
    }
    let ended = async {
        // A row that cannot be read cannot be ended either; it is parked all the same.
        match jobs::give_up(parts, &ring, &why).await {
            Ok(()) | Err(Trouble::Store(StoreError::BadRow { .. })) => {}
            Err(trouble) => return Err(trouble),
        }
        parking::park_job(parts, Some(ring.account()), &why, body).await
    };
    match ended.await {
        Ok(()) => true,
        Err(trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a job could not be given up");
            false
        }
    }
}

async fn parked(parts: &Parts, body: &str) -> bool {
    match parking::park_job(parts, None, "the ring cannot be read", body).await {
        Ok(()) => true,
        Err(trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a ring could not be parked and comes again");
            false
        }
    }
}
