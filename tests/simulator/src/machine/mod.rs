//! The machine under the simulation: virtual time, an agenda, and tasks that are polled one at a time. Everything that
//! happens is an entry of the agenda; entries of one instant happen in the order in which they were made. Nothing here
//! knows what is simulated.

mod effect;
mod points;
mod trace;

use std::{
    cell::Cell,
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker},
};

use rand::{Rng, SeedableRng, rngs::SmallRng};

pub use points::{Crashes, Flow, Kill, Planned, Point, Side};
pub use trace::Trace;

/// Milliseconds since 1970 of the simulation's own time.
pub type Millis = i64;

type Act = Box<dyn FnOnce(&Machine) + Send>;
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A handle to the machine; clones are the same machine.
#[derive(Clone)]
pub struct Machine(Arc<Shared>);

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("now", &self.now()).finish_non_exhaustive()
    }
}

struct Shared {
    state: Mutex<State>,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
}

struct State {
    now: Millis,
    entries: u64,
    agenda: BinaryHeap<Entry>,
    tasks: BTreeMap<TaskId, Task>,
    next_task: TaskId,
    chance: SmallRng,
    crashes: Crashes,
    trace: Trace,
    halted: bool,
}

type TaskId = u64;

struct Task {
    flow: Flow,
    /// `None` while it is polled.
    work: Option<Work>,
    waker: Waker,
    crashed: Option<Act>,
}

struct Entry {
    at: Millis,
    number: u64,
    act: Act,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    // The heap gives its greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

thread_local! {
    /// The task that is being polled on this thread.
    static CURRENT: Cell<Option<TaskId>> = const { Cell::new(None) };
}

struct TaskWaker {
    task: TaskId,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(self.task);
    }
}

/// How a task ended.
#[derive(Debug)]
pub enum Ended<T> {
    Done(T),
    /// Its process was killed.
    Crashed,
}

impl Machine {
    pub fn new(seed: u64, began: Millis, crashes: Crashes, trace: Trace) -> Self {
        let state = State {
            now: began,
            entries: 0,
            agenda: BinaryHeap::new(),
            tasks: BTreeMap::new(),
            next_task: 1,
            chance: SmallRng::seed_from_u64(seed),
            crashes,
            trace,
            halted: false,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), ready: Arc::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Millis {
        self.state().now
    }

    // ---- chance -----------------------------------------------------------------------------------------------------

    /// A number from `from` to `to`, both included.
    pub fn pick(&self, from: i64, to: i64) -> i64 {
        if from >= to { from } else { self.state().chance.random_range(from..=to) }
    }

    /// Whether something of this many in a thousand happens.
    pub fn happens(&self, per_mille: u32) -> bool {
        per_mille > 0 && self.state().chance.random_range(0..1000) < per_mille
    }

    pub fn bytes(&self, into: &mut [u8]) {
        self.state().chance.fill(into);
    }

    // ---- the trace --------------------------------------------------------------------------------------------------

    /// Notes what happens.
    pub fn note(&self, kind: &'static str, words: impl FnOnce() -> String) {
        let mut state = self.state();
        let (now, entries) = (state.now, state.entries);
        state.trace.note(now, entries, kind, words());
    }

    pub fn trace(&self) -> Trace {
        std::mem::take(&mut self.state().trace)
    }

    // ---- the agenda -------------------------------------------------------------------------------------------------

    /// Does something at a time; now, if that time is past.
    pub fn at(&self, at: Millis, act: impl FnOnce(&Self) + Send + 'static) {
        let mut state = self.state();
        let entry = Entry { at: at.max(state.now), number: state.entries, act: Box::new(act) };
        state.entries += 1;
        state.agenda.push(entry);
    }

    pub fn after(&self, delay: Millis, act: impl FnOnce(&Self) + Send + 'static) {
        let at = self.now() + delay;
        self.at(at, act);
    }

    /// Nothing more happens: what is wrong is seen best where it happened.
    pub fn halt(&self) {
        self.state().halted = true;
    }

    /// Does everything up to a time, or until it is halted. Answers whether nothing is left after it.
    pub fn run_until(&self, until: Millis) -> bool {
        self.poll_ready();
        loop {
            let entry = {
                let mut state = self.state();
                match state.agenda.peek() {
                    _ if state.halted => return false,
                    None => return true,
                    Some(entry) if entry.at > until => {
                        state.now = until;
                        return false;
                    }
                    Some(_) => {}
                }
                let Some(entry) = state.agenda.pop() else { return true };
                state.now = entry.at;
                entry
            };
            (entry.act)(self);
            self.poll_ready();
        }
    }

    /// Forgets everything that was still to happen.
    pub fn clear(&self) {
        // Dropped outside of the lock: what is dropped may hold handles to this machine.
        let (agenda, tasks) = {
            let mut state = self.state();
            (std::mem::take(&mut state.agenda), std::mem::take(&mut state.tasks))
        };
        drop((agenda, tasks));
    }

    // ---- tasks ------------------------------------------------------------------------------------------------------

    /// Starts a task. `ended` hears how it ended.
    pub fn spawn<T: Send + 'static>(
        &self,
        flow: Flow,
        work: impl Future<Output = T> + Send + 'static,
        ended: impl FnOnce(&Self, Ended<T>) + Send + 'static,
    ) {
        let ended = Arc::new(Mutex::new(Some(ended)));
        let take = |from: &Mutex<Option<_>>| from.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (machine, on_done) = (self.clone(), Arc::clone(&ended));
        let work = async move {
            let output = work.await;
            if let Some(ended) = take(&on_done) {
                ended(&machine, Ended::Done(output));
            }
        };
        let crashed = move |machine: &Self| {
            if let Some(ended) = take(&ended) {
                ended(machine, Ended::Crashed);
            }
        };
        let mut state = self.state();
        let id = state.next_task;
        state.next_task += 1;
        let waker = Waker::from(Arc::new(TaskWaker { task: id, ready: Arc::clone(&self.0.ready) }));
        waker.wake_by_ref();
        state.tasks.insert(id, Task { flow, work: Some(Box::pin(work)), waker, crashed: Some(Box::new(crashed)) });
    }

    fn poll_ready(&self) {
        loop {
            let Some(id) = self.0.ready.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else { return };
            let taken = {
                let mut state = self.state();
                state.tasks.get_mut(&id).and_then(|task| Some((task.work.take()?, task.waker.clone())))
            };
            let Some((mut work, waker)) = taken else { continue };
            CURRENT.set(Some(id));
            let polled = work.as_mut().poll(&mut Context::from_waker(&waker));
            CURRENT.set(None);
            match polled {
                Poll::Ready(()) => {
                    let task = self.state().tasks.remove(&id);
                    drop(task);
                }
                Poll::Pending => {
                    if let Some(task) = self.state().tasks.get_mut(&id) {
                        task.work = Some(work);
                    }
                }
            }
        }
    }

    /// Kills a task's process.
    fn kill(&self, id: TaskId) {
        let task = self.state().tasks.remove(&id);
        if let Some(mut task) = task {
            let crashed = task.crashed.take();
            drop(task);
            if let Some(crashed) = crashed {
                crashed(self);
            }
        }
    }

    /// What the task that is being polled does; `None` outside of tasks.
    pub fn flow(&self) -> Option<Flow> {
        let id = CURRENT.get()?;
        self.state().tasks.get(&id).map(|task| task.flow)
    }

    pub fn set_crashes(&self, crashes: Crashes) {
        self.state().crashes = crashes;
    }

    pub fn crashes(&self) -> Crashes {
        self.state().crashes.clone()
    }
}
