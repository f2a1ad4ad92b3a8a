//! The world of one run: the real handlers with the real store and SDK, over an embedded engine, among models of
//! everything that AWS and the outside do around them.

mod deployment;
mod events;
mod past;
mod processes;
mod queue;
mod schedule;
mod store;
mod stream;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::Timestamp;
use serde_json::Value;
use transom::{
    adapters::dynamodb::{DynamoStore, schema},
    domain::time::from_millis,
};
use transom_engine::{Engine, dynamo::dynamo_over};

use crate::{
    cast::Cast,
    clients::Intent,
    faults::Faults,
    invariants::{Violation, Watcher, Work},
    machine::{Crashes, Machine, Millis, Trace},
    outside::Outside,
    workload::{self, Incident},
};

pub use deployment::deploy;
pub use processes::Process;
use processes::Processes;

pub const MAIN_TABLE: &str = "transom";
pub const CONTACTS_TABLE: &str = "transom-contacts";

/// When every run begins: 2026-03-01, nine in the morning.
pub const BEGAN: Millis = 1_772_355_600_000;

/// See the module.
pub struct World {
    pub me: Weak<Self>,
    pub machine: Machine,
    pub engine: Engine,
    pub cast: Cast,
    past: past::Past,
    faults: Mutex<Faults>,
    faults_at_first: Faults,
    outside: Mutex<Outside>,
    queue: Mutex<queue::Queue>,
    events: Mutex<events::Events>,
    stream: Mutex<stream::Stream>,
    schedule: Mutex<schedule::Schedule>,
    processes: Mutex<Processes>,
    truth: Mutex<Truth>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("machine", &self.machine).finish_non_exhaustive()
    }
}

/// What really happened, as somebody knows who sees both sides.
#[derive(Debug)]
pub struct Truth {
    pub intents: Vec<Intent>,
    pub violations: Vec<Violation>,
    pub watcher: Watcher,
    pub work: Work,
    /// The contact that was to be forgotten, once that was begun.
    pub erased: Option<String>,
}

