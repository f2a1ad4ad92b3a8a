//! Subscribers learn of everything, whatever happens to them.

mod again;
mod together;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use publish::{Publish, handle};
use serde_json::{Value, json};
use transom::{
    domain::{delivery::PAUSES, template::Status},
    seal::sign_webhook,
};
use wiremock::{Mock, Request, Respond, ResponseTemplate, matchers::method};

use crate::{
    server::Server,
    world::{ANA, BEN, World},
};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Somebody who is told of events, and what they were told.
pub struct Subscriber {
    server: Server,
    status: Arc<Mutex<u16>>,
}

struct AnswersWith(Arc<Mutex<u16>>);

impl Respond for AnswersWith {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        ResponseTemplate::new(*self.0.lock().unwrap()).set_body_string("as told")
    }
}

/// Whatever a subscriber is sent is what the published description says.
fn is_as_described(body: &Value) {
    static KNOWN: OnceLock<BTreeMap<String, jsonschema::Validator>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let document: Value = serde_json::from_str(api::OPENAPI).expect("JSON");
        let hooks = document["webhooks"].as_object().expect("webhooks");
        let validator = |hook: &Value| {
            let mut schema = hook["post"]["requestBody"]["content"]["application/json"]["schema"].clone();
            schema["components"] = document["components"].clone();
            jsonschema::validator_for(&schema).expect("a schema")
        };
        hooks.iter().map(|(kind, hook)| (kind.clone(), validator(hook))).collect()
    });
    let kind = body["type"].as_str().expect("a type");
    let validator = known.get(kind).unwrap_or_else(|| panic!("{kind} is not described"));
    let wrong: Vec<String> = validator.iter_errors(body).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?} in {body}");
}

impl Subscriber {
    pub async fn new(world: &World, id: &str, more: Value) -> Self {
        let server = Server::start().await;
        let status = Arc::new(Mutex::new(200));
        Mock::given(method("POST")).respond_with(AnswersWith(Arc::clone(&status))).mount(&server).await;
        let mut body = json!({ "url": server.uri(), "secret": SECRET });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status_of_put, answer) = world.api("PUT", &format!("/v1/subscriptions/{id}"), body).await;
        assert_eq!(status_of_put, 201, "{answer}");
        Self { server, status }
    }

    fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// What it was posted, in order, each with its id.
    pub async fn posted(&self) -> Vec<(String, Value)> {
        let requests = self.server.received_requests().await.expect("they are recorded");
        requests
            .iter()
            .map(|request| {
                let id = request.headers["webhook-id"].to_str().unwrap().to_owned();
                let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                is_as_described(&body);
                (id, body)
            })
            .collect()
    }

    pub async fn kinds(&self) -> Vec<String> {
        self.posted().await.iter().map(|(_, body)| body["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// (Fault matrix G12.)
#[tokio::test]
async fn a_subscriber_learns_of_the_whole_way_of_a_message_each_thing_signed_and_once() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({})).await;
    world.writes(ANA, "Is my room ready?").await;
    world.say(ANA, "It is.").await;
    world.settle().await;
    world.turn("PT10S").await;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for kind in crm.kinds().await {
        *counts.entry(kind).or_default() += 1;
    }
    let expected = [
        ("conversation.changed", 2),
        ("message.accepted", 1),
        ("message.delivered", 1),
        ("message.received", 1),
        ("message.read", 1),
        ("message.sent", 1),
        ("window.opened", 1),
    ];
    let expected: BTreeMap<String, usize> = expected.map(|(kind, count)| (kind.to_owned(), count)).into();
    assert_eq!(counts, expected);
    for request in crm.server.received_requests().await.unwrap() {
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let seconds: i64 = header("webhook-timestamp").parse().unwrap();
        let body = String::from_utf8(request.body.clone()).unwrap();
        assert_eq!(header("webhook-signature"), sign_webhook(&[SECRET], &header("webhook-id"), seconds, &body));
        assert!(!body.contains("room") && !body.contains(ANA), "thin means nothing personal: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"]["id"], header("webhook-id"));
    }
    let posted = crm.posted().await;
    let ids: std::collections::BTreeSet<_> = posted.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), posted.len(), "each is told once");
    let mut stored: Vec<&Value> = posted.iter().map(|(_, body)| &body["data"]["sequence"]).collect();
    stored.sort_by_key(|sequence| sequence.as_str());
    stored.dedup();
    assert_eq!(stored.len(), posted.len(), "each has a place of its own in the order");
}

