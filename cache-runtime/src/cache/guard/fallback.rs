//! What answers while the circuit is open: the store of another cache, empty at the beginning of every outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event_listener::Event;

use crate::backend::{Backend, SharedBackend};
use crate::base::error::Result;
use crate::base::sync::{block_on, start_thread};

/// The store of another cache, and for which opening of the circuit it was emptied.
///
/// What an earlier outage has left there may have been invalidated since, so it is cleared before it is used again.
pub(super) struct Fallback {
    store: SharedBackend,
    /// The opening that it serves; [`CLEARING`](Self::CLEARING) while somebody clears it.
    serves: AtomicU64,
    answers: AtomicU64,
}

impl Fallback {
    const CLEARING: u64 = u64::MAX;

    pub(super) fn over(store: SharedBackend) -> Self {
        Self { store, serves: AtomicU64::new(0), answers: AtomicU64::new(0) }
    }

    /// How many operations it has done.
    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    pub(super) fn counts(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// The store, for the outage of this number; `None` while it is being emptied for another caller, or cannot be.
    pub(super) async fn for_outage(
        self: &Arc<Self>,
        number: u64,
        prefixes: impl Fn() -> Vec<String>,
    ) -> Option<&dyn Backend> {
        let served = self.serves.load(Ordering::Acquire);
        if served != number {
            if served == Self::CLEARING || !self.claims(served) {
                return None;
            }
            let turn = Turn { fallback: Arc::clone(self), becomes: served };
            self.empty(turn, prefixes(), number).await;
        }
        (self.serves.load(Ordering::Acquire) == number).then_some(&*self.store)
    }

    /// Empties it for the outage of this number: what is shared may take longer than this caller waits, and a thread
    /// does it, so that another finds it done.
    async fn empty(self: &Arc<Self>, turn: Turn, prefixes: Vec<String>, number: u64) {
        let clear = turn.clear(prefixes, number);
        if self.store.local().is_some() {
            return clear.await;
        }
        let done = Arc::new(Event::new());
        let (listener, told) = (done.listen(), Told(done));
        let work = move || {
            let _told = told;
            block_on(clear);
        };
        // Without a thread the turn is given back, and its end is told.
        let _ = start_thread("cache-fallback", Box::new(work));
        listener.await;
    }

    fn claims(&self, served: u64) -> bool {
        self.serves.compare_exchange(served, Self::CLEARING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    async fn clear(&self, prefixes: &[String]) -> Result<()> {
        for prefix in prefixes {
            match self.store.clear(prefix).await {
                // Its own guard, which every shared store has, has noted it, reads nothing of it until it was delivered, and
                // has told its own fallback.
                Err(error) if error.is_temporary() && self.store.capability().shared => {}
                cleared => cleared?,
            }
        }
        Ok(())
    }
}

/// The right to empty it; given back if its caller goes away.
struct Turn {
    fallback: Arc<Fallback>,
    becomes: u64,
}

impl Turn {
    /// Empties the fallback, which then serves the outage of this number.
    async fn clear(mut self, prefixes: Vec<String>, number: u64) {
        if self.fallback.clear(&prefixes).await.is_ok() {
            self.becomes = number;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.fallback.serves.store(self.becomes, Ordering::Release);
    }
}

/// Tells of its end, whatever that is.
struct Told(Arc<Event>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify(usize::MAX);
    }
}
