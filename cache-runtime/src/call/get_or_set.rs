//! `get_or_set`: a call without a function, for the low-level API.

use std::future::Future;

use super::direct::Direct;
use super::keep::{Keep, Raw};
use super::miss::Usual;
use super::shape::{Fallible, Outcome, Plain};
use crate::base::entry::Timeout;
use crate::base::key::Key;
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
        let call = Direct::new(self, key.into()).timeout(timeout.into());
        compute_async::<Plain<T>, F>(call, compute).await
    }

    /// [`get_or_set`](Self::get_or_set) for a computation that can fail: an error is returned, not stored.
    pub async fn try_get_or_set<T: Cacheable, E, F: Future<Output = Result<T, E>>>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> F,
    ) -> Result<T, E> {
        let call = Direct::new(self, key.into()).timeout(timeout.into());
        compute_async::<Fallible<T, E>, F>(call, compute).await
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
        let call = Direct::new(self.cache(), key.into()).timeout(timeout.into());
        compute_blocking::<Plain<T>>(call, compute)
    }

    /// See [`Cache::try_get_or_set`].
    pub fn try_get_or_set<T: Cacheable, E>(
        &self,
        key: impl Into<Key>,
        timeout: impl Into<Timeout>,
        compute: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let call = Direct::new(self.cache(), key.into()).timeout(timeout.into());
        compute_blocking::<Fallible<T, E>>(call, compute)
    }
}

/// Looks, then computes in this task.
async fn compute_async<O, F>(call: Direct, compute: impl FnOnce() -> F) -> O::Return
where
    O: Outcome,
    Raw: Keep<O::Value>,
    F: Future<Output = O::Return>,
{
    match call.look::<O, Raw>() {
        Some(returned) => returned,
        None => call.compute::<O, Raw>(Usual, async { compute().await }).await,
    }
}

/// Looks, then computes on this thread.
fn compute_blocking<O: Outcome>(call: Direct, compute: impl FnOnce() -> O::Return) -> O::Return
where
    Raw: Keep<O::Value>,
{
    match call.look::<O, Raw>() {
        Some(returned) => returned,
        None => call.compute_blocking::<O, Raw>(Usual, compute),
    }
}
