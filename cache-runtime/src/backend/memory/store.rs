//! The memory store itself: a bounded map, a fence, and the deadlines of its entries.
//!
//! Whatever changes an entry does so under the lock of its stripe of the fence; lookups take no
//! lock but the map's own. Values are dropped where no lock is held, since a user's `Drop` may call
//! the cache.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::deadlines::Deadlines;
use super::key::{Key, Sought};
use super::leases::Leases;
use super::local::Spaces;
use super::map::{Bounds, Displaced, Map};
use super::tags::Tags;
use super::weigher::Weighers;
use crate::backend::Filled;
use crate::base::clock::{Chore, Clock, Moment};
use crate::base::entry::{Held, HeldValue, Life};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fence::Fence;

/// How often expired entries are removed.
pub const REAPED_EVERY: Duration = Duration::from_millis(100);
/// The most entries that are removed at once, so that the clock is not held up.
pub const REAPED_AT_ONCE: usize = 10_000;

pub(in crate::backend) struct Store {
    pub(super) clock: Clock,
    pub(super) map: Map,
    pub(super) fence: Fence,
    pub(super) leases: Leases,
    deadlines: Deadlines,
    pub(super) tags: Tags,
    pub(super) spaces: Spaces,
    pub(super) weighers: Weighers,
    pub(super) expirations: AtomicU64,
    /// Held here only: it ends with the store.
    _reaper: Arc<Chore>,
}

impl Store {
    pub(super) fn new(bounds: Bounds, weighers: Weighers, clock: &Clock) -> Arc<Self> {
        Arc::new_cyclic(|store: &Weak<Self>| {
            let store = Weak::clone(store);
            let reaper: Arc<Chore> = Arc::new(move |now| {
                let Some(store) = store.upgrade() else { return };
                store.reap(now);
                let clock = store.clock.clone();
                // Whoever else held it may have let it go meanwhile: its values are dropped elsewhere.
                clock.discard(Arc::into_inner(store).into_iter().collect());
            });
            clock.every(REAPED_EVERY, &reaper);
            Self {
                clock: clock.clone(),
                map: Map::new(&bounds),
                fence: Fence::new(),
                leases: Leases::default(),
                deadlines: Deadlines::new(),
                tags: Tags::default(),
                spaces: Spaces::default(),
                weighers,
                expirations: AtomicU64::new(0),
                _reaper: reaper,
            }
        })
    }

    /// The entry, if it is live; not counted as use.
    pub(super) fn live(&self, key: Sought<'_>) -> Option<Held> {
        self.map.peek(key).filter(|held| self.is_live(held))
    }

    pub(super) fn is_live(&self, held: &Held) -> bool {
        self.clock.now() < held.expires_at && held.tags_hold()
    }

    /// Stores an entry; under the stripe's lock. What it displaced must be
    /// [`settled`](Self::settle) after the lock, and an entry that is too large stays with the caller,
    /// to be dropped there as well.
    pub(super) fn put(&self, key: Sought<'_>, entry: &mut Option<Held>) -> (Filled, Displaced) {
        let Some(held) = entry.take_if(|held| self.map.takes(held)) else {
            return (Filled::TooLarge, self.map.remove(key).into());
        };
        let key = key.to_key(self.deadlines.stamp());
        // The record comes first. The reaper may take it at once, but cannot use it before the
        // stripe's lock is free.
        self.deadlines.add(&key, held.expires_at);
        (Filled::Stored, self.map.insert(key, held))
    }

    /// Forgets the deadlines of displaced entries, and drops them.
    pub(super) fn settle(&self, displaced: Displaced) {
        for (key, held) in displaced.iter() {
            self.deadlines.remove(key, held.expires_at);
        }
        drop(displaced);
    }

    /// Stores an entry and ends the generation; `first` runs before, under the same lock.
    pub(super) fn replace(&self, key: Sought<'_>, held: Held, first: impl FnOnce()) -> Filled {
        let mut entry = Some(held);
        let (filled, displaced) = self.fence.invalidate(self.map.hash(key), || {
            first();
            self.put(key, &mut entry)
        });
        self.settle(displaced);
        filled
    }

    /// Removes an entry and ends the generation; whether there was a live one. `first` runs before,
    /// under the same lock.
    pub(super) fn remove(&self, key: Sought<'_>, first: impl FnOnce()) -> bool {
        let removed = self.fence.invalidate(self.map.hash(key), || {
            first();
            self.map.remove(key)
        });
        let was_live = removed.as_ref().is_some_and(|(_, held)| self.is_live(held));
        self.settle(removed.into());
        was_live
    }

    /// Stores an entry unless there is a live one, and ends the generation then; whether it did.
    /// `first` runs before the entry is stored, under the same lock.
    pub(super) fn insert_absent(&self, key: Sought<'_>, held: Held, first: impl FnOnce()) -> bool {
        // Both are dropped after the lock is free, as what is displaced.
        let (mut seen, mut entry) = (None, Some(held));
        let inserted = self.fence.invalidate_if(self.map.hash(key), || {
            seen = self.map.peek(key);
            if seen.as_ref().is_some_and(|held| self.is_live(held)) {
                return None;
            }
            first();
            Some(self.put(key, &mut entry))
        });
        let Some((filled, displaced)) = inserted else { return false };
        self.settle(displaced);
        filled == Filled::Stored
    }

    /// Replaces a live entry by what `change` makes of it; the generation goes on.
    pub(super) fn change<R>(
        &self,
        key: Sought<'_>,
        change: impl FnOnce(&mut Held) -> Result<R>,
    ) -> Option<Result<R>> {
        let mut seen = None; // dropped after the lock is free, as what is displaced
        let (answer, displaced) = self.fence.guard(self.map.hash(key), || {
            seen = self.map.peek(key);
            // Its value is that of `seen`, which outlives the lock.
            let mut held = seen.clone().filter(|held| self.is_live(held))?;
            let answer = change(&mut held);
            let displaced = answer.is_ok().then(|| self.put(key, &mut Some(held)).1);
            Some((answer, displaced.unwrap_or_default()))
        })?;
        self.settle(displaced);
        Some(answer)
    }

