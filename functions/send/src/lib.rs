//! Takes doorbells off the queue and sends what can leave, each message once.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use transom::{
    app::{
        Parts,
        send::{self, ComeAgain},
    },
    lambda::{Again, each_record},
    ports::Ring,
};

/// The longest that a job can be put off at once.
const LONGEST_SECONDS: i64 = 900;
/// For how long a job is put off at first when something outside did not do its part, and at last.
const TROUBLE_SECONDS: u32 = 15;
const LASTING_TROUBLE_SECONDS: u32 = 300;

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
    each_record(event, send.parts.doorbell.as_ref(), |record| one(&send.parts, record)).await
}

async fn one(parts: &Parts, record: SqsMessage) -> Result<(), Again> {
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let ring: Ring = match serde_json::from_str(record.body.as_deref().unwrap_or_default()) {
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
    send::answer(parts, &ring).await.map_err(|again| match again {
        ComeAgain::At(at) => {
            let seconds = (at.as_second() - parts.now().as_second() + 1).clamp(1, LONGEST_SECONDS);
            Again { seconds: u32::try_from(seconds).expect("it is between 1 and 900") }
        }
        ComeAgain::Trouble(trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a job could not be done and comes again");
            Again { seconds: trouble_seconds(receives) }
        }
    })
}

/// Grows with every receive, so that the queue's receive limit outlasts a trouble of days.
fn trouble_seconds(receives: u32) -> u32 {
    TROUBLE_SECONDS.saturating_mul(receives).clamp(TROUBLE_SECONDS, LASTING_TROUBLE_SECONDS)
}

#[cfg(test)]
mod tests {
    use transom::domain::sending::DEFAULT_LIFE;

    use super::*;

    #[test]
    fn a_trouble_of_days_does_not_use_up_the_doorbell() {
        assert_eq!(trouble_seconds(0), TROUBLE_SECONDS);
        assert_eq!(trouble_seconds(1), TROUBLE_SECONDS);
        let seconds: i64 = (1..1000).map(|receives| i64::from(trouble_seconds(receives))).sum();
        assert!(seconds > DEFAULT_LIFE.as_secs());
    }
}
