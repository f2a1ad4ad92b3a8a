//! whatsapp-business-rs's side: verifies, parses and hands the message to a handler. A line in, microseconds of user CPU
//! out.

use std::{
    io::BufRead,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use hmac::{Hmac, Mac};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use whatsapp_business_rs::{
    server::{EventContext, Handler, IncomingMessage},
    webhook_service::WebhookService,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIMES: u32 = 100_000;
const SECRET: &str = "0123456789abcdef0123456789abcdef";

static SEEN: AtomicU32 = AtomicU32::new(0);

struct Surface;

impl Handler for Surface {
    async fn handle_message(&self, _: EventContext, message: IncomingMessage) {
        std::hint::black_box(message);
        SEEN.fetch_add(1, Relaxed);
    }
}

fn user_micros() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).expect("the system tells what was used").user_time().num_microseconds()
}

fn main() {
    let body = std::fs::read(std::env::args().nth(1).expect("the body's file")).expect("the body is there");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length is fine");
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let service = WebhookService::<Surface>::builder().verify_payload(SECRET).build(Surface);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for _ in std::io::stdin().lock().lines() {
        let (before, seen_before) = (user_micros(), SEEN.load(Relaxed));
        runtime.block_on(async {
            for _ in 0..TIMES {
                let request = http::Request::post("/").header("x-hub-signature-256", &signature);
                let request = request.body(axum::body::Body::from(body.clone())).expect("a request");
                assert_eq!(service.handle(request).await.status(), 200);
                // Its handlers are tasks of their own.
                tokio::task::yield_now().await;
            }
        });
        let seen = SEEN.load(Relaxed) - seen_before;
        assert!(seen >= TIMES - 1, "{seen} of {TIMES} messages were surfaced");
        #[allow(clippy::cast_precision_loss)]
        let took = (user_micros() - before) as f64;
        println!("{:.3}", took / f64::from(TIMES));
    }
}
