//! The queues themselves: every call is one transaction on the tables, so a killed process loses nothing.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, TransactionBehavior, named_params};
use tokio::sync::Notify;

use super::{
    Depth, MOST_RECEIVED, Message, Outgoing, QueueClock, QueueDefinition, QueueError, Sent, check,
    md5::md5_hex,
    rows::{RECEIVABLE, SCHEMA, first_of, instant, message_id, receivable, sequence_number, standing},
    wire,
};

/// All queues of one database file. Cheap to clone; clones are the same queues.
#[derive(Clone)]
pub struct Queues(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    definitions: BTreeMap<String, (QueueDefinition, Arc<Notify>)>,
    clock: QueueClock,
}

impl fmt::Debug for Queues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.definitions.keys()).finish()
    }
}

impl Queues {
    /// Opens the queues that are kept behind `connection`, which is used for nothing else. Other connections may write
    /// to the same file: each waits up to five seconds for the other.
    pub fn open(
        connection: Connection,
        definitions: impl IntoIterator<Item = QueueDefinition>,
        clock: QueueClock,
    ) -> Result<Self, QueueError> {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        let definitions = definitions.into_iter().map(|d| (d.name.clone(), (d, Arc::new(Notify::new())))).collect();
        Ok(Self(Arc::new(Inner { connection: Mutex::new(connection), definitions, clock })))
    }

    /// The real SDK in front of these queues, without a socket. It never tries twice.
    pub fn client(&self) -> aws_sdk_sqs::Client {
        wire::client(self.clone())
    }

    /// Woken (one waiter, or the next to come) whenever something about the queue changed that may let a receiver go on.
    pub fn changed(&self, queue: &str) -> Result<Arc<Notify>, QueueError> {
        self.queue(queue).map(|(_, notify)| Arc::clone(notify))
    }

    pub fn definition(&self, queue: &str) -> Result<&QueueDefinition, QueueError> {
        self.queue(queue).map(|(definition, _)| definition)
    }