#[tokio::test]
async fn who_asked_for_all_is_told_what_was_said_and_a_filter_lets_only_some_pass() {
    let world = World::new().await;
    let full = Subscriber::new(&world, "full", json!({ "types": ["message.received"], "payload": "full" })).await;
    let files = Subscriber::new(&world, "files", json!({ "types": ["media.received"] })).await;
    let texts = Subscriber::new(&world, "texts", json!({ "types": ["message.received"], "contents": ["image"] })).await;
    let sms = Subscriber::new(&world, "sms", json!({ "channels": ["demo-sms"] })).await;
    let off = Subscriber::new(&world, "off", json!({ "enabled": false })).await;
    world.writes(ANA, "Is my room ready?").await;
    world.does(ANA, json!({ "to": crate::world::CHANNEL, "message": { "type": "image", "image": { "id": "5", "mime_type": "image/jpeg", "sha256": "c2hh" } } })).await;
    let contents: Vec<Value> =
        full.posted().await.into_iter().map(|(_, body)| body["data"]["message"]["content"].clone()).collect();
    assert_eq!(contents[0], json!({ "type": "text", "body": "Is my room ready?" }));
    assert_eq!((contents.len(), &contents[1]["type"]), (2, &json!("media")));
    assert_eq!(files.kinds().await, ["media.received"]);
    assert_eq!(texts.kinds().await, ["message.received"]);
    assert!(sms.posted().await.is_empty() && off.posted().await.is_empty());
}

/// (Fault matrix G1, G2, G6, G8.)
#[tokio::test]
async fn g1_g8_a_subscriber_that_is_down_is_tried_again_over_days_and_holds_up_nobody() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"] })).await;
    let other = Subscriber::new(&world, "other", json!({ "types": ["message.received"] })).await;
    crm.answers(503);
    world.writes(ANA, "Hello?").await;
    assert_eq!((crm.posted().await.len(), other.posted().await.len()), (1, 1));
    // The second attempt waits on the queue, all later ones in timers; nothing wakes anybody in between.
    for (number, pause) in PAUSES.iter().enumerate().take(6) {
        let made = crm.posted().await.len();
        world.turn(&(*pause - jiff::SignedDuration::from_secs(1)).to_string()).await;
        assert_eq!(crm.posted().await.len(), made, "attempt {} came early", number + 2);
        // And a fifth of the pause, and the sweep's minute.
        world.turn(&(*pause / 5 + jiff::SignedDuration::from_mins(2)).to_string()).await;
        assert_eq!(crm.posted().await.len(), made + 1, "attempt {} was not made", number + 2);
    }
    crm.answers(200);
    world.turn("PT20H").await;
    let posted = crm.posted().await;
    assert_eq!(posted.len(), 8);
    assert!(posted.iter().all(|(id, body)| *id == posted[0].0 && *body == posted[0].1), "the same, under the same id");
    let requests = crm.server.received_requests().await.unwrap();
    let stamps: std::collections::BTreeSet<_> =
        requests.iter().map(|request| request.headers["webhook-timestamp"].to_str().unwrap().to_owned()).collect();
    assert_eq!(stamps.len(), 8, "each attempt is stamped with its own time (G6)");
    world.turn("PT120H").await;
    assert_eq!((crm.posted().await.len(), other.posted().await.len()), (8, 1), "delivered is delivered");
    let (_, shown) = world.api("GET", "/v1/subscriptions/crm", Value::Null).await;
    assert_eq!(shown["failing_since"], Value::Null);
    let (_, lines) = world.api("GET", "/v1/subscriptions/crm/deliveries", Value::Null).await;
    let lines = lines["data"].as_array().unwrap();
    assert_eq!(lines.len(), 7);
    assert!(
        lines.iter().all(|line| line["status"] == 503 && line["answer"] == "as told" && line["outcome"] == "failed")
    );
}

