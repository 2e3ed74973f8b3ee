//! The bounded map behind a memory store: what it holds at most, and what had to leave.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use super::Options;
use super::key::{Key, Sought};
use crate::base::entry::Held;
use crate::base::error::{Error, ErrorKind, Result};

const DEFAULT_ENTRIES: usize = 100_000;
/// What so many entries weigh at most where no weight is stated: pages of 2 MiB would take 200 GB.
const DEFAULT_WEIGHT: u64 = 256 << 20;
/// What an entry is taken to weigh where only the weight is bounded: it decides how many shards are
/// useful.
const EXPECTED_WEIGHT: u64 = 1024;
/// Fewer entries a shard would make their uneven spread over the shards felt.
const ENTRIES_PER_SHARD: usize = 4096;

/// The bounds of a store, made consistent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    expected_entries: usize,
    capacity: u64,
    shards: usize,
    scale: Scale,
}

/// What one entry counts for.
#[derive(Debug, Clone, Copy)]
enum Scale {
    /// One.
    Entries,
    /// Its weight, and at least this.
    Weight(u64),
    /// Its weight, and at least and at most this: a bound that nobody has stated refuses no value. One that is
    /// heavier than the rest of its shard could be stays there alone.
    Within(u64, u64),
}

impl Bounds {
    pub(super) fn of(options: &Options) -> Result<Self> {
        let stated = [
            ("max_entries", options.max_entries.map(|entries| entries as u64)),
            ("max_weight", options.max_weight),
        ];
        if let Some((name, _)) = stated.into_iter().find(|(_, bound)| *bound == Some(0)) {
            let text = format!("`{name}` is zero; a cache that keeps nothing is `dummy`");
            return Err(Error::new(ErrorKind::Settings, "settings").context(text));
        }
        let (expected_entries, capacity, scale) = match (options.max_entries, options.max_weight) {
            // The map holds one entry only if that counts as one.
            (Some(1), None) => (1, 1, Scale::Entries),
            (entries, None) => {
                let entries = entries.unwrap_or(DEFAULT_ENTRIES);
                return Ok(Self::of_entries(entries, shards(options.shards, entries)));
            }
            (None, Some(weight)) => {
                let entries = usize::try_from(weight / EXPECTED_WEIGHT).unwrap_or(usize::MAX).max(1);
                (entries, weight, Scale::Weight(1))
            }
            // Rounded up, so that so many entries never fit more than `entries` times.
            (Some(entries), Some(weight)) => {
                (entries, weight, Scale::Weight(weight.div_ceil(entries as u64)))
            }
        };
        let shards = shards(options.shards, expected_entries);
        Ok(Self { expected_entries, capacity: capacity - capacity % shards as u64, shards, scale })
    }

    /// So many entries, and the weight that goes with them. Each counts as its equal part of that at least, so that the
    /// number of small ones is bounded as if the weight were not.
    fn of_entries(expected_entries: usize, shards: usize) -> Self {
        let least = DEFAULT_WEIGHT / expected_entries.min(DEFAULT_ENTRIES) as u64;
        let of_a_shard = (expected_entries / shards) as u64 * least;
        let (capacity, scale) = (of_a_shard * shards as u64, Scale::Entries);
        let bounds = Self { expected_entries, capacity, shards, scale };
        let most = largest(of_a_shard, bounds.hot_share());
        Self { scale: Scale::Within(least, most), ..bounds }
    }

    /// The share of a shard that entries may hold which have proved useful. The rest is a queue of
    /// new ones: in a small store it must be wide enough for the last few that were set.
    fn hot_share(&self) -> f64 {
        if self.expected_entries < 1000 { 0.75 } else { 0.97 }
    }
}

/// A power of two that leaves every shard some entries; the map itself insists on 32 each.
fn shards(stated: Option<usize>, expected_entries: usize) -> usize {
    let wanted = stated.unwrap_or_else(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (expected_entries / ENTRIES_PER_SHARD).min(cores * 4)
    });
    let mut shards = wanted.clamp(1, 1 << 16).next_power_of_two();
    while shards > 1 && expected_entries / shards < 32 {
        shards /= 2;
    }
    shards
}

impl Scale {
    fn weigh(self, held: &Held) -> u64 {
        match self {
            Self::Entries => 1,
            Self::Weight(least) => u64::from(held.weight).max(least),
            Self::Within(least, most) => u64::from(held.weight).clamp(least, most),
        }
    }
}

impl Weighter<Key, Held> for Scale {
    fn weight(&self, _: &Key, held: &Held) -> u64 {
        self.weigh(held)
    }
}

