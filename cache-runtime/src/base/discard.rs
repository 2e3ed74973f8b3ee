//! Discards: users' values that nobody waits for are dropped by a thread of their own.
//!
//! A user's `Drop` may take its time, and the clock's thread has none. The thread starts when the
//! first value comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

/// The most lots that wait to be dropped; who has more keeps it meanwhile.
const MOST_WAITING: usize = 16;

type Lot = Box<dyn FnOnce() + Send>;

static WAITING: AtomicUsize = AtomicUsize::new(0);

static LOTS: LazyLock<Sender<Lot>> = LazyLock::new(|| {
    let (sender, lots) = channel::<Lot>();
    let serve = move || {
        for lot in lots {
            lot();
            WAITING.fetch_sub(1, Ordering::Relaxed);
        }
    };
    std::thread::Builder::new()
        .name("cache-discard".into())
        .spawn(serve)
        .expect("the operating system can start one more thread");
    sender
});

/// Whether the thread keeps up with what it was given.
pub(super) fn has_room() -> bool {
    WAITING.load(Ordering::Relaxed) < MOST_WAITING
}

/// Drops the values on the thread for it.
pub(super) fn leave<T: Send + 'static>(values: Vec<T>) {
    WAITING.fetch_add(1, Ordering::Relaxed);
    LOTS.send(Box::new(|| drop_each(values))).expect("the thread ends with the program");
}

/// Drops the values here; one that panics keeps no other.
pub(super) fn drop_each<T>(values: Vec<T>) {
    for value in values {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
    }
}