/// (Fault matrix G3.)
#[tokio::test]
async fn g3_an_address_that_fails_for_five_days_is_given_up_others_are_told_and_nothing_is_forgotten() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"] })).await;
    let other = Subscriber::new(&world, "other", json!({ "types": ["subscription.disabled"] })).await;
    crm.answers(500);
    for day in 0..8 {
        world.writes(ANA, &format!("Day {day}")).await;
        world.turn("PT24H").await;
    }
    let (_, shown) = world.api("GET", "/v1/subscriptions/crm", Value::Null).await;
    assert!(shown["disabled_why"].as_str().unwrap().contains("five days"), "{shown}");
    let told = other.posted().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["data"]["subscription"]["id"], "crm");
    let made = crm.posted().await.len();
    world.turn("PT240H").await;
    assert_eq!(crm.posted().await.len(), made, "it is left alone");
    // What it was not told is there, and once it is stored again can be told again.
    let (_, lines) = world.api("GET", "/v1/subscriptions/crm/deliveries?limit=100", Value::Null).await;
    let given_up: Vec<&Value> =
        lines["data"].as_array().unwrap().iter().filter(|line| line["outcome"] == "given_up").collect();
    assert!(given_up.len() >= 5, "{lines}");
    crm.answers(200);
    let body = json!({ "url": crm.server.uri(), "types": ["message.received"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/crm", body).await.0, 200);
    let line = given_up[0]["id"].as_str().unwrap();
    let path = format!("/v1/subscriptions/crm/deliveries/{line}/replay");
    assert_eq!(world.api("POST", &path, json!({})).await.0, 202);
    world.settle().await;
    let posted = crm.posted().await;
    assert_eq!(posted.len(), made + 1);
    assert_eq!(posted.last().unwrap().0, given_up[0]["event"], "under the id that it always had");
}

/// (Fault matrix G4, G9.)
#[tokio::test]
async fn g4_g9_gone_is_gone_and_what_waits_goes_to_where_the_address_is_then() {
    let world = World::new().await;
    let gone = Subscriber::new(&world, "gone", json!({ "types": ["message.received"] })).await;
    let moved = Subscriber::new(&world, "moved", json!({ "types": ["message.received"] })).await;
    let removed = Subscriber::new(&world, "removed", json!({ "types": ["message.received"] })).await;
    gone.answers(410);
    moved.answers(500);
    removed.answers(500);
    world.writes(ANA, "Hello?").await;
    let (_, shown) = world.api("GET", "/v1/subscriptions/gone", Value::Null).await;
    assert!(shown["disabled_why"].as_str().unwrap().contains("410"), "{shown}");
    let home = Server::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&home).await;
    let body = json!({ "url": home.uri(), "types": ["message.received"] });
    assert_eq!(world.api("PUT", "/v1/subscriptions/moved", body).await.0, 200);
    assert_eq!(world.api("DELETE", "/v1/subscriptions/removed", Value::Null).await.0, 204);
    world.turn("PT96H").await;
    assert_eq!((gone.posted().await.len(), moved.posted().await.len(), removed.posted().await.len()), (1, 1, 1));
    assert_eq!(home.received_requests().await.unwrap().len(), 1, "at its new home");
    world.writes(BEN, "And I?").await;
    assert_eq!(gone.posted().await.len(), 1);
}

/// (Fault matrix G5.)
#[tokio::test]
async fn g5_while_a_secret_is_replaced_both_sign() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.received"] })).await;
    let (_, rotated) = world.api("POST", "/v1/subscriptions/crm/rotate-secret", json!({})).await;
    let fresh = rotated["secret"].as_str().unwrap();
    let signatures = async |text: &str| {
        world.writes(ANA, text).await;
        let request = crm.server.received_requests().await.unwrap().pop().unwrap();
        let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let seconds: i64 = header("webhook-timestamp").parse().unwrap();
        let expected = |secrets: &[&str]| sign_webhook(secrets, &header("webhook-id"), seconds, &body);
        (header("webhook-signature"), expected(&[fresh, SECRET]), expected(&[fresh]))
    };
    let (signature, both, _) = signatures("one").await;
    assert_eq!(signature, both);
    world.turn("PT25H").await;
    let (signature, _, one) = signatures("two").await;
    assert_eq!(signature, one);
}

/// Telling and being told cost no write, but for what fails.
#[tokio::test]
async fn an_event_that_is_delivered_costs_no_write() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "payload": "full" })).await;
    let (parts, meter) = world.metered_parts();
    let publish = Publish::new(parts.clone());
    world.writes_unsettled(ANA, "Is my room ready?").await;
    world.deliver_webhooks().await;
    world.follow_stream().await;
    let mut told = 0;
    loop {
        let jobs = world.system.queues().receive(transom_local::local::EVENTS, 10).unwrap();
        if jobs.is_empty() {
            break;
        }
        let mut event = SqsEvent::default();
        for job in &jobs {
            let mut record = SqsMessage::default();
            record.message_id = Some(job.id.clone());
            record.body = Some(job.body.clone());
            event.records.push(record);
        }
        told += jobs.len();
        assert!(handle(&publish, event).await.batch_item_failures.is_empty());
    }
    assert_eq!((crm.posted().await.len(), told), (3, 3));
    assert!(meter.take() < 0.01, "a delivery wrote something");
}

#[tokio::test]
async fn a_test_reaches_its_subscriber() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["message.failed"] })).await;
    let (status, told) = world.api("POST", "/v1/subscriptions/crm/test", json!({})).await;
    assert_eq!(status, 202);
    world.settle().await;
    let posted = crm.posted().await;
    assert_eq!(posted.len(), 1);
    assert_eq!((posted[0].1["type"].as_str(), &posted[0].1["data"]["id"]), (Some("subscription.test"), &told["event"]));
}

