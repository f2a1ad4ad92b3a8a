//! The attempts of an outbound message: flat attributes with the attempt's number as suffix, so that each fact is written
//! by itself, under a condition of its own, in any order.
//!
//! | attribute | fact |
//! | --- | --- |
//! | `c{n}` | claimed at |
//! | `o{n}`, `ot{n}` | what the call said, and when |
//! | `s{n}`, `d{n}`, `r{n}` | sent, delivered, read: the newest time |
//! | `f{n}`, `ft{n}` | failed: kind and code of the newest report, and its time |

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::{AttributeValue, Item};

use super::at;
use crate::{
    adapters::dynamodb::keys::Key,
    domain::{
        outcome::{Failure, FailureKind},
        sending::{Answer, Attempt},
    },
    ports::StoreError,
};

/// `kind:code`.
pub fn failure_code(failure: &Failure) -> String {
    format!("{}:{}", word(&failure.kind), failure.code)
}

/// `accepted`, `unknown`, `refused:kind:code` or `window_closed:kind:code`.
pub fn answer_code(answer: &Answer) -> String {
    match answer {
        Answer::Accepted => "accepted".to_owned(),
        Answer::Unknown => "unknown".to_owned(),
        Answer::Refused(failure) => format!("refused:{}", failure_code(failure)),
        Answer::WindowClosed(failure) => format!("window_closed:{}", failure_code(failure)),
    }
}

fn read_failure(code: &str) -> Option<Failure> {
    let (kind, code) = code.split_once(':')?;
    // A kind of a newer version is a failure all the same.
    Some(Failure { kind: read_word(kind).unwrap_or(FailureKind::Other), code: code.to_owned() })
}

fn read_answer(code: &str) -> Option<Answer> {
    match code.split_once(':').unwrap_or((code, "")) {
        ("accepted", _) => Some(Answer::Accepted),
        ("unknown", _) => Some(Answer::Unknown),
        ("refused", failure) => read_failure(failure).map(Answer::Refused),
        ("window_closed", failure) => read_failure(failure).map(Answer::WindowClosed),
        (_, _) => None,
    }
}

/// The word that serde knows a plain enum's value by.
pub fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

pub fn read_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

/// The attributes of attempts as they are put with a row.
pub fn write_attempts(attempts: &[Attempt], item: &mut Item) {
    let attributes = item.inner_mut();
    for attempt in attempts {
        let n = attempt.number;
        let times = [
            ("c", attempt.claimed_at),
            ("ot", attempt.answered_at),
            ("s", attempt.sent),
            ("d", attempt.delivered),
            ("r", attempt.read),
            ("ft", attempt.failed.as_ref().map(|(_, at)| *at)),
        ];
        for (name, at) in times {
            if let Some(at) = at {
                attributes.insert(format!("{name}{n}"), AttributeValue::N(at.as_millisecond().to_string()));
            }
        }
        if let Some(answer) = &attempt.answer {
            attributes.insert(format!("o{n}"), AttributeValue::S(answer_code(answer)));
        }
        if let Some((failure, _)) = &attempt.failed {
            attributes.insert(format!("f{n}"), AttributeValue::S(failure_code(failure)));
        }
    }
}

/// The attempts that a row tells of, oldest first.
pub fn read_attempts(key: &Key, item: &Item) -> Result<Vec<Attempt>, StoreError> {
    let mut attempts = BTreeMap::new();
    let mut failures = BTreeMap::new();
    for (name, value) in item.inner() {
        let Some((kind, number)) = split(name) else { continue };
        let attempt = attempts.entry(number).or_insert_with(|| Attempt::new(number));
        let unreadable = || key.unreadable(format!("attribute {name}"));
        match (kind, value) {
            ("o", AttributeValue::S(code)) => attempt.answer = Some(read_answer(code).ok_or_else(unreadable)?),
            ("f", AttributeValue::S(code)) => {
                failures.entry(number).or_insert((None, None)).0 = Some(read_failure(code).ok_or_else(unreadable)?);
            }
            (_, AttributeValue::N(millis)) => {
                let time = at(millis.parse().map_err(|_| unreadable())?);
                match kind {
                    "c" => attempt.claimed_at = Some(time),
                    "ot" => attempt.answered_at = Some(time),
                    "s" => attempt.sent = Some(time),
                    "d" => attempt.delivered = Some(time),
                    "r" => attempt.read = Some(time),
                    "ft" => failures.entry(number).or_insert((None, None)).1 = Some(time),
                    _ => return Err(unreadable()),
                }
            }
            (_, _) => return Err(unreadable()),
        }
    }
    for (number, (failure, time)) in failures {
        if let (Some(attempt), Some(failure), Some(time)) = (attempts.get_mut(&number), failure, time) {
            attempt.failed = Some((failure, time));
        }
    }
    Ok(attempts.into_values().collect())
}

/// An attempt's attribute and its number; `None` for any other attribute.
fn split(name: &str) -> Option<(&str, u32)> {
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (kind, number) = name.split_at(digits);
    let known = ["c", "o", "ot", "s", "d", "r", "f", "ft"].contains(&kind);
    known.then(|| number.parse().ok()).flatten().map(|number| (kind, number))
}
