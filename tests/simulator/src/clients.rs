//! Programs that call the API: they ask for messages, take some back, and pry into each other's.

use serde_json::{Value, json};
use tower::ServiceExt;
use transom::domain::MessageId;

use crate::{
    cast::Index,
    machine::{Ended, Flow, Millis, Point},
    workload::{MINUTE, OF_THE_FORGOTTEN},
    world::World,
};

/// A message that a program asked for.
#[derive(Debug, Clone)]
pub struct Intent {
    pub account: Index,
    pub number: Index,
    pub person: Index,
    pub text: String,
    pub asked_at: Millis,
    pub accepted: Option<(MessageId, Millis)>,
    /// When its taking back was confirmed.
    pub cancelled_at: Option<Millis>,
}

/// Asks for a message. `with` overrides parts of the request.
pub fn reply(world: &World, number: Index, person: Index, with: &Value) {
    ask(world, number, person, with, false);
}

pub fn reply_and_take_back(world: &World, number: Index, person: Index) {
    ask(world, number, person, &json!({}), true);
}

fn ask(world: &World, number: Index, person: Index, with: &Value, take_back: bool) {
    let account = world.cast.numbers[number].account;
    let mut truth = world.truth();
    let place = truth.intents.len();
    let text = format!("{}: {place}", world.cast.accounts[account].id);
    truth.intents.push(Intent {
        account,
        number,
        person,
        text: text.clone(),
        asked_at: world.machine.now(),
        accepted: None,
        cancelled_at: None,
    });
    drop(truth);
    let mut body = json!({
        "channel": world.cast.numbers[number].name,
        "to": {"phone": world.cast.people[person].phone},
        "content": {"type": "text", "body": text},
    });
    for (name, value) in with.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    post(world, place, body, take_back, 1);
}

/// Calls the API until it answers; a repeat names the same key.
fn post(world: &World, place: usize, body: Value, take_back: bool, tries: i64) {
    let account = world.truth().intents[place].account;
    let key = format!("intent-{place}");
    let whom = body["to"]["phone"].as_str().unwrap_or("?");
    world.machine.note("asks", || format!("intent-{place} for {whom} by {}, try {tries}", body["channel"]));
    let request = call(world, account, "POST", "/v1/messages", Some(&key), &body);
    answered(world, request, move |world, status, answer| match (status, &answer["id"]) {
        (202, Value::String(id)) => {
            world.machine.note("is answered", || format!("intent-{place} is {id}"));
            let id = id.parse().ok();
            let now = world.machine.now();
            world.truth().intents[place].accepted = id.map(|id| (id, now));
            if let (true, Some(id)) = (take_back, id) {
                let me = world.me.clone();
                world.machine.after(world.machine.pick(10, 20 * MINUTE), move |_| {
                    if let Some(world) = me.upgrade() {
                        cancel(&world, place, id);
                    }
                });
            }
        }
        (0 | 429 | 500..=599, _) if tries < 2000 => {
            let me = world.me.clone();
            world.machine.after((tries * 2000).min(2 * MINUTE), move |_| {
                if let Some(world) = me.upgrade() {
                    post(&world, place, body, take_back, tries + 1);
                }
            });
        }
        _ => world.violate("API", format!("a message was refused with {status}: {answer}")),
    });
}

fn cancel(world: &World, place: usize, id: MessageId) {
    let account = world.truth().intents[place].account;
    let request = call(world, account, "DELETE", &format!("/v1/messages/{id}"), None, &Value::Null);
    answered(world, request, move |world, status, _| {
        if (200..300).contains(&status) {
            let now = world.machine.now();
            world.truth().intents[place].cancelled_at = Some(now);
        }
    });
}

