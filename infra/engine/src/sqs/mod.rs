//! An embedded SQS: the real SDK in front, tables of a SQLite file behind, and the rules of FIFO queues between.
//!
//! Rules and limits are those of the "Amazon SQS Developer Guide" (FIFO queue delivery logic, exactly-once processing,
//! visibility timeout, dead-letter queues).

mod check;
mod md5;
mod queues;
mod rows;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use queues::Queues;

/// Where the queues' time comes from.
pub type QueueClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Within this time a repeated deduplication id is the same message (SQS, "exactly-once processing").
pub const DEDUPLICATION_LASTS: SignedDuration = SignedDuration::from_mins(5);

/// The longest time that a message may stay invisible (SQS, "visibility timeout": 12 hours).
pub const LONGEST_VISIBILITY_SECONDS: u32 = 43_200;

/// What one `ReceiveMessage` gives at most.
pub const MOST_RECEIVED: usize = 10;

/// The region that the embedded queues claim to be in.
pub const REGION: &str = "us-east-1";
/// The AWS account that the embedded queues claim to belong to.
pub const AWS_ACCOUNT: &str = "000000000000";

/// One queue. It is FIFO if its name says so (`….fifo`), as at SQS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDefinition {
    pub name: String,
    /// For how long a received message stays invisible, unless its receiver changes that.
    pub visibility_timeout: SignedDuration,
    pub redrive: Option<Redrive>,
}

/// When a message is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The queue that it goes to then; of the same kind.
    pub dead_letter_queue: String,
    /// How often it is received before.
    pub max_receive_count: u32,
}

impl QueueDefinition {
    /// A queue without a dead-letter queue.
    pub fn new(name: &str, visibility_timeout: SignedDuration) -> Self {
        Self { name: name.to_owned(), visibility_timeout, redrive: None }
    }

    /// The same, with messages moved to `dead_letter_queue` after so many receives.
    pub fn with_redrive(self, dead_letter_queue: &str, max_receive_count: u32) -> Self {
        let redrive = Redrive { dead_letter_queue: dead_letter_queue.to_owned(), max_receive_count };
        Self { redrive: Some(redrive), ..self }
    }

    pub fn is_fifo(&self) -> bool {
        self.name.strip_suffix(".fifo").is_some()
    }
}

/// A message to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing<'a> {
    pub body: &'a str,
    /// FIFO only, and needed there.
    pub group: Option<&'a str>,
    /// FIFO only, and needed there.
    pub deduplication_id: Option<&'a str>,
    /// Standard queues only: for how long nobody can receive it.
    pub delay_seconds: u32,
}

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: String,
    pub body_md5: String,
    /// FIFO only.
    pub sequence_number: Option<String>,
    /// It repeated a deduplication id, so that nothing was added; the rest is about the first.
    pub repeated: bool,
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    /// Names this receive, for deleting the message and changing its visibility.
    pub receipt: String,
    pub body: String,
    pub body_md5: String,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
    /// FIFO only.
    pub sequence_number: Option<String>,
    pub sent_at: Timestamp,
    pub first_received_at: Timestamp,
    /// With this one.
    pub receive_count: u32,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Not in flight and not delayed; those of a blocked group are among them.
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

/// Why the queue did not do it.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("there is no queue {0:?}")]
    NoSuchQueue(String),
    #[error("{0}")]
    InvalidParameter(&'static str),
    #[error("the request must contain the parameter {0}")]
    MissingParameter(&'static str),
    #[error("not a receipt handle")]
    ReceiptInvalid,
    /// The message became visible again, or somebody else received it since.
    #[error("the receipt handle has expired")]
    ReceiptExpired,
    #[error("the message is not in flight")]
    NotInFlight,
    #[error("the queue's storage failed")]
    Storage(#[from] rusqlite::Error),
}

/// A connection to a database in memory, for queues that end with the process.
pub fn in_memory() -> Result<rusqlite::Connection, QueueError> {
    Ok(rusqlite::Connection::open_in_memory()?)
}

/// The queue's URL; only its last part means anything here.
pub fn queue_url(name: &str) -> String {
    format!("http://sqs.{REGION}.local/{AWS_ACCOUNT}/{name}")
}

/// The queue's ARN.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{AWS_ACCOUNT}:{name}")
}
