//! The webhook function under load, over a store that takes 4 ms for each call, SDK included; and its largest bodies.
//! The seconds to run for may be given, and another rate.
//!
//! `--peak WHAT`: what `WHAT`'s body takes of memory in a process that does nothing else; this program calls itself so.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]

use std::{
    cell::Cell,
    hint::black_box,
    io::Write,
    process::{Command, Stdio},
    rc::Rc,
    sync::mpsc,
    time::{Duration, Instant},
};

use benches::{
    bodies,
    canned::{Habits, Rows},
    machine::{forget_peak, median, peak_mib, quantile, resident_mib, thread_time, user_micros},
    setting::{SECRET, Setting, headers, request},
};
use tokio::{runtime::Runtime, sync::Semaphore, task::LocalSet};
use transom::{
    domain::{Timestamp, channel::ProviderKind},
    ports::WebhookCall,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RATE: u32 = 3_300;
const STORE_TAKES: Duration = Duration::from_millis(4);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Some(at) = arguments.iter().position(|argument| argument == "--peak") {
        return memory(&runtime(), &arguments[at + 1]);
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let (seconds, rate) = (numbers.next().unwrap_or(60), numbers.next().unwrap_or(RATE));
    let rows = runtime().block_on(Rows::learnt());
    large_bodies(&runtime(), &rows);
    under_load(&runtime(), &rows, seconds, rate);
}

/// One thread calls the function as often as it is told; another keeps the time and makes the bodies.
#[expect(clippy::disallowed_methods, reason = "a load is a matter of real time")]
fn under_load(runtime: &Runtime, rows: &Rows, seconds: u32, rate: u32) {
    let setting = runtime.block_on(Setting::of(rows, Habits { after: STORE_TAKES, ..Habits::default() }));
    let webhook = setting.webhook();
    let (hand_over, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let (result, results) = mpsc::channel();
    let total = rate * seconds;
    let bell = std::thread::spawn(move || {
        let began = Instant::now();
        for number in 0..total {
            let due = began + Duration::from_secs(1) * number / rate;
            let message = bodies::text(
                &format!("1650555{:04}", number % 5_000),
                &format!("wamid.{number:060}"),
                Timestamp::now().as_second(),
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
    let (began, cpu_before) = (Instant::now(), thread_time());
    let (in_work, most) = (Rc::new(Cell::new(0_u32)), Rc::new(Cell::new(0_u32)));
    let put_off = Rc::new(Cell::new(0_u32));
    local.block_on(runtime, async {
        let done = Rc::new(Semaphore::new(0));
        while let Some((due, request)) = calls.recv().await {
            let (webhook, result, done, in_work, put_off) =
                (webhook.clone(), result.clone(), Rc::clone(&done), Rc::clone(&in_work), Rc::clone(&put_off));
            in_work.set(in_work.get() + 1);
            most.set(most.get().max(in_work.get()));
            tokio::task::spawn_local(async move {
                let answer = webhook::handle(&webhook, request).await.expect("an answer");
                match answer.status().as_u16() {
                    200 => {}
                    // Out of time: the provider is asked to call again.
                    503 => put_off.set(put_off.get() + 1),
                    other => panic!("answered {other}"),
                }
                in_work.set(in_work.get() - 1);
                result.send(due.elapsed().as_secs_f64() * 1e3).expect("somebody counts");
                done.add_permits(1);
            });
        }
        let _all = done.acquire_many(total).await.expect("it is open");
    });
    let (wall, cpu) = (began.elapsed().as_secs_f64(), thread_time().saturating_sub(cpu_before).as_secs_f64());
    bell.join().expect("it kept the time");
    drop(result);
    let mut latencies: Vec<f64> = results.iter().collect();
    latencies.sort_by(f64::total_cmp);
    let each = cpu * 1e6 / f64::from(total);
    println!("{rate} webhooks a second for {seconds} s over a store that takes {STORE_TAKES:?} for a call:");
    println!(
        "  wall {wall:.1} s; CPU {cpu:.1} s, {each:.0} µs each: {rate} a second take {:.0} % of a core",
        each * f64::from(rate) / 1e4
    );
    println!("  most in work at once {}; not taken within the function's time {}", most.get(), put_off.get());
    let at = |share| quantile(&latencies, share);
    println!(
        "  latency ms: median {:.1}, 99 % {:.1}, 99.9 % {:.1}, worst {:.1}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// The bodies of the largest kinds, by name; and whether their writers are strangers.
const LARGE: [(&str, bool); 5] = [
    ("1,000 messages of 20 senders", false),
    ("1,000 messages of 1,000 known senders", false),
    ("1,000 messages of 1,000 strangers", true),
    ("3 MB, 1,000 messages of 20 senders", false),
    ("3 MB, one message", false),
];

#[expect(clippy::disallowed_methods, reason = "a message is of now")]
fn large(what: &str) -> Vec<u8> {
    let at_second = Timestamp::now().as_second();
    let thousand = |words: &str, senders: u32| {
        let message = |number: u32| {
            bodies::text(&format!("1650556{:04}", number % senders), &format!("wamid.{number}"), at_second, words)
        };
        bodies::with_messages(&(0..1_000).map(message).collect::<Vec<_>>()).into_bytes()
    };
    let greeting = "Good evening! ";
    match what {
        "1,000 messages of 20 senders" => thousand(greeting, 20),
        "3 MB, 1,000 messages of 20 senders" => thousand(&greeting.repeat(205), 20),
        "3 MB, one message" => {
            let message = bodies::text("16505551234", "wamid.1", at_second, &greeting.repeat(205_000));
            bodies::with_messages(&[message]).into_bytes()
        }
        _ => thousand(greeting, 1_000),
    }
}

fn large_bodies(runtime: &Runtime, rows: &Rows) {
    for (what, strangers) in LARGE {
        let setting = runtime.block_on(Setting::of(rows, Habits { strangers, ..Habits::default() }));
        let body = large(what);
        let headers = headers(&body);
        let provider = setting.parts.providers.get(ProviderKind::Meta);
        let read = || {
            let call = WebhookCall { headers: &headers, query: "", body: &body };
            assert!(provider.signed(&call, "", &[SECRET.into()]));
            drop(black_box(provider.read(&call)));
        };
        let whole = || once(runtime, &setting, &body);
        let millis = |run: &dyn Fn()| median((0..5).map(|_| user_micros(1, run) / 1e3).collect());
        println!("{what} ({:.2} MB):", body.len() as f64 / 1e6);
        println!("  user CPU: verify and read {:.1} ms, the whole function {:.1} ms", millis(&read), millis(&whole));
        println!("  {}", memory_of(what, rows));
    }
}

fn once(runtime: &Runtime, setting: &Setting, body: &[u8]) {
    let request = request(body.to_vec());
    let answer = runtime.block_on(webhook::handle(&setting.webhook(), request)).expect("an answer");
    assert_eq!(answer.status(), 200);
}

/// What another process tells of its memory while it takes such a body.
fn memory_of(what: &str, rows: &Rows) -> String {
    let this = std::env::current_exe().expect("this program has a file");
    let mut command = Command::new(this);
    command.args(["--peak", what]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    let mut rows_in = process.stdin.take().expect("it was asked for");
    rows_in.write_all(rows.to_json().as_bytes()).expect("it reads");
    drop(rows_in);
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the process that measures memory failed");
    String::from_utf8(output.stdout).expect("it prints text").trim().to_owned()
}

fn memory(runtime: &Runtime, what: &str) {
    let rows = Rows::from_json(&std::io::read_to_string(std::io::stdin()).expect("the rows"));
    let (_, strangers) = LARGE.into_iter().find(|(name, _)| *name == what).expect("a known kind of body");
    let setting = runtime.block_on(Setting::of(&rows, Habits { strangers, ..Habits::default() }));
    let body = large(what);
    once(runtime, &setting, &bodies::with_messages(&[]).into_bytes());
    let idle = resident_mib();
    forget_peak();
    once(runtime, &setting, &body);
    println!("memory: idle {idle:.1} MiB, at most {:.1} MiB more", peak_mib() - idle);
}
