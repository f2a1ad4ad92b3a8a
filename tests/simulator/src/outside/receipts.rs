//! What becomes of an accepted message: reports on it, late, shuffled, repeated, missing.
//! (Meta, "statuses"; Twilio, "Track the status of outbound messages".)

use serde_json::{Value, json};
use transom::domain::{channel::ProviderKind, ids::CallbackData};

use super::webhooks::{self, About};
use crate::{cast::Index, machine::Millis, world::World};

/// A message that was taken.
#[derive(Debug, Clone)]
pub struct Sent {
    pub id: String,
    pub number: Index,
    pub person: Index,
    pub callback: Option<CallbackData>,
    pub report_to: Option<String>,
    /// By the provider's clock.
    pub at: Millis,
    /// The code with which it fails.
    pub fails: Option<i64>,
}

/// Plans the reports on a message.
pub fn schedule(world: &World, sent: &Sent) {
    let (machine, faults) = (&world.machine, world.faults());
    // Whoever is turned down is always told: what a provider never says, nobody can act on.
    if sent.fails.is_none() && machine.happens(faults.receipts_missing) {
        return;
    }
    let words: &[&'static str] = match sent.fails {
        Some(_) => &["failed"],
        None if machine.happens(600) => &["sent", "delivered", "read"],
        None => &["sent", "delivered"],
    };
    let (repeats, hours_later) = how_often_again(world, sent.fails.is_some());
    let mut at = sent.at;
    for &word in words {
        at += machine.pick(300, 20_000);
        let mut due = at - world.outside().offset + machine.pick(100, 15_000);
        if machine.happens(faults.webhook_late) {
            due += machine.pick(60_000, 4 * 3_600_000);
        }
        let times = if machine.happens(repeats) { 2 } else { 1 };
        for _ in 0..times {
            let (me, sent) = (world.me.clone(), sent.clone());
            machine.at(due, move |_| {
                if let Some(world) = me.upgrade() {
                    report(&world, &sent, word, at);
                }
            });
            due += if machine.happens(hours_later) {
                machine.pick(3_600_000, 40 * 3_600_000)
            } else {
                machine.pick(1_000, 600_000)
            };
        }
    }
}

/// How often a report comes again, and how often it does so hours later, in a thousand. What failed is reported again more
/// often: an old failure is harmful when it comes while another attempt is under way.
fn how_often_again(world: &World, failed: bool) -> (u32, u32) {
    match world.faults().webhook_repeats {
        0 => (0, 0),
        _ if failed => (700, 800),
        repeats => (repeats, 200),
    }
}

fn report(world: &World, sent: &Sent, status_word: &'static str, at: Millis) {
    let number = &world.cast.numbers[sent.number];
    let person = &world.cast.people[sent.person];
    let about = About::Report { number: sent.number, person: sent.person, code: sent.fails };
    match number.provider {
        ProviderKind::Meta => {
            let mut status = json!({"id": sent.id, "status": status_word, "timestamp": (at / 1000).to_string(),
                "recipient_id": &person.phone[1..]});
            if let Some(callback) = &sent.callback {
                status["biz_opaque_callback_data"] = json!(callback.to_string());
            }
            if let Some(code) = sent.fails {
                status["errors"] = json!([{"code": code, "title": "failed", "message": "failed"}]);
            }
            webhooks::meta(world, sent.number, "statuses", status, Value::Null, about);
        }
        ProviderKind::Twilio => {
            let Some(url) = &sent.report_to else { return };
            let mut form = vec![
                ("MessageSid".to_owned(), sent.id.clone()),
                ("MessageStatus".to_owned(), status_word.to_owned()),
                ("AccountSid".to_owned(), number.account_sid()),
                ("From".to_owned(), number.address(&number.number)),
                ("To".to_owned(), number.address(&person.phone)),
                ("ApiVersion".to_owned(), "2010-04-01".to_owned()),
            ];
            if let Some(code) = sent.fails {
                form.push(("ErrorCode".to_owned(), code.to_string()));
            }
            webhooks::twilio(world, sent.number, url, &form, about);
        }
    }
}

/// A report that a message failed which never went out by this number.
pub fn forge(world: &World, number: Index, callback: &str) {
    let at = world.machine.now() / 1000;
    let status = json!({"id": "wamid.forged", "status": "failed", "timestamp": at.to_string(),
        "recipient_id": "16505551000", "biz_opaque_callback_data": callback,
        "errors": [{"code": 131_026, "title": "failed", "message": "failed"}]});
    let about = About::Report { number, person: 0, code: None };
    webhooks::meta(world, number, "statuses", status, Value::Null, about);
}
