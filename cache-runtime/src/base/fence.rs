//! The fence: what was computed before an invalidation does not enter the store after it.
//!
//! A fence is a row of generations, each guarding the keys whose hash falls on it. A computation
//! notes the generation before its body runs; its fill is accepted only if the generation is still
//! the same, and the comparison and the insertion happen under one lock. A check without the lock
//! was tried: an invalidation between check and insertion lets the old value in.

use super::sync::{Mutex, MutexGuard};

const STRIPES: usize = 1024;

/// Striped generations of one store.
#[derive(Debug)]
pub(crate) struct Fence {
    stripes: Box<[Mutex<u64>]>,
}

/// What a computation remembers of the fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(u64);

impl Fence {
    pub(crate) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::new(0)).collect() }
    }

    /// The generation of a key with this hash.
    pub(crate) fn generation(&self, hash: u64) -> Generation {
        Generation(*self.stripe(hash))
    }

    /// Runs `write` under the stripe's lock and ends the generation: for deletions and plain sets.
    pub(crate) fn invalidate<R>(&self, hash: u64, write: impl FnOnce() -> R) -> R {
        let mut generation = self.stripe(hash);
        *generation += 1;
        write()
    }

    /// Runs `write` under the stripe's lock and ends the generation if it did something: for `add`.
    pub(crate) fn invalidate_if<R>(&self, hash: u64, write: impl FnOnce() -> Option<R>) -> Option<R> {
        let mut generation = self.stripe(hash);
        let written = write();
        *generation += u64::from(written.is_some());
        written
    }

    /// Runs `write` under the stripe's lock if the generation is still `seen`.
    pub(crate) fn fill<R>(&self, hash: u64, seen: Generation, write: impl FnOnce() -> R) -> Option<R> {
        let generation = self.stripe(hash);
        (*generation == seen.0).then(write)
    }

    /// Runs `write` under the stripe's lock and leaves the generation: for changes that no fill may split.
    pub(crate) fn guard<R>(&self, hash: u64, write: impl FnOnce() -> R) -> R {
        let _generation = self.stripe(hash);
        write()
    }

    /// Ends every generation, then runs `write`: for `clear`.
    pub(crate) fn invalidate_all<R>(&self, write: impl FnOnce() -> R) -> R {
        let mut all: Vec<_> = self.stripes.iter().map(Mutex::lock).collect();
        for generation in &mut all {
            **generation += 1;
        }
        write()
    }

    fn stripe(&self, hash: u64) -> MutexGuard<'_, u64> {
        // The upper bits: the lower ones choose the shard of the map behind the fence.
        let index = usize::try_from(hash >> 54).expect("ten bits") % STRIPES;
        self.stripes[index].lock()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_fill_after_an_invalidation_is_refused() {
        let fence = Fence::new();
        let seen = fence.generation(7);

        fence.invalidate(7, || ());

        assert_eq!(fence.fill(7, seen, || ()), None);
    }

    #[test]
    fn a_fill_without_an_invalidation_is_accepted() {
        let fence = Fence::new();
        let seen = fence.generation(7);

        fence.guard(7, || ());

        assert_eq!(fence.fill(7, seen, || 1), Some(1));
    }

    #[test]
    fn clearing_ends_every_generation() {
        let fence = Fence::new();
        let seen = fence.generation(u64::MAX);

        fence.invalidate_all(|| ());

        assert_eq!(fence.fill(u64::MAX, seen, || ()), None);
    }
}
