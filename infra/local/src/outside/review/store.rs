//! Templates in the ledger's file. A row holds the whole template as JSON; its other columns are what it is found by.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, ToSql, params};
use transom::domain::time;

use super::{template::HeldTemplate, wording::Values};
use crate::outside::ledger::{Ledger, LedgerError, Result};

pub(in crate::outside) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS template (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, name TEXT NOT NULL,
    language TEXT NOT NULL, sid TEXT, created INTEGER NOT NULL, live INTEGER NOT NULL, due INTEGER, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS template_name ON template (name, language);
CREATE INDEX IF NOT EXISTS template_sid ON template (sid) WHERE sid IS NOT NULL;
CREATE INDEX IF NOT EXISTS template_due ON template (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS used_name (
    account TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (account, name, language)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS template_send (
    item TEXT PRIMARY KEY, template TEXT NOT NULL, waba TEXT NOT NULL, payloads TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS template_send_template ON template_send (template, waba);
";

/// A template, and its place in the provider's list.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub position: i64,
    pub template: HeldTemplate,
}

impl Ledger {
    pub(super) fn put_template(&self, template: &HeldTemplate) -> Result<()> {
        let document = serde_json::to_string(template).map_err(unwritable)?;
        let due = template.to_do.iter().map(|due| due.at.as_millisecond()).min();
        let sql = "INSERT INTO template (id, owner, name, language, sid, created, live, due, document)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, live = excluded.live, due = excluded.due,
                   sid = excluded.sid, document = excluded.document";
        self.connection.prepare_cached(sql)?.execute(params![
            template.id,
            template.owner.key(),
            template.name,
            template.language,
            template.content.as_ref().map(|content| content.sid.as_str()),
            template.created_at.as_millisecond(),
            template.deleted.is_none(),
            due.filter(|_| template.deleted.is_none()),
            document,
        ])?;
        Ok(())
    }

    fn templates_where(&self, condition: &str, values: &[&dyn ToSql]) -> Result<Vec<Placed>> {
        let sql = format!("SELECT position, document FROM template WHERE {condition} ORDER BY position");
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map(values, |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let rows: Vec<(i64, String)> = rows.collect::<rusqlite::Result<_>>()?;
        let placed = |(position, document): (i64, String)| {
            Ok(Placed { position, template: serde_json::from_str(&document).map_err(unreadable)? })
        };
        rows.into_iter().map(placed).collect()
    }

    /// All that are not deleted, in the order of their creation.
    pub(super) fn templates(&self) -> Result<Vec<Placed>> {
        self.templates_where("live", &[])
    }

    /// The one with that id, deleted or not.
    pub(super) fn template(&self, id: &str) -> Result<Option<HeldTemplate>> {
        Ok(self.templates_where("id = ?1", &[&id])?.pop().map(|placed| placed.template))
    }

    /// The one with that SID at Twilio.
    pub(in crate::outside) fn content(&self, sid: &str) -> Result<Option<HeldTemplate>> {
        Ok(self.templates_where("sid = ?1 AND live", &[&sid])?.pop().map(|placed| placed.template))
    }

    /// The one that `waba` has under that name and language.
    pub(in crate::outside) fn template_of(
        &self,
        waba: &str,
        name: &str,
        language: &str,
    ) -> Result<Option<HeldTemplate>> {
        let ours = |template: &HeldTemplate| template.deleted.is_none() && template.owner.includes_waba(waba);
        Ok(self.templates_named(name, language)?.into_iter().find(ours))
    }

    /// All of that name and language, deleted or not.
    pub(super) fn templates_named(&self, name: &str, language: &str) -> Result<Vec<HeldTemplate>> {
        let found = self.templates_where("name = ?1 AND language = ?2", &[&name, &language])?;
        Ok(found.into_iter().map(|placed| placed.template).collect())
    }

    /// How many `owner` has created since then.
    pub(super) fn templates_since(&self, owner: &str, since: Timestamp) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM template WHERE owner = ?1 AND created > ?2";
        let values = params![owner, since.as_millisecond()];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// The one for which a provider has to do something first.
    pub(super) fn template_due(&self, now: Timestamp) -> Result<Option<HeldTemplate>> {
        let at = now.as_millisecond();
        let condition = "position = (SELECT position FROM template WHERE due <= ?1 ORDER BY due, position LIMIT 1)";
        Ok(self.templates_where(condition, &[&at])?.pop().map(|placed| placed.template))
    }

    /// When a provider has something to do next.
    pub(in crate::outside) fn next_template_due(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due) FROM template WHERE due IS NOT NULL";
        let due: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(due.map(time::from_millis))
    }

    /// Notes that `account` has used the name at Twilio. False if it had before.
    pub(super) fn use_name(&self, account: &str, name: &str, language: &str) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO used_name (account, name, language) VALUES (?1, ?2, ?3)";
        Ok(self.connection.prepare_cached(sql)?.execute([account, name, language])? == 1)
    }

    /// Notes which template an accepted message was, and what taps on its buttons give back, by their labels.
    pub(in crate::outside) fn note_template(
        &self,
        item: &str,
        template: &str,
        waba: &str,
        payloads: &Values,
    ) -> Result<()> {
        let payloads = serde_json::to_string(payloads).map_err(unwritable)?;
        let sql = "INSERT INTO template_send (item, template, waba, payloads) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute([item, template, waba, payloads.as_str()])?;
        Ok(())
    }

    /// What a tap on the button gives back, where the sender chose it.
    pub(in crate::outside) fn payload(&self, item: &str, label: &str) -> Result<Option<String>> {
        let mut query = self.connection.prepare_cached("SELECT payloads FROM template_send WHERE item = ?1")?;
        let found: Option<String> = query.query_row([item], |row| row.get(0)).optional()?;
        let payloads: Values =
            found.map_or(Ok(Values::new()), |text| serde_json::from_str(&text)).map_err(unreadable)?;
        Ok(payloads.get(label).cloned())
    }

    /// What became of a template's messages in the half-open time, up to `now`: the state and when it was reached.
    pub(super) fn template_ticks(
        &self,
        template: &str,
        waba: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, Timestamp)>> {
        let sql = "SELECT tick.status, tick.at FROM template_send JOIN tick ON tick.item = template_send.item
                   WHERE template = ?1 AND waba = ?2 AND at >= ?3 AND at < ?4";
        let mut query = self.connection.prepare_cached(sql)?;
        let values = params![template, waba, from.as_millisecond(), until.as_millisecond()];
        let rows = query.query_map(values, |row| Ok((row.get(0)?, time::from_millis(row.get(1)?))))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn unwritable(error: serde_json::Error) -> LedgerError {
    LedgerError(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn unreadable(error: serde_json::Error) -> LedgerError {
    LedgerError(rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error)))
}
