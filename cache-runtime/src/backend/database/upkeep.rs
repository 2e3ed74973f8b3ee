//! What keeps the table small: expired rows leave in batches, and what passes the bound leaves by samples.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::driver::{Cell, Column, Row};
use super::failure::Failure;
use super::line::Act;
use super::runtimes::Lines;
use super::session::Session;
use super::statement::given;
use crate::base::clock::{Chore, Clock};
use crate::base::sync::Mutex;

/// How often expired rows are looked for.
const PURGE_EVERY: Duration = Duration::from_secs(30);

/// How many expired rows are removed at once.
const PURGED_AT_ONCE: i64 = 500;

/// How many times in a row that is done.
const PURGES: usize = 40;

/// How many entries one sample of a full table holds.
const SAMPLE: u64 = 256;

/// How many entries are stored before one sample is looked at, where tables are large.
const STORES_PER_SAMPLE: u64 = SAMPLE / 16;

/// How many of the last stored entries no sample removes that was due before them.
const REMEMBERED: usize = 4096;

/// How many rows of a sample leave at once.
const SURPLUS_AT_ONCE: i64 = 1000;

/// Removes expired rows while the answer is kept, on a runtime that uses the store.
pub(super) fn purge_regularly(lines: &Arc<Lines>, clock: &Clock) -> Arc<Chore> {
    let lines = Arc::downgrade(lines);
    let chore: Arc<Chore> = Arc::new(move |_| {
        let Some(lines) = lines.upgrade() else { return };
        for line in lines.all() {
            line.close_unused();
        }
        if let Some(line) = lines.any() {
            line.runtime().clone().spawn(async move {
                for _ in 0..PURGES {
                    // What fails now is tried again next time.
                    let Ok(true) = line.ask(Arc::new(Purge)).await else { return };
                }
            });
        }
    });
    clock.every(PURGE_EVERY, &chore);
    chore
}

/// Removes some rows that have expired; whether there may be more.
///
/// In two steps, of which the second names rows: no lock is ever held on what lies between them.
struct Purge;

impl Act for Purge {
    type Answer = bool;

    async fn perform(&self, session: &mut Session) -> Result<bool, Failure> {
        let texts = session.texts();
        let find = texts.expired.with(&given! { limit: PURGED_AT_ONCE });
        let keys = keys_in(session.rows(&find, &[Column::Bytes]).await?);
        if keys.is_empty() {
            return Ok(false);
        }
        session.write(&texts.remove_expired.in_list(&keys, &given! {})).await?;
        Ok(i64::try_from(keys.len()).is_ok_and(|count| count == PURGED_AT_ONCE))
    }
}

/// The keys of rows that have one column.
pub(super) fn keys_in(rows: Vec<Vec<Cell>>) -> Vec<Bytes> {
    rows.into_iter().flatten().map(|cell| cell.bytes().into()).collect()
}

/// The place of a key among all: any key is anywhere, so that a stretch of places is a sample of the table.
pub(super) fn place_of(key: &[u8]) -> i64 {
    xxhash_rust::xxh3::xxh3_64(key).cast_signed()
}

/// The bound on the number of rows.
///
/// Nobody counts the table. It is divided into stretches of places that hold 256 entries each when it is
/// full; one of sixteen stored entries has its stretch looked at, by an index, and what passes its share
/// leaves, what expires first before the rest. So a stretch passes its share by sixteen entries on average
/// (6 %), and the table its bound as much.
///
/// A sample is looked at after its caller has the answer, while others store. What they store is there, however
/// short its life: the sample leaves it to theirs.
pub(super) struct Bound {
    stretches: u64,
    share: i64,
    recent: Mutex<Recent>,
}

/// How many entries this process was asked to store, and the places of the last of them.
#[derive(Default)]
struct Recent {
    stored: u64,
    places: VecDeque<i64>,
}

/// Which entries one operation stores, among all that this process was asked to store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    before: u64,
    after: u64,
}

impl Bound {
    pub(super) fn new(max_entries: u64) -> Self {
        let stretches = (max_entries / SAMPLE).max(1);
        let share = i64::try_from(max_entries / stretches).unwrap_or(i64::MAX);
        Self { stretches, share, recent: Mutex::default() }
    }

    /// Notes what is about to be stored: before it is, so that no sample sees a row that is not noted.
    pub(super) fn notes(&self, keys: &[Bytes]) -> Numbers {
        if keys.is_empty() {
            return Numbers { before: 0, after: 0 };
        }
        let mut recent = self.recent.lock();
        let before = recent.stored;
        recent.stored += keys.len() as u64;
        recent.places.extend(keys.iter().map(|key| place_of(key)));
        let surplus = recent.places.len().saturating_sub(REMEMBERED);
        recent.places.drain(..surplus);
        Numbers { before, after: recent.stored }
    }

    /// Whether a sample is to be looked at after these entries.
    pub(super) fn is_due(&self, stored: Numbers) -> bool {
        // A small table is looked at as often as it must be to pass its bound by no more than a large one.
        let every = (self.share.unsigned_abs() / 16).clamp(1, STORES_PER_SAMPLE);
        stored.before / every < stored.after / every
    }

