//! The way to the table: where the SDK's connection to the internet would be. Each call takes time, may be refused, may
//! lose its answer, may see the past where it did not ask for the present.

use std::{fmt, sync::Weak};

use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use transom_engine::dynamo;

use super::World;
use crate::{
    defects,
    machine::{Flow, Machine, Millis, Point},
};

/// The connector.
#[derive(Clone)]
pub struct Gate(pub Weak<World>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl HttpClient for Gate {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    Refused,
    AnswerLost,
}

impl HttpConnector for Gate {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(world) = self.0.upgrade() else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("the world is over".into())));
        };
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.split_once('.').map_or("", |(_, operation)| operation).to_owned();
        let body = request.body().bytes().unwrap_or(b"{}").to_vec();
        let body = defects::rewrite(&operation, body);
        let machine = world.machine.clone();
        let point = machine.flow().and_then(|flow| point_of(flow, &operation, &body));
        let (delay, fate) = fate(&world, &machine);
        let (before, after) = stands_still(&world, &machine, point);
        let gate = self.clone();
        let effect = machine.effect(point, before + delay, move |machine| match gate.0.upgrade() {
            Some(world) => perform(&world, machine, &Asked { operation: &operation, body: &body, point }, fate),
            None => (500, Vec::new()),
        });
        HttpConnectorFuture::new(async move {
            let (status, answer) = effect.await;
            if after > 0 {
                machine.effect(None, after, |_| ()).await;
            }
            let status = status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
            Ok(HttpResponse::new(status, SdkBody::from(answer)))
        })
    }
}

fn fate(world: &World, machine: &Machine) -> (i64, Fate) {
    if machine.flow().is_none_or(|flow| flow == Flow::Observer) {
        return (0, Fate::Fine);
    }
    let faults = world.faults();
    let delay = if machine.happens(faults.store_slow) { machine.pick(500, 4000) } else { machine.pick(1, 12) };
    let fate = if world.incident(machine.now()).store_down || machine.happens(faults.store_throttles) {
        Fate::Refused
    } else if machine.happens(faults.store_loses_answer) {
        Fate::AnswerLost
    } else {
        Fate::Fine
    };
    (delay, fate)
}

/// For how long a process stands still before this call arrives and after it was done, as if its environment were frozen.
/// More often at the writes by which a sender decides, since there it matters most.
fn stands_still(world: &World, machine: &Machine, point: Option<Point>) -> (Millis, Millis) {
    let ours = machine.flow().is_some_and(|flow| flow != Flow::Observer);
    let decides = point.is_some_and(|point| matches!(point.step, "write claim" | "mark head"));
    let freezes = world.faults().freezes * if decides { 10 } else { 1 };
    if !ours || !machine.happens(freezes) {
        return (0, 0);
    }
    let long = machine.pick(60_000, 1_200_000);
    if machine.happens(500) { (long, 0) } else { (0, long) }
}

/// A call of the table.
struct Asked<'a> {
    operation: &'a str,
    body: &'a [u8],
    point: Option<Point>,
}

fn perform(world: &World, machine: &Machine, asked: &Asked<'_>, fate: Fate) -> (u16, Vec<u8>) {
    let Asked { operation, body, point } = *asked;
    if fate == Fate::Refused {
        if point.is_some_and(|point| point.step == "write outcome") {
            world.outside().forgot(machine.now());
        }
        machine.note("throttled", || format!("{operation} {}", key_words(body)));
        return (400, dynamo::failure("ThrottlingException"));
    }
    let writes = matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems" | "BatchWriteItem");
    if !writes {
        if let Some(past) = world.past.answer(world, machine, operation, body) {
            machine.note("stale", || format!("{operation} {}", key_words(body)));
            return (200, past);
        }
        return world.engine.perform(operation, body);
    }
    if defects::skips(operation, body) {
        return (200, b"{}".to_vec());
    }
    world.past.remember(world, machine, body);
    let (status, answer) = world.engine.perform(operation, body);
    machine.note("write", || {
        let refused = if status == 200 { "" } else { ": refused" };
        format!("{operation} {}{refused}", key_words(body))
    });
    world.count_write(body);
    if status == 200 {
        world.written(operation, body);
    }
    if fate == Fate::AnswerLost {
        machine.note("answer lost", || key_words(body));
        return (500, dynamo::failure("InternalServerError"));
    }
    (status, answer)
}

