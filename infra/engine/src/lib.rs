//! An embedded DynamoDB and SQS behind the AWS SDK's HTTP connector.
#![forbid(unsafe_code)]

pub mod calls;
pub mod dynamo;
pub mod sqs;
pub mod stream;

pub use dynamo::{Call, Engine, EngineError, Hook, Verdict};
pub use stream::StreamReader;
