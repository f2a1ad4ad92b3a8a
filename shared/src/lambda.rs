//! What all queue-driven functions share: the groups of a batch at once, each record failing alone.

use std::{collections::HashMap, panic::AssertUnwindSafe};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::{FutureExt, future::join_all};

use crate::{app::deadline::Deadline, domain::TraceId, ports::Doorbell};

/// The system attribute in which SQS hands over a FIFO group.
const GROUP: &str = "MessageGroupId";

/// A job is to come again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub seconds: u32,
}

/// The work on one record met a defect of ours. What it said may hold somebody's words, and is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a defect ended the work on it")]
pub struct Panicked;

/// Does one record's work so that a panic ends it alone. Nothing of ours is left half-changed by it: whatever outlives a
/// record is behind a lock or in the table.
pub async fn alone<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

/// Lets a panic say where it happened and nothing else: its own words may hold content (fault matrix L5).
pub fn log_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a defect: the code panicked");
    }));
}

/// The trace that a call belongs to: its caller's, or the one that API Gateway began.
pub fn trace_of(headers: &http::HeaderMap) -> Option<TraceId> {
    let header = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    header("traceparent")
        .and_then(TraceId::from_traceparent)
        .or_else(|| header("x-amzn-trace-id").and_then(TraceId::from_xray))
}

/// A record that is not begun for want of time, or whose work met a defect, comes again after this.
const SOON: Again = Again { seconds: 1 };
const AFTER_A_DEFECT: Again = Again { seconds: 60 };

