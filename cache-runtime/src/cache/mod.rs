//! ③ Alias → cache: a backend with settings, under an alias.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::backend::{Generation, Local, SharedBackend, Space, Token};
use crate::base::clock::Clock;
use crate::base::entry::Life;
use crate::base::error::Result;
use crate::base::event::{Counters, Statistics};
use crate::base::fence::Fence;
use crate::base::key::Key;
use crate::base::setup::Common;
use crate::codec::Encoding;

mod blocking;
mod builder;
mod check;
mod counting;
mod fallback;
pub(crate) mod front;
mod guard;
pub(crate) mod held;
pub mod identity;
#[cfg(any(feature = "tower", feature = "actix"))]
pub(crate) mod layers;
pub(crate) mod orphans;
mod probe;
mod reading;
pub mod registration;
mod registry;
pub(crate) mod scope;
pub mod settings;
pub(crate) mod stored;
mod writing;
pub(crate) mod written;

pub use blocking::BlockingCache;
pub use builder::{CachesBuilder, PREFIX_LIMIT};
pub use check::{Diagnostic, Severity};
pub use registry::{Caches, cache, caches};

/// The version whose space, in a local store, has the tags.
const TAG_VERSION: u32 = 0;

/// A cache: a backend with settings. Clones are cheap and show the same entries.
#[derive(Clone)]
pub struct Cache {
    core: Arc<Core>,
    version: u32,
    space: Space,
}

/// What the clones and versions of one cache share.
pub(crate) struct Core {
    pub(crate) id: u64,
    pub(crate) alias: String,
    pub(crate) backend: SharedBackend,
    /// The same without its guard, for glances: what awaits an invalidation was forgotten in front when it was noted.
    pub(crate) unguarded: SharedBackend,
    /// The guard that `backend` is, around a store that may fail.
    guard: Option<Arc<guard::Guard>>,
    pub(crate) common: Common,
    pub(crate) clock: Clock,
    pub(crate) counters: Counters,
    /// The local side of the fence of a shared store; a local store has its own.
    pub(crate) fence: Fence,
    /// Leases in a shared store that nobody here wants any more.
    pub(crate) orphans: Arc<orphans::Orphans>,
    /// Where a local store has the tags, which all versions share.
    tag_space: Space,
}

impl Cache {
    /// A cache over `backend`; `fallback` answers while that fails.
    pub(crate) fn over(
        alias: &str,
        backend: SharedBackend,
        common: Common,
        clock: Clock,
        fallback: Option<&Self>,
    ) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let version = common.version;
        let guard = backend.capability().shared.then(|| {
            let store = fallback.map(|cache| Arc::clone(&cache.core.backend));
            let guard = guard::Guard::around(Arc::clone(&backend), clock.clone(), &common.key_prefix, store);
            if let Some(other) = fallback.and_then(|cache| cache.core.guard.as_ref()) {
                other.answers_for(&guard);
            }
            guard
        });
        let unguarded = Arc::clone(&backend);
        let backend = guard.clone().map_or(backend, |guard| guard as SharedBackend);
        let space = space_of(&backend, &common, version);
        let (counters, fence) = (Counters::default(), Fence::new());
        let tag_space = space_of(&backend, &common, TAG_VERSION);
        let (alias, orphans) = (alias.to_owned(), Arc::default());
        let core =
            Core { id, alias, backend, unguarded, guard, common, clock, counters, fence, orphans, tag_space };
        Self { core: Arc::new(core), version, space }.noted()
    }

    /// The alias it is known by.
    pub fn alias(&self) -> &str {
        &self.core.alias
    }

    /// Whether this is a shared store whose keys begin as those of a cache with these settings.
    fn shares_keys_with(&self, common: &Common) -> bool {
        self.core.guard.is_some() && self.core.common.key_prefix == common.key_prefix
    }

    /// The same cache at another version: it sees other entries.
    #[must_use]
    pub fn with_version(&self, version: u32) -> Self {
        let space = space_of(&self.core.backend, &self.core.common, version);
        Self { core: Arc::clone(&self.core), version, space }.noted()
    }

    /// Tells the guard which version this is.
    fn noted(self) -> Self {
        if let Some(guard) = &self.core.guard {
            guard.knows_version(self.version);
        }
        self
    }

    /// What this cache did since it was built.
    pub fn stats(&self) -> Statistics {
        let mut statistics = Statistics::of(&self.core.counters);
        statistics.store = self.core.guard.as_ref().map(|guard| guard.state());
        if let Some(local) = self.local() {
            let usage = local.usage();
            statistics.entries = Some(usage.entries);
            statistics.weight = Some(usage.weight);
            statistics.evictions += usage.evictions;
            statistics.expirations += usage.expirations;
        }
        statistics
    }

    /// The version in its final keys.
    pub(crate) fn number(&self) -> u32 {
        self.version
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    #[inline]
    pub(crate) fn local(&self) -> Option<&dyn Local> {
        self.core.backend.local()
    }

    #[inline]
    pub(crate) fn space(&self) -> Space {
        self.space
    }

    pub(crate) fn tag_space(&self) -> Space {
        self.core.tag_space
    }

    pub(crate) fn encoding(&self) -> Encoding {
        let Common { codec, compression, compress_above, .. } = self.core.common;
        Encoding { codec, compression, compress_above }
    }

    /// The key as a shared store sees it: `{key_prefix}:{version}:{key}`.
    pub(crate) fn final_key(&self, key: &str) -> String {
        let (prefix, mut version) = (&self.core.common.key_prefix, itoa::Buffer::new());
        Key::from([prefix, ":", version.format(self.version), ":", key].concat()).into_string()
    }

    /// What every final key of this cache and version begins with.
    pub(crate) fn final_prefix(&self) -> String {
        prefix_of(&self.core.common, self.version)
    }

    /// The key of a tag's record in a shared store, for all versions; `tag` is the hash of its name.
    pub(crate) fn tag_record(&self, tag: u64) -> String {
        format!("{}:~t:{tag:016x}", self.core.common.key_prefix)
    }
}