    /// Adds to the plain integer of a live entry.
    pub(super) fn add_to_integer(&self, key: Sought<'_>, by: i64) -> Result<i64> {
        let fault =
            |kind| Error::new(kind, "incr").context(format!("`{}`", String::from_utf8_lossy(key.text)));
        let sum = self.change(key, |held| {
            let HeldValue::Integer(number) = &mut held.value else {
                return Err(fault(ErrorKind::NotANumber));
            };
            *number = number.checked_add(by).ok_or_else(|| fault(ErrorKind::Overflow))?;
            Ok(*number)
        });
        sum.unwrap_or_else(|| Err(fault(ErrorKind::NotFound)))
    }

    /// Gives a live entry a new life; whether there was one.
    pub(super) fn renew(&self, key: Sought<'_>, life: Life) -> bool {
        let renewed = self.change(key, |held| {
            held.expires_at = life.expires_at(self.clock.now());
            Ok(())
        });
        renewed.is_some()
    }

    /// Removes the entries that `condition` names, one by one.
    ///
    /// Each removal takes the stripe's lock, so that no `touch` or `incr` that has read an entry
    /// writes it back later.
    pub(super) fn remove_all(&self, condition: impl Fn(Sought<'_>) -> bool) {
        for (key, _) in self.map.iter().filter(|(key, _)| condition(key.sought())) {
            let key = key.sought();
            let removed = self.fence.guard(self.map.hash(key), || self.map.remove(key));
            self.settle(removed.into());
        }
    }

    /// Removes what has expired, and forgets what nobody holds.
    ///
    /// This is the clock's thread, which must not wait for a user's `Drop`. While many values wait for
    /// theirs, what has expired stays, as far as the bounds of the map allow.
    fn reap(&self, now: Moment) {
        if self.clock.can_discard() {
            self.clock.discard(self.take_expired(now));
        }
        self.tags.sweep();
        self.leases.sweep(now);
    }

    fn take_expired(&self, now: Moment) -> Vec<(Key, Held)> {
        let mut expired = Vec::new();
        for key in self.deadlines.take_due(now, REAPED_AT_ONCE) {
            let key = key.sought();
            let removed = self
                .fence
                .guard(self.map.hash(key), || self.map.remove_if(key, |held| held.expires_at <= now));
            let Some((key, held)) = removed else { continue };
            self.expirations.fetch_add(1, Ordering::Relaxed);
            self.deadlines.remove(&key, held.expires_at);
            expired.push((key, held));
        }
        expired
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::backend::Local;
    use crate::backend::memory::Options;

    fn store(clock: &Clock) -> Arc<Store> {
        Store::new(Bounds::of(&Options::default()).unwrap(), Weighers::default(), clock)
    }

    fn number(store: &Store, number: i64, life: Life) -> Held {
        let expires_at = life.expires_at(store.clock.now());
        Held { value: HeldValue::Integer(number), expires_at, tags: None, weight: 1 }
    }

    #[test]
    fn the_reaper_removes_what_has_expired_and_nothing_else() {
        let clock = Clock::by_hand();
        let store = store(&clock);
        let space = store.space("", 1);
        store.set(space, b"short", number(&store, 1, Life::For(Duration::from_secs(1))));
        store.set(space, b"long", number(&store, 2, Life::For(Duration::from_secs(9))));

        clock.advance(Duration::from_secs(2));

        assert!(store.get(space, b"short").is_none());
        assert!(store.get(space, b"long").is_some());
        assert_eq!(store.usage().expirations, 1);
    }

    #[test]
    fn an_overwritten_entry_outlives_its_old_deadline() {
        let clock = Clock::by_hand();
        let store = store(&clock);
        let space = store.space("", 1);
        store.set(space, b"key", number(&store, 1, Life::For(Duration::from_secs(1))));
        store.set(space, b"key", number(&store, 2, Life::Forever));

        clock.advance(Duration::from_secs(2));

        assert!(store.get(space, b"key").is_some());
        assert_eq!(store.usage().expirations, 0);
    }

    #[test]
    fn there_is_one_deadline_for_every_entry_that_expires() {
        let clock = Clock::by_hand();
        let store = store(&clock);
        let space = store.space("", 1);
        let life = Life::For(Duration::from_hours(1));

        for round in 0..1000 {
            store.set(space, b"again", number(&store, round, life));
            store.set(space, b"deleted", number(&store, round, life));
            store.delete(space, b"deleted");
            store.touch(space, b"again", life);
        }

        assert_eq!(store.deadlines.len(), 1);
    }

    #[test]
    fn an_evicted_entry_takes_its_deadline_along() {
        let clock = Clock::by_hand();
        let options = Options { max_entries: Some(100), ..Options::default() };
        let store = Store::new(Bounds::of(&options).unwrap(), Weighers::default(), &clock);
        let space = store.space("", 1);

        for index in 0..1000_u32 {
            store.set(space, &index.to_le_bytes(), number(&store, 0, Life::For(Duration::from_hours(1))));
        }

        assert_eq!(store.deadlines.len() as u64, store.usage().entries);
        assert_eq!(store.usage().evictions, 900);
    }

    #[test]
    fn a_store_that_nobody_holds_is_freed() {
        let clock = Clock::by_hand();
        let store = store(&clock);
        let freed = Arc::downgrade(&store);

        drop(store);

        assert!(freed.upgrade().is_none());
    }
}
