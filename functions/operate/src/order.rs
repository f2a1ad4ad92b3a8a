//! Orders as JSON, such as `{"do": "rebuild"}`.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use transom::{
    app::rebuild::{Counts, Rebuild},
    domain::{AccountId, ChannelId, Timestamp, access::Scopes},
};

/// What an operator can ask for.
#[derive(Debug)]
pub enum Order {
    /// `{"do": "rebuild"}`, perhaps with an `account`; to go on, what the last call answered. `pages`: at most so many now.
    Rebuild { run: Resumed, pages: usize },
    /// `{"do": "fence", "restored_to": …, "live_until": …}`.
    Fence { restored_to: Timestamp, live_until: Timestamp },
    /// `{"do": "erase_again", "account": …}`.
    EraseAgain { account: AccountId },
    /// `{"do": "take_over"}`.
    TakeOver,
    /// `{"do": "strays"}`.
    Strays,
    /// `{"do": "limit_token", "token_hash": …, "calls_per_second": …}`. Without a number: as many as usual.
    LimitToken { token_hash: String, calls_per_second: Option<u32> },
    /// `{"do": "about"}`.
    About,
    /// `{"do": "add_token", "account": …, "token_hash": …}`, perhaps with a `name` and `scopes`; without those, for everything.
    AddToken { account: AccountId, token_hash: String, name: Option<String>, scopes: Option<Scopes> },
    /// `{"do": "call", "account": …, "method": …, "path": …, "body": …}`: the API as a program of that account calls it.
    Call { account: AccountId, method: http::Method, path: http::Uri, body: Option<Value> },
    /// `{"do": "register", "account": …, "channel": …}`.
    Register { account: AccountId, channel: ChannelId },
    /// `{"do": "doctor"}`, perhaps with an `account`.
    Doctor { account: Option<AccountId> },
    /// `{"do": "probe"}` puts one; with an `id`, how far it has come.
    Probe { id: Option<String> },
    /// `{"do": "redrive"}`, perhaps with `most`.
    Redrive { most: usize },
    /// `{"do": "stored", "account": …}`: whether anything was stored for it, with or without its key.
    Stored { account: AccountId },
}

/// Every order by its word.
const ORDERS: &str = "about, add_token, call, doctor, erase_again, fence, limit_token, probe, rebuild, redrive, register, stored, strays, take_over";
/// Doorbells that are redriven by one order, unless it says how many.
const USUAL_REDRIVE: usize = 1_000;

/// A rebuild to begin, or one that goes on.
#[derive(Debug)]
pub enum Resumed {
    New { account: Option<AccountId> },
    From(Rebuild),
}

/// An order that is none, by the field that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadOrder {
    pub field: String,
    pub problem: String,
}

impl BadOrder {
    pub(crate) fn new(field: &str, problem: impl Into<String>) -> Self {
        Self { field: field.to_owned(), problem: problem.into() }
    }
}

const AN_ACCOUNT: &str = "must be the id of an account";
const A_PATH: &str = "must be a path of the API, such as /v1/channels";
const A_COUNT: &str = "must be from 1 to 1000";
const A_TIME: &str = "must be a time such as \"2026-03-01T09:00:00Z\"";

