//! Webhook calls: signed, batched, repeated until they are answered with 200, and now and then all the same.
//! (Meta repeats for up to 7 days with growing pauses; Twilio a few times.)

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lambda_http::{Body, RequestExt};
use serde_json::{Value, json};
use transom::domain::channel::ProviderKind;
use transom_local::outside::{meta_signature, twilio_signature};

use crate::{
    cast::Index,
    defects,
    machine::{Ended, Flow, Machine, Millis, Point},
    world::World,
};

/// How long a provider waits for an answer.
const PATIENCE: Millis = 20_000;
/// Meta's pauses between two tries, in seconds; the last one repeats.
const META_PAUSES: [i64; 6] = [5, 30, 300, 1800, 7200, 21_600];
const META_GIVES_UP_AFTER: Millis = 7 * 24 * 3_600_000;
const TWILIO_TRIES: usize = 4;
/// Most changes in one body of Meta's.
const MOST_IN_A_BODY: usize = 6;

/// What a part of a body is about.
#[derive(Debug, Clone)]
pub enum About {
    /// The place of what somebody said.
    Message(usize),
    Report {
        number: Index,
        person: Index,
        code: Option<i64>,
    },
}

/// A call to make.
#[derive(Debug, Clone)]
struct Call {
    provider: ProviderKind,
    path: String,
    query: String,
    header: (&'static str, String),
    body: Vec<u8>,
    about: Vec<About>,
    first_at: Millis,
    tries: usize,
    /// It was answered with 200 before.
    was_taken: bool,
}

#[derive(Debug)]
struct Change {
    kind: &'static str,
    item: Value,
    contact: Value,
    about: About,
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// Changes that go out with the next body of their number.
    gathering: BTreeMap<Index, Vec<Change>>,
    /// Calls that were answered with 200, to be made again at the end.
    taken: Vec<Call>,
}

/// A call that was taken, for repeating it.
#[derive(Debug, Clone)]
pub struct Delivered(Call);

/// Something for Meta's next body.
pub fn meta(world: &World, number: Index, kind: &'static str, item: Value, contact: Value, about: About) {
    let change = Change { kind, item, contact, about };
    let mut outside = world.outside();
    let gathering = outside.webhooks.gathering.entry(number).or_default();
    gathering.push(change);
    let first = gathering.len() == 1;
    drop(outside);
    if first {
        let me = world.me.clone();
        world.machine.after(world.machine.pick(20, 1500), move |_| {
            if let Some(world) = me.upgrade() {
                flush(&world, number);
            }
        });
    }
}

fn flush(world: &World, number: Index) {
    let of = &world.cast.numbers[number];
    loop {
        let mut changes = world.outside().webhooks.gathering.remove(&number).unwrap_or_default();
        if changes.is_empty() {
            return;
        }
        let rest = changes.split_off(changes.len().min(MOST_IN_A_BODY));
        if !rest.is_empty() {
            world.outside().webhooks.gathering.insert(number, rest);
        }
        // Messages and reports share a body; contacts stand beside the messages.
        let mut values: Vec<Value> = Vec::new();
        for change in &changes {
            let mut value = json!({"messaging_product": "whatsapp", change.kind: [change.item],
                "metadata": {"display_phone_number": &of.phone[1..], "phone_number_id": of.number}});
            if !change.contact.is_null() {
                value["contacts"] = json!([change.contact]);
            }
            values.push(value);
        }
        let changes_json: Vec<Value> =
            values.into_iter().map(|value| json!({"field": "messages", "value": value})).collect();
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes_json}]});
        let body = body.to_string().into_bytes();
        let call = Call {
            provider: ProviderKind::Meta,
            path: format!("/webhooks/{}", of.name),
            query: String::new(),
            header: ("x-hub-signature-256", meta_signature(&of.signing_secret(), &body)),
            body,
            about: changes.into_iter().map(|change| change.about).collect(),
            first_at: world.machine.now(),
            tries: 0,
            was_taken: false,
        };
        make(world, call);
    }
}

/// A call of Twilio's to `url`.
pub fn twilio(world: &World, number: Index, url: &str, form: &[(String, String)], about: About) {
    let of = &world.cast.numbers[number];
    let address = url.split('#').next().unwrap_or(url);
    let (before_query, query) = address.split_once('?').unwrap_or((address, ""));
    let path = before_query.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into_bytes();
    let call = Call {
        provider: ProviderKind::Twilio,
        path: format!("/{path}"),
        query: query.to_owned(),
        header: ("x-twilio-signature", twilio_signature(&of.signing_secret(), address, form)),
        body,
        about: vec![about],
        first_at: world.machine.now(),
        tries: 0,
        was_taken: false,
    };
    let me = world.me.clone();
    world.machine.after(world.machine.pick(20, 400), move |_| {
        if let Some(world) = me.upgrade() {
            make(&world, call);
        }
    });
}

