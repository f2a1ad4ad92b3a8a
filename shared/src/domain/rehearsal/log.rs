//! A chat log that somebody hands in: a JSON object a line, such as
//! `{"conversation":"a","at":"2026-03-01T09:00:00Z","from":"customer","country":"ES","language":"es"}`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Answer, Conversation, Did, Event};
use crate::domain::{Timestamp, consent::Consent, cost::Country, time};

/// The longest log, in bytes.
pub const MOST_BYTES: usize = 200 * 1024;
/// Nobody's chats are from before 1970 or after 8999.
const LATEST_MS: i64 = 221_845_392_000_000;

/// What is wrong with a log, and where: `log[17].at`, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct BadLog {
    pub field: String,
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    conversation: String,
    at: String,
    from: String,
    /// Of the customer, on any line of the conversation.
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    vip: Option<bool>,
    /// Whether an SMS can reach the customer; it can unless the log says otherwise.
    #[serde(default)]
    sms: Option<bool>,
}

/// Reads a log. Empty lines are passed over; lines may come in any order.
pub fn read(log: &str) -> Result<Vec<Conversation>, BadLog> {
    if log.len() > MOST_BYTES {
        return Err(BadLog { field: "log".to_owned(), message: format!("may have {MOST_BYTES} bytes") });
    }
    let mut found: BTreeMap<String, Conversation> = BTreeMap::new();
    for (index, text) in log.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let bad = |field: &str, message: &str| {
            let dot = if field.is_empty() { "" } else { "." };
            BadLog { field: format!("log[{index}]{dot}{field}"), message: message.to_owned() }
        };
        let line: Line = serde_json::from_str(text).map_err(|error| unreadable(&error, bad))?;
        if line.conversation.is_empty() || line.conversation.len() > 100 {
            return Err(bad("conversation", "must have 1 to 100 characters"));
        }
        let at: Timestamp = line.at.parse().map_err(|_| bad("at", "must be a time such as 2026-03-01T09:00:00Z"))?;
        if !(0..LATEST_MS).contains(&at.as_millisecond()) {
            return Err(bad("at", "lies outside of the years 1970 to 8999"));
        }
        let what = match line.from.as_str() {
            "customer" => Did::Wrote,
            "business" => Did::Answered(Answer::default()),
            _ => return Err(bad("from", "must be customer or business")),
        };
        let it = found.entry(line.conversation).or_default();
        if let Some(country) = line.country {
            let known =
                Country::parse(&country).ok_or_else(|| bad("country", "must be an ISO 3166 code such as ES"))?;
            it.customer.country = Some(known);
        }
        it.customer.language = line.language.or(it.customer.language.take());
        it.customer.vip |= line.vip.unwrap_or(false);
        if it.events.is_empty() {
            it.customer.has_phone = true;
            // A log says nothing of what they agreed to; who would get nothing would tell nothing.
            it.customer.consent = Consent::agreed(Timestamp::UNIX_EPOCH);
        }
        it.customer.has_phone &= line.sms.unwrap_or(true);
        it.events.push(Event { at: time::to_millis(at), what });
    }
    if found.is_empty() {
        return Err(BadLog { field: "log".to_owned(), message: "has no lines".to_owned() });
    }
    let mut conversations: Vec<_> = found.into_values().collect();
    for it in &mut conversations {
        it.events.sort_by_key(|event| event.at);
    }
    Ok(conversations)
}

/// Names the field that serde's words are about, without repeating any value.
fn unreadable(error: &serde_json::Error, bad: impl Fn(&str, &str) -> BadLog) -> BadLog {
    let words = error.to_string();
    let named = |start: &str| words.strip_prefix(start).and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
    match (named("missing field `"), named("unknown field `"), named("duplicate field `")) {
        (Some(name), _, _) => bad(name, "is needed"),
        (_, Some(name), _) => bad(name, "is not a field here"),
        (_, _, Some(name)) => bad(name, "is given twice"),
        (None, None, None) if error.is_data() => bad("", "has a value of the wrong kind"),
        (None, None, None) => bad("", "is not a JSON object on a line of its own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"conversation":"a","at":"2026-03-01T09:00:00Z","from":"customer","country":"ES"}"#;

    #[track_caller]
    fn names(line: &str, field: &str) {
        let log = format!("{LINE}\n\n{line}\n");
        assert_eq!(read(&log).unwrap_err().field, field, "{line}");
    }

    #[test]
    fn lines_become_conversations_in_the_order_of_their_times() {
        let earlier = LINE.replace("09:00", "08:00").replace("customer", "business").replace("ES", "PT");
        let other = r#"{"conversation":"b","at":"2026-03-01T07:00:00+01:00","from":"customer","language":"es","vip":true,"sms":false}"#;
        let found = read(&format!("{LINE}\n{earlier}\r\n{other}")).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].events[1].what, Did::Wrote);
        assert_eq!(found[0].events[0].what, Did::Answered(Answer::default()));
        assert_eq!((found[0].customer.country, found[0].customer.has_phone), (Country::parse("PT"), true));
        assert_eq!(found[1].events[0].at.to_string(), "2026-03-01T06:00:00Z");
        let (vip, phone) = (found[1].customer.vip, found[1].customer.has_phone);
        assert_eq!((found[1].customer.language.as_deref(), vip, phone), (Some("es"), true, false));
    }

    #[test]
    fn a_wrong_line_is_named_with_its_field_and_without_its_words() {
        names(&LINE.replace("2026-03-01T09", "2026-03-01T29"), "log[2].at");
        names(&LINE.replace("2026-03-01T", "9026-03-01T"), "log[2].at");
        names(&LINE.replace("customer", "guest"), "log[2].from");
        names(&LINE.replace("ES", "XX"), "log[2].country");
        names(&LINE.replace("\"a\"", "\"\""), "log[2].conversation");
        names(&LINE.replace("country", "county"), "log[2].county");
        names(r#"{"conversation":"a"}"#, "log[2].at");
        names("nonsense", "log[2]");
        names(r#"{"conversation":5,"at":"","from":""}"#, "log[2]");
        assert_eq!(read(" \n").unwrap_err().field, "log");
        assert_eq!(read(&"x".repeat(MOST_BYTES + 1)).unwrap_err().field, "log");
        let secret = read(r#"{"conversation":{"a":"Ana"}}"#).unwrap_err();
        assert!(!secret.to_string().contains("Ana"), "{secret}");
    }
}
