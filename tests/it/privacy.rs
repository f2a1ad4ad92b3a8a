//! What people write, who they are and what is secret stands in no log, and no log has more lines than it was given.

use std::{
    cell::RefCell,
    error::Error,
    fmt::{self, Write},
    sync::Arc,
};

use serde_json::{Value, json};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use transom::app::send;
use transom_engine::Verdict;

use crate::{
    calls::{META_NUMBER, SIGNATURE, body_of, change, messages, text},
    canaries,
    operations::{call_send, job},
    world::{ANA, BEN, CHANNEL, World},
};

thread_local! {
    /// What this thread logged since it began to keep it.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Keeps what a function logs on AWS, where `info` is the level, for each thread that asks for it.
///
/// It stands for the whole process: `tracing` remembers for each place in the code whether anybody listens, and asks only
/// the thread that comes by first. A subscriber of one thread alone would miss what another test logged before it.
struct Log;

impl Log {
    /// Keeps this thread's lines from now on.
    fn begin() {
        canaries::stand();
        LINES.set(Some(Vec::new()));
    }

    /// The lines since [`begin`](Self::begin).
    fn end() -> Vec<String> {
        LINES.take().expect("this thread began")
    }

    fn take_in(target: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(target.to_owned());
        record(&mut line);
        canaries::look("the log", &line.0);
        LINES.with_borrow_mut(|lines| lines.iter_mut().for_each(|lines| lines.push(line.0.clone())));
    }
}

/// Listens to whatever this process logs.
pub fn stand() {
    tracing::subscriber::set_global_default(Log).expect("nobody else listens in this process");
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        Self::take_in(span.metadata().target(), |line| span.record(line));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        Self::take_in("span", |line| values.record(line));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        Self::take_in(event.metadata().target(), |line| event.record(line));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// One line: its fields, errors with all their causes.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a text takes everything");
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut cause = Some(value);
        while let Some(error) = cause {
            write!(self.0, " {field}={error}").expect("a text takes everything");
            cause = error.source();
        }
    }
}

/// A name and words that stand nowhere else, with what a terminal or a reader of lines would take for something else.
const NAME: &str = "Zinnia\u{1b}[31m";
const WORDS: &str = "quokka\n2026-03-01 ERROR forged";

/// Protection: logs name ids and codes, never contents; errors do not repeat what they could not read. (Fault matrix K5, L5.)
#[tokio::test]
async fn k5_nothing_that_people_wrote_nobodys_number_and_no_secret_is_logged() {
    Log::begin();
    let world = World::new().await;
    let now = world.now();

    // What comes in, good and bad.
    let mut good = change(META_NUMBER, &[text(ANA, "wamid.1", now, WORDS)], &[]);
    good["value"]["contacts"] = json!([{ "wa_id": ANA, "profile": { "name": NAME } }]);
    let no_id = json!({ "from": ANA, "id": null, "type": "text", "text": { "body": WORDS } });
    let bodies = [
        body_of(&[good]),
        messages(&[no_id]),
        body_of(&[change("555", &[text(BEN, "wamid.2", now, WORDS)], &[])]),
        json!({ "entry": WORDS }),
    ];
    for body in &bodies {
        assert_eq!(world.meta_posts(body).await, 200);
    }
    assert_eq!(world.meta_posts_bytes(format!("{{{WORDS}").as_bytes()).await, 200);
    let wrong = format!("sha256={WORDS}").replace('\n', " ");
    assert_eq!(world.posts_with("demo-whatsapp", &[(SIGNATURE, &wrong)], WORDS.as_bytes()).await, 401);
    let throttled = world.parts_with(Arc::new(|_| Verdict::FailBefore(400, "ThrottlingException")));
    assert_eq!(world.meta_posts_to(&throttled, &bodies[0]).await, 503);
    world.settle().await;
    assert_eq!(world.messages(ANA).await[0]["content"]["body"], WORDS, "it was all there");

    // What goes out, and what does not.
    world.writes(ANA, WORDS).await;
    for fault in [
        json!({ "fault": "lose_answer", "mode": "gateway_timeout" }),
        json!({ "fault": "fail", "status": 400, "code": 131_026 }),
        json!({ "fault": "fail", "status": 429, "code": 130_429 }),
    ] {
        world.fault(fault);
        let id = world.say(ANA, WORDS).await;
        send::answer(&world.parts, &world.ring_for(id)).await.ok();
    }
    let odd = json!({ "channel": CHANNEL, "to": { "phone": WORDS }, "content": { "type": "text", "body": WORDS } });
    assert_eq!(world.api("POST", "/v1/messages", odd).await.0, 422);
    assert_ne!(world.api("GET", &format!("/v1/contacts?phone=%2B{ANA}&{NAME}=1"), Value::Null).await.0, 200);
    assert!(call_send(&world.parts, vec![job("1", WORDS, 1)]).await.is_empty());
    world.turn("PT25H").await;

    let lines = Log::end();
    assert!(lines.len() >= 8, "{lines:#?}");
    let secrets = [world.secret("meta-app-secret"), world.secret("meta-verify-token"), world.local.demo.token()];
    let mut private = vec!["Zinnia", "quokka", "forged", "\u{1b}", ANA, BEN];
    private.extend(secrets.iter().map(String::as_str));
    for line in &lines {
        for word in &private {
            assert!(!line.contains(word), "{word:?} stands in {line:?}");
        }
        assert!(!line.contains('\n'), "{line:?} is two lines");
    }
}
