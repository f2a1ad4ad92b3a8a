//! The queue of webhook calls that the providers are about to make: durable, each with a time.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use transom::domain::{channel::ProviderKind, time};

use super::{
    ledger::{Ledger, Result},
    settings::OutsideNumber,
    sign,
};

/// Meta gives up after this long (Meta, "webhooks": up to 7 days).
const META_PATIENCE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Meta's longest pause between two tries. How its pauses grow is not documented.
const META_LONGEST_PAUSE_SECONDS: i64 = 6 * 3600;
/// Twilio's repeats where the address does not say how many: as with `#rc=3&rp=all`.
const TWILIO_RETRIES: u32 = 3;

/// One webhook call to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookOut {
    /// To report back with.
    pub id: i64,
    pub method: String,
    /// `/webhooks/{endpoint}`.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub endpoint: String,
}

/// A webhook call before it has an id.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub provider: ProviderKind,
    /// Repeats after a failure, where the provider counts them.
    pub retries: u32,
    pub endpoint: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The inbound message that it tells of, which is delivered once it is taken.
    pub item: Option<String>,
}

/// A signed call of Meta's to the endpoint of `number`.
pub(super) fn meta_call(number: &OutsideNumber, body: &serde_json::Value) -> Planned {
    let body = sign::meta_json(body);
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("user-agent".to_owned(), "facebookexternalua".to_owned()),
        ("x-hub-signature-256".to_owned(), sign::meta_signature(&number.signing_secret, &body)),
    ];
    Planned {
        provider: ProviderKind::Meta,
        retries: 0,
        endpoint: number.endpoint.clone(),
        path: format!("/webhooks/{}", number.endpoint),
        query: String::new(),
        headers,
        body,
        item: None,
    }
}

/// A signed call of Twilio's to `url`, which is the endpoint of `number` or what a send named as its status callback.
pub(super) fn twilio_call(number: &OutsideNumber, url: &str, form: &[(String, String)]) -> Planned {
    let (address, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (before_query, query) = address.split_once('?').unwrap_or((address, ""));
    let path = before_query.split_once("://").map_or(before_query, |(_, rest)| rest);
    let path = path.split_once('/').map_or_else(String::new, |(_, path)| format!("/{path}"));
    let asked = form_urlencoded::parse(fragment.as_bytes()).find(|(name, _)| name == "rc");
    let retries = asked.and_then(|(_, count)| count.parse::<u32>().ok()).map_or(TWILIO_RETRIES, |count| count.min(5));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = vec![
        ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
        ("user-agent".to_owned(), "TwilioProxy/1.1".to_owned()),
        ("x-twilio-signature".to_owned(), sign::twilio_signature(&number.signing_secret, address, form)),
    ];
    Planned {
        provider: ProviderKind::Twilio,
        retries,
        endpoint: path.rsplit('/').next().unwrap_or_default().to_owned(),
        path,
        query: query.to_owned(),
        headers,
        body: body.into_bytes(),
        item: None,
    }
}

impl Ledger {
    pub(super) fn queue(&self, call: &Planned, due: Timestamp) -> Result<()> {
        let provider = match call.provider {
            ProviderKind::Meta => "meta",
            ProviderKind::Twilio => "twilio",
        };
        let headers: Vec<String> = call.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let sql = "INSERT INTO webhook (due, first_due, provider, retries, endpoint, path, query, headers, body, item)
                   VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(sql)?.execute(params![
            due.as_millisecond(),
            provider,
            call.retries,
            call.endpoint,
            call.path,
            call.query,
            headers.join("\n"),
            call.body,
            call.item,
        ])?;
        Ok(())
    }

    /// The earliest time of a call that nobody has taken yet.
    pub(super) fn next_due(&self) -> Result<Option<Timestamp>> {
        let due: Option<i64> = self
            .connection
            .prepare_cached("SELECT MIN(due) FROM webhook WHERE taken = 0")?
            .query_row([], |row| row.get(0))?;
        Ok(due.map(time::from_millis))
    }

    /// Takes the calls whose time has come, in the order in which they are to be made.
    pub(super) fn take_due(&self, now: Timestamp) -> Result<Vec<WebhookOut>> {
        let sql = "SELECT id, path, query, headers, body, endpoint FROM webhook WHERE taken = 0 AND due <= ?1
                   ORDER BY due, id";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([now.as_millisecond()], |row| {
            let headers: String = row.get(3)?;
            let pairs = headers.lines().filter_map(|line| line.split_once(": "));
            Ok(WebhookOut {
                id: row.get(0)?,
                method: "POST".to_owned(),
                path: row.get(1)?,
                query: row.get(2)?,
                headers: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: row.get(4)?,
                endpoint: row.get(5)?,
            })
        })?;
        let calls: Vec<WebhookOut> = rows.collect::<rusqlite::Result<_>>()?;
        for call in &calls {
            self.connection.prepare_cached("UPDATE webhook SET taken = 1 WHERE id = ?1")?.execute([call.id])?;
        }
        Ok(calls)
    }

    /// Forgets the call if it was taken well; else it comes again, for as long as its provider has patience.
    /// Gives the inbound message that was handed over by it.
    pub(super) fn webhook_done(&self, id: i64, status: u16, now: Timestamp) -> Result<Option<String>> {
        let sql = "SELECT provider, tries, retries, first_due, item FROM webhook WHERE id = ?1";
        let found = self.connection.prepare_cached(sql)?.query_row([id], |row| {
            let provider: String = row.get(0)?;
            let first_due = time::from_millis(row.get(3)?);
            Ok((provider, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?, first_due, row.get::<_, Option<String>>(4)?))
        });
        let Some((provider, tries, retries, first_due, item)) = found.optional()? else {
            return Ok(None);
        };
        let (taken_well, again) = if provider == "meta" {
            // Meta: only 200 counts. The first repeat is at once.
            let pause = if tries == 0 { 0 } else { (1_i64 << tries.min(20)).min(META_LONGEST_PAUSE_SECONDS) };
            let at = now + SignedDuration::from_secs(pause);
            (status == 200, (at < first_due + META_PATIENCE).then_some(at))
        } else {
            ((200..300).contains(&status), (tries < retries).then(|| now + SignedDuration::from_secs(1)))
        };
        match again {
            Some(at) if !taken_well => {
                let sql = "UPDATE webhook SET taken = 0, tries = tries + 1, due = ?2 WHERE id = ?1";
                self.connection.prepare_cached(sql)?.execute(params![id, at.as_millisecond()])?;
            }
            Some(_) | None => {
                self.connection.prepare_cached("DELETE FROM webhook WHERE id = ?1")?.execute([id])?;
            }
        }
        Ok(item.filter(|_| taken_well))
    }
}
