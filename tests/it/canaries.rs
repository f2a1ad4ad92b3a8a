//! Canaries over the whole suite: every number, name and sentence of every test, looked for in whatever every test logs, counts,
//! puts onto a queue or is answered with as an error. Whichever test ends next fails.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, Once, PoisonError, RwLock},
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::world::World;

static CANARIES: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());
static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Told on purpose by the test of this module, which no other test is blamed for.
const ON_PURPOSE: &str = "the canary of this very test";

/// From now on this must stand nowhere. What is shorter, or one word, may stand somewhere by chance.
pub fn keep(words: &str) {
    let is_one = words.len() >= 10 && (words.contains(' ') || words.bytes().all(|b| b.is_ascii_digit()));
    if is_one && !CANARIES.read().unwrap_or_else(PoisonError::into_inner).contains(words) {
        CANARIES.write().unwrap_or_else(PoisonError::into_inner).insert(words.to_owned());
    }
}

/// Notes if any stands here.
pub fn look(place: &str, text: &str) {
    let canaries = CANARIES.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = canaries.iter().find(|words| text.contains(words.as_str())) {
        let mut all = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(format!("{found:?} stands in {place}: {text}"));
    }
}

/// Begins to look, once for the process.
pub fn stand() {
    static STANDS: Once = Once::new();
    STANDS.call_once(|| {
        crate::privacy::stand();
        transom_engine::calls::overhear_queues(Box::new(|body| look("a queue", body)));
        metrics::set_global_recorder(Labels).expect("nobody else counts in this process");
    });
}

/// Nothing was found since somebody asked before.
pub fn none_was_found() {
    let mut all = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found: Vec<String> = all.extract_if(.., |it| !it.contains(ON_PURPOSE)).collect();
    // The next one asks, too.
    drop(all);
    assert!(found.is_empty(), "what is personal was told: {found:#?}");
}

/// Counts nothing, and looks at what would be counted by.
struct Labels;

fn look_at(key: &Key) {
    for label in key.labels() {
        look("a metric", label.value());
    }
}

impl Recorder for Labels {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        look_at(key);
        Counter::noop()
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        look_at(key);
        Gauge::noop()
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        look_at(key);
        Histogram::noop()
    }
}

/// Looks once more when a test ends.
#[derive(Debug, Clone, Default)]
pub struct Watch(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Last>);

#[derive(Debug, Default)]
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            none_was_found();
        }
    }
}

/// That they would be found. (Fault matrix L5.)
#[tokio::test]
async fn a_canary_in_a_log_a_queue_or_a_label_is_found() {
    let seen = || {
        let mut found = FOUND.lock().unwrap();
        let all = found.len();
        found.retain(|it| !it.contains(ON_PURPOSE));
        all - found.len()
    };
    stand();
    keep(ON_PURPOSE);
    tracing::info!("{ON_PURPOSE}");
    assert_eq!(seen(), 1, "a log");
    metrics::counter!("x", "label" => ON_PURPOSE).increment(1);
    assert_eq!(seen(), 1, "a metric");
    let world = World::new().await;
    let queue = transom_engine::sqs::queue_url(transom_local::local::EVENTS_DEAD);
    let body = format!("{{\"x\": \"{ON_PURPOSE}\"}}");
    world.system.queues().client().send_message().queue_url(queue).message_body(body).send().await.unwrap();
    assert!(seen() > 0, "a queue");
}
