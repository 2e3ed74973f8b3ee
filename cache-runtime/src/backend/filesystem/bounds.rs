//! The bounds: how much there may be, how much there is by all that is known, and who goes first.
//!
//! Each shard has a tally, kept by whoever writes there; their sum is read now and then, and what this
//! process does is added at once. So nobody lists a folder to learn whether there is room.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock, TryLockError};

use super::crew::Limit;
use super::disk::Disk;
use super::entry::{self, Peeked};
use super::failure::{late, present, too_large};
use super::shard::{Missing, SHARDS, Tally};
use crate::base::sync::random;

/// How many entries are looked at to find the oldest, where there are so many.
const SAMPLE: usize = 2048;

/// Room is made when less than one part in so many is left, …
const AHEAD: u64 = 32;

/// … until one part in so many is free: to find the oldest costs more than to remove them.
const AT_ONCE: u64 = 8;

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
}

/// How much there is, as far as this process knows.
#[derive(Debug, Default)]
pub(super) struct Totals {
    counted: Sum,
    /// What has been admitted and is not counted yet.
    promised: Sum,
    is_known: AtomicBool,
    /// This process has written since the tallies were last summed.
    has_changed: AtomicBool,
    /// Shared by those who change a tally and this count of it, so that who sums all tallies meets neither
    /// without the other.
    gate: RwLock<()>,
}

#[derive(Debug, Default)]
struct Sum {
    entries: AtomicI64,
    bytes: AtomicI64,
}

impl Sum {
    fn add(&self, entries: i64, bytes: i64) {
        self.entries.fetch_add(entries, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn set(&self, tally: Tally) {
        self.entries.store(tally.entries.cast_signed(), Ordering::Relaxed);
        self.bytes.store(tally.bytes.cast_signed(), Ordering::Relaxed);
    }
}

impl Totals {
    /// Notes a change in a tally by `note`, and counts it.
    pub(super) fn change(&self, before: Tally, after: Tally, note: impl FnOnce()) {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        note();
        self.counted.add(difference(after.entries, before.entries), difference(after.bytes, before.bytes));
        self.has_changed.store(true, Ordering::Relaxed);
    }

    /// Whether this process has written since it was last asked.
    pub(super) fn take_has_changed(&self) -> bool {
        self.has_changed.swap(false, Ordering::Relaxed)
    }

    /// What there is, and what is promised.
    fn now(&self) -> Tally {
        let count = |sum: fn(&Sum) -> &AtomicI64| {
            let both =
                sum(&self.counted).load(Ordering::Relaxed) + sum(&self.promised).load(Ordering::Relaxed);
            u64::try_from(both).unwrap_or(0)
        };
        Tally { entries: count(|sum| &sum.entries), bytes: count(|sum| &sum.bytes) }
    }
}

/// A promise of room, kept until the entry is there and counted.
pub(super) struct Room<'a> {
    totals: &'a Totals,
    bytes: u64,
}

impl<'a> Room<'a> {
    fn promise(totals: &'a Totals, bytes: u64) -> Self {
        totals.promised.add(1, bytes.cast_signed());
        Self { totals, bytes }
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.totals.promised.add(-1, -self.bytes.cast_signed());
    }
}

fn difference(after: u64, before: u64) -> i64 {
    after.wrapping_sub(before).cast_signed()
}

/// An entry that may have to go.
pub(super) struct Candidate {
    pub(super) written: u64,
    pub(super) shard: usize,
    pub(super) path: PathBuf,
}

impl Disk {
    /// Sees to it that an entry of this size fits in, in the place of what is at `path`.
    pub(super) fn make_room_for(&self, bytes: u64, path: &Path, limit: &Limit) -> io::Result<Room<'_>> {
        if bytes > self.bounds.bytes {
            return Err(too_large(bytes, self.bounds.bytes));
        }
        if !self.totals.is_known.load(Ordering::Relaxed) {
            self.sum_up();
        }
        let room = Room::promise(&self.totals, bytes);
        let now = self.totals.now();
        if self.bounds.admit(now) {
            return Ok(room);
        }
        if let Some(replaced) = present(std::fs::metadata(path))? {
            let entries = now.entries.saturating_sub(1);
            let others = Tally { entries, bytes: now.bytes.saturating_sub(replaced.len()) };
            if self.bounds.admit(others) {
                return Ok(room);
            }
        }
        let _one = self.makes_room.lock().unwrap_or_else(PoisonError::into_inner);
        self.evict_until(self.bounds, limit)?;
        Ok(room)
    }

    /// Evicts a little ahead, so that few callers wait for it: called when one has its answer already.
    pub(super) fn keep_room(&self, limit: &Limit) {
        let room = self.bounds.less(AHEAD);
        if room.admit(self.totals.now()) {
            return;
        }
        let _one = match self.makes_room.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(one)) => one.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // What is in the way now is in the way of the next write, too, which reports it.
        let _ = self.evict_until(room, limit);
    }

    /// Sums the tallies of all shards, as all processes have left them.
    pub(super) fn sum_up(&self) -> [Tally; SHARDS] {
        let _closed = self.totals.gate.write().unwrap_or_else(PoisonError::into_inner);
        let tallies = std::array::from_fn(|shard| Tally::noted(&self.root, shard).unwrap_or_default());
        let entries = tallies.iter().map(|tally| tally.entries).sum();
        let bytes = tallies.iter().map(|tally| tally.bytes).sum();
        self.totals.counted.set(Tally { entries, bytes });
        self.totals.is_known.store(true, Ordering::Relaxed);
        tallies
    }

    /// Evicts until there is this room, or nothing is left that can go.
    fn evict_until(&self, room: Bounds, limit: &Limit) -> io::Result<()> {
        while !room.admit(self.totals.now()) {
            if limit.is_over() {
                return Err(late());
            }
            if self.evict_some(room, limit) == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Evicts what has expired, then the oldest of a sample, but no more than a part of the bounds; how
    /// many entries went.
    fn evict_some(&self, room: Bounds, limit: &Limit) -> usize {
        let goal = self.bounds.less(AT_ONCE);
        let (mut sample, is_all) = self.sample();
        sample.sort_unstable_by_key(|candidate| candidate.written);
        let most = if is_all { sample.len() } else { sample.len().div_ceil(4) };
        let mut evicted = 0;
        for candidate in &sample[..most] {
            let now = self.totals.now();
            // The smallest bounds have no part that is whole, so that the goal alone would make no room.
            if limit.is_over() || (room.admit(now) && goal.admit(now)) {
                break;
            }
            evicted += usize::from(self.evict(candidate, limit).unwrap_or_default());
        }
        evicted
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
        let Some(mut shard) = self.shards().lock(candidate.shard, Missing::Leave, limit)? else {
            return Ok(false);
        };
        let is_newer = matches!(entry::peek(&candidate.path)?,
            Some(Peeked::Entry(head)) if head.times.written != candidate.written);
        if is_newer { Ok(false) } else { shard.remove(&candidate.path) }
    }
}
