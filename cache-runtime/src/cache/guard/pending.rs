//! Invalidations that a store has not confirmed: what they cover is not read from it until they were delivered.
//!
//! Bounded: past [`KEYS`] keys, a key is widened to its version, which is then cleared as a whole; past [`TAGS`] tags,
//! every version that this process uses is; of more than [`VERSIONS`] versions, whatever begins with the cache's prefix
//! is, be it of another cache (`shop:eu` where this is `shop`). Nothing of a version that awaits this is read. What is
//! beyond it: entries of a version that no surviving process uses keep a tag whose invalidation was the [`TAGS`] first and
//! more; so do those of later versions in Memcached, which clears one version at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::sync::Mutex;
use crate::base::table;

/// The most keys that are kept one by one.
pub(super) const KEYS: usize = 10_000;

/// The most tags that are kept one by one.
pub(super) const TAGS: usize = 50_000;

/// The most versions that are remembered one by one.
pub(super) const VERSIONS: usize = 256;

/// The most keys that are delivered at once.
const BATCH: usize = 500;

/// What an invalidation covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// One key, or the record of a tag.
    Key(String),
    /// All keys with this prefix.
    Prefix(String),
}

/// What is to be delivered together, as of when it was noted.
pub(super) struct Batch {
    pub(super) keys: Vec<String>,
    pub(super) prefixes: Vec<String>,
    /// What is noted at or behind this is not in it.
    pub(super) until: u64,
}

/// What the store has not confirmed.
pub(super) struct Pending {
    /// `{key_prefix}:`, behind which a final key has its version, or a tag record its mark.
    prefix: String,
    /// How many there are: nobody takes the lock while there are none.
    count: AtomicU64,
    /// Counts what was noted, so that nothing noted later is taken for delivered.
    sequence: AtomicU64,
    delivered: AtomicU64,
    overflows: AtomicU64,
    noted: Mutex<Noted>,
}

/// Each with the sequence at which it was noted.
#[derive(Default, Clone)]
pub(super) struct Noted {
    keys: HashMap<String, u64>,
    tags: HashMap<String, u64>,
    prefixes: HashMap<String, u64>,
    versions: Versions,
}

/// The versions that this process uses.
#[derive(Default, Clone)]
struct Versions {
    /// In order, and [`VERSIONS`] at most.
    known: Vec<u32>,
    has_more: bool,
}

impl Versions {
    fn note(&mut self, version: u32) {
        if self.known.len() < VERSIONS {
            table::note(&mut self.known, version);
        } else if self.known.binary_search(&version).is_err() {
            self.has_more = true;
        }
    }

    /// What the final keys of all of them begin with, behind this prefix.
    fn prefixes(&self, prefix: &str) -> Vec<String> {
        let known = self.known.iter().map(|version| format!("{prefix}{version}:"));
        known.chain(self.has_more.then(|| prefix.to_owned())).collect()
    }
}

impl Noted {
    fn len(&self) -> usize {
        self.keys.len() + self.tags.len() + self.prefixes.len()
    }

    pub(super) fn covers(&self, key: &str) -> bool {
        self.keys.contains_key(key)
            || self.tags.contains_key(key)
            || self.prefixes.keys().any(|prefix| key.starts_with(prefix.as_str()))
    }
}

impl Pending {
    pub(super) fn of(key_prefix: &str) -> Self {
        Self {
            prefix: format!("{key_prefix}:"),
            count: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            overflows: AtomicU64::new(0),
            noted: Mutex::default(),
        }
    }

    pub(super) fn knows_version(&self, version: u32) {
        self.noted.lock().versions.note(version);
    }

    /// What the final keys of all versions begin with that this process uses.
    pub(super) fn all_prefixes(&self) -> Vec<String> {
        self.noted.lock().versions.prefixes(&self.prefix)
    }

    pub(super) fn is_any(&self) -> bool {
        self.len() > 0
    }