    /// Looks at the stretches of some of these keys, and removes what is too much.
    pub(super) async fn keep(
        &self,
        session: &mut Session,
        keys: &[Bytes],
        stored: Numbers,
    ) -> Result<(), Failure> {
        let step = usize::try_from(STORES_PER_SAMPLE).unwrap_or(1);
        for key in keys.iter().step_by(step) {
            self.keep_around(session, key, stored).await?;
        }
        Ok(())
    }

    /// In two steps, of which the second names rows; one that was renewed in between expires later, and stays.
    async fn keep_around(&self, session: &mut Session, key: &Bytes, stored: Numbers) -> Result<(), Failure> {
        const COLUMNS: [Column; 2] = [Column::Bytes, Column::Number];
        let texts = session.texts();
        let (low, high) = self.stretch_of(place_of(key));
        let names = given! { low: low, high: high, limit: SURPLUS_AT_ONCE, target: self.share };
        let found = session.rows(&texts.surplus.with(&names), &COLUMNS).await?;
        let (surplus, latest) = self.surplus_in(found, key, stored);
        if surplus.is_empty() {
            return Ok(());
        }
        let remove = texts.remove_surplus.in_list(&surplus, &given! { latest: latest });
        session.write(&remove).await.map(drop)
    }

    /// The keys that are to leave, and when the last of them expires.
    fn surplus_in(&self, found: Vec<Row>, key: &Bytes, stored: Numbers) -> (Vec<Bytes>, i64) {
        let later = self.recent.lock().places_after(stored);
        let (mut surplus, mut latest) = (Vec::new(), i64::MIN);
        for row in found {
            let Ok([found, expires_at]) = <[Cell; 2]>::try_from(row) else { continue };
            let found = Bytes::from(found.bytes());
            if found != key && !later.contains(&place_of(&found)) {
                latest = latest.max(expires_at.number());
                surplus.push(found);
            }
        }
        (surplus, latest)
    }

    /// The first and the last place of the stretch around a place.
    fn stretch_of(&self, place: i64) -> (i64, i64) {
        let length = u64::MAX / self.stretches;
        let from_start = place.cast_unsigned() ^ (1 << 63);
        let number = (from_start / length).min(self.stretches - 1);
        let first = number * length;
        let last = if number == self.stretches - 1 { u64::MAX } else { first + (length - 1) };
        let place_at = |from_start: u64| (from_start ^ (1 << 63)).cast_signed();
        (place_at(first), place_at(last))
    }
}

impl Recent {
    /// The places of what was stored after these entries, as far as it is remembered.
    fn places_after(&self, stored: Numbers) -> HashSet<i64> {
        let later = usize::try_from(self.stored - stored.after).unwrap_or(usize::MAX);
        self.places.iter().rev().take(later).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&'static str]) -> Vec<Bytes> {
        names.iter().map(|name| Bytes::from_static(name.as_bytes())).collect()
    }

    fn row(key: &str, expires_at: i64) -> Row {
        vec![Cell::Bytes(key.into()), Cell::Number(expires_at)]
    }

    #[test]
    fn a_sample_leaves_what_was_stored_after_it_was_due() {
        let bound = Bound::new(1);
        bound.notes(&keys(&["before"]));
        let stored = bound.notes(&keys(&["own", "another"]));
        bound.notes(&keys(&["after"]));
        let found = [row("before", 3), row("own", 4), row("another", 5), row("after", 6)];

        let (surplus, latest) = bound.surplus_in(found.into(), &keys(&["own"])[0], stored);

        assert_eq!((surplus, latest), (keys(&["before", "another"]), 5));
    }

    #[test]
    fn what_was_stored_is_remembered_up_to_a_bound() {
        let bound = Bound::new(1);
        let stored = bound.notes(&[]);
        for _ in 0..=REMEMBERED {
            bound.notes(&keys(&["one", "two"]));
        }

        let recent = bound.recent.lock();

        assert_eq!(recent.places.len(), REMEMBERED);
        assert_eq!(recent.places_after(stored).len(), 2);
    }

    #[test]
    fn every_place_is_in_one_stretch() {
        for max_entries in [1, 9, 1000, 1_000_000, u64::MAX] {
            let bound = Bound::new(max_entries);
            for place in [i64::MIN, -1, 0, 1, 1 << 40, i64::MAX] {
                let (low, high) = bound.stretch_of(place);

                assert!(low <= place && place <= high, "{max_entries}: {place}");
                assert!(low == i64::MIN || bound.stretch_of(low - 1).1 == low - 1, "{max_entries}: {place}");
                assert!(
                    high == i64::MAX || bound.stretch_of(high + 1).0 == high + 1,
                    "{max_entries}: {place}"
                );
            }
        }
    }

    #[test]
    fn the_shares_of_all_stretches_are_the_bound() {
        for max_entries in [1, 9, 255, 1000, 1_000_000] {
            let bound = Bound::new(max_entries);

            let sum = bound.share.unsigned_abs() * bound.stretches;
            assert!(sum <= max_entries && max_entries - sum < bound.stretches, "{max_entries}: {sum}");
        }
    }
}
