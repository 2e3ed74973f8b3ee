//! The fence: what was computed before an invalidation does not enter the store after it.
//!
//! A fence is a row of stripes, each guarding the keys whose hash falls on it. A computation notes
//! the generation of its stripe before its body runs; its fill is accepted only if the key was not
//! among those that were ended since, and the comparison and the insertion happen under one lock.
//! A check without the lock was tried: an invalidation between check and insertion lets the old value in.
//!
//! A stripe remembers the last [`REMEMBERED`] keys that were ended. Were it one number, every write to
//! another of its keys would refuse the fill: of a computation of a second, during a thousand writes
//! a second, two of three.

use super::sync::{Mutex, MutexGuard};

const STRIPES: usize = 1024;

/// How many endings back a stripe tells its keys apart; what is older ends all of them.
const REMEMBERED: usize = 16;

/// Striped generations of one store.
#[derive(Debug)]
pub(crate) struct Fence {
    stripes: Box<[Mutex<Stripe>]>,
}

/// The endings of the keys of one stripe: how many there were, and whose were the last.
#[derive(Debug, Default)]
struct Stripe {
    generation: u64,
    /// The lower half of each key's hash, at its generation modulo the length.
    ended: [u32; REMEMBERED],
}

impl Stripe {
    fn end(&mut self, hash: u64) {
        self.generation += 1;
        self.ended[place_of(self.generation)] = mark_of(hash);
    }

    fn end_all(&mut self) {
        self.generation += REMEMBERED as u64 + 1;
    }

    fn holds(&self, hash: u64, seen: Generation) -> bool {
        self.generation - seen.0 <= REMEMBERED as u64
            && (seen.0 + 1..=self.generation).all(|at| self.ended[place_of(at)] != mark_of(hash))
    }
}

fn place_of(generation: u64) -> usize {
    usize::try_from(generation % REMEMBERED as u64).expect("less than the length")
}

fn mark_of(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).expect("the lower half")
}

/// What a computation remembers of the fence.
#[derive(Debug, Clone, Copy)]
pub struct Generation(u64);

impl Fence {
    pub(crate) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }

    /// The generation of a key with this hash.
    pub(crate) fn generation(&self, hash: u64) -> Generation {
        Generation(self.stripe(hash).generation)
    }

    /// Whether the key with this hash was not ended since.
    pub(crate) fn holds(&self, hash: u64, seen: Generation) -> bool {
        self.stripe(hash).holds(hash, seen)
    }

    /// Runs `write` under the stripe's lock and ends the generation: for deletions and plain sets.
    pub(crate) fn invalidate<R>(&self, hash: u64, write: impl FnOnce() -> R) -> R {
        let mut stripe = self.stripe(hash);
        stripe.end(hash);
        write()
    }

    /// Runs `write` under the stripe's lock and ends the generation if it did something: for `add`.
    pub(crate) fn invalidate_if<R>(&self, hash: u64, write: impl FnOnce() -> Option<R>) -> Option<R> {
        let mut stripe = self.stripe(hash);
        let written = write();
        if written.is_some() {
            stripe.end(hash);
        }
        written
    }

    /// Runs `write` under the stripe's lock if the key was not ended since.
    pub(crate) fn fill<R>(&self, hash: u64, seen: Generation, write: impl FnOnce() -> R) -> Option<R> {
        let stripe = self.stripe(hash);
        stripe.holds(hash, seen).then(write)
    }

    /// Runs `write` under the stripe's lock and leaves the generation: for changes that no fill may split.
    pub(crate) fn guard<R>(&self, hash: u64, write: impl FnOnce() -> R) -> R {
        let _stripe = self.stripe(hash);
        write()
    }

    /// Ends every generation, then runs `write`: for `clear`.
    pub(crate) fn invalidate_all<R>(&self, write: impl FnOnce() -> R) -> R {
        let mut all: Vec<_> = self.stripes.iter().map(Mutex::lock).collect();
        for stripe in &mut all {
            stripe.end_all();
        }
        write()
    }

    fn stripe(&self, hash: u64) -> MutexGuard<'_, Stripe> {
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
    fn an_invalidation_of_another_key_of_the_stripe_refuses_nothing() {
        let fence = Fence::new();
        let seen = fence.generation(7);

        (0..REMEMBERED).for_each(|_| fence.invalidate(8, || ()));

        assert_eq!(fence.fill(7, seen, || 1), Some(1));
        assert_eq!(fence.fill(8, seen, || 1), None);
    }

    #[test]
    fn an_invalidation_is_not_forgotten_behind_those_of_other_keys() {
        for others in 0..3 * REMEMBERED {
            let fence = Fence::new();
            let seen = fence.generation(7);

            fence.invalidate(7, || ());
            (0..others).for_each(|_| fence.invalidate(8, || ()));

            assert_eq!(fence.fill(7, seen, || ()), None, "{others}");
        }
    }

    #[test]
    fn clearing_ends_every_generation() {
        let fence = Fence::new();
        let seen = fence.generation(u64::MAX);

        fence.invalidate_all(|| ());

        assert_eq!(fence.fill(u64::MAX, seen, || ()), None);
    }
}