/// Asks that somebody be forgotten, by their number, until that is begun.
pub fn erase(world: &World) {
    let person = &world.cast.people[world.cast.forgotten];
    let account = world.cast.numbers[OF_THE_FORGOTTEN].account;
    // Once begun it is of that contact, whoever has the number by now.
    let erased = world.truth().erased.clone();
    if let Some(contact) = erased {
        return ask_to_erase(world, account, &contact);
    }
    let path = format!("/v1/contacts?phone=%2B{}", person.phone.trim_start_matches('+'));
    let request = call(world, account, "GET", &path, None, &Value::Null);
    answered(world, request, move |world, status, answer| match (status, answer["data"][0]["id"].as_str()) {
        (200, Some(contact)) => ask_to_erase(world, account, contact),
        _ => once_more(world),
    });
}

fn ask_to_erase(world: &World, account: Index, contact: &str) {
    let path = format!("/v1/contacts/{contact}/erase");
    let request = call(world, account, "POST", &path, None, &json!({}));
    let contact = contact.to_owned();
    answered(world, request, move |world, status, _| match status {
        202 => {
            world.machine.note("forgets", || contact.clone());
            world.truth().erased = Some(contact);
        }
        _ => once_more(world),
    });
}

fn once_more(world: &World) {
    let me = world.me.clone();
    world.machine.after(MINUTE, move |_| {
        if let Some(world) = me.upgrade() {
            erase(&world);
        }
    });
}

/// I11: what belongs to one account does not exist for another.
pub fn pry(world: &World) {
    let found = world.truth().intents.iter().rev().find_map(|intent| Some((intent.account, intent.accepted?.0)));
    let Some((owner, id)) = found else { return };
    forge(world, owner, id);
    let other = (owner + 1) % world.cast.accounts.len();
    for (method, path) in [
        ("GET", format!("/v1/messages/{id}")),
        ("DELETE", format!("/v1/messages/{id}")),
        ("GET", format!("/v1/conversations/{}", id.conversation)),
    ] {
        let request = call(world, other, method, &path, None, &Value::Null);
        answered(world, request, move |world, status, _| {
            if (200..300).contains(&status) {
                world.violate("I11", format!("{method} {path} of another account was answered with {status}"));
            }
        });
    }
}

/// A report of one account's endpoint about another account's message (fault matrix F7): whoever holds the one app's
/// secret says something about the other's messages.
fn forge(world: &World, owner: Index, id: MessageId) {
    let is_meta = |number: &&crate::cast::Number| {
        number.account != owner && number.provider == transom::domain::channel::ProviderKind::Meta
    };
    let Some(number) = world.cast.numbers.iter().find(is_meta) else { return };
    let place = world.cast.numbers.iter().position(|other| other.name == number.name).unwrap_or_default();
    crate::outside::forge(world, place, &format!("{}.{id}.1", world.cast.accounts[owner].id));
}

fn call(
    world: &World,
    account: Index,
    method: &str,
    path: &str,
    key: Option<&str>,
    body: &Value,
) -> http::Request<axum::body::Body> {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.cast.accounts[account].token))
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    request.body(axum::body::Body::from(body)).expect("a request")
}

/// Makes a call to the API; `then` hears the status (0: no answer) and the answer.
fn answered(
    world: &World,
    request: http::Request<axum::body::Body>,
    then: impl FnOnce(&World, u16, Value) + Send + 'static,
) {
    // Whatever is asked for has its cost, an answer that says "not yet" too.
    world.truth().work.asked += 1;
    let process = world.process(&world.machine);
    let (me, gate) = (world.me.clone(), world.machine.clone());
    let work = async move {
        let response = process.api.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap_or_default();
        gate.effect(Some(Point { flow: Flow::Accept, step: "respond" }), 2, |_| ()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    };
    world.machine.spawn(Flow::Accept, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        let (status, answer) = match ended {
            Ended::Done(answer) => answer,
            Ended::Crashed => {
                world.renew_process(machine);
                (0, Value::Null)
            }
        };
        then(&world, status, answer);
    });
}