#[tokio::test]
async fn a_window_is_told_four_hours_before_its_end_and_at_its_end_once_each() {
    let world = World::new().await;
    let kinds = json!({ "types": ["window.opened", "window.closing", "window.closed"] });
    let crm = Subscriber::new(&world, "crm", kinds).await;
    world.writes(ANA, "Hello?").await;
    // She goes on after ten hours: the window ends ten hours later than it seemed.
    world.turn("PT10H").await;
    world.writes(ANA, "Anybody?").await;
    world.turn("PT19H58M").await;
    assert_eq!(crm.kinds().await, ["window.opened"], "29 hours after the first and 20 after the second message");
    world.turn("PT5M").await;
    assert_eq!(crm.kinds().await, ["window.opened", "window.closing"]);
    world.turn("PT4H").await;
    world.turn("PT10M").await;
    assert_eq!(crm.kinds().await, ["window.opened", "window.closing", "window.closed"]);
    world.turn("PT72H").await;
    let posted = crm.posted().await;
    assert_eq!(posted.len(), 3, "nothing is told twice");
    let facts = &posted[2].1["data"]["conversation"];
    assert_eq!(
        (&facts["window_closes_at"], &posted[2].1["timestamp"]),
        (&json!("2026-03-02T19:00:00Z"), &json!("2026-03-02T19:00:00Z"))
    );
    let sequences: Vec<&str> = posted.iter().map(|(_, body)| body["data"]["sequence"].as_str().unwrap()).collect();
    assert!(sequences.is_sorted(), "in the order of what happened: {sequences:?}");
    // Written again, it opens again.
    world.writes(ANA, "I am back").await;
    assert_eq!(crm.kinds().await[3..], ["window.opened"]);
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_told_whether_it_was_written_or_recorded() {
    let world = World::new().await;
    let kinds = json!({ "types": ["contact.opted_out", "contact.opted_in"] });
    let crm = Subscriber::new(&world, "crm", kinds).await;
    world.writes(ANA, "Hello").await;
    world.writes(ANA, "STOP").await;
    let contact = world.family(ANA).await.unwrap().survivor.contact;
    let (status, _) = world.api("POST", &format!("/v1/contacts/{contact}/opt-in"), json!({})).await;
    assert_eq!(status, 200);
    world.settle().await;
    let told: Vec<Value> = crm
        .posted()
        .await
        .into_iter()
        .map(|(_, body)| json!([body["type"], body["data"]["contact"]["id"], body["data"]["contact"]["by"]]))
        .collect();
    let expected = [
        json!(["contact.opted_out", contact.to_string(), "message"]),
        json!(["contact.opted_in", contact.to_string(), "api"]),
    ];
    assert_eq!(told, expected);
}

/// (Fault matrix C6, C15.)
#[tokio::test]
async fn a_job_that_cannot_be_read_is_parked_where_its_account_sees_it() {
    let world = World::new().await;
    let body = json!({ "v": "99", "event": { "account": world.account() } }).to_string();
    let queue = transom_engine::sqs::queue_url(transom_local::local::EVENTS);
    world.system.queues().client().send_message().queue_url(queue).message_body(&body).send().await.unwrap();
    world.settle().await;
    let (_, parked) = world.api("GET", "/v1/parked", Value::Null).await;
    assert_eq!(parked["data"][0]["element"]["body"], body, "{parked}");
}

/// News of a template are told once, however often they come, and anew when they are new.
#[tokio::test]
async fn a_template_that_a_provider_pauses_is_told() {
    let world = World::new().await;
    let crm = Subscriber::new(&world, "crm", json!({ "types": ["template.changed"] })).await;
    let news = |event: &str, time: i64| {
        let value = json!({
            "event": event, "message_template_id": 5, "message_template_name": "fallback",
            "message_template_language": "en", "reason": "NONE",
        });
        let change = json!({ "field": "message_template_status_update", "value": value });
        json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": time, "changes": [change] }] })
    };
    let now = world.now().as_second();
    for body in [news("PAUSED", now), news("PAUSED", now), news("APPROVED", now + 1), news("PAUSED", now + 2)] {
        assert_eq!(world.meta_posts(&body).await, 200);
        world.settle().await;
    }
    let told: Vec<Value> = crm.posted().await.into_iter().map(|(_, body)| body["data"]["template"].clone()).collect();
    let fallback = |status: &str| json!({ "name": "fallback", "language": "en", "provider": "meta", "status": status });
    let mut paused = fallback("paused");
    paused["advice"] = json!(Status::Paused.advice());
    assert_eq!(told, [paused.clone(), fallback("approved"), paused]);
    // It is noted as well as told, and parked nowhere.
    let (_, shown) = world.api("GET", "/v1/templates/fallback/en", Value::Null).await;
    assert_eq!(shown["standings"][0]["status"], "paused", "{shown}");
    assert_eq!(world.api("GET", "/v1/parked", Value::Null).await.1["data"], json!([]));
}