/// The text of an attribute of the request, found without reading all of it.
pub fn text_of<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let body = std::str::from_utf8(body).ok()?;
    let mark = format!("\"{name}\":{{\"S\":\"");
    let from = body.find(&mark)? + mark.len();
    let length = body[from..].find('"')?;
    Some(&body[from..from + length])
}

/// Which row a call is about, with the state that it gives to a message.
fn key_words(body: &[u8]) -> String {
    let (pk, sk) = (text_of(body, "pk").unwrap_or("?"), text_of(body, "sk").unwrap_or("?"));
    let state = text_of(body, ":st").or_else(|| text_of(body, "st")).map(|state| format!(" ({state})"));
    format!("{} {pk} / {sk}{}", kind_of(pk, sk), state.unwrap_or_default())
}

fn contains(body: &[u8], word: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| body.contains(word))
}

/// What a row is, by its key.
fn kind_of(pk: &str, sk: &str) -> &'static str {
    match (pk.split('#').next().unwrap_or_default(), sk.split('#').next().unwrap_or_default()) {
        ("T", _) => "timer",
        ("CURSOR", _) => "cursor",
        ("A", "H") => "head",
        ("A", "W") => "work row",
        ("A", "M") => "message",
        ("A", "K") => "client key",
        ("A", "S") => "first seen",
        ("A", "I") => "identity",
        ("A", "C") => "contact",
        ("A", "CONSENT") => "consent",
        ("A", _) if pk.contains("#P#") => "parked record",
        ("E", _) => "endpoint",
        _ => "row",
    }
}

/// The effect of the flow that a call is, if it is one.
fn point_of(flow: Flow, operation: &str, body: &[u8]) -> Option<Point> {
    let pk = text_of(body, "pk").unwrap_or_default();
    let sk = text_of(body, "sk").unwrap_or_default();
    let kind = kind_of(pk, sk);
    let step = match (flow, operation, kind) {
        (Flow::Sender | Flow::Sweeper, "GetItem", "head") => "read head",
        (Flow::Sweeper, "BatchGetItem", "cursor") => "read cursors",
        (Flow::Sweeper, "Query", _) => "query bucket",
        (Flow::Observer, _, _) | (_, "GetItem" | "Query" | "BatchGetItem" | "Scan", _) => return None,
        (Flow::Sender, "UpdateItem", "message") if std::str::from_utf8(body).is_ok_and(defects::is_claim) => {
            "write claim"
        }
        (Flow::Sender, "UpdateItem", "message") if contains(body, "\"waiting\"") => "mark as waiting",
        (Flow::Sender, "UpdateItem", "message") => "write outcome",
        (Flow::Sender, "UpdateItem", "head") => "mark head",
        (_, "PutItem", "message") => "put message",
        (Flow::Sweeper, "UpdateItem", "message") => "write verdict",
        (Flow::Sweeper, "UpdateItem", "cursor") => "advance cursor",
        (_, "UpdateItem", "message") => "update message",
        (_, "UpdateItem", "head") => "update head",
        (_, "PutItem", "head") => "put head",
        (_, "PutItem", "timer") => "arm timer",
        (_, "DeleteItem", "timer") => "delete timer",
        (_, _, "work row") => "file in the inbox",
        (_, _, "consent") => "record consent",
        (_, _, "identity") => "put identity",
        (_, _, "contact") => "put contact",
        (_, _, "client key") => "put client key",
        (_, _, "first seen") => "note first sight",
        (_, "TransactWriteItems", _) => "merge",
        (_, _, _) => "write row",
    };
    Some(Point { flow, step })
}
