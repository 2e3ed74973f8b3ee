//! Counters that threads raise without touching each other's cache lines.
//!
//! Each thread owns a block with a cell for every counter, so raising one is a plain load and store;
//! a reader sums the cells of all blocks. Blocks live for ever: the one of a thread that has ended goes,
//! with what it has counted, to the next thread that asks. So there are never more of them than there
//! were threads at once.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many counters have a cell in every block of four kilobytes; those beyond share one each.
const WIDTH: usize = 512;

/// A counter of what happens too often for threads to meet there.
#[derive(Debug)]
pub struct HitCounter {
    /// Its place in every block.
    id: usize,
    /// What was counted without a block.
    beyond: AtomicU64,
}

/// The cells of one thread.
struct Block([AtomicU64; WIDTH]);

/// Who has which block and which place.
struct Office {
    blocks: Vec<&'static Block>,
    idle: Vec<&'static Block>,
    /// The lowest last: low ones have cells.
    free_ids: Vec<usize>,
    next_id: usize,
}

static OFFICE: Mutex<Office> =
    Mutex::new(Office { blocks: Vec::new(), idle: Vec::new(), free_ids: Vec::new(), next_id: 0 });

fn office() -> MutexGuard<'static, Office> {
    OFFICE.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// Without a destructor, so that reading it asks for nothing else.
    static BLOCK: Cell<Option<&'static Block>> = const { Cell::new(None) };
    /// Gives the block back when the thread ends.
    static TENANCY: Tenancy = Tenancy::begin();
}

struct Tenancy(&'static Block);

impl Tenancy {
    fn begin() -> Self {
        let mut office = office();
        let block = office.idle.pop().unwrap_or_else(|| {
            let block: &'static Block = Box::leak(Box::new(Block([const { AtomicU64::new(0) }; WIDTH])));
            office.blocks.push(block);
            block
        });
        Self(block)
    }
}

impl Drop for Tenancy {
    fn drop(&mut self) {
        BLOCK.set(None);
        office().idle.push(self.0);
    }
}

impl HitCounter {
    /// A counter at zero.
    pub fn new() -> Self {
        let mut office = office();
        let id = office.free_ids.pop().unwrap_or_else(|| {
            office.next_id += 1;
            office.next_id - 1
        });
        Self { id, beyond: AtomicU64::new(0) }
    }

    /// Adds one.
    #[inline]
    pub fn raise(&self) {
        match BLOCK.get().and_then(|block| block.0.get(self.id)) {
            Some(cell) => cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Relaxed),
            None => self.raise_beyond(),
        }
    }

    /// The sum over all threads, those that have ended included.
    pub fn sum(&self) -> u64 {
        let cells: u64 = self.cells(&office()).map(|cell| cell.load(Ordering::Relaxed)).sum();
        cells + self.beyond.load(Ordering::Relaxed)
    }

    /// Without a cell: the first hit of a thread, the hits of one that is ending, and too many counters.
    #[cold]
    fn raise_beyond(&self) {
        self.beyond.fetch_add(1, Ordering::Relaxed);
        // A thread that is ending has given its block back, and gets no other.
        let _ = TENANCY.try_with(|tenancy| BLOCK.set(Some(tenancy.0)));
    }

    fn cells(&self, office: &Office) -> impl Iterator<Item = &'static AtomicU64> {
        office.blocks.iter().filter_map(|block| block.0.get(self.id))
    }
}

impl Default for HitCounter {
    fn default() -> Self {
        Self::new()
    }
}

/// Nobody raises it any more: its place goes, at zero, to the next.
impl Drop for HitCounter {
    fn drop(&mut self) {
        let mut office = office();
        self.cells(&office).for_each(|cell| cell.store(0, Ordering::Relaxed));
        let place = office.free_ids.partition_point(|free| *free > self.id);
        office.free_ids.insert(place, self.id);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn hits_of_ended_threads_stay_counted() {
        let counter = HitCounter::new();

        for _ in 0..3 {
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    counter.raise();
                    counter.raise();
                });
            });
        }
        counter.raise();

        assert_eq!(counter.sum(), 7);
    }

    #[test]
    fn a_counter_in_the_place_of_another_begins_at_zero() {
        for _ in 0..3 {
            let counter = HitCounter::new();
            counter.raise();
            counter.raise();

            assert_eq!(counter.sum(), 2);
        }
    }

    #[test]
    fn more_counters_than_a_block_has_places_count_as_well() {
        let counters: Vec<_> = (0..2 * WIDTH).map(|_| HitCounter::new()).collect();

        for counter in &counters {
            counter.raise();
            counter.raise();
        }

        assert!(counters.iter().all(|counter| counter.sum() == 2));
    }
}
