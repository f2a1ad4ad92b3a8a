//! What one webhook with one message takes of the processor: our own steps, and the whole function with the SDK.
//!
//! `--side`: waits for a line, then prints the microseconds of verifying, reading and surfacing; as the other libraries'
//! side of `compare/run.sh` does (`--from-request`: from a request that is made first). `--body`: prints the body.
//! `--profile whole|all|read`: only that, for a profiler.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]

use std::{hint::black_box, io::BufRead, sync::atomic::Ordering::Relaxed};

use benches::{
    bodies,
    canned::Habits,
    machine::{median, user_micros},
    setting::{SECRET, Setting, headers, request, signature},
};
use secrecy::SecretString;
use transom::{
    adapters::dynamodb::inbound_item,
    app::inbound::{Seen, inbound},
    domain::{Timestamp, channel::ProviderKind, inbound::ProviderEvent},
    ports::{Provider, WebhookCall},
    seal::AccountKeys,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIMES: u32 = 50_000;
const ROUNDS: usize = 9;

/// What verifying, reading and storing need, ready beforehand.
struct Work {
    setting: Setting,
    secrets: Vec<SecretString>,
    keys: AccountKeys,
    body: Vec<u8>,
    headers: http::HeaderMap,
    signature: String,
    now: Timestamp,
}

impl Work {
    fn provider(&self) -> &dyn Provider {
        self.setting.parts.providers.get(ProviderKind::Meta)
    }

    fn call(&self) -> WebhookCall<'_> {
        WebhookCall { headers: &self.headers, query: "", body: &self.body }
    }

    fn verify(&self) {
        assert!(self.provider().signed(&self.call(), &self.setting.endpoint.public_url, &self.secrets));
    }

    fn read(&self) -> Vec<ProviderEvent> {
        self.provider().read(&self.call())
    }

    /// Verifies, and hands every event on, as the other libraries do.
    fn surface(&self) {
        self.surface_of(&self.call());
    }

    /// The same from a request that is made first, as one of the others wants it.
    fn surface_request(&self) {
        let request = http::Request::post("/").header("x-hub-signature-256", &self.signature);
        let request = request.body(self.body.clone()).expect("a request");
        self.surface_of(&WebhookCall { headers: request.headers(), query: "", body: request.body() });
    }

    fn surface_of(&self, call: &WebhookCall<'_>) {
        assert!(self.provider().signed(call, &self.setting.endpoint.public_url, &self.secrets));
        for event in self.provider().read(call) {
            assert!(matches!(black_box(event), ProviderEvent::Message(_)));
        }
    }

    /// All steps up to what the SDK is given to send.
    fn all(&self) {
        self.verify();
        for event in self.read() {
            let ProviderEvent::Message(message) = event else { panic!("it is a message") };
            for address in &message.from {
                black_box(self.keys.hash(address));
            }
            self.item(*message);
        }
    }

    fn item(&self, message: transom::domain::inbound::InboundMessage) {
        let at = message.at.expect("it has a time");
        let seen = Seen {
            trace: None,
            came_back: false,
            word: None,
            account: &self.setting.endpoint.account,
            channel: &self.setting.endpoint.numbers[&message.number],
            person: &self.setting.person,
            at,
            received_at: self.now,
            echo: false,
            nonce: self.setting.parts.nonce(),
        };
        let message = inbound(&self.keys, &seen, message).expect("it has an address");
        black_box(inbound_item(&message).expect("it has a row"));
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let setting = runtime.block_on(Setting::new(Habits::default()));
    let now = setting.parts.now();
    let body = bodies::single(now.as_second()).into_bytes();
    let work = Work {
        secrets: vec![SecretString::from(SECRET)],
        keys: AccountKeys::derive(SECRET.as_bytes()),
        headers: headers(&body),
        signature: signature(&body),
        now,
        body,
        setting,
    };
    let asked_for = |option: &str| std::env::args().any(|argument| argument == option);
    if asked_for("--body") {
        print!("{}", String::from_utf8_lossy(&work.body));
        return;
    }
    let from_request = asked_for("--from-request");
    if asked_for("--side") {
        for _ in std::io::stdin().lock().lines() {
            println!(
                "{:.3}",
                user_micros(TIMES * 4, || if from_request { work.surface_request() } else { work.surface() })
            );
        }
        return;
    }
    let webhook = work.setting.webhook();
    let whole = || {
        let request = request(work.body.clone());
        let answer = runtime.block_on(webhook::handle(&webhook, request)).expect("an answer");
        assert_eq!(answer.status(), 200);
    };
    if asked_for("--profile") {
        return match () {
            () if asked_for("whole") => (0..2_000).for_each(|_| whole()),
            () if asked_for("read") => (0..20_000).for_each(|_| drop(black_box(work.read()))),
            () => (0..20_000).for_each(|_| work.all()),
        };
    }
    let times = |run: &dyn Fn()| median((0..ROUNDS).map(|_| user_micros(TIMES, run)).collect());
    println!(
        "One webhook, one message, {} bytes; user CPU in microseconds, the median of {ROUNDS} rounds",
        work.body.len()
    );
    println!("  verify                              {:8.2}", times(&|| work.verify()));
    println!("  read (parse, normalise)             {:8.2}", times(&|| drop(black_box(work.read()))));
    println!("  verify, read, surface               {:8.2}", times(&|| work.surface()));
    println!("  verify, read, key, seal, encode     {:8.2}", times(&|| work.all()));

    let asked = || work.setting.asked.calls.load(Relaxed);
    let before = asked();
    let invocations = 2_000;
    let micros = median((0..ROUNDS).map(|_| user_micros(invocations, whole)).collect());
    println!("  the whole function, with the SDK    {micros:8.2}");
    let calls = asked() - before;
    println!("  calls of the SDK in it              {:8.2}", calls as f64 / f64::from(invocations) / ROUNDS as f64);
    let signing = times(&|| drop(black_box(headers(&work.body))));
    println!("  of which the signing of the body by this bench {signing:.2}");
}
