//! The webhook function under load, over a store that takes 4 ms for each call, SDK included; and its largest bodies.
//! The seconds to run for may be given.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use benches::{
    bodies,
    canned::Habits,
    machine::{forget_peak, median, peak_mib, quantile, resident_mib, thread_time, user_micros},
    setting::{Setting, request},
};
use tokio::{sync::Semaphore, task::LocalSet};
use transom::domain::Timestamp;

const RATE: u32 = 3_300;
const STORE_TAKES: Duration = Duration::from_millis(4);

fn main() {
    let seconds = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(60);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    large_bodies(&runtime());
    under_load(&runtime(), seconds);
}

/// One thread calls the function as often as it is told; another keeps the time and makes the bodies.
#[expect(clippy::disallowed_methods, reason = "a load is a matter of real time")]
fn under_load(runtime: &tokio::runtime::Runtime, seconds: u32) {
    let setting = runtime.block_on(Setting::new(Habits { after: STORE_TAKES, ..Habits::default() }));
    let webhook = setting.webhook();
    let (hand_over, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let (result, results) = mpsc::channel();
    let total = RATE * seconds;
    let bell = std::thread::spawn(move || {
        let began = Instant::now();
        for number in 0..total {
            let due = began + Duration::from_secs(1) * number / RATE;
            let at_second = Timestamp::now().as_second();
            let message = bodies::text(
                &format!("1650555{:04}", number % 5_000),
                &format!("wamid.{number:060}"),
                at_second,
                "Good evening! Does the room still look out on the lake?",
            );
            let request = request(bodies::with_messages(&[message]).into_bytes());
            while let Some(early) = due.checked_duration_since(Instant::now()) {
                std::thread::sleep(early);
            }
            hand_over.send((due, request)).expect("the function listens");
        }
    });
    let local = LocalSet::new();
    let began = (Instant::now(), thread_time());
    let most_at_once = Arc::new(Mutex::new((0_u32, 0_u32)));
    local.block_on(runtime, async {
        let done = Arc::new(Semaphore::new(0));
        while let Some((due, request)) = calls.recv().await {
            let (webhook, result, most, done) = (webhook.clone(), result.clone(), Arc::clone(&most_at_once), Arc::clone(&done));
            tokio::task::spawn_local(async move {
                let now = {
                    let mut counts = most.lock().expect("nobody panicked");
                    counts.0 += 1;
                    counts.1 = counts.1.max(counts.0);
                    counts.0
                };
                debug_assert!(now > 0);
                let answer = webhook::handle(&webhook, request).await.expect("an answer");
                assert_eq!(answer.status(), 200);
                most.lock().expect("nobody panicked").0 -= 1;
                result.send(due.elapsed().as_secs_f64() * 1e3).expect("somebody counts");
                done.add_permits(1);
            });
        }
        let _all = done.acquire_many(total).await.expect("it is open");
    });
    let (wall, cpu) = (began.0.elapsed().as_secs_f64(), (thread_time() - began.1).as_secs_f64());
    bell.join().expect("it kept the time");
    drop(result);
    let mut latencies: Vec<f64> = results.iter().collect();
    latencies.sort_by(f64::total_cmp);
    println!("{RATE} webhooks a second for {seconds} s over a store that takes {STORE_TAKES:?} for a call:");
    println!("  wall {wall:.1} s; CPU {cpu:.1} s, {:.0} % of a core, {:.0} µs each", cpu / wall * 100.0, cpu * 1e6 / f64::from(total));
    println!("  most in work at once {}", most_at_once.lock().expect("nobody panicked").1);
    let at = |share| quantile(&latencies, share);
    println!("  latency ms: median {:.1}, 99 % {:.1}, 99.9 % {:.1}, worst {:.1}", at(0.5), at(0.99), at(0.999), at(1.0));
}

fn large_bodies(runtime: &tokio::runtime::Runtime) {
    let at_second = Timestamp::now().as_second();
    let thousand = |words: &str, senders: u32| -> Vec<u8> {
        let message = |number: u32| bodies::text(&format!("1650556{:04}", number % senders), &format!("wamid.{number}"), at_second, words);
        bodies::with_messages(&(0..1_000).map(message).collect::<Vec<_>>()).into_bytes()
    };
    let filler = "Good evening! ".repeat(205);
    for (what, body, strangers) in [
        ("1,000 messages of 20 senders", thousand("Good evening!", 20), false),
        ("1,000 messages of 1,000 known senders", thousand("Good evening!", 1_000), false),
        ("1,000 messages of 1,000 strangers", thousand("Good evening!", 1_000), true),
        ("3 MB: 1,000 messages of 20 senders", thousand(&filler, 20), false),
        ("3 MB: one message", bodies::with_messages(&[bodies::text("16505551234", "wamid.1", at_second, &filler.repeat(1_000))]).into_bytes(), false),
    ] {
        let setting = runtime.block_on(Setting::new(Habits { strangers, ..Habits::default() }));
        let webhook = setting.webhook();
        let once = || {
            let request = request(body.clone());
            let answer = runtime.block_on(webhook::handle(&webhook, request)).expect("an answer");
            assert_eq!(answer.status(), 200);
        };
        let provider = setting.parts.providers.get(transom::domain::channel::ProviderKind::Meta);
        let headers = benches::setting::headers(&body);
        let read = || {
            let call = transom::ports::WebhookCall { headers: &headers, query: "", body: &body };
            assert!(provider.signed(&call, "", &[benches::setting::SECRET.into()]));
            drop(std::hint::black_box(provider.read(&call)));
        };
        let idle = resident_mib();
        forget_peak();
        once();
        let peak = peak_mib() - idle;
        let cpu = median((0..5).map(|_| user_micros(1, once) / 1e3).collect());
        let reading = median((0..5).map(|_| user_micros(1, read) / 1e3).collect());
        println!("{what} ({:.2} MB): verify and read {reading:.1} ms CPU, whole function {cpu:.1} ms CPU, {peak:.1} MiB", body.len() as f64 / 1e6);
    }
}
