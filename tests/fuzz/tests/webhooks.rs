//! Webhook bodies: whatever the bytes, no panic, and every message and status of a body is surfaced or kept as
//! unreadable. (Fault matrix A6, A9, A10, A11, A12, A13; invariant I1.)
//!
//! `cargo test` replays the corpus beside this file (`__fuzz__`) and tries random inputs; `.ci/nightly` tries more.

use std::panic::AssertUnwindSafe;

use bolero::check;
use http::HeaderMap;
use serde_json::Value;
use transom::{
    adapters::providers::{ProviderUrls, Providers, http_client},
    domain::{channel::ProviderKind, inbound::ProviderEvent},
    ports::WebhookCall,
};

const META: [&str; 9] = [
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/damaged.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/echo.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/every_kind.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/mixed.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/news.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/statuses.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/system.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/text.json"),
    include_str!("../../../shared/src/adapters/providers/meta/fixtures/two_writers.json"),
];
const TWILIO: [&str; 5] = [
    include_str!("../../../shared/src/adapters/providers/twilio/fixtures/delivered.form"),
    include_str!("../../../shared/src/adapters/providers/twilio/fixtures/sms_text.form"),
    include_str!("../../../shared/src/adapters/providers/twilio/fixtures/undelivered.form"),
    include_str!("../../../shared/src/adapters/providers/twilio/fixtures/whatsapp_pictures.form"),
    include_str!("../../../shared/src/adapters/providers/twilio/fixtures/whatsapp_text.form"),
];

fn providers() -> AssertUnwindSafe<Providers> {
    AssertUnwindSafe(Providers::new(http_client().unwrap(), ProviderUrls::default()))
}

fn read(providers: &Providers, kind: ProviderKind, query: &str, body: &[u8]) -> Vec<ProviderEvent> {
    providers.get(kind).read(&WebhookCall { headers: &HeaderMap::new(), query, body })
}

/// How many messages, echoes and statuses a whole JSON body of Meta's holds, counted without our reader.
fn elements(body: &Value) -> usize {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut count = 0;
    for change in list(body, "entry").iter().flat_map(|entry| list(entry, "changes")) {
        if matches!(change["field"].as_str(), Some("messages" | "smb_message_echoes")) {
            for name in ["messages", "message_echoes", "statuses"] {
                count += list(&change["value"], name).len();
            }
        }
    }
    count
}

fn surfaced(events: &[ProviderEvent]) -> usize {
    let counts = |event: &&ProviderEvent| {
        matches!(
            event,
            ProviderEvent::Message(_)
                | ProviderEvent::Echo(_)
                | ProviderEvent::Receipt(_)
                | ProviderEvent::Unreadable(_)
        )
    };
    events.iter().filter(counts).count()
}

fn meta_body_is_whole(providers: &Providers, body: &[u8]) {
    let events = read(providers, ProviderKind::Meta, "", body);
    match serde_json::from_slice::<Value>(body) {
        Ok(json) => assert!(surfaced(&events) >= elements(&json), "{events:?}"),
        // Not JSON as serde reads it whole; our reader may still find elements in it. Nothing vanishes.
        Err(_) => assert!(!events.is_empty()),
    }
    for event in &events {
        if let ProviderEvent::Message(message) | ProviderEvent::Echo(message) = event {
            assert!(!message.from.is_empty() && !message.provider_id.is_empty() && !message.number.is_empty());
        }
        if let ProviderEvent::Unreadable(unreadable) = event {
            assert!(!unreadable.why.is_empty());
        }
        // What is parked is stored as JSON, and must be readable again.
        let kept = serde_json::to_vec(event).unwrap();
        serde_json::from_slice::<ProviderEvent>(&kept).unwrap();
    }
}

#[test]
fn meta_bodies() {
    let providers = providers();
    check!().with_iterations(2_000).for_each(|body: &[u8]| meta_body_is_whole(&providers, body));
}

