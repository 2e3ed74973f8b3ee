//! The low-level API for code that is not async: the same operations, waited for.

use std::collections::HashMap;

use super::Cache;
use crate::base::entry::{Timeout, Ttl};
use crate::base::error::Result;
use crate::base::event::Statistics;
use crate::base::key::{Key, Tag};
use crate::base::sync::block_on;
use crate::codec::{Cacheable, Storable};

/// A [`Cache`] for code that is not async; it works inside and outside of a tokio runtime.
///
/// Memory never waits. A shared store is driven by a runtime of its own in the background, so that a
/// thread which waits here cannot keep its answer from arriving.
///
/// # Example
///
/// ```
/// # use cache_runtime::{Caches, Result, Timeout};
/// # fn main() -> Result<()> {
/// let cache = Caches::builder().build()?.get("default")?.blocking();
/// cache.set("key", &vec![1, 2, 3], Timeout::secs(60))?;
///
/// assert_eq!(cache.get("key")?, Some(vec![1, 2, 3]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BlockingCache {
    cache: Cache,
}

impl Cache {
    /// The same cache for code that is not async.
    pub fn blocking(&self) -> BlockingCache {
        BlockingCache { cache: self.clone() }
    }
}

impl BlockingCache {
    /// The same cache for async code.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The alias it is known by.
    pub fn alias(&self) -> &str {
        self.cache.alias()
    }

    /// The same cache at another version: it sees other entries.
    #[must_use]
    pub fn with_version(&self, version: u32) -> Self {
        self.cache.with_version(version).blocking()
    }

    /// What this cache did since it was built.
    pub fn stats(&self) -> Statistics {
        self.cache.stats()
    }

    /// [`Cache::get`], waited for.
    pub fn get<T: Cacheable>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        block_on(self.cache.get(key))
    }

    /// [`Cache::get_many`], waited for.
    pub fn get_many<T: Cacheable, K: Into<Key>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<String, T>> {
        block_on(self.cache.get_many(keys))
    }

    /// [`Cache::set`], waited for.
    pub fn set<T: Storable + ?Sized>(
        &self,
        key: impl Into<Key>,
        value: &T,
        timeout: impl Into<Timeout>,
    ) -> Result<()> {
        block_on(self.cache.set(key, value, timeout))
    }

    /// [`Cache::set_many`], waited for.
    pub fn set_many<'a, T: Storable + ?Sized + 'a, K: Into<Key>>(
        &self,
        entries: impl IntoIterator<Item = (K, &'a T)>,
        timeout: impl Into<Timeout>,
    ) -> Result<()> {
        block_on(self.cache.set_many(entries, timeout))
    }

    /// [`Cache::add`], waited for.
    pub fn add<T: Storable + ?Sized>(
        &self,
        key: impl Into<Key>,
        value: &T,
        timeout: impl Into<Timeout>,
    ) -> Result<bool> {
        block_on(self.cache.add(key, value, timeout))
    }

    /// [`Cache::touch`], waited for.
    pub fn touch(&self, key: impl Into<Key>, timeout: impl Into<Timeout>) -> Result<bool> {
        block_on(self.cache.touch(key, timeout))
    }

    /// [`Cache::ttl`], waited for.
    pub fn ttl(&self, key: impl Into<Key>) -> Result<Option<Ttl>> {
        block_on(self.cache.ttl(key))
    }

    /// [`Cache::delete`], waited for.
    pub fn delete(&self, key: impl Into<Key>) -> Result<bool> {
        block_on(self.cache.delete(key))
    }

    /// [`Cache::delete_many`], waited for.
    pub fn delete_many<K: Into<Key>>(&self, keys: impl IntoIterator<Item = K>) -> Result<u64> {
        block_on(self.cache.delete_many(keys))
    }

    /// [`Cache::has_key`], waited for.
    pub fn has_key(&self, key: impl Into<Key>) -> Result<bool> {
        block_on(self.cache.has_key(key))
    }

    /// [`Cache::keys`], waited for.
    pub fn keys(&self) -> Result<Vec<String>> {
        block_on(self.cache.keys())
    }

    /// [`Cache::clear`], waited for.
    pub fn clear(&self) -> Result<()> {
        block_on(self.cache.clear())
    }

    /// [`Cache::incr`], waited for.
    pub fn incr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        block_on(self.cache.incr(key, by))
    }

    /// [`Cache::decr`], waited for.
    pub fn decr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        block_on(self.cache.decr(key, by))
    }

    /// [`Cache::incr_version`], waited for.
    pub fn incr_version(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        block_on(self.cache.incr_version(key, by))
    }

    /// [`Cache::decr_version`], waited for.
    pub fn decr_version(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        block_on(self.cache.decr_version(key, by))
    }

    /// [`Cache::invalidate_tag`], waited for.
    pub fn invalidate_tag(&self, tag: impl Into<Tag>) -> Result<()> {
        block_on(self.cache.invalidate_tag(tag))
    }

    /// [`Cache::close`], waited for.
    pub fn close(&self) -> Result<()> {
        block_on(self.cache.close())
    }
}
