//! How far each reader of a stream has come, kept in the database file that the stream is in.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension};

/// One row for each reader.
#[derive(Debug)]
pub struct Checkpoints(Mutex<Connection>);

impl Checkpoints {
    pub fn open(connection: Connection) -> Result<Self, rusqlite::Error> {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS reader_checkpoints (reader TEXT PRIMARY KEY, sequence_number TEXT NOT NULL)
             WITHOUT ROWID",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The last sequence number that the reader is done with.
    pub fn get(&self, reader: &str) -> Result<Option<String>, rusqlite::Error> {
        self.connection()
            .prepare_cached("SELECT sequence_number FROM reader_checkpoints WHERE reader = ?1")?
            .query_row([reader], |row| row.get(0))
            .optional()
    }

    pub fn set(&self, reader: &str, sequence_number: &str) -> Result<(), rusqlite::Error> {
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO reader_checkpoints VALUES (?1, ?2)")?
            .execute([reader, sequence_number])
            .map(drop)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
