//! What all queue-driven functions share: one record after another, each failing alone.

use std::collections::HashSet;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};

/// The system attribute in which SQS hands over a FIFO group.
const GROUP: &str = "MessageGroupId";

/// Runs `work` on every record of a batch and reports those that are to come again.
///
/// Once a record of a group has failed, the later ones of that group are not touched and come again as well: the order
/// within a group is the order in which its messages leave.
pub async fn each_record<E, F>(event: SqsEvent, mut work: impl FnMut(SqsMessage) -> F) -> SqsBatchResponse
where
    E: std::error::Error,
    F: Future<Output = Result<(), E>>,
{
    let mut failed = Vec::new();
    let mut stopped = HashSet::new();
    for record in event.records {
        let group = record.attributes.get(GROUP).cloned();
        let behind = group.as_ref().is_some_and(|group| stopped.contains(group));
        let id = record.message_id.clone().unwrap_or_default();
        let done = if behind { false } else { work(record).await.is_ok() };
        if !done {
            stopped.extend(group);
            failed.push(id);
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(records: &[(&str, &str)]) -> SqsEvent {
        let records: Vec<_> = records
            .iter()
            .map(|(id, group)| json!({ "messageId": id, "body": id, "attributes": { "MessageGroupId": group } }))
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    #[tokio::test]
    async fn a_failed_record_comes_again_with_the_rest_of_its_group_and_nothing_else() {
        let mut touched = Vec::new();
        let response = each_record(event(&[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]), |record| {
            let id = record.message_id.unwrap();
            touched.push(id.clone());
            async move { if id == "1" { Err(std::io::Error::other("no")) } else { Ok(()) } }
        })
        .await;
        let failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
        assert_eq!(failed, ["1", "3"]);
        assert_eq!(touched, ["1", "2", "4"]);
    }
}
