//! Discards: users' values that nobody waits for are dropped by a thread of their own.
//!
//! A user's `Drop` may take its time, and the clock's thread has none. The thread starts when the
//! first value comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, Once, PoisonError};

use super::sync::start_thread;

/// The most lots that wait to be dropped; who has more keeps it meanwhile.
const MOST_WAITING: usize = 16;

type Lot = Box<dyn FnOnce() + Send>;

static WAITING: AtomicUsize = AtomicUsize::new(0);

static LOTS: Mutex<Vec<Lot>> = Mutex::new(Vec::new());
static MORE: Condvar = Condvar::new();

/// Whether the thread keeps up with what it was given.
pub(super) fn has_room() -> bool {
    WAITING.load(Ordering::Relaxed) < MOST_WAITING
}

/// Drops the values on the thread for it.
pub(super) fn leave<T: Send + 'static>(values: Vec<T>) {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        start_thread("cache-discard", Box::new(serve))
            .expect("the operating system can start one more thread");
    });
    WAITING.fetch_add(1, Ordering::Relaxed);
    LOTS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(|| drop_each(values)));
    MORE.notify_one();
}

fn serve() {
    loop {
        for lot in await_lots() {
            lot();
            WAITING.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// All that wait, once there are any.
fn await_lots() -> Vec<Lot> {
    let mut lots = LOTS.lock().unwrap_or_else(PoisonError::into_inner);
    while lots.is_empty() {
        lots = MORE.wait(lots).unwrap_or_else(PoisonError::into_inner);
    }
    std::mem::take(&mut *lots)
}

/// Drops the values here; one that panics keeps no other.
pub(super) fn drop_each<T>(values: Vec<T>) {
    for value in values {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    }
}
