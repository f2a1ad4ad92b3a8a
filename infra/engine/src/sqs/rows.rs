//! What the queues keep in SQLite: the tables, and how their rows are read.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::{DEDUPLICATION_LASTS, Message, QueueDefinition, QueueError, md5::md5_hex};

pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS queue_messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL, message_group TEXT,
    deduplication_id TEXT, sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL, receipt TEXT,
    receive_count INTEGER NOT NULL DEFAULT 0, first_received_at INTEGER
);
CREATE INDEX IF NOT EXISTS queue_messages_order ON queue_messages (queue);
CREATE INDEX IF NOT EXISTS queue_messages_group ON queue_messages (queue, message_group);
CREATE TABLE IF NOT EXISTS queue_deduplication (
    queue TEXT NOT NULL, deduplication_id TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (queue, deduplication_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queue_deduplication_age ON queue_deduplication (at);
";

/// Messages that can be received now: visible, and no other of their group in flight.
pub const RECEIVABLE: &str = "m.queue = :queue AND m.visible_at <= :now AND (m.message_group IS NULL OR NOT EXISTS (
    SELECT 1 FROM queue_messages f WHERE f.queue = m.queue AND f.message_group = m.message_group
        AND f.receipt IS NOT NULL AND f.visible_at > :now))";

/// The message that had this deduplication id within the last five minutes.
pub fn first_of(
    transaction: &Transaction<'_>,
    queue: &str,
    id: &str,
    now: Timestamp,
) -> Result<Option<i64>, rusqlite::Error> {
    let forgotten = (now - DEDUPLICATION_LASTS).as_millisecond();
    transaction
        .prepare_cached("DELETE FROM queue_deduplication WHERE at <= :forgotten")?
        .execute(named_params! { ":forgotten": forgotten })?;
    transaction
        .prepare_cached("SELECT sequence FROM queue_deduplication WHERE queue = :queue AND deduplication_id = :id")?
        .query_row(named_params! { ":queue": queue, ":id": id }, |row| row.get(0))
        .optional()
}

/// A row that may be received.
pub struct Receivable {
    pub sequence: i64,
    body: String,
    group: Option<String>,
    deduplication_id: Option<String>,
    sent_at: i64,
    pub receive_count: u32,
    first_received_at: Option<i64>,
}

pub fn receivable(
    transaction: &Transaction<'_>,
    queue: &str,
    now: Timestamp,
    most: usize,
) -> Result<Vec<Receivable>, rusqlite::Error> {
    let sql = format!(
        "SELECT sequence, body, message_group, deduplication_id, sent_at, receive_count, first_received_at
         FROM queue_messages m WHERE {RECEIVABLE} ORDER BY sequence LIMIT :most"
    );
    let most = i64::try_from(most).expect("ten at most");
    let mut query = transaction.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| {
        Ok(Receivable {
            sequence: row.get(0)?,
            body: row.get(1)?,
            group: row.get(2)?,
            deduplication_id: row.get(3)?,
            sent_at: row.get(4)?,
            receive_count: row.get(5)?,
            first_received_at: row.get(6)?,
        })
    };
    query.query_map(named_params! { ":queue": queue, ":now": now.as_millisecond(), ":most": most }, read)?.collect()
}

impl Receivable {
    pub fn received(&self, definition: &QueueDefinition, now: Timestamp) -> Message {
        let receive_count = self.receive_count + 1;
        Message {
            id: message_id(self.sequence),
            receipt: format!("{}.{receive_count}", self.sequence),
            body: self.body.clone(),
            body_md5: md5_hex(self.body.as_bytes()),
            group: self.group.clone(),
            deduplication_id: self.deduplication_id.clone(),
            sequence_number: definition.is_fifo().then(|| sequence_number(self.sequence)),
            sent_at: instant(self.sent_at),
            first_received_at: self.first_received_at.map_or(now, instant),
            receive_count,
        }
    }
}

/// How the message of a receipt stands.
pub struct Standing {
    pub sequence: i64,
    pub receipt: Option<String>,
    pub visible_at: Timestamp,
}

pub fn standing(connection: &Connection, queue: &str, receipt: &str) -> Result<Option<Standing>, QueueError> {
    let sequence = receipt.split_once('.').and_then(|(sequence, _)| sequence.parse::<i64>().ok());
    let sequence = sequence.ok_or(QueueError::ReceiptInvalid)?;
    let sql = "SELECT receipt, visible_at FROM queue_messages WHERE sequence = :sequence AND queue = :queue";
    let found = connection
        .prepare_cached(sql)?
        .query_row(named_params! { ":sequence": sequence, ":queue": queue }, |row| {
            Ok(Standing { sequence, receipt: row.get(0)?, visible_at: instant(row.get(1)?) })
        })
        .optional()?;
    Ok(found)
}

/// Looks like SQS's ids and follows from the sequence, so that runs can be repeated exactly.
pub fn message_id(sequence: i64) -> String {
    format!("00000000-0000-4000-8000-{sequence:012x}")
}

/// Twenty digits that only grow.
pub fn sequence_number(sequence: i64) -> String {
    format!("1{sequence:019}")
}

pub fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}
