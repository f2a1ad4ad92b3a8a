//! Takes doorbells off the queue and sends what can leave, each message once.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use transom::{
    app::{
        Parts,
        send::{self, ComeAgain},
    },
    lambda::each_record,
    ports::Ring,
};

/// The longest that a job can be put off at once.
const LONGEST_SECONDS: i64 = 900;

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Send {
    parts: Parts,
}

impl Send {
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

/// Works on each record of a batch by itself; those reported as failed come again.
pub async fn handle(send: &Send, event: SqsEvent) -> SqsBatchResponse {
    each_record(event, |record| async move { one(&send.parts, &record).await }).await
}

async fn one(parts: &Parts, record: &SqsMessage) -> Result<(), ComeAgain> {
    let body = record.body.as_deref().unwrap_or_default();
    let ring: Ring = match serde_json::from_str(body) {
        Ok(ring) => ring,
        Err(error) => {
            // It rings for nothing that we know; the table still holds what is to be sent.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a job on the queue cannot be read and is dropped"
            );
            return Ok(());
        }
    };
    let answered = send::answer(parts, &ring).await;
    match &answered {
        Ok(()) => {}
        Err(ComeAgain::At(at)) => {
            let seconds = (at.as_second() - parts.now().as_second() + 1).clamp(1, LONGEST_SECONDS);
            let seconds = u32::try_from(seconds).expect("it is between 1 and 900");
            let receipt = record.receipt_handle.as_deref().unwrap_or_default();
            if let Err(error) = parts.doorbell.come_again(receipt, seconds).await {
                // The queue's own time brings it back, only later.
                tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be put off");
            }
        }
        Err(ComeAgain::Trouble(trouble)) => {
            tracing::error!(error = trouble as &dyn std::error::Error, "a job could not be done and comes again");
        }
    }
    answered
}
