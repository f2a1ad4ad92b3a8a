//! How fast the plan is made, and how fast the send function empties a batch while the provider takes 500 ms for a call.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aws_lambda_events::event::sqs::SqsEvent;
use axum::{Json, Router, routing::post};
use benches::{
    bodies,
    machine::{median, process_time, user_micros},
    setting::{CHANNEL, account, headers, parts_on_an_engine},
};
use serde_json::json;
use transom::{
    adapters::providers::ProviderUrls,
    app::{
        Parts,
        accept::{Recipient, Request, accept},
        mint::Mint,
        receive::receive,
    },
    domain::{
        Phone, Timestamp,
        access::Actor,
        channel::Medium,
        consent::Consent,
        contact::{Address, AddressHash},
        content::{Content, TemplateContent},
        message::{Purpose, Via, Way},
        plan::{Facts, Placed, Plan, Wish, plan},
        template::{Category, Definition, Status, Template},
        time::SignedDuration,
        window::ServiceWindow,
    },
    ports::{Ring, WebhookCall},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROVIDER_TAKES: Duration = Duration::from_millis(500);

fn main() {
    for (what, micros) in the_plan() {
        println!("plan of {what}: {micros:.3} µs of user CPU (goal: 2)");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(batches());
}

/// By each way that a message can take.
fn the_plan() -> [(&'static str, f64); 4] {
    let hash = AddressHash("phone".to_owned());
    let addresses = [(hash.clone(), Address::Phone(Phone::from_e164("+16505551234").expect("a number")))];
    let last_in: Timestamp = "2026-03-01T09:00:00Z".parse().expect("a time");
    let text = Content::text("Yes, from 7.");
    let template = Template::declared("fallback", "en", Definition::of("We are sorry, {{guest_name}}."));
    let values = [("guest_name".to_owned(), "Ana".to_owned())].into();
    let of_template =
        Content::Template(TemplateContent { name: "fallback".to_owned(), language: "en".to_owned(), values });
    let facts = Facts {
        quiet_until: None,
        medium: Medium::WhatsApp,
        window: ServiceWindow { last_in: Some(last_in), closed_for: None },
        window_address: Some(&hash),
        customer_waits: true,
        reply_held: false,
        doubt: SignedDuration::ZERO,
        addresses: &addresses,
        consent: Consent::default(),
        erased: false,
        can_text: true,
        template: Some(Placed { template: &template, status: Status::Approved, category: Category::Utility }),
    };
    let fallback = Purpose::WindowTemplate { last_in: Some(last_in), step: "fallback".to_owned() };
    let (within, after) = (last_in + SignedDuration::from_hours(3), last_in + SignedDuration::from_hours(25));
    let time = |content, purpose, via, now: Timestamp, expected: &dyn Fn(&Plan) -> bool| {
        let expires_at = now + SignedDuration::from_hours(72);
        let wish = Wish { content, purpose, via, to: None, expires_at };
        let once = || assert!(expected(&plan(black_box(&facts), black_box(&wish), now)));
        median((0..9).map(|_| user_micros(1_000_000, once)).collect())
    };
    let goes = |by: Way| move |plan: &Plan| matches!(plan, Plan::Go { way, .. } if *way == by);
    [
        ("a free text", time(&text, &Purpose::Reply, Via::Auto, within, &goes(Way::FreeForm))),
        ("a template", time(&of_template, &fallback, Via::Auto, after, &goes(Way::Template))),
        ("an SMS", time(&text, &Purpose::Reply, Via::Sms, after, &goes(Way::Sms))),
        (
            "a message that is held",
            time(&text, &Purpose::Reply, Via::Auto, after, &|plan| matches!(plan, Plan::Wait { .. })),
        ),
    ]
}

/// Batches of a FIFO queue hold ten jobs at most; those of a standard queue as many as it is told.
#[expect(clippy::disallowed_methods, reason = "a rate is a matter of real time")]
async fn batches() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let meta = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = || async {
        tokio::time::sleep(PROVIDER_TAKES).await;
        Json(json!({ "messages": [{ "id": "wamid.X" }] }))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/{*any}", post(answer))).await });
    let (parts, engine) = parts_on_an_engine(ProviderUrls { meta, ..ProviderUrls::default() }).await;
    let send = send::Send::new(parts.clone());
    for (queue, jobs, grouped, rounds) in
        [("sends.fifo", 1, true, 7), ("sends.fifo", 10, true, 7), ("bulk", 50, false, 5), ("bulk", 100, false, 5)]
    {
        let (mut walls, mut ours, mut calls) = (Vec::new(), Vec::new(), 0);
        for _ in 0..rounds {
            let batch = Box::pin(batch(&parts, jobs, grouped)).await;
            let (began, cpu, of_engine, asked) = (Instant::now(), process_time(), engine.time(), engine.calls());
            let response = send::handle(&send, batch).await;
            walls.push(began.elapsed().as_secs_f64());
            let of_engine = engine.time().saturating_sub(of_engine);
            ours.push(process_time().saturating_sub(cpu).saturating_sub(of_engine).as_secs_f64());
            calls = engine.calls() - asked;
            assert!(response.batch_item_failures.is_empty(), "a job failed");
        }
        let (wall, ours) = (median(walls), median(ours));
        let alone = PROVIDER_TAKES.as_secs_f64() + ours;
        println!("{queue}: a batch of {jobs}, {:.1} calls of the store for each:", calls as f64 / jobs as f64);
        println!(
            "  by the clock, with the engine in the same process: {:.0} ms, {:.1} a second",
            wall * 1e3,
            jobs as f64 / wall
        );
        println!(
            "  CPU without the engine {:.0} ms ({:.2} ms for each); with the provider's 500 ms: {:.1} a second, {:.1} % of what the batch allows",
            ours * 1e3,
            ours * 1e3 / jobs as f64,
            jobs as f64 / alone,
            PROVIDER_TAKES.as_secs_f64() / alone * 100.0
        );
    }
}

/// Jobs for as many customers, each with an open window and an answer that is to leave.
async fn batch(parts: &Parts, jobs: usize, grouped: bool) -> SqsEvent {
    let mint = Mint::default();
    let mut records = Vec::new();
    for number in 0..jobs {
        let customer = format!("1650555{number:04}");
        let now = parts.now();
        let id = format!("wamid.{}.{number}", now.as_millisecond());
        let body = bodies::with_messages(&[bodies::text(&customer, &id, now.as_second(), "Hello")]).into_bytes();
        let headers = headers(&body);
        let call = WebhookCall { headers: &headers, query: "", body: &body };
        receive(parts, &benches::setting::ENDPOINT.parse().expect("an id"), &call).await.expect("it is taken");
        let request = Request {
            trace: None,
            channel: Some(CHANNEL.parse().expect("an id")),
            to: Recipient::Address(Address::Phone(Phone::from_e164(&customer).expect("a number"))),
            content: Content::text("Hello to you"),
            via: Via::Auto,
            expires_at: None,
            on_held: transom::domain::message::OnHeld::Ladder,
            purpose: transom::domain::message::Purpose::Reply,
        };
        let accepted =
            Box::pin(accept(parts, &mint, &account(), &Actor::System, &request, None)).await.expect("it is accepted");
        let ring = Ring::for_message(account(), accepted.message.id);
        let group = if grouped { json!({ "MessageGroupId": accepted.message.id.conversation }) } else { json!({}) };
        let body = serde_json::to_string(&ring).expect("a ring has a JSON form");
        records.push(json!({ "messageId": id, "receiptHandle": id, "body": body, "attributes": group }));
    }
    serde_json::from_value(json!({ "Records": records })).expect("an event of the queue")
}
