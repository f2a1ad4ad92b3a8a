//! Follows a table's stream, in the shape in which Lambda hands it to a function.

use std::{fmt, sync::Arc};

use dynoxide::actions::{
    describe_table::DescribeTableRequest, get_records::GetRecordsRequest, get_shard_iterator::GetShardIteratorRequest,
};
use serde_json::Value;

use crate::dynamo::{EngineError, Shared};

/// A place in a table's stream.
pub struct StreamReader {
    shared: Arc<Shared>,
    table: String,
    stream_arn: String,
    iterator: String,
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader").field("table", &self.table).finish_non_exhaustive()
    }
}

impl StreamReader {
    pub(crate) fn open(shared: Arc<Shared>, table: &str, after: Option<&str>) -> Result<Self, EngineError> {
        let no_stream = || EngineError::NoStream { table: table.to_owned() };
        let description = shared
            .database
            .describe_table(DescribeTableRequest { table_name: table.to_owned() })
            .map_err(|_| no_stream())?;
        let description = serde_json::to_value(&description)?;
        let stream_arn = description["Table"]["LatestStreamArn"].as_str().ok_or_else(no_stream)?.to_owned();
        let iterator = shared
            .database
            .get_shard_iterator(GetShardIteratorRequest {
                stream_arn: stream_arn.clone(),
                shard_id: dynoxide::streams::shard_id(table),
                shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
                sequence_number: after.map(str::to_owned),
            })?
            .shard_iterator
            .ok_or_else(no_stream)?;
        Ok(Self { shared, table: table.to_owned(), stream_arn, iterator })
    }

    /// The next records, at most `limit` (and at most 1,000), oldest first; empty when there are none yet. Each is an
    /// element of `Records` in Lambda's DynamoDB event. Remember the last one's `dynamodb.SequenceNumber` to go on from
    /// there after a restart.
    pub fn next(&mut self, limit: usize) -> Result<Vec<Value>, EngineError> {
        let request = GetRecordsRequest { shard_iterator: self.iterator.clone(), limit: Some(limit) };
        let answer = self.shared.database.get_records(request)?;
        let mut records = Vec::with_capacity(answer.records.len());
        for record in &answer.records {
            let mut record = serde_json::to_value(record)?;
            record["eventSourceARN"] = Value::from(self.stream_arn.clone());
            records.push(record);
        }
        if let Some(next) = answer.next_shard_iterator {
            self.iterator = next;
        }
        Ok(records)
    }
}
