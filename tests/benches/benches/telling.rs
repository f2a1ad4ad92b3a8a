//! How fast one environment of `publish` tells subscribers that take 200 ms each, and what telling writes to the table.
//! Goal: 200 deliveries a second, and no write.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]
#![expect(clippy::disallowed_methods, reason = "a load is a matter of real time, and so is a slow subscriber")]

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use axum::{Router, routing::post};
use benches::{machine::thread_time, setting};
use publish::{Publish, handle};
use transom::{
    adapters::{
        providers::ProviderUrls,
        subscribers::{Guard, HttpSubscribers},
    },
    app::Parts,
    domain::{
        event::Event,
        subscription::{Filter, Payload, SigningSecrets, Subscription},
    },
    ports::events::EventJob,
    seal::{Sealed, webhook_secret},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SUBSCRIBER_TAKES: Duration = Duration::from_millis(200);
/// As the template has it.
const BATCH: usize = 100;
const BATCHES: usize = 20;

fn main() {
    let told = Arc::new(AtomicUsize::new(0));
    let address = subscriber(Arc::clone(&told));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (parts, _) = setting::parts_on_an_engine(ProviderUrls::default()).await;
        let here = Guard::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let parts = Parts { subscribers: Arc::new(HttpSubscribers::new(here)), ..parts };
        subscribe(&parts, address).await;
        let publish = Publish::new(parts);
        handle(&publish, batch()).await; // Connections come about.
        told.store(0, Ordering::Relaxed);
        let (began, cpu) = (Instant::now(), thread_time());
        for _ in 0..BATCHES {
            let failed = handle(&publish, batch()).await.batch_item_failures.len();
            assert_eq!(failed, 0, "all are told");
        }
        let (took, count) = (began.elapsed().as_secs_f64(), told.load(Ordering::Relaxed));
        assert_eq!(count, BATCH * BATCHES);
        println!("{count} deliveries in batches of {BATCH} to a subscriber that takes 200 ms:");
        println!("{:.0} a second in one environment (goal: 200)", count as f64 / took);
        let cpu = thread_time().saturating_sub(cpu).as_secs_f64() * 1e6;
        println!("{:.0} µs of this environment's processor each", cpu / count as f64);
    });
}

/// Takes its time; on threads of its own.
fn subscriber(told: Arc<AtomicUsize>) -> SocketAddr {
    let (tell, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let answer = post(move || {
                let told = Arc::clone(&told);
                async move {
                    tokio::time::sleep(SUBSCRIBER_TAKES).await;
                    told.fetch_add(1, Ordering::Relaxed);
                }
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            tell.send(listener.local_addr().expect("it listens")).expect("somebody waits");
            axum::serve(listener, Router::new().route("/", answer)).await.expect("it serves");
        });
    });
    heard.recv().expect("it starts")
}

async fn subscribe(parts: &Parts, address: SocketAddr) {
    let keys = parts.keys(&setting::account()).await.expect("the account has keys");
    let subscription = Subscription {
        batch: None,
        id: "crm".parse().expect("an id"),
        account: setting::account(),
        url: format!("http://{address}/"),
        kinds: Vec::new(),
        filter: Filter::default(),
        payload: Payload::Thin,
        enabled: true,
        disabled_why: None,
        secrets: Sealed::new(&SigningSecrets::new(webhook_secret(&[7; 32])), keys.own(), parts.nonce()),
        created_at: parts.now(),
    };
    parts.store.put_subscription(&subscription).await.expect("it is stored");
}

fn batch() -> SqsEvent {
    let now = "2026-03-01T09:00:00Z".parse().expect("a time");
    let event = Box::new(Event::test(&setting::account(), &"crm".parse().expect("an id"), now));
    let body = serde_json::to_string(&EventJob::All { event }).expect("JSON");
    let record = |number: usize| {
        let mut record = SqsMessage::default();
        record.message_id = Some(number.to_string());
        record.body = Some(body.clone());
        record
    };
    let mut event = SqsEvent::default();
    event.records = (0..BATCH).map(record).collect();
    event
}
