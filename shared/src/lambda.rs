//! What all queue-driven functions share: the groups of a batch at once, each record failing alone.

use std::collections::HashMap;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;

use crate::ports::Doorbell;

/// The system attribute in which SQS hands over a FIFO group.
const GROUP: &str = "MessageGroupId";

/// A job is to come again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub seconds: u32,
}

/// Runs `work` on the records of a batch, all groups at once and each group in order, and reports those that are to come
/// again, each after its time. A record without a group is one by itself.
///
/// Once a record of a group has failed, the later ones of that group are not touched and come again with it: the order
/// within a group is the order in which its messages leave. They are put off by the same time, since a FIFO group stands
/// still as long as any of its records is out.
pub async fn each_record<F>(event: SqsEvent, queue: &dyn Doorbell, work: impl Fn(SqsMessage) -> F) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Again>>,
{
    let failed = join_all(in_groups(event.records).into_iter().map(|group| each_in_order(group, queue, &work))).await;
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
async fn each_in_order<F>(group: Vec<SqsMessage>, queue: &dyn Doorbell, work: &impl Fn(SqsMessage) -> F) -> Vec<String>
where
    F: Future<Output = Result<(), Again>>,
{
    let mut failed = Vec::new();
    let mut stopped: Option<Again> = None;
    for record in group {
        let (id, receipt) = (record.message_id.clone().unwrap_or_default(), record.receipt_handle.clone());
        let ended = match stopped {
            Some(again) => Err(again),
            None => work(record).await,
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

    #[tokio::test]
    async fn a_failed_record_comes_again_with_the_rest_of_its_group_and_nothing_else() {
        let touched = Mutex::new(Vec::new());
        let queue = Queue::default();
        let response = each_record(event(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]), &queue, |record| {
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
        let response = each_record(batch, &Queue::default(), |record| async move {
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
        let response = each_record(batch, &queue, |record| async move {
            all_there.wait().await;
            if record.message_id.unwrap() == "1" { Err(Again { seconds: 7 }) } else { Ok(()) }
        })
        .await;
        assert_eq!(response.batch_item_failures.len(), 1);
        assert_eq!(*queue.0.lock().unwrap(), [("1".to_owned(), 7)]);
    }
}
