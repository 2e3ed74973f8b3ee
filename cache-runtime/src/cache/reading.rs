//! The low-level API, reading: `get`, `get_many`, `has_key`, `ttl`, `keys`.

use std::collections::HashMap;

use super::Cache;
use super::held::{find, recover};
use super::stored::{admit_all, counted, decode};
use crate::backend::Local;
use crate::base::clock::Moment;
use crate::base::entry::Ttl;
use crate::base::error::{Result, during};
use crate::base::event::MissReason;
use crate::base::key::Key;
use crate::codec::{Cacheable, Opened};

/// Reading.
impl Cache {
    /// The value under `key`; `None` if there is none that a `T` can be read from.
    ///
    /// A value of another type, or of another layout of the type, is none. With `T = Option<U>` a
    /// stored `None` (`Some(None)`) differs from a miss (`None`).
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`, if the store does not answer.
    ///
    /// # Example
    ///
    /// ```
    /// # use cache_runtime::{Caches, Result, Timeout};
    /// # async fn example() -> Result<()> {
    /// let cache = Caches::builder().build()?.get("default")?;
    /// cache.set("greeting", &"hello".to_owned(), Timeout::secs(60)).await?;
    ///
    /// assert_eq!(cache.get("greeting").await?, Some("hello".to_owned()));
    /// assert_eq!(cache.get::<u32>("greeting").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get<T: Cacheable>(&self, key: impl Into<Key>) -> Result<Option<T>> {
        let key = key.into();
        let found = match (self.local(), self.core().backend.front()) {
            (Some(local), _) => find(self, local, &key).and_then(|held| recover(held.value)),
            (None, Some(front)) => self.reached("get", self.find_behind(front, &key).await, 1)?,
            (None, None) => self.fetch("get", &key).await?.and_then(|opened| decode(&opened)),
        };
        Ok(self.tally(found))
    }

    /// The values under `keys`, without those that [`get`](Self::get) would not find; one round trip.
    ///
    /// A key longer than [`KEY_LIMIT`](crate::key::KEY_LIMIT) stands in the answer in its shortened form,
    /// that of [`Key`].
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn get_many<T: Cacheable, K: Into<Key>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<String, T>> {
        let keys: Vec<Key> = keys.into_iter().map(Into::into).collect();
        let found: Vec<Result<T, MissReason>> = if let Some(local) = self.local() {
            let find = |key| find(self, local, key).and_then(|held| recover(held.value));
            keys.iter().map(find).collect()
        } else {
            let opened = self.fetch_all(&keys).await?;
            opened.into_iter().map(|opened| opened.and_then(|opened| decode(&opened))).collect()
        };
        let pairs = keys.into_iter().zip(found);
        Ok(pairs.filter_map(|(key, found)| Some((key.into_string(), self.tally(found)?))).collect())
    }

    /// Whether there is an entry under `key`, of whatever type.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn has_key(&self, key: impl Into<Key>) -> Result<bool> {
        let key = key.into();
        match self.local() {
            Some(local) => Ok(find(self, local, &key).is_ok()),
            None => Ok(self.fetch("has_key", &key).await?.is_ok()),
        }
    }

    /// What is left of an entry's life; `None` if there is no entry.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn ttl(&self, key: impl Into<Key>) -> Result<Option<Ttl>> {
        let key = key.into();
        match self.local() {
            Some(local) => Ok(self.local_ttl(local, &key)),
            None => counted(self, "ttl", self.core().backend.ttl(&self.final_key(key.as_str())).await),
        }
    }

    /// The keys of this cache at this version, in any order.
    ///
    /// For people and tests: every store reads all its keys for it. A key so long that prefix, version
    /// and key together pass [`KEY_LIMIT`](crate::key::KEY_LIMIT) is listed in its shortened form.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get); `Unsupported`, if the store cannot list its keys.
    pub async fn keys(&self) -> Result<Vec<String>> {
        if let Some(local) = self.local() {
            return Ok(local.keys(self.space()));
        }
        let prefix = self.final_prefix();
        let keys = counted(self, "keys", self.core().backend.keys(&prefix).await)?;
        Ok(keys.iter().filter_map(|key| key.strip_prefix(&prefix)).map(str::to_owned).collect())
    }

    fn local_ttl(&self, local: &dyn Local, key: &Key) -> Option<Ttl> {
        let held = find(self, local, key).ok()?;
        Some(match held.expires_at {
            Moment::NEVER => Ttl::Never,
            at => Ttl::After(at.since(self.core().clock.now())),
        })
    }

    async fn fetch(&self, operation: &'static str, key: &Key) -> Result<Result<Opened, MissReason>> {
        let fetched = async {
            let record =
                counted(self, operation, self.core().backend.get(&self.final_key(key.as_str())).await)?;
            admit_all(self, vec![record]).await
        };
        let mut opened = self.reached(operation, fetched.await, 1)?;
        Ok(opened.pop().expect("one record gives one answer"))
    }

    async fn fetch_all(&self, keys: &[Key]) -> Result<Vec<Result<Opened, MissReason>>> {
        let final_keys: Vec<_> = keys.iter().map(|key| self.final_key(key.as_str())).collect();
        let fetched = async {
            let records = counted(self, "get_many", self.core().backend.get_many(&final_keys).await)?;
            admit_all(self, records).await
        };
        self.reached("get_many", fetched.await, keys.len())
    }

    /// Counts the lookups of a store that did not answer.
    fn reached<T>(&self, operation: &'static str, fetched: Result<T>, lookups: usize) -> Result<T> {
        if fetched.is_err() {
            (0..lookups).for_each(|_| self.core().counters.miss(MissReason::Unreachable));
        }
        fetched.map_err(during(operation))
    }

    /// Counts a hit, or a miss by its reason.
    fn tally<T>(&self, found: Result<T, MissReason>) -> Option<T> {
        let counters = &self.core().counters;
        match found {
            Ok(value) => {
                counters.hits.raise();
                Some(value)
            }
            Err(reason) => {
                counters.miss(reason);
                None
            }
        }
    }
}