#[test]
fn twilio_bodies() {
    let providers = providers();
    check!().with_iterations(2_000).for_each(|body: &[u8]| {
        let events = read(&providers, ProviderKind::Twilio, "", body);
        assert!(!events.is_empty());
        let half = String::from_utf8_lossy(&body[..body.len() / 2]).into_owned();
        assert!(!read(&providers, ProviderKind::Twilio, &half, body).is_empty());
    });
}

/// One change of a real body: a byte put over another, a cut, or a piece of the body put in once more.
fn damage(body: &mut Vec<u8>, (kind, at, with): (u8, u16, u8)) {
    if body.is_empty() {
        return;
    }
    let at = usize::from(at) % body.len();
    match kind % 4 {
        0 => body[at] = with,
        1 => body.truncate(at),
        2 => {
            body.remove(at);
        }
        _ => {
            let piece: Vec<u8> = body[at..].iter().copied().take(usize::from(with)).collect();
            body.splice(at..at, piece);
        }
    }
}

/// A value put in the place of another one, so that the body stays JSON (A9, A10).
fn replace(value: &mut Value, path: &[u8], with: u8) {
    let deeper = match value {
        Value::Object(fields) if !fields.is_empty() && !path.is_empty() => {
            let at = usize::from(path[0]) % fields.len();
            fields.values_mut().nth(at)
        }
        Value::Array(elements) if !elements.is_empty() && !path.is_empty() => {
            let at = usize::from(path[0]) % elements.len();
            elements.get_mut(at)
        }
        _ => None,
    };
    match deeper {
        Some(deeper) => replace(deeper, &path[1..], with),
        None => {
            *value = match with % 7 {
                0 => Value::Null,
                1 => Value::from(i64::from(with)),
                2 => Value::from("x"),
                3 => Value::from(vec![Value::Null, Value::from(1), Value::from("a")]),
                4 => serde_json::json!({ "id": 7, "type": ["?"] }),
                5 => Value::from(true),
                _ => Value::from(1e300),
            }
        }
    }
}

#[test]
fn damaged_meta_bodies() {
    let providers = providers();
    check!().with_iterations(2_000).with_type::<(u8, Vec<(u8, u16, u8)>)>().for_each(|(which, changes)| {
        let mut body = META[usize::from(*which) % META.len()].as_bytes().to_vec();
        for change in changes.iter().take(8) {
            damage(&mut body, *change);
        }
        meta_body_is_whole(&providers, &body);
    });
}

#[test]
fn meta_bodies_with_other_values_than_documented() {
    let providers = providers();
    check!().with_iterations(2_000).with_type::<(u8, Vec<([u8; 7], u8, u8)>)>().for_each(|(which, changes)| {
        let mut body: Value = serde_json::from_str(META[usize::from(*which) % META.len()]).unwrap();
        for (path, depth, with) in changes.iter().take(4) {
            replace(&mut body, &path[..usize::from(*depth) % 8], *with);
        }
        meta_body_is_whole(&providers, body.to_string().as_bytes());
    });
}

#[test]
fn damaged_twilio_bodies() {
    let providers = providers();
    check!().with_iterations(2_000).with_type::<(u8, Vec<(u8, u16, u8)>)>().for_each(|(which, changes)| {
        let mut body = TWILIO[usize::from(*which) % TWILIO.len()].as_bytes().to_vec();
        for change in changes.iter().take(8) {
            damage(&mut body, *change);
        }
        assert!(!read(&providers, ProviderKind::Twilio, "", &body).is_empty());
    });
}

/// A13: as deep as a body of 3 MB can be.
#[test]
fn the_deepest_body_costs_no_stack() {
    let providers = providers();
    for (open, close) in [("[", "]"), ("{\"entry\":[", "]}"), ("{\"a\":", "}")] {
        let levels = 3_000_000 / (open.len() + close.len());
        let body = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        meta_body_is_whole(&providers, body.as_bytes());
    }
}
