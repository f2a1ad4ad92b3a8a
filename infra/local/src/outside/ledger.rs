//! The durable memory of the outside world: one SQLite file, or memory for tests.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use transom::domain::{ids::CallbackData, time};

use super::{review, sign};

/// The ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the stand-in's ledger failed")]
pub struct LedgerError(#[from] pub rusqlite::Error);

pub(super) type Result<T> = std::result::Result<T, LedgerError>;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS customer (
    phone TEXT PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    on_whatsapp INTEGER NOT NULL DEFAULT 1, blocked INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pair (
    number TEXT NOT NULL, customer TEXT NOT NULL, last_wrote INTEGER, spent_until INTEGER,
    opted_out INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (number, customer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, direction TEXT NOT NULL, number TEXT NOT NULL,
    customer TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL, text TEXT NOT NULL,
    buttons TEXT NOT NULL, callback TEXT, message TEXT, window_open INTEGER NOT NULL, violations TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS item_customer ON item (customer, position);
CREATE INDEX IF NOT EXISTS item_message ON item (message) WHERE message IS NOT NULL;
CREATE TABLE IF NOT EXISTS tick (
    item TEXT NOT NULL, status TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (item, status)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (
    position INTEGER PRIMARY KEY, at INTEGER NOT NULL, number TEXT NOT NULL, status INTEGER NOT NULL, code INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS webhook (
    id INTEGER PRIMARY KEY, due INTEGER NOT NULL, first_due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    taken INTEGER NOT NULL DEFAULT 0, provider TEXT NOT NULL, retries INTEGER NOT NULL, endpoint TEXT NOT NULL,
    path TEXT NOT NULL, query TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, item TEXT
);
CREATE INDEX IF NOT EXISTS webhook_due ON webhook (taken, due, id);
";

/// A person outside, with one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// `+` and digits.
    pub phone: String,
    /// Their id within the business portfolio.
    pub user_id: String,
    pub name: String,
    /// Whether messages reach them on WhatsApp.
    pub on_whatsapp: bool,
    /// Whether they have blocked the business on WhatsApp.
    pub blocked: bool,
}

/// One message between a number and a customer, in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The provider's id of it.
    pub id: String,
    /// `in`: from the customer. `out`: from the business. `notice`: from the carrier.
    pub direction: String,
    /// Provider, medium and the provider's name of the number.
    pub number: String,
    /// The customer's phone: `+` and digits.
    pub customer: String,
    pub at: Timestamp,
    /// `text`, `template`, `button`, `reaction`, …
    pub kind: String,
    /// The message as it was sent to the provider.
    pub content: serde_json::Value,
    /// What people read.
    pub text: String,
    /// Labels that the customer can tap.
    pub buttons: Vec<String>,
    /// Transom's callback data.
    pub callback: Option<String>,
    /// Whether the window was open when it arrived.
    pub window_open: bool,
    /// What was wrong with it, though it was accepted.
    pub violations: Vec<String>,
}

/// A send that was refused at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub at: Timestamp,
    pub number: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The provider's error code.
    pub code: i64,
}

/// What holds between one number and one customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pair {
    pub last_wrote: Option<Timestamp>,
    /// Up to when the pair rate is spent.
    pub spent_until: Option<Timestamp>,
    /// The customer has stopped messages from this number.
    pub opted_out: bool,
}

#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) connection: Connection,
}

impl Ledger {
    /// Opens the file, or memory for `None`. Webhooks that were taken but not reported on are due again.
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(review::SCHEMA)?;
        connection.execute("UPDATE webhook SET taken = 0", [])?;
        Ok(Self { connection })
    }

    /// Does all of `work` or none of it.
    pub(super) fn whole<T, E: From<LedgerError>>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let transaction = self.connection.unchecked_transaction().map_err(LedgerError)?;
        let result = work()?;
        transaction.commit().map_err(LedgerError)?;
        Ok(result)
    }

    pub(super) fn setting(&self, name: &str) -> Result<Option<String>> {
        let mut found = self.connection.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(found.query_row([name], |row| row.get(0)).optional()?)
    }

    pub(super) fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        let mut put = self.connection.prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?;
        put.execute([name, value])?;
        Ok(())
    }

    /// The next of a count that never repeats, over restarts too. Chance and ids are derived from it.
    pub(super) fn next_count(&self) -> Result<u64> {
        let count = self.setting("count")?.and_then(|text| text.parse().ok()).unwrap_or(0_u64) + 1;
        self.set_setting("count", &count.to_string())?;
        Ok(count)
    }

    /// The customer with that phone (`+` and digits), who exists from the first time they are spoken of.
    pub(super) fn customer(&self, phone: &str) -> Result<Customer> {
        let sql = "INSERT OR IGNORE INTO customer (phone, user_id, name) VALUES (?1, ?2, ?3)";
        let name = format!("Guest {}", phone.get(phone.len().saturating_sub(4)..).unwrap_or(phone));
        self.connection.prepare_cached(sql)?.execute(params![phone, sign::user_id(phone), name])?;
        let sql = "SELECT phone, user_id, name, on_whatsapp, blocked FROM customer WHERE phone = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([phone], read_customer)?)
    }

    pub(super) fn customer_by_user_id(&self, user_id: &str) -> Result<Option<Customer>> {
        let sql = "SELECT phone, user_id, name, on_whatsapp, blocked FROM customer WHERE user_id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([user_id], read_customer).optional()?)
    }

    pub(super) fn put_customer(&self, customer: &Customer) -> Result<()> {
        let sql = "UPDATE customer SET name = ?2, on_whatsapp = ?3, blocked = ?4 WHERE phone = ?1";
        let values = params![customer.phone, customer.name, customer.on_whatsapp, customer.blocked];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    pub(super) fn pair(&self, number: &str, customer: &str) -> Result<Pair> {
        let sql = "SELECT last_wrote, spent_until, opted_out FROM pair WHERE number = ?1 AND customer = ?2";
        let pair = self.connection.prepare_cached(sql)?.query_row([number, customer], |row| {
            Ok(Pair {
                last_wrote: row.get::<_, Option<i64>>(0)?.map(time::from_millis),
                spent_until: row.get::<_, Option<i64>>(1)?.map(time::from_millis),
                opted_out: row.get(2)?,
            })
        });
        Ok(pair.optional()?.unwrap_or_default())
    }

    pub(super) fn put_pair(&self, number: &str, customer: &str, pair: Pair) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO pair (number, customer, last_wrote, spent_until, opted_out)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        let values =
            params![number, customer, millis(pair.last_wrote), millis(pair.spent_until), i64::from(pair.opted_out)];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    pub(super) fn add(&self, item: &Item) -> Result<()> {
        let message = item.callback.as_deref().and_then(|text| text.parse::<CallbackData>().ok());
        let sql =
            "INSERT INTO item (id, direction, number, customer, at, kind, content, text, buttons, callback, message,
                   window_open, violations) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.connection.prepare_cached(sql)?.execute(params![
            item.id,
            item.direction,
            item.number,
            item.customer,
            item.at.as_millisecond(),
            item.kind,
            item.content.to_string(),
            item.text,
            item.buttons.join("\n"),
            item.callback,
            message.map(|data| data.message.to_string()),
            item.window_open,
            item.violations.join("\n"),
        ])?;
        Ok(())
    }

    /// Every message of a customer in the order of arrival; of all customers for `None`.
    pub(super) fn items(&self, customer: Option<&str>) -> Result<Vec<Item>> {
        let columns = "SELECT id, direction, number, customer, at, kind, content, text, buttons, callback, window_open,
                       violations FROM item WHERE (?1 IS NULL OR customer = ?1) ORDER BY position";
        let mut query = self.connection.prepare_cached(columns)?;
        let rows = query.query_map([customer], read_item)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn item(&self, id: &str) -> Result<Option<Item>> {
        let columns = "SELECT id, direction, number, customer, at, kind, content, text, buttons, callback, window_open,
                       violations FROM item WHERE id = ?1";
        Ok(self.connection.prepare_cached(columns)?.query_row([id], read_item).optional()?)
    }

    /// How often messages with this id of ours were accepted.
    pub(super) fn acceptances(&self, message: &str) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM item WHERE message = ?1 AND direction = 'out'";
        Ok(self.connection.prepare_cached(sql)?.query_row([message], |row| row.get(0))?)
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> Result<()> {
        let sql = "INSERT INTO refusal (at, number, status, code) VALUES (?1, ?2, ?3, ?4)";
        let values = params![refusal.at.as_millisecond(), refusal.number, refusal.status, refusal.code];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    pub(super) fn refusals(&self) -> Result<Vec<Refusal>> {
        let mut query =
            self.connection.prepare_cached("SELECT at, number, status, code FROM refusal ORDER BY position")?;
        let rows = query.query_map([], |row| {
            Ok(Refusal {
                at: time::from_millis(row.get(0)?),
                number: row.get(1)?,
                status: row.get(2)?,
                code: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes that `item` reaches `status` at `at`; the earlier time wins.
    pub(super) fn tick(&self, item: &str, status: &str, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO tick (item, status, at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (item, status) DO UPDATE SET at = MIN(at, excluded.at)";
        self.connection.prepare_cached(sql)?.execute(params![item, status, at.as_millisecond()])?;
        Ok(())
    }

    /// Notes that the business has read `item` and everything before it in the thread.
    pub(super) fn read_up_to(&self, item: &Item, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO tick (item, status, at) SELECT id, 'read', ?1 FROM item
                   WHERE direction = 'in' AND number = ?2 AND customer = ?3
                   AND position <= (SELECT position FROM item WHERE id = ?4) ON CONFLICT DO NOTHING";
        let values = params![at.as_millisecond(), item.number, item.customer, item.id];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The states that `item` has reached by `now`.
    pub(super) fn ticks(&self, item: &str, now: Timestamp) -> Result<Vec<String>> {
        let mut query = self.connection.prepare_cached("SELECT status FROM tick WHERE item = ?1 AND at <= ?2")?;
        let rows = query.query_map(params![item, now.as_millisecond()], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn read_customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        phone: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        on_whatsapp: row.get(3)?,
        blocked: row.get(4)?,
    })
}

fn read_item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let lines = |text: String| text.lines().map(ToOwned::to_owned).collect();
    Ok(Item {
        id: row.get(0)?,
        direction: row.get(1)?,
        number: row.get(2)?,
        customer: row.get(3)?,
        at: time::from_millis(row.get(4)?),
        kind: row.get(5)?,
        content: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
        text: row.get(7)?,
        buttons: lines(row.get(8)?),
        callback: row.get(9)?,
        window_open: row.get(10)?,
        violations: lines(row.get(11)?),
    })
}