impl Order {
    pub fn read(event: &Value) -> Result<Self, BadOrder> {
        let Some(fields) = event.as_object() else { return Err(BadOrder::new("body", "must be a JSON object")) };
        let (order, known): (_, &[&str]) = match fields.get("do").and_then(Value::as_str) {
            Some("rebuild") => (rebuild(fields)?, &["account", "run", "cursor", "done", "counts", "pages"]),
            Some("fence") => (fence(fields)?, &["restored_to", "live_until"]),
            Some("erase_again") => (Self::EraseAgain { account: needed(fields, "account", AN_ACCOUNT)? }, &["account"]),
            Some("take_over") => (Self::TakeOver, &[]),
            Some("strays") => (Self::Strays, &[]),
            Some("limit_token") => (limit_token(fields)?, &["token_hash", "calls_per_second"]),
            Some("about") => (Self::About, &[]),
            Some("add_token") => (add_token(fields)?, &["account", "token_hash", "name", "scopes"]),
            Some("call") => (call(fields)?, &["account", "method", "path", "body"]),
            Some("register") => (register(fields)?, &["account", "channel"]),
            Some("doctor") => (Self::Doctor { account: field(fields, "account", AN_ACCOUNT)? }, &["account"]),
            Some("stored") => (Self::Stored { account: needed(fields, "account", AN_ACCOUNT)? }, &["account"]),
            Some("probe") => (Self::Probe { id: field(fields, "id", "must be the id that an answer named")? }, &["id"]),
            Some("redrive") => {
                let most = field(fields, "most", "must be a number")?.unwrap_or(USUAL_REDRIVE);
                (Self::Redrive { most }, &["most"])
            }
            Some(_) | None => return Err(BadOrder::new("do", format!("must be one of {ORDERS}"))),
        };
        match fields.keys().find(|name| *name != "do" && !known.contains(&name.as_str())) {
            Some(unknown) => Err(BadOrder::new(unknown, "is not known here")),
            None => Ok(order),
        }
    }
}

fn rebuild(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let account = field(fields, "account", AN_ACCOUNT)?;
    let run: Option<String> = field(fields, "run", "must be the run that an answer named")?;
    let cursor: Option<String> = field(fields, "cursor", "must be the cursor that an answer named")?;
    let pages: Option<usize> = field(fields, "pages", "must be a number")?;
    let run = match (run, cursor) {
        (Some(run), cursor) => Resumed::From(Rebuild {
            run,
            account,
            cursor,
            done: field(fields, "done", "must be true or false")?.unwrap_or(false),
            counts: field(fields, "counts", "must be the counts that an answer named")?.unwrap_or(Counts::default()),
        }),
        (None, None) => Resumed::New { account },
        (None, Some(_)) => return Err(BadOrder::new("run", "must be given along with a cursor")),
    };
    Ok(Order::Rebuild { run, pages: pages.unwrap_or(usize::MAX) })
}

fn fence(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let time = |name| field(fields, name, A_TIME)?.ok_or_else(|| BadOrder::new(name, A_TIME));
    Ok(Order::Fence { restored_to: time("restored_to")?, live_until: time("live_until")? })
}

fn needed<T: DeserializeOwned>(fields: &Map<String, Value>, name: &str, form: &'static str) -> Result<T, BadOrder> {
    field(fields, name, form)?.ok_or_else(|| BadOrder::new(name, form))
}

fn add_token(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let scopes: Option<Scopes> = field(fields, "scopes", "must be a list of scopes such as [\"read\", \"messages\"]")?;
    if scopes.is_some_and(Scopes::is_empty) {
        return Err(BadOrder::new("scopes", "must name at least one; a token without is good for nothing"));
    }
    Ok(Order::AddToken {
        account: needed(fields, "account", AN_ACCOUNT)?,
        token_hash: token_hash(fields)?,
        name: field(fields, "name", "must be a text")?,
        scopes,
    })
}

fn call(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let text = |name, form| needed::<String>(fields, name, form);
    let method = text("method", "must be a method such as GET")?;
    let path = text("path", A_PATH)?;
    Ok(Order::Call {
        account: needed(fields, "account", AN_ACCOUNT)?,
        method: method.parse().map_err(|_| BadOrder::new("method", "must be a method such as GET"))?,
        path: Some(path)
            .filter(|path| path.starts_with("/v1/"))
            .and_then(|path| path.parse().ok())
            .ok_or_else(|| BadOrder::new("path", A_PATH))?,
        body: fields.get("body").filter(|body| !body.is_null()).cloned(),
    })
}

fn register(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let channel = needed(fields, "channel", "must be the id of a channel")?;
    Ok(Order::Register { account: needed(fields, "account", AN_ACCOUNT)?, channel })
}

fn token_hash(fields: &Map<String, Value>) -> Result<String, BadOrder> {
    let bad = || BadOrder::new("token_hash", "must be the token's SHA-256 as 64 of 0-9 and a-f");
    let token_hash: String = field(fields, "token_hash", "must be text")?.ok_or_else(bad)?;
    if token_hash.len() != 64 || !token_hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(bad());
    }
    Ok(token_hash)
}

