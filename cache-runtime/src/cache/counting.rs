//! The low-level API, counting: `incr`, `decr`, `incr_version`, `decr_version`.

use super::Cache;
use super::held::find;
use super::stored::{admit, counted};
use crate::backend::{Filled, Local};
use crate::base::entry::{Life, Ttl};
use crate::base::error::{Error, ErrorKind, Result, during};
use crate::base::key::Key;

/// Counting.
impl Cache {
    /// Adds `by` to the integer under `key`; the sum. Atomic, and the entry keeps its life.
    ///
    /// Every type that serde writes as an integer counts, as long as it was stored by `set` or `add`.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotANumber` or `Overflow`, and nothing changes; `Unavailable` or `TimedOut`.
    ///
    /// # Example
    ///
    /// ```
    /// # use cache_runtime::{Caches, Result, Timeout};
    /// # async fn example() -> Result<()> {
    /// let cache = Caches::builder().build()?.get("default")?;
    /// cache.set("visits", &41, Timeout::Never).await?;
    ///
    /// assert_eq!(cache.incr("visits", 1).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn incr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        let key = key.into();
        match self.local() {
            Some(local) => local.incr(self.space(), key.as_str().as_bytes(), by),
            None => counted(self, "incr", self.core().backend.incr(&self.final_key(key.as_str()), by).await),
        }
    }

    /// Takes `by` from the integer under `key`; the difference. As [`incr`](Self::incr) otherwise.
    ///
    /// # Errors
    ///
    /// As for [`incr`](Self::incr).
    pub async fn decr(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        let key = key.into();
        match by.checked_neg() {
            Some(by) => self.incr(key, by).await.map_err(during("decr")),
            None => Err(Error::new(ErrorKind::Overflow, "decr").context(format!("`{key}`"))),
        }
    }

    /// Moves the entry `by` versions up, keeping what is left of its life; its new version.
    ///
    /// The entry is then seen by [`with_version`](Self::with_version) of that number, and no longer by
    /// this cache. Copying and deleting are two steps: others may see both entries, or write between.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Overflow`, if there is no such version; `Unavailable` or `TimedOut`.
    pub async fn incr_version(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        let key = key.into();
        let version = i64::from(self.version).checked_add(by).and_then(|version| u32::try_from(version).ok());
        let Some(version) = version else {
            let text = format!("`{key}` is in version {}, and versions go up to {}", self.version, u32::MAX);
            return Err(Error::new(ErrorKind::Overflow, "incr_version").context(text));
        };
        let target = self.with_version(version);
        match self.local() {
            Some(local) => self.move_held(local, &key, &target)?,
            None => self.move_stored(&key, &target).await?,
        }
        Ok(i64::from(version))
    }

    /// Moves the entry `by` versions down; as [`incr_version`](Self::incr_version) otherwise.
    ///
    /// # Errors
    ///
    /// As for [`incr_version`](Self::incr_version).
    pub async fn decr_version(&self, key: impl Into<Key>, by: i64) -> Result<i64> {
        self.incr_version(key, by.saturating_neg()).await.map_err(during("decr_version"))
    }

    fn move_held(&self, local: &dyn Local, key: &Key, target: &Self) -> Result<()> {
        let held = find(self, local, key).map_err(|_| absent(key))?;
        if target.version == self.version {
            return Ok(());
        }
        let bytes = key.as_str().as_bytes();
        if local.set(target.space, bytes, held) == Filled::TooLarge {
            return Err(Error::new(ErrorKind::TooLarge, "incr_version").context(format!("`{key}`")));
        }
        local.delete(self.space, bytes);
        Ok(())
    }

    async fn move_stored(&self, key: &Key, target: &Self) -> Result<()> {
        let backend = &self.core().backend;
        let (from, to) = (self.final_key(key.as_str()), target.final_key(key.as_str()));
        let record = counted(self, "incr_version", backend.get(&from).await)?.ok_or_else(|| absent(key))?;
        counted(self, "incr_version", admit(self, &record).await)?.map_err(|_| absent(key))?;
        let life =
            match counted(self, "incr_version", backend.ttl(&from).await)?.ok_or_else(|| absent(key))? {
                Ttl::Never => Life::Forever,
                Ttl::After(left) => Life::For(left),
            };
        if target.version == self.version {
            return Ok(());
        }
        counted(self, "incr_version", self.changing(&[&to], backend.set(&to, record.bytes, life)).await)?;
        counted(self, "incr_version", self.changing(&[&from], backend.delete(&from)).await.map(drop))
    }
}

fn absent(key: &Key) -> Error {
    Error::new(ErrorKind::NotFound, "incr_version").context(format!("`{key}`"))
}
