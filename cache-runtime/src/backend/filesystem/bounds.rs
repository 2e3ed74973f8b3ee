//! The bounds: how much there may be, how much there is by all that is known, and who goes first.
//!
//! Each shard has a tally, kept by whoever writes there; their sum is read now and then, and what this
//! process does is added at once. So nobody lists a folder to learn whether there is room.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{PoisonError, TryLockError};

use super::crew::Limit;
use super::disk::Disk;
use super::entry::{self, Peeked};
use super::failure::{late, present, too_large};
use super::shard::{Missing, SHARDS, Tally};
use crate::base::sync::random;

/// How many entries are looked at to find the oldest, where there are so many.
const SAMPLE: usize = 2048;

/// How much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

impl Bounds {
    fn admit(self, tally: Tally) -> bool {
        tally.entries <= self.entries && tally.bytes <= self.bytes
    }

    /// These bounds less one part in so many.
    fn less(self, part: u64) -> Self {
        Self { entries: self.entries - self.entries / part, bytes: self.bytes - self.bytes / part }
    }

    /// What is left of these bounds beside an entry of this size.
    fn beside(self, bytes: u64) -> Self {
        Self { entries: self.entries.saturating_sub(1), bytes: self.bytes.saturating_sub(bytes) }
    }
}

/// How much there is, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Totals {
    entries: AtomicI64,
    bytes: AtomicI64,
    is_known: AtomicBool,
    /// This process has written since the tallies were last summed.
    has_changed: AtomicBool,
}

impl Totals {
    /// Counts what this process has changed.
    pub(super) fn change(&self, before: Tally, after: Tally) {
        self.add(difference(after.entries, before.entries), difference(after.bytes, before.bytes));
        self.has_changed.store(true, Ordering::Relaxed);
    }

    /// Whether this process has written since it was last asked.
    pub(super) fn take_has_changed(&self) -> bool {
        self.has_changed.swap(false, Ordering::Relaxed)
    }

    fn add(&self, entries: i64, bytes: i64) {
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn now(&self) -> Tally {
        let count = |number: &AtomicI64| u64::try_from(number.load(Ordering::Relaxed)).unwrap_or(0);
        Tally { entries: count(&self.entries), bytes: count(&self.bytes) }
    }
}

fn difference(after: u64, before: u64) -> i64 {
    i64::try_from(i128::from(after) - i128::from(before)).unwrap_or(0)
}

/// An entry that may have to go.
pub(super) struct Candidate {
    pub(super) written: u64,
    pub(super) shard: usize,
    pub(super) path: PathBuf,
}

impl Disk {
    /// Sees to it that an entry of this size fits in, in the place of what is at `path`.
    pub(super) fn make_room_for(&self, bytes: u64, path: &Path, limit: &Limit) -> io::Result<()> {
        if bytes > self.bounds.bytes {
            return Err(too_large(bytes, self.bounds.bytes));
        }
        if !self.totals.is_known.load(Ordering::Relaxed) {
            self.sum_up();
        }
        let room = self.bounds.beside(bytes);
        if room.admit(self.totals.now()) {
            return Ok(());
        }
        if let Some(replaced) = present(std::fs::metadata(path))? {
            let now = self.totals.now();
            let others = Tally {
                entries: now.entries.saturating_sub(1),
                bytes: now.bytes.saturating_sub(replaced.len()),
            };
            if room.admit(others) {
                return Ok(());
            }
        }
        let _one = self.makes_room.lock().unwrap_or_else(PoisonError::into_inner);
        self.evict_to(room, limit)
    }

    /// Evicts a little ahead, so that few callers wait for it: called when one has its answer already.
    pub(super) fn keep_room(&self, limit: &Limit) {
        if self.bounds.less(32).admit(self.totals.now()) {
            return;
        }
        let _one = match self.makes_room.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(one)) => one.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // What is in the way now is in the way of the next write, too, which reports it.
        let _ = self.evict_to(self.bounds.less(16), limit);
    }

    /// Sums the tallies of all shards, as all processes have left them.
    pub(super) fn sum_up(&self) -> [Tally; SHARDS] {
        let before = self.totals.now();
        let tallies = std::array::from_fn(|shard| Tally::noted(&self.root, shard).unwrap_or_default());
        let entries = tallies.iter().map(|tally| tally.entries).sum();
        let bytes = tallies.iter().map(|tally| tally.bytes).sum();
        self.totals.add(difference(entries, before.entries), difference(bytes, before.bytes));
        self.totals.is_known.store(true, Ordering::Relaxed);
        tallies
    }

    /// Evicts until this room is kept, or nothing is left that can go; what has expired goes first.
    fn evict_to(&self, room: Bounds, limit: &Limit) -> io::Result<()> {
        loop {
            let (mut sample, is_all) = self.sample();
            self.sum_up();
            sample.sort_unstable_by_key(|candidate| candidate.written);
            let most = if is_all { sample.len() } else { sample.len().div_ceil(4) };
            let mut evicted = 0;
            for candidate in &sample[..most] {
                if room.admit(self.totals.now()) {
                    return Ok(());
                }
                if limit.is_over() {
                    return Err(late());
                }
                evicted += usize::from(self.evict(candidate, limit).unwrap_or_default());
            }
            if evicted == 0 {
                return Ok(());
            }
        }
    }

    /// Sweeps as many shards as it takes, from one that is drawn; what is left there, and whether these are
    /// all.
    fn sample(&self) -> (Vec<Candidate>, bool) {
        let tallies = self.sum_up();
        let first = usize::try_from(random() % SHARDS as u64).expect("it is less than SHARDS");
        let mut sample = Vec::new();
        for shard in (first..SHARDS).chain(0..first).filter(|&shard| tallies[shard].entries > 0) {
            if sample.len() >= SAMPLE {
                return (sample, false);
            }
            // One that cannot be swept now is passed over.
            sample.extend(self.sweep_shard(shard).unwrap_or_default().left);
        }
        (sample, true)
    }

    /// Removes an entry, unless it was replaced since it was looked at; whether it did.
    fn evict(&self, candidate: &Candidate, limit: &Limit) -> io::Result<bool> {
        self.with_shards(|shards| {
            let Some(mut shard) = shards.lock(candidate.shard, Missing::Leave, limit)? else {
                return Ok(false);
            };
            let is_newer = matches!(entry::peek(&candidate.path)?,
                Some(Peeked::Entry(head)) if head.times.written != candidate.written);
            if is_newer { Ok(false) } else { shard.remove(&candidate.path) }
        })
    }
}
