//! What answers while the circuit is open: the store of another cache, empty at the beginning of every outage.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend::{Backend, SharedBackend};
use crate::base::error::Result;

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

    /// The store, for the outage of this number; `None` while it is being emptied by another caller, or cannot be.
    pub(super) async fn for_outage(
        &self,
        number: u64,
        prefixes: impl Fn() -> Vec<String>,
    ) -> Option<&dyn Backend> {
        let served = self.serves.load(Ordering::Acquire);
        if served != number {
            if served == Self::CLEARING || !self.claims(served) {
                return None;
            }
            let mut turn = Turn { fallback: self, becomes: served };
            self.clear(&prefixes()).await.ok()?;
            turn.becomes = number;
        }
        Some(&*self.store)
    }

    fn claims(&self, served: u64) -> bool {
        self.serves.compare_exchange(served, Self::CLEARING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    async fn clear(&self, prefixes: &[String]) -> Result<()> {
        for prefix in prefixes {
            self.store.clear(prefix).await?;
        }
        Ok(())
    }
}

/// The right to empty it; given back if its caller goes away.
struct Turn<'a> {
    fallback: &'a Fallback,
    becomes: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.fallback.serves.store(self.becomes, Ordering::Release);
    }
}