/// What the map did by itself, and the weight of what it holds.
#[derive(Debug, Default)]
struct Tally {
    evictions: AtomicU64,
    weight: AtomicU64,
}

#[derive(Debug, Clone)]
struct Ledger(Arc<Tally>);

impl Lifecycle<Key, Held> for Ledger {
    type RequestState = Displaced;

    /// The map calls this for evictions and for values that are too heavy; the latter never reach
    /// it.
    fn before_evict(&self, _: &mut Displaced, _: &Key, _: &mut Held) {
        self.0.evictions.fetch_add(1, Ordering::Relaxed);
    }

    fn on_evict(&self, displaced: &mut Displaced, key: Key, held: Held) {
        self.0.weight.fetch_sub(u64::from(held.weight), Ordering::Relaxed);
        displaced.push((key, held));
    }
}

/// Entries that left the map, to be dropped where no lock is held: a user's `Drop` may call the
/// cache.
#[derive(Default)]
#[must_use]
pub(super) struct Displaced {
    first: Option<(Key, Held)>,
    others: Vec<(Key, Held)>,
}

impl Displaced {
    fn push(&mut self, entry: (Key, Held)) {
        match self.first {
            None => self.first = Some(entry),
            Some(_) => self.others.push(entry),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Key, Held)> {
        self.first.iter().chain(&self.others)
    }
}

impl From<Option<(Key, Held)>> for Displaced {
    fn from(first: Option<(Key, Held)>) -> Self {
        Self { first, others: Vec::new() }
    }
}

/// A concurrent map that keeps its bounds by letting entries go.
pub(super) struct Map {
    cache: Cache<Key, Held, Scale, RandomState, Ledger>,
    hasher: RandomState,
    tally: Arc<Tally>,
    scale: Scale,
    largest: u64,
}

impl Map {
    pub(super) fn new(bounds: &Bounds) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(bounds.expected_entries)
            .weight_capacity(bounds.capacity)
            .shards(bounds.shards)
            .hot_allocation(bounds.hot_share())
            .build()
            .expect("both capacities were given");
        let (hasher, tally, scale) = (RandomState::default(), Arc::<Tally>::default(), bounds.scale);
        let cache = Cache::with_options(options, scale, hasher.clone(), Ledger(Arc::clone(&tally)));
        let largest = largest(cache.shard_capacity(), bounds.hot_share());
        Self { cache, hasher, tally, scale, largest }
    }

    #[inline]
    pub(super) fn get(&self, key: Sought<'_>) -> Option<Held> {
        self.cache.get(&key)
    }

    /// Looks without counting as use: for those who write.
    pub(super) fn peek(&self, key: Sought<'_>) -> Option<Held> {
        self.cache.peek(&key)
    }

    pub(super) fn hash(&self, key: Sought<'_>) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Whether a shard has room for such an entry when everything else in it is gone.
    pub(super) fn takes(&self, held: &Held) -> bool {
        self.scale.weigh(held) <= self.largest
    }

    /// Inserts an entry that the map [`takes`](Self::takes); what it replaced and evicted.
    pub(super) fn insert(&self, key: Key, held: Held) -> Displaced {
        // Added first, so that the sum never falls below zero while an eviction of this entry is
        // counted.
        self.tally.weight.fetch_add(u64::from(held.weight), Ordering::Relaxed);
        let mut displaced = Displaced::default();
        self.cache.insert_with_lifecycle(key, held, &mut displaced);
        displaced
    }

    pub(super) fn remove(&self, key: Sought<'_>) -> Option<(Key, Held)> {
        self.remove_if(key, |_| true)
    }

    pub(super) fn remove_if(
        &self,
        key: Sought<'_>,
        condition: impl FnOnce(&Held) -> bool,
    ) -> Option<(Key, Held)> {
        let (key, held) = self.cache.remove_if(&key, condition)?;
        self.tally.weight.fetch_sub(u64::from(held.weight), Ordering::Relaxed);
        Some((key, held))
    }

    /// Walks the entries; no lock is held between two of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, Held)> {
        self.cache.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.cache.len()
    }

    pub(super) fn weight(&self) -> u64 {
        self.tally.weight.load(Ordering::Relaxed)
    }

    pub(super) fn evictions(&self) -> u64 {
        self.tally.evictions.load(Ordering::Relaxed)
    }
}

/// The heaviest entry that the map takes; computed as the map does.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the map computes its bound in the same way"
)]
fn largest(shard_capacity: u64, hot_share: f64) -> u64 {
    ((shard_capacity as f64 * hot_share) as u64).clamp(shard_capacity.min(1), shard_capacity)
}
