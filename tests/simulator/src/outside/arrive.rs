//! A call arrives at a provider: it is read, judged by the provider's documented rules, and taken or not.
//! (Meta, "send messages", error codes; Twilio, "Message resource", error dictionary.)

use std::collections::BTreeMap;

use http::Response;
use serde_json::{Value, json};
use transom::domain::{
    channel::{Medium, ProviderKind},
    ids::CallbackData,
};

use super::{Acceptance, Closed, line::Fate, receipts};
use crate::{cast::Index, machine::Millis, workload, world::World};

const HOUR: Millis = 3_600_000;
/// One message to a customer every six seconds, after a burst of 45 (Meta, "pair rate limits").
const PAIR_EVERY: Millis = 6_000;
const PAIR_BURST: Millis = 45;

/// One HTTP call, as it was written.
#[derive(Debug, Clone)]
pub struct Call {
    host: String,
    path: String,
    authorization: String,
    body: Vec<u8>,
}

impl Call {
    pub fn read(request: &reqwest::Request) -> Self {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        Self {
            host: request.url().host_str().unwrap_or_default().to_owned(),
            path: request.url().path().to_owned(),
            authorization: header.unwrap_or_default().to_owned(),
            body: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec(),
        }
    }

    /// The message that it is about, by the callback data that it asks for.
    pub fn about(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let Some(from) = body.find("msg_") else { return "no message of ours".to_owned() };
        body[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    }

    pub fn is_meta(&self) -> bool {
        self.host.starts_with("meta")
    }
}

/// A message as the provider understood it.
struct Order {
    number: Index,
    person: Index,
    free_form: bool,
    text: String,
    callback: Option<CallbackData>,
    report_to: Option<String>,
}

/// HTTP status, the provider's code, and its words.
type Refusal = (u16, i64, &'static str);

/// Decides about a call; what is taken is remembered and reported on.
pub fn arrive(world: &World, call: &Call, fate: Fate) -> Response<Vec<u8>> {
    let meta = call.is_meta();
    if fate == Fate::LostOnTheWay {
        return Response::new(Vec::new());
    }
    if fate == Fate::Limited {
        let code = if meta { 130_429 } else { 20_429 };
        return refused(meta, (429, code, "too many requests"));
    }
    let read = if meta { read_meta(world, call) } else { read_twilio(world, call) };
    match read.and_then(|order| take(world, &order, fate)) {
        Err(refusal) => {
            world.machine.note("refused", || format!("{}: {} {}", call.about(), refusal.1, refusal.2));
            refused(meta, refusal)
        }
        Ok(_) if fate == Fate::TakenButBroken => {
            let mut answer = Response::new(b"<html>bad gateway</html>".to_vec());
            *answer.status_mut() = http::StatusCode::BAD_GATEWAY;
            answer
        }
        Ok(_) if fate == Fate::NoId => Response::new(Vec::new()),
        Ok(id) if meta => json_answer(200, &json!({"messaging_product": "whatsapp", "messages": [{"id": id}]})),
        Ok(id) => json_answer(201, &json!({"sid": id, "status": "queued", "error_code": null})),
    }
}

fn json_answer(status: u16, body: &Value) -> Response<Vec<u8>> {
    let mut answer = Response::new(body.to_string().into_bytes());
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    answer
}

fn refused(meta: bool, (status, code, words): Refusal) -> Response<Vec<u8>> {
    if meta {
        json_answer(status, &json!({"error": {"message": words, "type": "OAuthException", "code": code}}))
    } else {
        json_answer(status, &json!({"code": code, "message": words, "status": status}))
    }
}

fn read_meta(world: &World, call: &Call) -> Result<Order, Refusal> {
    let cast = &world.cast;
    let number = call.path.trim_end_matches("/messages").rsplit('/').next().unwrap_or_default();
    let number = cast.numbers.iter().position(|n| n.provider == ProviderKind::Meta && n.number == number);
    let number = number.ok_or((400, 100, "no such number"))?;
    let of = &cast.numbers[number];
    let expired = world.incident(world.machine.now()).expired_token == Some(of.account);
    if expired || call.authorization != format!("Bearer {}", of.access_token()) {
        return Err((401, 190, "the access token has expired"));
    }
    let request: Value = serde_json::from_slice(&call.body).map_err(|_| (400, 100, "not JSON"))?;
    let person = match (request["to"].as_str(), request["recipient"].as_str()) {
        (Some(phone), _) => cast.person_by_phone(phone),
        (None, Some(id)) => cast.person_by_user_id(id),
        (None, None) => None,
    };
    let template = request["template"]["name"].as_str();
    Ok(Order {
        number,
        person: person.ok_or((400, 100, "nobody has this address"))?,
        free_form: request["type"] == "text",
        text: template.or(request["text"]["body"].as_str()).unwrap_or_default().to_owned(),
        callback: request["biz_opaque_callback_data"].as_str().and_then(|data| data.parse().ok()),
        report_to: None,
    })
}

fn read_twilio(world: &World, call: &Call) -> Result<Order, Refusal> {
    let cast = &world.cast;
    let form: BTreeMap<String, String> = form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let from = field("From");
    let number = cast.numbers.iter().position(|n| n.provider == ProviderKind::Twilio && n.address(&n.number) == from);
    let number = number.ok_or((400, 21_603, "no such number"))?;
    let of = &cast.numbers[number];
    let request = reqwest_basic(&of.account_sid(), &of.access_token());
    if call.authorization != request {
        return Err((401, 20_003, "authenticate"));
    }
    let to = field("To").trim_start_matches("whatsapp:");
    let person = if to.starts_with('+') { cast.person_by_phone(to) } else { cast.person_by_user_id(to) };
    let report_to = form.get("StatusCallback").cloned();
    let callback = report_to.as_deref().and_then(|url| {
        let query = url.split('#').next()?.split_once('?')?.1;
        form_urlencoded::parse(query.as_bytes()).find_map(|(_, value)| value.parse().ok())
    });
    let template = cast.template_by_sid(field("ContentSid"));
    Ok(Order {
        number,
        person: person.ok_or((400, 21_211, "nobody has this address"))?,
        free_form: of.medium == Medium::WhatsApp && template.is_none(),
        text: template.map_or_else(|| field("Body").to_owned(), ToOwned::to_owned),
        callback,
        report_to,
    })
}

fn reqwest_basic(user: &str, password: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A call arrives at most so long after its plan read the facts: `CALL_BEGINS_WITHIN` until the claim, as long again until the
/// call, and a moment on the way.
const PLAN_LASTS: Millis = 75_000;

/// The rules, in the order in which a provider looks at them.
fn take(world: &World, order: &Order, fate: Fate) -> Result<String, Refusal> {
    let machine = &world.machine;
    let number = &world.cast.numbers[order.number];
    let person = &world.cast.people[order.person];
    let meta = number.provider == ProviderKind::Meta;
    let whatsapp = number.medium == Medium::WhatsApp;
    let template = whatsapp && !order.free_form;
    let now = machine.now() + world.outside().offset;
    let closes_early = world.faults().provider_closes_early;
    // Told at once, by an answer that arrives; writing it down takes a moment, or as long as a process stands still.
    let told_within = if world.faults().freezes == 0 { 20_000 } else { HOUR };

    if template && world.incident(machine.now()).paused_templates == Some(number.account) {
        return Err(if meta { (400, 132_015, "the template is paused") } else { (400, 63_041, "paused") });
    }
    let mut outside = world.outside();
    let thread = outside.thread(order.number, order.person);
    if whatsapp && meta {
        let spent = thread.spent_until.max(now) + PAIR_EVERY;
        if spent - now > PAIR_EVERY * PAIR_BURST {
            return Err((400, 131_056, "too many messages to this customer"));
        }
        thread.spent_until = spent;
    }
    if !whatsapp && thread.stopped {
        return Err((400, 21_610, "the customer has stopped messages"));
    }
    let conversation = order.callback.as_ref().map(|callback| callback.message.conversation);
    let mut closed = false;
    let mut shut = None;
    let mut violation = None;
    if order.free_form {
        let last = thread.last_wrote;
        if last.is_none_or(|last| now >= last + 24 * HOUR) {
            closed = true;
            violation = Some(format!("free-form to {} arrived outside of the window", person.name));
        } else if let Some(already) = thread.closed.as_mut().filter(|closed| Some(closed.window) == last) {
            closed = true;
            let told = already.told_at.is_some_and(|told| machine.now() > told + 5_000);
            if already.arrived < already.window + PLAN_LASTS {
                // That call was perhaps planned before the customer's latest message was known, so it said nothing of this
                // window. This one does.
                (already.arrived, already.told_at) = (now, None);
            } else if told && already.conversation == conversation {
                violation = Some(format!("free-form to {} although the provider said closed", person.name));
            }
        } else if machine.happens(closes_early) {
            closed = true;
            thread.closed = last.map(|window| Closed { window, conversation, arrived: now, told_at: None });
            shut = last;
        }
    }
    let told = closed && meta && machine.happens(500);
    if told
        && fate == Fate::Fine
        && let Some(closed) = &mut thread.closed
    {
        closed.told_at.get_or_insert(machine.now() + told_within);
    }
    outside.closed_early.extend(shut.map(|window| (order.number, order.person, window)));
    if told {
        drop(outside);
        if let Some(words) = violation {
            world.violate("I5", words);
        }
        return Err((400, 131_047, "more than 24 hours have passed since the customer last replied"));
    }
    let id = outside.new_id(if meta { "wamid." } else { "SM" });
    let unreachable = whatsapp && !person.on_whatsapp;
    let fails = match (closed, unreachable, meta) {
        (true, _, true) => Some(131_047),
        (true, _, false) => Some(63_016),
        (false, true, true) => Some(131_026),
        (false, true, false) => Some(63_024),
        (false, false, _) => None,
    };
    drop(outside);
    if let Some(words) = violation {
        world.violate("I5", words);
    }
    check_tenant(world, order);
    if !whatsapp && fails.is_none() {
        workload::comes_back(world, order.number, order.person, &order.text);
    }
    remember(world, order, now, fails.is_some());
    receipts::schedule(
        world,
        &receipts::Sent {
            id: id.clone(),
            number: order.number,
            person: order.person,
            callback: order.callback.clone(),
            report_to: order.report_to.clone(),
            at: now,
            fails,
        },
    );
    Ok(id)
}

/// I11: what leaves from an account's number is a message of that account, to a guest of it.
fn check_tenant(world: &World, order: &Order) {
    let account = &world.cast.account_of(order.number).id;
    match &order.callback {
        Some(callback) if callback.account != *account => {
            world.violate("I11", format!("a message of {} left from a number of {account}", callback.account));
        }
        Some(_) => {}
        None => world.violate("I2", "a message left without callback data".to_owned()),
    }
    if let Some((of, _)) = order.text.split_once(": ")
        && crate::cast::ACCOUNTS.contains(&of)
        && of != account.as_str()
    {
        world.violate("I11", format!("a text of {of} left from a number of {account}"));
    }
}

fn remember(world: &World, order: &Order, now: Millis, fails: bool) {
    let machine = &world.machine;
    let Some(callback) = &order.callback else { return };
    let acceptance = Acceptance {
        number: order.number,
        person: order.person,
        attempt: callback.attempt,
        at: now,
        free_form: order.free_form,
        text: order.text.clone(),
        fails,
    };
    let mut outside = world.outside();
    // Our consent is per person and account, whatever the number.
    let account = world.cast.numbers[order.number].account;
    let mine = outside.said.iter().filter(|said| {
        said.person == order.person && world.cast.numbers[said.number].account == account && (said.stop || said.start)
    });
    // A START may be recorded before its webhook is answered with 200.
    let last_word = mine.filter(|said| said.start || said.acknowledged_at.is_some()).max_by_key(|said| said.at);
    let unwanted =
        last_word.is_some_and(|said| said.stop && said.acknowledged_at.is_some_and(|at| machine.now() > at + 30_000));
    let all = outside.accepted.entry(callback.message).or_default();
    // An attempt that the provider itself turned down later may be followed by another one.
    let twice = all.iter().any(|earlier| !earlier.fails);
    all.push(acceptance);
    drop(outside);
    machine.note("accepted", || format!("{} attempt {}: {}", callback.message, callback.attempt, order.text));
    if twice {
        world.violate("I4", format!("{} was accepted twice", callback.message));
    }
    if unwanted {
        world.violate("opt-out", format!("{} went to somebody who had said STOP", callback.message));
    }
}