    /// The names of all queues.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.definitions.keys().map(String::as_str)
    }

    /// Adds a message, unless a FIFO queue had its deduplication id within the last five minutes.
    pub fn send(&self, queue: &str, message: &Outgoing<'_>) -> Result<Sent, QueueError> {
        let (definition, notify) = self.queue(queue)?;
        check::message(definition, message)?;
        let now = self.now();
        let sequence_number = |sequence| definition.is_fifo().then(|| sequence_number(sequence));
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(id) = message.deduplication_id
            && let Some(first) = first_of(&transaction, queue, id, now)?
        {
            let body_md5 = md5_hex(message.body.as_bytes());
            transaction.commit()?;
            let sequence_number = sequence_number(first);
            return Ok(Sent { id: message_id(first), body_md5, sequence_number, repeated: true });
        }
        transaction
            .prepare_cached(
                "INSERT INTO queue_messages (queue, body, message_group, deduplication_id, sent_at, visible_at)
                 VALUES (:queue, :body, :group, :id, :now, :visible)",
            )?
            .execute(named_params! {
                ":queue": queue, ":body": message.body, ":group": message.group, ":id": message.deduplication_id,
                ":now": now.as_millisecond(),
                ":visible": (now + SignedDuration::from_secs(message.delay_seconds.into())).as_millisecond(),
            })?;
        let sequence = transaction.last_insert_rowid();
        if let Some(id) = message.deduplication_id {
            transaction
                .prepare_cached("INSERT INTO queue_deduplication VALUES (:queue, :id, :sequence, :now)")?
                .execute(named_params! {
                    ":queue": queue, ":id": id, ":sequence": sequence, ":now": now.as_millisecond(),
                })?;
        }
        transaction.commit()?;
        drop(connection);
        notify.notify_one();
        Ok(Sent {
            id: message_id(sequence),
            body_md5: md5_hex(message.body.as_bytes()),
            sequence_number: sequence_number(sequence),
            repeated: false,
        })
    }

    /// Takes up to `most` messages (10 at most), oldest first. Those of a FIFO group come in order and only while none
    /// of the group is in flight. They stay invisible for the queue's visibility timeout. A message that was received
    /// as often as the redrive policy allows goes to the dead-letter queue instead.
    pub fn receive(&self, queue: &str, most: usize) -> Result<Vec<Message>, QueueError> {
        self.receive_for(queue, most, None)
    }

    /// As [`Self::receive`], with a visibility timeout of its own.
    pub fn receive_for(
        &self,
        queue: &str,
        most: usize,
        visibility_seconds: Option<u32>,
    ) -> Result<Vec<Message>, QueueError> {
        let (definition, _) = self.queue(queue)?;
        let now = self.now();
        let visible_at = now
            + match visibility_seconds {
                Some(seconds) => SignedDuration::from_secs(check::visibility(seconds)?.into()),
                None => definition.visibility_timeout,
            };
        let most = most.min(MOST_RECEIVED);
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut rows = receivable(&transaction, queue, now, most)?;
        if let Some(redrive) = &definition.redrive {
            // Each round takes what is worn out off the queue, so that the rest moves up.
            while rows.iter().any(|row| row.receive_count >= redrive.max_receive_count) {
                for worn in rows.iter().filter(|row| row.receive_count >= redrive.max_receive_count) {
                    let sql = "UPDATE queue_messages SET queue = :dead, receipt = NULL, visible_at = :now
                               WHERE sequence = :sequence";
                    transaction.prepare_cached(sql)?.execute(named_params! {
                        ":dead": redrive.dead_letter_queue, ":now": now.as_millisecond(), ":sequence": worn.sequence,
                    })?;
                }
                rows = receivable(&transaction, queue, now, most)?;
            }
        }
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let message = row.received(definition, now);
            let sql = "UPDATE queue_messages SET receipt = :receipt, visible_at = :visible, receive_count = :count,
                       first_received_at = :first WHERE sequence = :sequence";
            transaction.prepare_cached(sql)?.execute(named_params! {
                ":receipt": message.receipt, ":visible": visible_at.as_millisecond(), ":count": message.receive_count,
                ":first": message.first_received_at.as_millisecond(), ":sequence": row.sequence,
            })?;
            messages.push(message);
        }
        transaction.commit()?;
        Ok(messages)
    }

    /// Deletes a message that was received. Deleting it again is fine. On a FIFO queue an expired receipt does not
    /// delete; on a standard queue one that was overtaken by a later receive is ignored.
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), QueueError> {
        let (definition, notify) = self.queue(queue)?;
        let now = self.now();
        let connection = self.connection();
        let Some(standing) = standing(&connection, queue, receipt)? else { return Ok(()) };
        let current = standing.receipt.as_deref() == Some(receipt);
        if definition.is_fifo() && !(current && standing.visible_at > now) {
            return Err(QueueError::ReceiptExpired);
        }
        if current {
            let sql = "DELETE FROM queue_messages WHERE sequence = :sequence AND receipt = :receipt";
            connection
                .prepare_cached(sql)?
                .execute(named_params! { ":sequence": standing.sequence, ":receipt": receipt })?;
        }
        drop(connection);
        notify.notify_one();
        Ok(())
    }

    /// Makes a message that is in flight visible after `seconds` from now (0 to 12 hours).
    pub fn make_visible_after(&self, queue: &str, receipt: &str, seconds: u32) -> Result<(), QueueError> {
        let (_, notify) = self.queue(queue)?;
        check::visibility(seconds)?;
        let now = self.now();
        let connection = self.connection();
        let standing = standing(&connection, queue, receipt)?.ok_or(QueueError::NotInFlight)?;
        if standing.receipt.as_deref() != Some(receipt) || standing.visible_at <= now {
            return Err(QueueError::NotInFlight);
        }
        let sql = "UPDATE queue_messages SET visible_at = :visible WHERE sequence = :sequence";
        connection.prepare_cached(sql)?.execute(named_params! {
            ":visible": (now + SignedDuration::from_secs(seconds.into())).as_millisecond(),
            ":sequence": standing.sequence,
        })?;
        drop(connection);
        notify.notify_one();
        Ok(())
    }

    /// In how many seconds, rounded up, a message that is in flight becomes visible again; `None` if it is not in flight
    /// by this receipt.
    pub fn visible_in(&self, queue: &str, receipt: &str) -> Result<Option<u32>, QueueError> {
        self.queue(queue)?;
        let now = self.now();
        let standing = standing(&self.connection(), queue, receipt)?;
        let current = standing.filter(|message| message.receipt.as_deref() == Some(receipt));
        let left = current.map_or(0, |message| message.visible_at.as_millisecond() - now.as_millisecond());
        Ok((left > 0).then(|| u32::try_from(left.div_euclid(1000) + i64::from(left % 1000 > 0)).unwrap_or(u32::MAX)))
    }

    /// Makes everything that is in flight visible: at the start, since nobody works on anything then.
    pub fn reset_in_flight(&self) -> Result<usize, QueueError> {
        let now = self.now().as_millisecond();
        let sql = "UPDATE queue_messages SET receipt = NULL, visible_at = :now
                   WHERE receipt IS NOT NULL AND visible_at > :now";
        let reset = self.connection().execute(sql, named_params! { ":now": now })?;
        for (_, notify) in self.0.definitions.values() {
            notify.notify_one();
        }
        Ok(reset)
    }

    pub fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        self.queue(queue)?;
        let sql = "SELECT COUNT(*) FILTER (WHERE visible_at <= :now),
                   COUNT(*) FILTER (WHERE visible_at > :now AND receipt IS NOT NULL),
                   COUNT(*) FILTER (WHERE visible_at > :now AND receipt IS NULL)
                   FROM queue_messages WHERE queue = :queue";
        let now = self.now().as_millisecond();
        let depth = self
            .connection()
            .prepare_cached(sql)?
            .query_row(named_params! { ":queue": queue, ":now": now }, |row| {
                Ok(Depth { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
            })?;
        Ok(depth)
    }

    /// When a message can be received next, if nothing is deleted until then: now if one can be already.
    pub fn next_visible_at(&self, queue: &str) -> Result<Option<Timestamp>, QueueError> {
        self.queue(queue)?;
        let now = self.now();
        let arguments = named_params! { ":queue": queue, ":now": now.as_millisecond() };
        let connection = self.connection();
        let sql = format!("SELECT EXISTS (SELECT 1 FROM queue_messages m WHERE {RECEIVABLE})");
        if connection.prepare_cached(&sql)?.query_row(arguments, |row| row.get::<_, bool>(0))? {
            return Ok(Some(now));
        }
        let sql = "SELECT MIN(visible_at) FROM queue_messages WHERE queue = :queue AND visible_at > :now";
        let next = connection.prepare_cached(sql)?.query_row(arguments, |row| row.get::<_, Option<i64>>(0))?;
        Ok(next.map(instant))
    }

    fn queue(&self, name: &str) -> Result<&(QueueDefinition, Arc<Notify>), QueueError> {
        self.0.definitions.get(name).ok_or_else(|| QueueError::NoSuchQueue(name.to_owned()))
    }

    /// Now, in whole milliseconds as the tables keep it.
    fn now(&self) -> Timestamp {
        instant((self.0.clock)().as_millisecond())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back, so nothing is half done.
        self.0.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
