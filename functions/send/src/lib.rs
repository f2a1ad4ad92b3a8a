//! Takes doorbells off the queue and sends what can leave, each message once.
#![forbid(unsafe_code)]

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use transom::{
    app::{
        Parts, Trouble,
        deadline::{Deadline, WORK_WITHIN},
        parking, rebuild,
        send::{self, ComeAgain},
    },
    domain::{AccountId, Timestamp, time},
    lambda::{Again, alone, each_record},
    ports::Ring,
    telemetry,
};

/// The longest that a job can be put off at once.
const LONGEST_SECONDS: u32 = 900;
/// For how long a job is put off at first when something outside did not do its part, and at last.
const TROUBLE_SECONDS: u32 = 15;
const LASTING_TROUBLE_SECONDS: u32 = 300;
/// A job that was received so often is parked where people see it, before the queue (at 1,000) puts it where they do not.
const RECEIVED_TOO_OFTEN: u32 = 990;
/// The same for what time alone does not heal, a row that cannot be read or a defect: after two and a half hours, in which
/// a deployment was rolled back, its conversation need not stand still behind it.
const RECEIVED_IN_VAIN: u32 = 40;

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
    handle_until(send, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(send: &Send, event: SqsEvent, ends_at: u64) -> SqsBatchResponse {
    let parts = &send.parts;
    let deadline = parts.deadline(WORK_WITHIN, ends_at);
    if let Some(oldest) = event.records.iter().filter_map(first_sent_at).min() {
        telemetry::queue_age(oldest, parts.now());
    }
    each_record(event, parts.doorbell.as_ref(), deadline, |record| Box::pin(one(parts, record, deadline))).await
}

/// When a job that comes for the first time was queued. One that was put off says nothing about the queue.
fn first_sent_at(record: &SqsMessage) -> Option<Timestamp> {
    let attribute = |name: &str| record.attributes.get(name)?.parse::<i64>().ok();
    (attribute("ApproximateReceiveCount")? == 1).then(|| attribute("SentTimestamp")).flatten().map(time::from_millis)
}

async fn one(parts: &Parts, record: SqsMessage, deadline: Deadline) -> Result<(), Again> {
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let body = record.body.as_deref().unwrap_or_default();
    let ring = match Ring::read(body) {
        Ok(ring) => ring,
        Err(unreadable) => {
            tracing::error!(
                error = &unreadable as &dyn std::error::Error,
                "a job on the queue cannot be read and is parked"
            );
            return park(parks(parts, unreadable.account.as_ref(), "the job cannot be read", body).await, receives);
        }
    };
    // A probe goes through: it sends nothing.
    if parts.mode.sends_paused && !matches!(ring, Ring::Probe { .. }) {
        return Err(Again { seconds: LONGEST_SECONDS });
    }
    // The call is inside, since work may be done before its first wait.
    let (why, most) = match alone(async { send::answer_until(parts, &ring, deadline).await }).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(ComeAgain::At(at))) if receives < RECEIVED_TOO_OFTEN => {
            let seconds = (at.as_second() - parts.now().as_second() + 1).clamp(1, i64::from(LONGEST_SECONDS));
            return Err(Again { seconds: u32::try_from(seconds).expect("it is between 1 and 900") });
        }
        Ok(Err(ComeAgain::Trouble(trouble))) if rebuild::is_unreadable(&trouble) => {
            tracing::error!(error = &trouble as &dyn std::error::Error, "a job meets a row that cannot be read");
            (trouble.to_string(), RECEIVED_IN_VAIN)
        }
        Ok(Err(again)) => {
            tracing::error!(error = &again as &dyn std::error::Error, "a job could not be done");
            ("the job was tried too often".to_owned(), RECEIVED_TOO_OFTEN)
        }
        Err(defect) => {
            tracing::error!(error = &defect as &dyn std::error::Error, "a job could not be done");
            (defect.to_string(), RECEIVED_IN_VAIN)
        }
    };
    if receives < most {
        return Err(Again { seconds: trouble_seconds(receives) });
    }
    let account = match &ring {
        Ring::V1 { account, .. } => Some(account),
        Ring::Probe { .. } => None,
    };
    park(parks(parts, account, &why, body).await, receives)
}

async fn parks(parts: &Parts, account: Option<&AccountId>, why: &str, body: &str) -> Result<(), Trouble> {
    parking::park_job(parts, account, why, body).await
}

/// What is parked needs the queue no more; what could not be parked comes again.
fn park(parked: Result<(), Trouble>, receives: u32) -> Result<(), Again> {
    parked.map_err(|trouble| {
        tracing::error!(error = &trouble as &dyn std::error::Error, "a job could not be parked and comes again");
        Again { seconds: trouble_seconds(receives) }
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

    /// (Fault matrix C10.)
    #[test]
    fn a_trouble_of_days_does_not_use_up_the_doorbell() {
        assert_eq!(trouble_seconds(0), TROUBLE_SECONDS);
        assert_eq!(trouble_seconds(1), TROUBLE_SECONDS);
        let until = |most: u32| (1..most).map(|receives| i64::from(trouble_seconds(receives))).sum::<i64>();
        assert!(until(RECEIVED_TOO_OFTEN) > DEFAULT_LIFE.as_secs());
        assert!((7_200..10_800).contains(&until(RECEIVED_IN_VAIN)));
    }
}
