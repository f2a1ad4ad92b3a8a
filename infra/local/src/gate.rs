//! The gate that every piece of work passes: it says whether anything is being worked on, and lets the clock be turned
//! only between two pieces of work.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{OwnedRwLockReadGuard, RwLock, RwLockWriteGuard};

/// Shared by everything that calls a function.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    lock: Arc<RwLock<()>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    entered: AtomicU64,
    left: AtomicU64,
}

/// Held while something is worked on.
#[derive(Debug)]
pub struct Pass {
    counts: Arc<Counts>,
    _guard: OwnedRwLockReadGuard<()>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.counts.left.fetch_add(1, Ordering::SeqCst);
    }
}

impl Gate {
    /// Waits while the clock is being turned.
    pub async fn enter(&self) -> Pass {
        let guard = Arc::clone(&self.lock).read_owned().await;
        self.counts.entered.fetch_add(1, Ordering::SeqCst);
        Pass { counts: Arc::clone(&self.counts), _guard: guard }
    }

    /// Waits until nobody works any more, and keeps everybody out.
    pub async fn close(&self) -> RwLockWriteGuard<'_, ()> {
        self.lock.write().await
    }

    /// How often the gate was entered, if nobody is inside. The same number twice means that nothing happened between.
    pub fn quiet_since(&self) -> Option<u64> {
        // Left first: a pass that comes and goes in between then looks like one that is still inside.
        let left = self.counts.left.load(Ordering::SeqCst);
        let entered = self.counts.entered.load(Ordering::SeqCst);
        (left == entered).then_some(entered)
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, pin_mut};

    use super::*;

    #[tokio::test]
    async fn closing_waits_for_work_in_flight_and_keeps_later_work_out() {
        let gate = Gate::default();
        let pass = gate.enter().await;
        let closing = gate.close();
        pin_mut!(closing);
        assert!(closing.as_mut().now_or_never().is_none());
        assert!(gate.quiet_since().is_none());
        drop(pass);
        let closed = closing.await;
        assert!(gate.enter().now_or_never().is_none());
        drop(closed);
        assert!(gate.enter().now_or_never().is_some());
    }

    #[tokio::test]
    async fn quiet_is_told_from_quiet_again() {
        let gate = Gate::default();
        let before = gate.quiet_since();
        drop(gate.enter().await);
        assert!(gate.quiet_since().is_some());
        assert_ne!(gate.quiet_since(), before);
    }
}
