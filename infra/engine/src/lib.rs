//! An embedded DynamoDB and SQS behind the AWS SDK's HTTP connector.
#![forbid(unsafe_code)]

pub mod sqs;
