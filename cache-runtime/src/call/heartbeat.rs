//! The heartbeat: extends the leases of running computations, and releases those of callers that went away.
//!
//! A blocking body cannot extend its own lease, and a dropped future cannot await anything, so both
//! are done by one background thread. The clock of the cache says when, so that tests move it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use super::budget::Budget;
use super::lease::{LEASE_LIFE, LEASE_LIMIT};
use crate::backend::{SharedBackend, Token};
use crate::base::clock::{Chore, Clock};
use crate::base::sync::{Mutex, block_on};

/// How often a lease is extended.
const EXTEND_EVERY: Duration = Duration::from_secs(1);

/// The most leases that are extended or released at once.
const BATCH: usize = 64;

/// Extends a lease while it is kept; see [`extend`].
pub(super) struct Beat {
    _chore: Arc<Chore>,
}

/// One thing to do in a store.
struct Task {
    backend: SharedBackend,
    clock: Clock,
    key: String,
    token: Token,
    act: Act,
}

enum Act {
    Release,
    /// Sets the mark if the lease turns out to be another's.
    Extend(Arc<AtomicBool>),
}

/// Starts to extend a lease, until the beat is dropped, the lease is lost, or [`LEASE_LIMIT`] is reached.
pub(super) fn extend(backend: &SharedBackend, clock: &Clock, key: &str, token: Token) -> Arc<Beat> {
    let until = clock.now().plus(LEASE_LIMIT);
    let is_lost = Arc::<AtomicBool>::default();
    let (backend, watched, key) = (Arc::clone(backend), clock.clone(), key.to_owned());
    let chore: Arc<Chore> = Arc::new(move |now| {
        if now < until && !is_lost.load(Ordering::Relaxed) {
            let (backend, clock, key) = (Arc::clone(&backend), watched.clone(), key.clone());
            submit(Task { backend, clock, key, token, act: Act::Extend(Arc::clone(&is_lost)) });
        }
    });
    clock.every(EXTEND_EVERY, &chore);
    Arc::new(Beat { _chore: chore })
}

/// Releases a lease in the background.
pub(super) fn release(backend: &SharedBackend, clock: &Clock, key: &str, token: Token) {
    let (backend, clock, key) = (Arc::clone(backend), clock.clone(), key.to_owned());
    submit(Task { backend, clock, key, token, act: Act::Release });
}

static TASKS: LazyLock<Mutex<Sender<Task>>> = LazyLock::new(|| {
    let (sender, receiver) = channel();
    std::thread::Builder::new()
        .name("cache-heartbeat".into())
        .spawn(move || work(&receiver))
        .expect("the operating system can start one more thread");
    Mutex::new(sender)
});

fn submit(task: Task) {
    // The thread ends with the process only, so the channel is open.
    let _ = TASKS.lock().send(task);
}

fn work(tasks: &Receiver<Task>) {
    while let Ok(first) = tasks.recv() {
        let mut batch = vec![first];
        batch.extend(tasks.try_iter().take(BATCH - 1));
        block_on(together(batch.into_iter().map(perform).collect()));
    }
}

/// Does one task within the budget of a call; a lease that cannot be extended ends by itself.
fn perform(task: Task) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let Task { backend, clock, key, token, act } = task;
        let mut budget = Budget::new(backend.capability().bounded);
        match act {
            Act::Release => {
                let _ = budget.spend(&clock, backend.release(&key, token)).await;
            }
            Act::Extend(is_lost) => {
                if let Ok(false) = budget.spend(&clock, backend.extend(&key, token, LEASE_LIFE)).await {
                    is_lost.store(true, Ordering::Relaxed);
                }
            }
        }
    })
}

/// Polls all futures until each has ended.
async fn together(mut running: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
    poll_fn(|context| {
        running.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
