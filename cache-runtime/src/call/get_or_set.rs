//! `get_or_set`: a call without a function, for the low-level API.

use std::future::Future;

use super::flight::{Leader, Purpose};
use super::function::DEFAULT_WAIT;
use super::keep::{Keep, Raw};
use super::lookup::{look, unpack};
use super::miss::Usual;
use super::one::{Call, Policy};
use super::shape::{Fallible, Outcome, Plain};
use super::{join, run, running};
use crate::base::ambient::{self, REFRESHING};
use crate::base::entry::Timeout;
use crate::base::event::{Event, MissReason};
use crate::base::key::Key;
use crate::base::sync::{block_on, unblocked};
use crate::cache::{BlockingCache, Cache};
use crate::codec::Cacheable;

impl Cache {
    /// The value under `key`, or else what `compute` returns, which is stored for `timeout`.
    ///
    /// Of many concurrent callers, in this process and in others that share the store, one computes.
    /// It never fails because of the cache: what fails there is counted, and the value is computed.
    ///
    /// # Example
    ///
    /// ```
    /// use cache_runtime::{Caches, Timeout};
    ///
    /// # async fn example() -> cache_runtime::Result<()> {
    /// let cache = Caches::builder().build()?.get("default")?;
    /// let answer = cache.get_or_set("answer", Timeout::secs(60), async || 42).await;
    /// assert_eq!(answer, 42);
    /// assert_eq!(cache.get::<i32>("answer").await?, Some(42));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_or_set<T: Cacheable, F: Future<Output = T>>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> F,
    ) -> T {
        let found = find::<Plain<T>>(self, key.into(), timeout.into());
        compute_async::<Plain<T>, F>(found, compute).await
    }

    /// [`get_or_set`](Self::get_or_set) for a computation that can fail: an error is returned, not stored.
    pub async fn try_get_or_set<T: Cacheable, E, F: Future<Output = Result<T, E>>>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> F,
    ) -> Result<T, E> {
        let found = find::<Fallible<T, E>>(self, key.into(), timeout.into());
        compute_async::<Fallible<T, E>, F>(found, compute).await
    }
}

impl BlockingCache {
    /// See [`Cache::get_or_set`].
    pub fn get_or_set<T: Cacheable>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> T,
    ) -> T {
        let found = find::<Plain<T>>(self.cache(), key.into(), timeout.into());
        compute_blocking::<Plain<T>>(found, compute)
    }

    /// See [`Cache::try_get_or_set`].
    pub fn try_get_or_set<T: Cacheable, E>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let found = find::<Fallible<T, E>>(self.cache(), key.into(), timeout.into());
        compute_blocking::<Fallible<T, E>>(found, compute)
    }
}

enum Found<R> {
    Hit(R),
    Miss(Box<Call>),
}

/// Looks into a store of this process; what it lacks becomes a call.
fn find<O: Outcome>(cache: &Cache, key: Key, timeout: Timeout) -> Found<O::Return>
where
    Raw: Keep<O::Value>,
{
    let policy = Policy { timeout, none: None, err: None, wait: DEFAULT_WAIT };
    let counters = &cache.core().counters;
    if ambient::flags() & REFRESHING != 0 {
        counters.note(Event::Refresh);
        return Found::Miss(Box::new(Call::new(cache.clone(), key, policy, Purpose::Refresh)));
    }
    if let Some(local) = cache.local() {
        let held = look(local, cache, key.as_str().as_bytes());
        match held.and_then(|held| unpack::<O, Raw>(held).ok_or(MissReason::OtherLayout)) {
            Ok(returned) => {
                counters.hits.raise();
                return Found::Hit(returned);
            }
            Err(reason) => counters.miss(reason),
        }
    }
    Found::Miss(Box::new(Call::new(cache.clone(), key, policy, Purpose::Fill)))
}

async fn compute_async<O, F>(found: Found<O::Return>, compute: impl FnOnce() -> F) -> O::Return
where
    O: Outcome,
    Raw: Keep<O::Value>,
    F: Future<Output = O::Return>,
{
    match found {
        Found::Hit(returned) => returned,
        Found::Miss(mut call) => {
            call.leader = Leader::Async;
            join::polls();
            run::<O, Raw, _, _>(call, Usual, async { compute().await }).await
        }
    }
}

fn compute_blocking<O: Outcome>(found: Found<O::Return>, compute: impl FnOnce() -> O::Return) -> O::Return
where
    Raw: Keep<O::Value>,
{
    match found {
        Found::Hit(returned) => returned,
        Found::Miss(call) => block_on(running::<O, Raw, _, _>(call, Usual, async { unblocked(compute) })),
    }
}