/// Runs `work` on the records of a batch, all groups at once and each group in order, and reports those that are to come
/// again, each after its time. A record without a group is one by itself.
///
/// Once a record of a group has failed, the later ones of that group are not touched and come again with it: the order
/// within a group is the order in which its messages leave. They are put off by the same time, since a FIFO group stands
/// still as long as any of its records is out.
///
/// After `deadline` no record is begun; a panic fails its own record only (fault matrix C4, C5).
pub async fn each_record<F>(
    event: SqsEvent,
    queue: &dyn Doorbell,
    deadline: Deadline,
    work: impl Fn(SqsMessage) -> F,
) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Again>>,
{
    let failed =
        join_all(in_groups(event.records).into_iter().map(|group| each_in_order(group, queue, deadline, &work))).await;
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

/// The records of each group, in their order.
fn in_groups(records: Vec<SqsMessage>) -> Vec<Vec<SqsMessage>> {
    let mut groups: Vec<Vec<SqsMessage>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for record in records {
        let index = match record.attributes.get(GROUP) {
            Some(group) => *known.entry(group.clone()).or_insert(groups.len()),
            None => groups.len(),
        };
        match groups.get_mut(index) {
            Some(group) => group.push(record),
            None => groups.push(vec![record]),
        }
    }
    groups
}

/// Works on the records of one group; answers the ids of those that are to come again.
async fn each_in_order<F>(
    group: Vec<SqsMessage>,
    queue: &dyn Doorbell,
    deadline: Deadline,
    work: &impl Fn(SqsMessage) -> F,
) -> Vec<String>
where
    F: Future<Output = Result<(), Again>>,
{
    let mut failed = Vec::new();
    let mut stopped: Option<Again> = None;
    for record in group {
        let (id, receipt) = (record.message_id.clone().unwrap_or_default(), record.receipt_handle.clone());
        let ended = match stopped {
            Some(again) => Err(again),
            None if deadline.passed() => Err(SOON),
            // The call is inside, since work may be done before its first wait.
            None => alone(async { work(record).await }).await.unwrap_or_else(|defect| {
                tracing::error!(message.id = id, error = &defect as &dyn std::error::Error, "a job comes again");
                Err(AFTER_A_DEFECT)
            }),
        };
        let Err(again) = ended else { continue };
        if let Err(error) = queue.come_again(receipt.as_deref().unwrap_or_default(), again.seconds).await {
            // The queue's own time brings it back, only later.
            tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be put off");
        }
        stopped = Some(again);
        failed.push(id);
    }
    failed
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::json;
    use tokio::sync::Barrier;

    use super::*;
    use crate::ports::{QueueUnavailable, Ring};

    /// A queue that notes what is put off.
    #[derive(Debug, Default)]
    struct Queue(Mutex<Vec<(String, u32)>>);

    #[async_trait::async_trait]
    impl Doorbell for Queue {
        async fn ring(&self, _: &Ring, _: &str) -> Result<(), QueueUnavailable> {
            Ok(())
        }
        async fn come_again(&self, receipt: &str, seconds: u32) -> Result<(), QueueUnavailable> {
            self.0.lock().unwrap().push((receipt.to_owned(), seconds));
            Ok(())
        }
    }

    fn event(records: &[(&str, &str)]) -> SqsEvent {
        let records: Vec<_> = records
            .iter()
            .map(|(id, group)| {
                json!({ "messageId": id, "receiptHandle": id, "body": id, "attributes": { "MessageGroupId": group } })
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn long() -> Deadline {
        Deadline::after(std::time::Duration::from_mins(1))
    }

    fn failed(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

    /// Protection: `alone`. (Fault matrix C4, C5.)
    #[tokio::test]
    async fn c4_a_panic_fails_its_own_record_and_the_rest_of_its_group() {
        let queue = Queue::default();
        let records = event(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "c")]);
        let response = each_record(records, &queue, long(), |record| async move {
            assert_ne!(record.message_id.as_deref(), Some("1"), "a defect");
            Ok(())
        })
        .await;
        assert_eq!(failed(&response), ["1", "3"]);
        assert_eq!(*queue.0.lock().unwrap(), [("1".to_owned(), 60), ("3".to_owned(), 60)]);
    }

    /// Protection: the deadline. (Fault matrix A15.)
    #[tokio::test(start_paused = true)]
    async fn a15_no_record_is_begun_after_the_deadline_and_each_comes_again() {
        let queue = Queue::default();
        let deadline = Deadline::after(std::time::Duration::from_secs(5));
        let response = each_record(event(&[("1", "a"), ("2", "a")]), &queue, deadline, |_| async {
            tokio::time::advance(std::time::Duration::from_secs(6)).await;
            Ok(())
        })
        .await;
        assert_eq!(failed(&response), ["2"]);
    }

    /// (Fault matrix C4, C11.)
    #[tokio::test]
    async fn a_failed_record_comes_again_with_the_rest_of_its_group_and_nothing_else() {
        let touched = Mutex::new(Vec::new());
        let queue = Queue::default();
        let response =
            each_record(event(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]), &queue, long(), |record| {
                let id = record.message_id.unwrap();
                touched.lock().unwrap().push(id.clone());
                async move { if id == "1" { Err(Again { seconds: 7 }) } else { Ok(()) } }
            })
            .await;
        let failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
        assert_eq!(failed, ["1", "3"]);
        let mut touched = touched.into_inner().unwrap();
        touched.sort();
        assert_eq!(touched, ["1", "2", "4"]);
        assert_eq!(*queue.0.lock().unwrap(), [("1".to_owned(), 7), ("3".to_owned(), 7)]);
    }

    #[tokio::test]
    async fn the_groups_of_a_batch_are_worked_on_at_once_and_each_in_its_order() {
        // Nobody passes before one record of every group is there: one after another would wait for ever.
        let all_there = Barrier::new(3);
        let begun = Mutex::new(Vec::new());
        let batch = event(&[("a1", "a"), ("b1", "b"), ("a2", "a"), ("c1", "c")]);
        let (all_there, begun) = (&all_there, &begun);
        let response = each_record(batch, &Queue::default(), long(), |record| async move {
            let id = record.message_id.unwrap();
            begun.lock().unwrap().push(id.clone());
            if id != "a2" {
                all_there.wait().await;
            }
            Ok(())
        })
        .await;
        assert!(response.batch_item_failures.is_empty());
        assert_eq!(begun.lock().unwrap().last().unwrap(), "a2");
    }

    #[tokio::test]
    async fn records_of_a_queue_without_groups_are_all_worked_on_at_once() {
        let mut batch = event(&[("1", ""), ("2", ""), ("3", "")]);
        for record in &mut batch.records {
            record.attributes.clear();
        }
        let all_there = Barrier::new(3);
        let all_there = &all_there;
        let queue = Queue::default();
        let response = each_record(batch, &queue, long(), |record| async move {
            all_there.wait().await;
            if record.message_id.unwrap() == "1" { Err(Again { seconds: 7 }) } else { Ok(()) }
        })
        .await;
        assert_eq!(response.batch_item_failures.len(), 1);
        assert_eq!(*queue.0.lock().unwrap(), [("1".to_owned(), 7)]);
    }
}