fn limit_token(fields: &Map<String, Value>) -> Result<Order, BadOrder> {
    let token_hash = token_hash(fields)?;
    let calls_per_second: Option<u32> = field(fields, "calls_per_second", A_COUNT)?;
    if calls_per_second.is_some_and(|count| !(1..=1000).contains(&count)) {
        return Err(BadOrder::new("calls_per_second", A_COUNT));
    }
    Ok(Order::LimitToken { token_hash, calls_per_second })
}

/// A field that may be missing.
fn field<T: DeserializeOwned>(
    fields: &Map<String, Value>,
    name: &str,
    form: &'static str,
) -> Result<Option<T>, BadOrder> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value).map(Some).map_err(|_| BadOrder::new(name, form)),
    }
}

/// How far a rebuild has come: as it stands, the order for what is left.
pub fn to_go_on(run: &Rebuild) -> Value {
    json!({
        "do": "rebuild", "run": run.run, "account": run.account, "cursor": run.cursor, "done": run.done,
        "counts": run.counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn at_fault(order: &Value, expected: &str) {
        assert_eq!(Order::read(order).unwrap_err().field, expected, "{order}");
    }

    #[test]
    fn a_bad_order_names_the_field() {
        at_fault(&json!("rebuild"), "body");
        at_fault(&json!({}), "do");
        at_fault(&json!({ "do": "resend" }), "do");
        at_fault(&json!({ "do": "rebuild", "account": "A" }), "account");
        at_fault(&json!({ "do": "rebuild", "acount": "demo" }), "acount");
        at_fault(&json!({ "do": "rebuild", "cursor": "A#demo/x" }), "run");
        at_fault(&json!({ "do": "rebuild", "pages": "all" }), "pages");
        at_fault(&json!({ "do": "add_token", "token_hash": "a".repeat(64) }), "account");
        at_fault(&json!({ "do": "add_token", "account": "demo", "token_hash": "secret" }), "token_hash");
        at_fault(&json!({ "do": "call", "account": "demo", "method": "GET", "path": "/webhooks/x" }), "path");
        at_fault(&json!({ "do": "call", "account": "demo", "method": "G T", "path": "/v1/x" }), "method");
        at_fault(&json!({ "do": "call", "method": "GET", "path": "/v1/x" }), "account");
        at_fault(&json!({ "do": "register", "account": "demo" }), "channel");
        at_fault(&json!({ "do": "doctor", "account": "No Slug" }), "account");
        at_fault(&json!({ "do": "probe", "id": 7 }), "id");
        at_fault(&json!({ "do": "redrive", "most": "all" }), "most");
        at_fault(&json!({ "do": "limit_token", "calls_per_second": 5 }), "token_hash");
        at_fault(&json!({ "do": "limit_token", "token_hash": "A".repeat(64) }), "token_hash");
        at_fault(
            &json!({ "do": "limit_token", "token_hash": "a".repeat(64), "calls_per_second": 0 }),
            "calls_per_second",
        );
        at_fault(&json!({ "do": "fence", "live_until": "2026-03-01T09:00:00Z" }), "restored_to");
        at_fault(&json!({ "do": "fence", "restored_to": "2026-03-01T09:00:00Z", "live_until": "now" }), "live_until");
    }

    #[test]
    fn what_a_rebuild_answers_is_the_order_for_the_rest() {
        let Ok(Order::Rebuild { run: Resumed::New { account: None }, pages: usize::MAX }) =
            Order::read(&json!({ "do": "rebuild" }))
        else {
            panic!("a new one of everything")
        };
        let counts = Counts { pages: 3, ..Counts::default() };
        let run = Rebuild {
            run: "rebuild-1".into(),
            account: Some("demo".parse().unwrap()),
            cursor: Some("A#demo#V#1/H".into()),
            done: false,
            counts,
        };
        match Order::read(&to_go_on(&run)) {
            Ok(Order::Rebuild { run: Resumed::From(read), .. }) => assert_eq!(read, run),
            other => panic!("{other:?}"),
        }
    }
}
