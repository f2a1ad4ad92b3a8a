//! What all queue-driven functions share: one record after another, each failing alone.

use std::collections::HashMap;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};

use crate::ports::Doorbell;

/// The system attribute in which SQS hands over a FIFO group.
const GROUP: &str = "MessageGroupId";

/// A job is to come again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub seconds: u32,
}

/// Runs `work` on every record of a batch and reports those that are to come again, each after its time.
///
/// Once a record of a group has failed, the later ones of that group are not touched and come again with it: the order
/// within a group is the order in which its messages leave. They are put off by the same time, since a FIFO group stands
/// still as long as any of its records is out.
pub async fn each_record<F>(
    event: SqsEvent,
    queue: &dyn Doorbell,
    mut work: impl FnMut(SqsMessage) -> F,
) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Again>>,
{
    let mut response = SqsBatchResponse::default();
    let mut stopped: HashMap<String, Again> = HashMap::new();
    for record in event.records {
        let group = record.attributes.get(GROUP).cloned();
        let (id, receipt) = (record.message_id.clone().unwrap_or_default(), record.receipt_handle.clone());
        let ended = match group.as_ref().and_then(|group| stopped.get(group)) {
            Some(again) => Err(*again),
            None => work(record).await,
        };
        let Err(again) = ended else { continue };
        if let Err(error) = queue.come_again(receipt.as_deref().unwrap_or_default(), again.seconds).await {
            // The queue's own time brings it back, only later.
            tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be put off");
        }
        stopped.extend(group.map(|group| (group, again)));
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        response.batch_item_failures.push(failure);
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ports::{QueueUnavailable, Ring};

    /// A queue that notes what is put off.
    #[derive(Debug, Default)]
    struct Queue(std::sync::Mutex<Vec<(String, u32)>>);

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
        let mut touched = Vec::new();
        let queue = Queue::default();
        let response = each_record(event(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]), &queue, |record| {
            let id = record.message_id.unwrap();
            touched.push(id.clone());
            async move { if id == "1" { Err(Again { seconds: 7 }) } else { Ok(()) } }
        })
        .await;
        let failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
        assert_eq!(failed, ["1", "3"]);
        assert_eq!(touched, ["1", "2", "4"]);
        assert_eq!(*queue.0.lock().unwrap(), [("1".to_owned(), 7), ("3".to_owned(), 7)]);
    }
}