    pub(super) fn len(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    pub(super) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(super) fn overflows(&self) -> u64 {
        self.overflows.load(Ordering::Relaxed)
    }

    /// Where the sequence is: what is noted from now on stands at or behind it.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    /// Whether this key must not be read from the store.
    pub(super) fn covers(&self, key: &str) -> bool {
        self.is_any() && self.noted.lock().covers(key)
    }

    /// The places of those keys that must not be read.
    pub(super) fn covered(&self, keys: &[String]) -> Vec<usize> {
        if !self.is_any() {
            return Vec::new();
        }
        let noted = self.noted.lock();
        (0..keys.len()).filter(|&place| noted.covers(&keys[place])).collect()
    }

    /// All that must not be read now; `None` while that is nothing.
    pub(super) fn noted(&self) -> Option<Noted> {
        self.is_any().then(|| self.noted.lock().clone())
    }

    pub(super) fn note(&self, targets: Vec<Target>) {
        let mut noted = self.noted.lock();
        for target in targets {
            let sequence = self.sequence.fetch_add(1, Ordering::AcqRel);
            match target {
                Target::Prefix(prefix) => drop(noted.prefixes.insert(prefix, sequence)),
                Target::Key(key) => self.note_key(&mut noted, key, sequence),
            }
        }
        self.count.store(noted.len() as u64, Ordering::Release);
    }

    fn note_key(&self, noted: &mut Noted, key: String, sequence: u64) {
        match self.version_prefix(&key) {
            Some(version) if noted.keys.len() >= KEYS && !noted.keys.contains_key(&key) => {
                self.overflows.fetch_add(1, Ordering::Relaxed);
                noted.prefixes.insert(version.to_owned(), sequence);
            }
            Some(_) => drop(noted.keys.insert(key, sequence)),
            None if noted.tags.len() >= TAGS && !noted.tags.contains_key(&key) => {
                self.overflows.fetch_add(1, Ordering::Relaxed);
                let prefixes = noted.versions.prefixes(&self.prefix);
                noted.prefixes.extend(prefixes.into_iter().map(|prefix| (prefix, sequence)));
            }
            None => drop(noted.tags.insert(key, sequence)),
        }
    }

    /// What the final keys of this key's version begin with; `None` for the record of a tag.
    fn version_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
        let behind = key.strip_prefix(self.prefix.as_str())?;
        let version = behind.split_once(':')?.0;
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| &key[..=self.prefix.len() + version.len()])
    }

    /// What is to be delivered next: clears first, since they cover most.
    pub(super) fn batch(&self) -> Batch {
        let noted = self.noted.lock();
        let keys = noted.keys.keys().chain(noted.tags.keys());
        let keys = keys.take(BATCH).cloned().collect();
        Batch { keys, prefixes: noted.prefixes.keys().cloned().collect(), until: self.sequence() }
    }

    /// Forgets a part of a batch that was delivered, but for what was noted again meanwhile.
    pub(super) fn has_delivered(&self, targets: &[Target], until: u64) {
        let settled = self.settle(targets, until);
        self.delivered.fetch_add(settled, Ordering::Relaxed);
    }

    /// Forgets these, as far as they were noted before `until`; how many that were.
    pub(super) fn settle(&self, targets: &[Target], until: u64) -> u64 {
        let mut noted = self.noted.lock();
        let before = noted.len();
        for target in targets {
            match target {
                Target::Prefix(prefix) => noted.prefixes.retain(|it, at| it != prefix || *at >= until),
                Target::Key(key) => {
                    let Noted { keys, tags, .. } = &mut *noted;
                    for map in [keys, tags] {
                        if map.get(key).is_some_and(|at| *at < until) {
                            map.remove(key);
                        }
                    }
                }
            }
        }
        self.count.store(noted.len() as u64, Ordering::Release);
        (before - noted.len()) as u64
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn so_many_versions_are_remembered_and_all_are_covered() {
        let pending = Pending::of("shop");

        (1..=10_000).for_each(|version| pending.knows_version(version));

        let prefixes = pending.all_prefixes();
        assert_eq!(prefixes.len(), VERSIONS + 1);
        for key in ["shop:1:key", "shop:256:key", "shop:10000:key"] {
            assert!(prefixes.iter().any(|prefix| key.starts_with(prefix)), "{key}");
        }
    }

    #[test]
    fn what_begins_alike_is_left_alone_while_there_are_few_versions() {
        let pending = Pending::of("shop");

        (1..=10_000).for_each(|round| pending.knows_version(round % 256));

        assert!(!pending.all_prefixes().contains(&"shop:".to_owned()));
    }
}
