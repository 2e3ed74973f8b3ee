//! What happened, counted: hits without contention, everything else by its reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use super::hits::HitCounter;
use super::sync::Mutex;
use super::table::Table;

/// Why a lookup found nothing to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissReason {
    /// No entry, or one that expired: shared stores do not tell the two apart.
    Absent,
    /// The entry had expired.
    Expired,
    /// A tag of the entry was invalidated.
    Invalidated,
    /// The entry was written for another layout of the type, or for another type.
    OtherLayout,
    /// The entry is damaged, foreign, or of a codec that is not compiled in.
    Undecodable,
    /// The store could not be asked.
    Unreachable,
}

impl MissReason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 6] = [
        Self::Absent,
        Self::Expired,
        Self::Invalidated,
        Self::OtherLayout,
        Self::Undecodable,
        Self::Unreachable,
    ];

    /// The reason in lower-case words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::OtherLayout => "other layout",
            Self::Undecodable => "undecodable",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What is counted besides hits and misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A computed value was stored.
    Fill,
    /// A computed value was refused by the fence or by the lease: an invalidation came between.
    RefusedFill,
    /// A caller waited for another's computation.
    Wait,
    /// A caller stopped waiting at its limit.
    WaitLimit,
    /// A body ran for a value that the cache did not have; a body past the cache is a `Bypass`.
    Computation,
    /// A lookup was skipped by a refresh.
    Refresh,
    /// A call went past the cache (`when`, recursion, unusable settings).
    Bypass,
    /// A store operation failed.
    StoreError,
    /// A value could not be encoded, and was returned without being stored.
    Unserializable,
    /// The store had no room for a value, which was returned without being stored: too large, or the store is full.
    TooLarge,
    /// The store evicted an entry to make room.
    Eviction,
    /// The store removed an expired entry by itself.
    Expiration,
}

impl Event {
    const COUNT: usize = Self::Expiration as usize + 1;
}

/// The counters of one cache.
#[derive(Debug, Default)]
pub struct Counters {
    /// Lookups that returned a value, but for those that a function counts: see
    /// [`of_function`](Self::of_function).
    pub hits: HitCounter,
    of_functions: Mutex<Vec<Arc<HitCounter>>>,
    misses: [AtomicU64; MissReason::ALL.len()],
    events: [AtomicU64; Event::COUNT],
}

impl Counters {
    /// A counter for one function, whose hits are hits of this cache as well: raising two at every hit
    /// was measured, and costs two nanoseconds more.
    pub fn of_function(&self) -> Arc<HitCounter> {
        let counter = Arc::<HitCounter>::default();
        self.of_functions.lock().push(Arc::clone(&counter));
        counter
    }

    /// Lookups that returned a value.
    pub fn total_hits(&self) -> u64 {
        self.hits.sum() + self.of_functions.lock().iter().map(|counter| counter.sum()).sum::<u64>()
    }

    /// Counts a miss.
    pub fn miss(&self, reason: MissReason) {
        self.misses[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an event.
    pub fn note(&self, event: Event) {
        self.events[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Misses for this reason.
    pub fn misses(&self, reason: MissReason) -> u64 {
        self.misses[reason as usize].load(Ordering::Relaxed)
    }

    /// How often this happened.
    pub fn count(&self, event: Event) -> u64 {
        self.events[event as usize].load(Ordering::Relaxed)
    }
}

/// Whether a store is asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CircuitState {
    /// It is.
    Closed,
    /// It has failed several times in a row, and is left alone for a moment.
    Open,
    /// One caller is trying whether it has recovered.
    HalfOpen,
}

/// What a store that may fail looks like from this process; a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreState {
    /// Whether it is asked.
    pub circuit: CircuitState,
    /// How often it was found dead.
    pub openings: u64,
    /// Operations that were not tried, since it was being left alone.
    pub refused: u64,
    /// Invalidations that it has not confirmed: what they cover is not read from it.
    pub pending: u64,
    /// Invalidations that were delivered to it later.
    pub delivered: u64,
    /// Invalidations that were widened to all of a version, since too many were pending.
    pub overflows: u64,
    /// Operations that the fallback has done instead.
    pub fallbacks: u64,
}

/// What one cache did since it was built; a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Lookups that returned a value.
    pub hits: u64,
    /// Lookups that did not, by reason.
    pub misses: Table<&'static str, u64>,
    /// Computed values that were stored.
    pub fills: u64,
    /// Computed values that an invalidation kept out.
    pub refused_fills: u64,
    /// Bodies that ran.
    pub computations: u64,
    /// Callers that waited for another's computation.
    pub waits: u64,
    /// Callers that stopped waiting at their limit.
    pub wait_limits: u64,
    /// Lookups skipped by a refresh.
    pub refreshes: u64,
    /// Calls that went past the cache.
    pub bypasses: u64,
    /// Store operations that failed.
    pub errors: u64,
    /// Values that could not be encoded.
    pub unserializable: u64,
    /// Values for which the store had no room: too large, or the store is full.
    pub too_large: u64,
    /// Entries evicted to make room.
    pub evictions: u64,
    /// Expired entries that the store removed by itself.
    pub expirations: u64,
    /// Entries now, where the store can tell.
    pub entries: Option<u64>,
    /// Their weight now in bytes, where the store can tell.
    pub weight: Option<u64>,
    /// The store, if it may fail: one that other processes share.
    pub store: Option<StoreState>,
}

impl Statistics {
    /// A snapshot of `counters`.
    pub fn of(counters: &Counters) -> Self {
        let misses = MissReason::ALL.into_iter().map(|reason| (reason.as_str(), counters.misses(reason)));
        Self {
            hits: counters.total_hits(),
            misses: misses.collect(),
            fills: counters.count(Event::Fill),
            refused_fills: counters.count(Event::RefusedFill),
            computations: counters.count(Event::Computation),
            waits: counters.count(Event::Wait),
            wait_limits: counters.count(Event::WaitLimit),
            refreshes: counters.count(Event::Refresh),
            bypasses: counters.count(Event::Bypass),
            errors: counters.count(Event::StoreError),
            unserializable: counters.count(Event::Unserializable),
            too_large: counters.count(Event::TooLarge),
            evictions: counters.count(Event::Eviction),
            expirations: counters.count(Event::Expiration),
            entries: None,
            weight: None,
            store: None,
        }
    }

    /// Misses for all reasons together.
    pub fn total_misses(&self) -> u64 {
        self.misses.values().sum()
    }
}
