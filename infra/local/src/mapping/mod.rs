//! Event source mappings: what AWS does between a source of events and the function that it wakes.

pub mod queue;
pub mod schedule;
pub mod stream;

use std::collections::BTreeSet;

use serde_json::Value;

pub use queue::{QueueMapping, Wakes};
pub use schedule::Schedule;
pub use stream::StreamMapping;

/// A source of events could not be read, or its progress not be kept.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("a queue failed")]
    Queue(#[from] transom_engine::sqs::QueueError),
    #[error("the stream failed")]
    Stream(#[from] transom_engine::EngineError),
    #[error("the checkpoint could not be read or kept")]
    Checkpoint(#[from] rusqlite::Error),
}

/// What a function said about a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Report {
    /// All but these succeeded.
    Failed(BTreeSet<String>),
    /// The batch counts as a whole: the function failed, or its answer names items in no way that can be read.
    Whole,
}

/// Reads a function's report. An empty answer is success; an item without a name fails the whole batch (Lambda,
/// "reporting batch item failures": success and failure conditions).
fn report(answer: &Value, known: impl Fn(&str) -> bool) -> Report {
    let failures = match answer {
        Value::Null => return Report::Failed(BTreeSet::new()),
        Value::Object(fields) => fields.get("batchItemFailures"),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return Report::Whole,
    };
    let failures = match failures {
        None | Some(Value::Null) => return Report::Failed(BTreeSet::new()),
        Some(Value::Array(failures)) => failures,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => return Report::Whole,
    };
    let named = |failure: &Value| failure["itemIdentifier"].as_str().filter(|id| known(id)).map(str::to_owned);
    failures.iter().map(named).collect::<Option<_>>().map_or(Report::Whole, Report::Failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(answer: &Value, expected: Option<&[&str]>) {
        let expected =
            expected.map_or(Report::Whole, |ids| Report::Failed(ids.iter().map(|id| (*id).to_owned()).collect()));
        assert_eq!(report(answer, |id| ["a", "b"].contains(&id)), expected);
    }

    #[test]
    fn a_report_is_read_as_lambda_reads_it() {
        check(&Value::Null, Some(&[]));
        check(&json!({}), Some(&[]));
        check(&json!({"batchItemFailures": null}), Some(&[]));
        check(&json!({"batchItemFailures": []}), Some(&[]));
        check(&json!({"batchItemFailures": [{"itemIdentifier": "a"}]}), Some(&["a"]));
        check(&json!({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": ""}]}), None);
        check(&json!({"batchItemFailures": [{"itemIdentifier": null}]}), None);
        check(&json!({"batchItemFailures": [{"item": "a"}]}), None);
        check(&json!({"batchItemFailures": [{"itemIdentifier": "c"}]}), None);
        check(&json!({"batchItemFailures": "a"}), None);
        check(&json!("fine"), None);
    }
}
