//! Delivery without a call: a process that asks its store for nothing tells it what it has missed all the same.
//!
//! Calls deliver before their own work, and at once. A thread sees to the rest, and to what calls cannot wait for: it
//! begins with the first invalidation that is not confirmed, tries every [`EVERY`], whatever the circuit says, and ends
//! when nothing is pending any more, or with the guard.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use event_listener::Event;

use super::Guard;
use crate::base::sync::{block_on, first_of, start_thread};

/// How often it is tried: longer than the pause of an open circuit, so that whoever calls is first.
pub(super) const EVERY: Duration = Duration::from_secs(2);

/// How long the store may take: calls wait for the limit of an answer, in which a large store does not clear a version.
const LONGEST: Duration = Duration::from_mins(1);

/// Whether a thread delivers, and how it is woken when there is nothing to deliver any more.
pub(super) struct Delivery {
    guard: Weak<Guard>,
    is_running: AtomicBool,
    /// A call has waited for it in vain: calls leave it alone until the thread has tried.
    is_left_to_thread: AtomicBool,
    guard_ends: Arc<Event>,
}

impl Delivery {
    pub(super) fn of(guard: &Weak<Guard>) -> Self {
        let (is_running, is_left_to_thread) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { guard: Weak::clone(guard), is_running, is_left_to_thread, guard_ends: Arc::default() }
    }

    /// Whether calls are not to deliver now.
    pub(super) fn is_left_to_thread(&self) -> bool {
        self.is_left_to_thread.load(Ordering::Acquire) && self.is_running.load(Ordering::Acquire)
    }

    /// Notes that it takes longer than a call waits.
    pub(super) fn leave_to_thread(&self) {
        self.is_left_to_thread.store(true, Ordering::Release);
    }

    /// Sees to it that what is pending is delivered.
    pub(super) fn want(&self) {
        if self.is_running.swap(true, Ordering::AcqRel) {
            return;
        }
        let (guard, guard_ends) = (Weak::clone(&self.guard), Arc::clone(&self.guard_ends));
        let deliver = move || deliver_until_told(&guard, &guard_ends);
        let thread = start_thread("cache-delivery", Box::new(deliver));
        // Without a thread calls deliver, and the next invalidation tries again.
        if thread.is_err() {
            self.is_running.store(false, Ordering::Release);
        }
    }

    /// Whether the thread may end: what is noted from now on begins another.
    fn may_end(&self, guard: &Guard) -> bool {
        if guard.pending.is_any() {
            return false;
        }
        // A swap, so that no later load comes before it.
        self.is_running.swap(false, Ordering::AcqRel);
        // Noted between the two: whoever finds the mark set goes on.
        !guard.pending.is_any() || self.is_running.swap(true, Ordering::AcqRel)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.guard_ends.notify(usize::MAX);
    }
}

/// Tries again and again. The guard is held only while it tries, so that it ends with the last who uses it.
fn deliver_until_told(guard: &Weak<Guard>, guard_ends: &Event) {
    loop {
        let ends = guard_ends.listen();
        let Some(held) = guard.upgrade() else { return };
        let pause = held.clock.sleep(EVERY);
        drop(held);
        block_on(first_of(pause, ends));
        let Some(held) = guard.upgrade() else { return };
        // A store that panics has failed, and is tried again as one that fails.
        while catch_unwind(AssertUnwindSafe(|| block_on(delivers_some(&held)))).unwrap_or_default() {}
        if held.delivery.may_end(&held) {
            return;
        }
    }
}

/// Delivers a batch, if the store takes it in time; whether more is to be tried at once.
async fn delivers_some(guard: &Guard) -> bool {
    let before = guard.pending.len();
    let told = guard.deliver_within(LONGEST).await;
    guard.delivery.is_left_to_thread.store(false, Ordering::Release);
    if !matches!(told, Some(Ok(()))) {
        return false;
    }
    // A store that has understood is well: nobody else may be there to probe it.
    if let Some(pass) = guard.circuit.admit(&guard.clock, LONGEST) {
        pass.ends(&Ok(()));
    }
    let left = guard.pending.len();
    0 < left && left < before
}
