//! Pages that were not storable a moment ago: their visitors need not wait for each other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::base::clock::Moment;
use crate::base::key::Key;
use crate::cache::Cache;

/// How long a page is taken for unstorable before one more visitor tries for all.
const MEMORY: Duration = Duration::from_secs(10);

const SLOTS: usize = 4096;

/// Of each slot, the upper bits are those of a key's hash, the lower ones the second it was noted in.
static NOTED: [AtomicU64; SLOTS] = [const { AtomicU64::new(0) }; SLOTS];

const SECONDS: u64 = (1 << 24) - 1;

/// Notes that what was made for this key is for its visitor alone.
pub(super) fn note(cache: &Cache, key: &Key) {
    let hash = hash(cache, key);
    slot(hash).store(hash & !SECONDS | second(cache), Ordering::Relaxed);
}

/// Notes that a page was stored there.
pub(super) fn forget(cache: &Cache, key: &Key) {
    let hash = hash(cache, key);
    let noted = slot(hash).load(Ordering::Relaxed);
    if noted & !SECONDS == hash & !SECONDS {
        slot(hash).store(0, Ordering::Relaxed);
    }
}

/// Whether the page was unstorable a moment ago. A guess that is wrong costs a run of the handler.
pub(super) fn is_noted(cache: &Cache, key: &Key) -> bool {
    let hash = hash(cache, key);
    let noted = slot(hash).load(Ordering::Relaxed);
    noted != 0
        && noted & !SECONDS == hash & !SECONDS
        && second(cache).wrapping_sub(noted) & SECONDS < MEMORY.as_secs()
}

fn slot(hash: u64) -> &'static AtomicU64 {
    &NOTED[usize::try_from(hash >> 40).unwrap_or_default() % SLOTS]
}

fn hash(cache: &Cache, key: &Key) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(key.as_str().as_bytes(), cache.core().id)
}

/// Never zero, so that no slot that was noted is.
fn second(cache: &Cache) -> u64 {
    let now: Moment = cache.core().clock.now();
    (now.as_millis() / 1000 + 1) & SECONDS
}