impl Truth {
    fn new(faults: &Faults) -> Self {
        let watcher = Watcher::new(faults);
        Self { intents: Vec::new(), violations: Vec::new(), watcher, work: Work::default(), erased: None }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world at its beginning: the tables are there, and the accounts are set up.
    pub fn begin(seed: u64, faults: Faults, crashes: Crashes, trace: Trace) -> Arc<Self> {
        let machine = Machine::new(seed, BEGAN, crashes, trace);
        let engine = Engine::fleeting().expect("the embedded engine opens in memory");
        let cast = Cast::default();
        let offset = machine.pick(-faults.skew, faults.skew);
        let world = Arc::new_cyclic(|me: &Weak<Self>| {
            let client = dynamo_over(store::Gate(me.clone()));
            let processes = Processes::new(me, client, &machine, &cast, &faults);
            Self {
                me: me.clone(),
                outside: Mutex::new(Outside::new(offset)),
                machine,
                engine,
                cast,
                past: past::Past::default(),
                truth: Mutex::new(Truth::new(&faults)),
                faults_at_first: faults.clone(),
                faults: Mutex::new(faults),
                queue: Mutex::default(),
                events: Mutex::default(),
                stream: Mutex::default(),
                schedule: Mutex::default(),
                processes: Mutex::new(processes),
            }
        });
        world.set_up();
        world
    }

    /// Whether nothing ever goes wrong in this run: then what is due happens in time.
    pub fn is_calm(&self) -> bool {
        self.faults_at_first.are_none()
    }

    /// Nothing here waits for anything, so a future that is polled outside of tasks is ready at once.
    fn set_up(&self) {
        let store = self.engine.dynamo();
        let parts = self.process(&self.machine).parts.clone();
        let ready = async {
            schema::create_tables(&store, MAIN_TABLE, CONTACTS_TABLE).await?;
            self.cast.store(&parts, self.is_calm()).await?;
            if self.faults_at_first.subscribers { self.cast.subscribe(&parts).await } else { Ok(()) }
        };
        at_once(ready).expect("the tables are made and the accounts set up");
        self.machine.set_crashes(self.machine.crashes());
        // A sweeper that never ran looks back only so far: on AWS it runs every minute from the beginning.
        schedule::sweep_at(self, BEGAN);
    }

    /// Breaks the ties between the world and what is still to happen in it.
    pub fn end(&self) {
        self.machine.clear();
        lock(&self.processes).clear();
    }

    pub fn now(&self) -> Timestamp {
        from_millis(self.machine.now())
    }

    pub fn faults(&self) -> Faults {
        lock(&self.faults).clone()
    }
    /// What the run began with.
    pub fn faults_at_first(&self) -> &Faults {
        &self.faults_at_first
    }
    pub fn began(&self) -> Timestamp {
        from_millis(BEGAN)
    }
    /// The tables, past everything that goes wrong.
    pub fn store(&self) -> DynamoStore {
        DynamoStore::new(self.engine.dynamo(), MAIN_TABLE, CONTACTS_TABLE)
    }
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }
    pub fn outside(&self) -> MutexGuard<'_, Outside> {
        lock(&self.outside)
    }
    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        lock(&self.truth)
    }
    fn queue(&self) -> MutexGuard<'_, queue::Queue> {
        lock(&self.queue)
    }
    fn events(&self) -> MutexGuard<'_, events::Events> {
        lock(&self.events)
    }
    fn stream(&self) -> MutexGuard<'_, stream::Stream> {
        lock(&self.stream)
    }
    fn schedule(&self) -> MutexGuard<'_, schedule::Schedule> {
        lock(&self.schedule)
    }

    /// One of the processes that run now.
    pub fn process(&self, machine: &Machine) -> Arc<Process> {
        lock(&self.processes).any(machine)
    }

    /// A process was killed; another takes its place.
    pub fn renew_process(&self, machine: &Machine) {
        lock(&self.processes).renew(machine, &self.cast, &self.faults());
    }

    /// What goes wrong by plan at this time.
    pub fn incident(&self, at: Millis) -> Incident {
        if lock(&self.faults).incidents { workload::incident(at - BEGAN) } else { Incident::default() }
    }

    pub fn violate(&self, invariant: &'static str, words: String) {
        self.machine.note("VIOLATION", || format!("{invariant}: {words}"));
        let at = self.machine.now();
        self.truth().violations.push(Violation { at, invariant, words });
        self.machine.halt();
    }

    /// What came to Transom until now, and what that cost.
    pub fn work(&self) -> Work {
        self.truth().work
    }

    fn count_write(&self, body: &[u8]) {
        let key = |name| store::text_of(body, name).unwrap_or_default();
        let of_a_notice = key("sk").starts_with("N#");
        // What subscribers cost that do not answer is no cost of messages; that telling itself costs nothing is tested elsewhere.
        let of_subscribers =
            key("pk").contains("#D#") || key("sk").starts_with("SUBSCRIPTION#") || key("sk").contains("#deliver#");
        let of_the_sweep = key("pk").starts_with("CURSOR#");
        // What long work costs is no cost of messages.
        let of_an_erasure = key("pk").ends_with("#J");
        self.truth().work.writes += u64::from(!of_the_sweep && !of_subscribers && !of_a_notice && !of_an_erasure);
    }

    /// A write took effect.
    fn written(&self, operation: &str, body: &[u8]) {
        let key = |name| store::text_of(body, name).unwrap_or_default();
        if key("pk").starts_with("T#") {
            schedule::timer_written(self, operation == "PutItem", key("pk"), key("sk"));
        } else {
            stream::written(self);
        }
    }

    /// A change on its way to the stream's reader.
    fn watch(&self, machine: &Machine, record: &Value) {
        let found = self.truth().watcher.see(machine.now(), record);
        for (invariant, words) in found {
            self.violate(invariant, words);
        }
    }

    /// Whether anything is still under way: jobs, records, webhooks, timers.
    pub fn what_is_left(&self) -> Vec<&'static str> {
        let mut left = Vec::new();
        if !self.queue().is_empty() {
            left.push("jobs on the queue");
        }
        if !self.events().is_empty() {
            left.push("events on their queue");
        }
        if self.events().dead > 0 {
            left.push("events that were given up by their queue");
        }
        if !self.stream().is_empty() {
            left.push("records of the stream");
        }
        if !self.schedule().is_idle() {
            left.push("armed timers");
        }
        if self.queue().dead > 0 {
            left.push("jobs that were given up");
        }
        left
    }
}

/// Runs a future that never waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("outside of tasks nothing waits"),
    }
}
