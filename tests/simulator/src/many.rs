//! Many runs on all processors: each thread runs one at a time, with what it needs of a runtime.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Runs `work` for every place below `count`, several at once. `done` hears each result, one at a time, and may say
/// `false` to let the rest be.
pub fn many<T: Send>(
    jobs: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    done: impl FnMut(usize, T) -> bool + Send,
) {
    let (next, stopped, done) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(done));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                // The SDK looks for a runtime's timer, which nothing ever waits for.
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
                let _inside = runtime.enter();
                while !stopped.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count {
                        return;
                    }
                    let result = work(place);
                    let mut done = done.lock().expect("a report does not panic");
                    if !done(place, result) {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}
