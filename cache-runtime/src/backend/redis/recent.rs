//! Which keys this process has written lately, so that it does not ask a replica that may lag behind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::base::clock::Clock;

/// How many marks there are; keys share them by their hash.
const MARKS: usize = 1024;

/// Until when lookups ask the leader, by the hash of the key.
pub(super) struct Recent {
    clock: Clock,
    window: Duration,
    until: Box<[AtomicU64]>,
    /// The same for all keys: after `clear`.
    all_until: AtomicU64,
}

impl Recent {
    pub(super) fn new(window: Duration) -> Self {
        let until = (0..MARKS).map(|_| AtomicU64::new(0)).collect();
        Self { clock: Clock::system(), window, until, all_until: AtomicU64::new(0) }
    }

    /// Notes that a key is written.
    pub(super) fn note(&self, key: &str) {
        self.until[mark_of(key)].fetch_max(self.end(), Ordering::AcqRel);
    }

    /// Notes that any key may be written.
    pub(super) fn note_all(&self) {
        self.all_until.fetch_max(self.end(), Ordering::AcqRel);
    }

    /// Whether the key may have been written within the window.
    pub(super) fn holds(&self, key: &str) -> bool {
        let now = self.clock.now().as_millis();
        let is_ahead = |until: &AtomicU64| until.load(Ordering::Acquire) > now;
        is_ahead(&self.until[mark_of(key)]) || is_ahead(&self.all_until)
    }

    fn end(&self) -> u64 {
        self.clock.now().plus(self.window).as_millis()
    }
}

fn mark_of(key: &str) -> usize {
    usize::try_from(xxh3_64(key.as_bytes()) % MARKS as u64).expect("the remainder is small")
}
