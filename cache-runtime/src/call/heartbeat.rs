//! The heartbeat: extends the leases of running computations, and releases those of callers that went away.
//!
//! A blocking body cannot extend its own lease, and a dropped future cannot await anything, so both
//! are done by one background thread. The clock of the cache says when, so that tests move it.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use event_listener::Event;

use super::budget::Budget;
use super::lease::{LEASE_LIFE, LEASE_LIMIT};
use crate::backend::{SharedBackend, Token};
use crate::base::clock::{Chore, Clock, Moment};
use crate::base::sync::{Mutex, block_on, start_thread};

/// How often a lease is extended.
const EXTEND_EVERY: Duration = Duration::from_secs(1);

/// The most leases that are extended or released at once.
const MOST_RUNNING: usize = 256;

/// The most that may wait for it.
const MOST_WAITING: usize = 16_384;

/// Extends a lease while it is kept; see [`extend`].
pub(super) struct Beat {
    _chore: Arc<Chore>,
    known: Arc<Known>,
}

impl Beat {
    /// Whether the lease may have ended by itself: the store has not agreed to extend it for as long as it lives.
    pub(super) fn may_have_lapsed(&self, now: Moment) -> bool {
        let agreed = self.known.agreed.load(Ordering::Relaxed);
        u128::from(now.as_millis()) >= u128::from(agreed) + LEASE_LIFE.as_millis()
    }
}

/// What the store has said of a lease.
struct Known {
    /// It is another's, or nobody's.
    is_lost: AtomicBool,
    /// When the store was asked last, of the times that it has agreed; in milliseconds of the clock.
    agreed: AtomicU64,
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
    /// Notes what the store says.
    Extend(Arc<Known>),
}

/// Starts to extend a lease, until the beat is dropped, the lease is lost, or [`LEASE_LIMIT`] is reached.
pub(super) fn extend(backend: &SharedBackend, clock: &Clock, key: &str, token: Token) -> Arc<Beat> {
    let (now, is_lost) = (clock.now(), AtomicBool::new(false));
    let until = now.plus(LEASE_LIMIT);
    let known = Arc::new(Known { is_lost, agreed: AtomicU64::new(now.as_millis()) });
    let told = Arc::clone(&known);
    let (backend, watched, key) = (Arc::clone(backend), clock.clone(), key.to_owned());
    let chore: Arc<Chore> = Arc::new(move |now| {
        if now < until && !told.is_lost.load(Ordering::Relaxed) {
            let (backend, clock, key) = (Arc::clone(&backend), watched.clone(), key.clone());
            submit(Task { backend, clock, key, token, act: Act::Extend(Arc::clone(&told)) });
        }
    });
    clock.every(EXTEND_EVERY, &chore);
    Arc::new(Beat { _chore: chore, known })
}

/// Releases a lease in the background.
pub(super) fn release(backend: &SharedBackend, clock: &Clock, key: &str, token: Token) {
    let (backend, clock, key) = (Arc::clone(backend), clock.clone(), key.to_owned());
    submit(Task { backend, clock, key, token, act: Act::Release });
}

/// What is to be done, and has not begun.
struct Queue {
    waiting: Mutex<VecDeque<Task>>,
    has_more: Event,
}

static QUEUE: LazyLock<Arc<Queue>> = LazyLock::new(|| {
    let queue = Arc::new(Queue { waiting: Mutex::default(), has_more: Event::new() });
    let served = Arc::clone(&queue);
    start_thread("cache-heartbeat", Box::new(move || block_on(serve(&served))))
        .expect("the operating system can start one more thread");
    queue
});

/// Leaves a task to the thread. What passes the limit is left out: every lease ends by itself.
fn submit(task: Task) {
    let mut waiting = QUEUE.waiting.lock();
    if waiting.len() < MOST_WAITING {
        waiting.push_back(task);
        drop(waiting);
        QUEUE.has_more.notify(1);
    }
}

/// Does the tasks, many at once: a store that does not answer keeps no other waiting.
async fn serve(queue: &Queue) {
    let mut running: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    loop {
        let mut more = pin!(queue.has_more.listen());
        {
            let mut waiting = queue.waiting.lock();
            let taken = waiting.len().min(MOST_RUNNING - running.len());
            running.extend(waiting.drain(..taken).map(perform));
        }
        let before = running.len();
        poll_fn(|context| {
            running.retain_mut(|task| task.as_mut().poll(context).is_pending());
            let has_room = before < MOST_RUNNING && more.as_mut().poll(context).is_ready();
            if has_room || running.len() < before { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Does one task within the budget of a call; a lease that cannot be extended ends by itself.
fn perform(task: Task) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let Task { backend, clock, key, token, act } = task;
        let budget = Budget::new(backend.capability());
        match act {
            Act::Release => {
                let _ = budget.spend(&clock, async { backend.release(&key, token).await }).await;
            }
            Act::Extend(known) => {
                let asked = clock.now().as_millis();
                let extended = async { backend.extend(&key, token, LEASE_LIFE).await };
                match budget.spend(&clock, extended).await {
                    Ok(true) => drop(known.agreed.fetch_max(asked, Ordering::Relaxed)),
                    Ok(false) => known.is_lost.store(true, Ordering::Relaxed),
                    Err(_) => {}
                }
            }
        }
    })
}
