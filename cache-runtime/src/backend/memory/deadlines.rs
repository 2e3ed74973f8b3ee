//! The deadlines of a memory store: which entries expire next, without a look at the others.
//!
//! There is exactly one record for every entry that expires: replacing, removing or evicting the entry removes its
//! record. Buckets of coarse time with stale records were considered: a key that is set again and again for an hour leaves
//! thousands of them, and finding the stale ones costs more than an ordered map does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::key::Key;
use crate::base::clock::Moment;
use crate::base::sync::Mutex;

/// Parts with a lock each, so that writers seldom meet.
const PARTS: usize = 16;

/// Names a record; [`Stamp::NONE`] belongs to entries that never expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u64);

impl Stamp {
    pub(super) const NONE: Self = Self(0);
}

type Part = BTreeMap<(Moment, Stamp), Key>;

pub(super) struct Deadlines {
    parts: [Mutex<Part>; PARTS],
    last_stamp: AtomicU64,
    next_part: AtomicUsize,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        let parts = std::array::from_fn(|_| Mutex::default());
        Self { parts, last_stamp: AtomicU64::new(0), next_part: AtomicUsize::new(0) }
    }

    /// Notes when an entry expires.
    pub(super) fn add(&self, key: &Key, at: Moment) -> Stamp {
        if at == Moment::NEVER {
            return Stamp::NONE;
        }
        let stamp = Stamp(self.last_stamp.fetch_add(1, Ordering::Relaxed) + 1);
        self.part(stamp).lock().insert((at, stamp), key.clone());
        stamp
    }

    /// Forgets the deadline of an entry that is gone; a record that was taken already stays taken.
    pub(super) fn remove(&self, at: Moment, stamp: Stamp) {
        if stamp != Stamp::NONE {
            self.part(stamp).lock().remove(&(at, stamp));
        }
    }

    /// Takes at most `limit` records that are due, a different part first each time.
    pub(super) fn take_due(&self, now: Moment, limit: usize) -> Vec<(Key, Stamp)> {
        let first = self.next_part.fetch_add(1, Ordering::Relaxed);
        let mut due = Vec::new();
        for index in 0..PARTS {
            let mut part = self.parts[(first + index) % PARTS].lock();
            while due.len() < limit {
                let Some(record) = part.first_entry().filter(|record| record.key().0 <= now) else { break };
                let ((_, stamp), key) = record.remove_entry();
                due.push((key, stamp));
            }
        }
        due
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lock().len()).sum()
    }

    fn part(&self, stamp: Stamp) -> &Mutex<Part> {
        &self.parts[usize::try_from(stamp.0 % PARTS as u64).expect("less than PARTS")]
    }
}