/// The local side of the fence of a shared store.
impl Cache {
    /// The generation of a final key: to be noted before a computation begins.
    pub(crate) fn generation(&self, final_key: &str) -> Generation {
        self.core.fence.generation(hash_of(final_key))
    }

    /// Ends the generation of a final key, so that computations that began before are refused.
    pub(crate) fn supersede(&self, final_key: &str) {
        self.core.fence.invalidate(hash_of(final_key), || ());
    }

    /// Tells a shared store of a change to these final keys, and ends their generations: before, so that nothing computed
    /// earlier fills in between, and afterwards, since what has begun meanwhile may have read what was there before.
    pub(crate) async fn changing<T>(
        &self,
        final_keys: &[impl AsRef<str>],
        tell: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let supersede = || final_keys.iter().for_each(|key| self.supersede(key.as_ref()));
        supersede();
        let told = tell.await;
        supersede();
        told
    }

    /// Fills a shared store for a refresh: unless the store confirms it, the older value goes as if it were deleted.
    pub(crate) async fn refill(
        &self,
        final_key: &str,
        token: Token,
        value: Bytes,
        life: Life,
    ) -> Result<bool> {
        match &self.core.guard {
            Some(guard) => guard.refill(final_key, token, value, life).await,
            None => self.core.backend.fill(final_key, token, value, life).await,
        }
    }

    /// Notes that the store has an older value under a final key than this process could store.
    pub(crate) fn outdates(&self, final_key: &str) {
        if let Some(guard) = &self.core.guard {
            guard.outdates(final_key);
        }
    }

    /// Whether the generation of a final key has not ended since it was `seen`.
    pub(crate) fn is_current(&self, final_key: &str, seen: Generation) -> bool {
        self.core.fence.holds(hash_of(final_key), seen)
    }
}

/// The hash that stands for a tag in stored entries.
pub(crate) fn tag_hash(tag: &str) -> u64 {
    hash_of(tag)
}

fn hash_of(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}

fn space_of(backend: &SharedBackend, common: &Common, version: u32) -> Space {
    match (backend.local(), backend.front()) {
        (Some(local), _) => local.space(&common.key_prefix, version),
        // Tags have no version of their own, and are not kept in front of a store.
        (None, Some(front)) if version != TAG_VERSION => front.space(&prefix_of(common, version)),
        _ => Space(0),
    }
}

/// What every final key of a prefix and version begins with.
fn prefix_of(common: &Common, version: u32) -> String {
    format!("{}:{version}:", common.key_prefix)
}
