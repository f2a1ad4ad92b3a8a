//! Effects of tasks: what a process does to the outside takes time, may come to pass in any order with what others do,
//! and may be the last thing that the process does.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{CURRENT, Machine, Millis, Point, Side};

/// An effect under way.
#[derive(Debug)]
pub struct Effect<T>(Arc<Mutex<Slot<T>>>);

#[derive(Debug)]
struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Future for Effect<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = lock(&self.0);
        if let Some(value) = slot.value.take() {
            return Poll::Ready(value);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Machine {
    /// Lets the current task do something after a delay. At `point` its process may be killed just before or just after.
    /// Outside of tasks, it happens at once.
    pub fn effect<T: Send + 'static>(
        &self,
        point: Option<Point>,
        delay: Millis,
        perform: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Effect<T> {
        let slot = Arc::new(Mutex::new(Slot { value: None, waker: None }));
        let effect = Effect(Arc::clone(&slot));
        let Some(task) = CURRENT.get() else {
            lock(&slot).value = Some(perform(self));
            return effect;
        };
        self.after(delay, move |machine| {
            if !machine.state().tasks.contains_key(&task) {
                return; // Its process is gone.
            }
            let crash = point.and_then(|point| machine.crash_at(point));
            if crash == Some(Side::Before) {
                machine
                    .note("crash", || format!("killed before {}", point.map_or_else(String::new, |p| p.to_string())));
                machine.kill(task);
                return;
            }
            let value = perform(machine);
            if crash == Some(Side::After) {
                machine.note("crash", || format!("killed after {}", point.map_or_else(String::new, |p| p.to_string())));
                machine.kill(task);
                return;
            }
            let mut slot = lock(&slot);
            slot.value = Some(value);
            if let Some(waker) = slot.waker.take() {
                waker.wake();
            }
        });
        effect
    }

    fn crash_at(&self, point: Point) -> Option<Side> {
        let mut state = self.state();
        let state = &mut *state;
        state.crashes.strike(point, &mut state.chance)
    }
}
