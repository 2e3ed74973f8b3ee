//! The deadlines of a memory store: which entries expire next, without a look at the others.
//!
//! There is exactly one record for every entry that expires: replacing, removing or evicting the
//! entry removes its record. Buckets of coarse time with stale records were considered: a key that
//! is set again and again for an hour leaves thousands of them, and finding the stale ones costs
//! more than an ordered map does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::key::{Key, Stamp};
use crate::base::clock::Moment;
use crate::base::sync::Mutex;

/// Parts with a lock each, so that writers seldom meet.
const PARTS: usize = 16;

type Part = BTreeMap<(Moment, Stamp), Key>;

pub(super) struct Deadlines {
    parts: [Mutex<Part>; PARTS],
    next_stamp: AtomicU32,
    next_part: AtomicUsize,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        let parts = std::array::from_fn(|_| Mutex::default());
        Self { parts, next_stamp: AtomicU32::new(0), next_part: AtomicUsize::new(0) }
    }

    /// A stamp for an entry that is about to be stored.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp(self.next_stamp.fetch_add(1, Ordering::Relaxed))
    }

    /// Notes when the entry under `key` expires.
    pub(super) fn add(&self, key: &Key, at: Moment) {
        if at != Moment::NEVER {
            self.part(key.stamp).lock().insert((at, key.stamp), key.clone());
        }
    }

    /// Forgets the deadline of an entry that is gone; a record that was taken already stays taken.
    pub(super) fn remove(&self, key: &Key, at: Moment) {
        if at != Moment::NEVER {
            self.part(key.stamp).lock().remove(&(at, key.stamp));
        }
    }

    /// Takes at most `limit` records that are due, a different part first each time.
    pub(super) fn take_due(&self, now: Moment, limit: usize) -> Vec<Key> {
        let first = self.next_part.fetch_add(1, Ordering::Relaxed);
        let mut due = Vec::new();
        for index in 0..PARTS {
            let mut part = self.parts[(first + index) % PARTS].lock();
            while due.len() < limit {
                let Some(record) = part.first_entry().filter(|record| record.key().0 <= now) else { break };
                due.push(record.remove());
            }
        }
        due
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lock().len()).sum()
    }

    fn part(&self, stamp: Stamp) -> &Mutex<Part> {
        &self.parts[stamp.0 as usize % PARTS]
    }
}