/// Makes a call, and plans the next try if it is not taken.
fn make(world: &World, mut call: Call) {
    let machine = &world.machine;
    call.tries += 1;
    let process = world.process(machine);
    let elements = u64::try_from(call.about.len()).unwrap_or(0);
    world.truth().work.delivered += elements;
    world.truth().work.again += if call.was_taken { elements } else { 0 };
    let reports_only = call.about.iter().all(|about| matches!(about, About::Report { .. }));
    let flow = if reports_only { Flow::Status } else { Flow::Inbound };
    let request = request_of(&call);
    let (me, gate) = (world.me.clone(), machine.clone());
    machine.note("webhook", || format!("{} with {} parts, try {}", call.path, call.about.len(), call.tries));
    let work = async move {
        let point = |step| Some(Point { flow, step });
        gate.effect(point("receive"), 2, |_| ()).await;
        let response = webhook::handle(&process.webhook, request).await;
        gate.effect(point("respond"), 2, |_| ()).await;
        response.map_or(500, |response| response.status().as_u16())
    };
    // Who calls gives up after a while, whatever becomes of the function.
    let waits = Arc::new(AtomicBool::new(true));
    let (patience, unheard, me_too) = (Arc::clone(&waits), call.clone(), world.me.clone());
    machine.after(PATIENCE, move |machine| {
        if let Some(world) = me_too.upgrade().filter(|_| patience.swap(false, Ordering::Relaxed)) {
            again(&world, machine, unheard);
        }
    });
    machine.spawn(flow, work, move |machine, ended| {
        let Some(world) = me.upgrade() else { return };
        let still_waits = waits.swap(false, Ordering::Relaxed);
        let status = match ended {
            Ended::Done(status) => status,
            Ended::Crashed => {
                world.renew_process(machine);
                0
            }
        };
        let status = if defects::on(defects::Outer::AcknowledgeBeforeWrite) { 200 } else { status };
        let heard = !machine.happens(world.faults().webhook_answer_lost);
        match status {
            // A validly signed body is never refused for what is in it.
            400..=499 => world.violate("I1", format!("a validly signed body was answered with {status}")),
            _ if !still_waits => {}
            200 if heard => taken(&world, machine, call),
            _ => again(&world, machine, call),
        }
    });
}

fn request_of(call: &Call) -> lambda_http::Request {
    let uri = if call.query.is_empty() { call.path.clone() } else { format!("{}?{}", call.path, call.query) };
    let request = lambda_http::http::Request::post(uri)
        .header(call.header.0, &call.header.1)
        .header(
            "content-type",
            match call.provider {
                ProviderKind::Meta => "application/json",
                ProviderKind::Twilio => "application/x-www-form-urlencoded",
            },
        )
        .body(Body::Binary(call.body.clone()))
        .expect("a request");
    request.with_raw_http_path(&call.path)
}

fn again(world: &World, machine: &Machine, call: Call) {
    let pause = match call.provider {
        ProviderKind::Meta if machine.now() - call.first_at < META_GIVES_UP_AFTER => {
            META_PAUSES[(call.tries - 1).min(META_PAUSES.len() - 1)] * 1000
        }
        ProviderKind::Twilio if call.tries < TWILIO_TRIES => 15_000,
        ProviderKind::Meta | ProviderKind::Twilio => return, // Never taken, and never acknowledged.
    };
    let me = world.me.clone();
    machine.after(pause, move |_| {
        if let Some(world) = me.upgrade() {
            make(&world, call);
        }
    });
}

fn taken(world: &World, machine: &Machine, call: Call) {
    let now = machine.now();
    let call = Call { was_taken: true, ..call };
    let mut outside = world.outside();
    for about in &call.about {
        match about {
            About::Message(place) => {
                outside.said[*place].acknowledged_at.get_or_insert(now);
            }
            About::Report { number, person, code: Some(131_047 | 63_016) } => {
                if let Some(closed) = &mut outside.thread(*number, *person).closed {
                    closed.told_at.get_or_insert(now);
                }
            }
            About::Report { .. } => {}
        }
    }
    outside.webhooks.taken.push(call.clone());
    drop(outside);
    if machine.happens(world.faults().webhook_repeats) {
        let me = world.me.clone();
        let late = if machine.happens(200) { 5 * 24 * 3_600_000 } else { 300_000 };
        machine.after(machine.pick(0, late), move |_| {
            if let Some(world) = me.upgrade() {
                make(&world, call);
            }
        });
    }
}

/// Every call that was taken, to be made once more.
pub fn delivered(world: &World) -> Vec<Delivered> {
    std::mem::take(&mut world.outside().webhooks.taken).into_iter().map(Delivered).collect()
}

/// Makes a taken call once more.
pub fn repeat(world: &World, delivered: Delivered) {
    make(world, delivered.0);
}
