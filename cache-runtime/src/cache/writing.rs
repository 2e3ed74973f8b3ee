//! The low-level API, writing: `set`, `add`, `touch`, `delete`, their kin for many keys, `clear`, `invalidate_tag`.

use std::time::Duration;

use bytes::Bytes;

use super::held::hold;
use super::stored::counted;
use super::{Cache, tag_hash};
use crate::backend::{Filled, Local};
use crate::base::entry::{Kind, Life, Timeout};
use crate::base::error::{Error, ErrorKind, Result, during};
use crate::base::key::{Key, Tag};
use crate::codec::{self, Cacheable, Meta, Storable};

/// Writing.
///
/// A timeout of zero means "do not keep": an entry under the key is removed. Each write ends the
/// computations of its key that have begun: what they store later is refused. The reverse does not
/// hold: what is written here is written, whatever was invalidated meanwhile.
///
/// In a shared store, an entry of a cached function whose tag was invalidated is gone for every
/// reader, but still there for `add`, `touch`, `ttl`, `incr` and the answer of `delete`, until it
/// expires or is replaced.
impl Cache {
    /// Stores `value` under `key`; a `str` as a `String`, a slice as a `Vec`.
    ///
    /// # Errors
    ///
    /// `Unserializable`, if the codec of this cache cannot write the value (memory keeps every value);
    /// `TooLarge`, if the store does not take it; `Unavailable` or `TimedOut`.
    pub async fn set<T: Storable + ?Sized>(
        &self,
        key: impl Into<Key>,
        value: &T,
        timeout: impl Into<Timeout>,
    ) -> Result<()> {
        let key = key.into();
        let Some(life) = self.life(timeout.into()) else {
            return self.delete(key).await.map(drop).map_err(during("set"));
        };
        if let Some(local) = self.local() {
            return value.lend(|value| self.set_held(local, &key, value, life));
        }
        let bytes = value.lend(|value| self.encoded(value, life))?;
        let key = self.final_key(key.as_str());
        counted(self, "set", self.changing(&[&key], self.core().backend.set(&key, bytes, life)).await)
    }

    /// Stores many values; one round trip.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set). Where one value cannot be written by the codec, none is stored; where
    /// one is too large for memory, the others are.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use cache_runtime::{Caches, Result, Timeout};
    /// # async fn example() -> Result<()> {
    /// let cache = Caches::builder().build()?.get("default")?;
    /// cache.set_many([("one", &1), ("two", &2)], Timeout::secs(60)).await?;
    ///
    /// let found: HashMap<String, i32> = cache.get_many(["one", "two", "three"]).await?;
    /// assert_eq!(found, HashMap::from([("one".to_owned(), 1), ("two".to_owned(), 2)]));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_many<'a, T: Storable + ?Sized + 'a, K: Into<Key>>(
        &self,
        entries: impl IntoIterator<Item = (K, &'a T)>,
        timeout: impl Into<Timeout>,
    ) -> Result<()> {
        let entries: Vec<(Key, &T)> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let Some(life) = self.life(timeout.into()) else {
            let deleted = self.delete_many(entries.into_iter().map(|(key, _)| key)).await;
            return deleted.map(drop).map_err(during("set_many"));
        };
        if let Some(local) = self.local() {
            let store = |(key, value): &(Key, &T)| value.lend(|value| self.set_held(local, key, value, life));
            let stored: Vec<_> = entries.iter().map(store).collect();
            return stored.into_iter().collect();
        }
        let mut records = Vec::with_capacity(entries.len());
        for (key, value) in &entries {
            records.push((self.final_key(key.as_str()), value.lend(|value| self.encoded(value, life))?));
        }
        let keys: Vec<_> = records.iter().map(|(key, _)| key).collect();
        counted(self, "set_many", self.changing(&keys, self.core().backend.set_many(&records, life)).await)
    }

    /// Stores `value` unless there is an entry; whether it did. Of many callers at once one does.
    ///
    /// With a timeout of zero it only tells whether there is none.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub async fn add<T: Storable + ?Sized>(
        &self,
        key: impl Into<Key>,
        value: &T,
        timeout: impl Into<Timeout>,
    ) -> Result<bool> {
        let key = key.into();
        let Some(life) = self.life(timeout.into()) else {
            return self.has_key(key).await.map(|there| !there).map_err(during("add"));
        };
        if let Some(local) = self.local() {
            let held = value.lend(|value| hold(self, value, life));
            return Ok(local.add(self.space(), key.as_str().as_bytes(), held));
        }
        let bytes = value.lend(|value| self.encoded(value, life))?;
        let key = self.final_key(key.as_str());
        counted(self, "add", self.changing(&[&key], self.core().backend.add(&key, bytes, life)).await)
    }

    /// Gives a live entry a new life; whether there was one. An expired entry is not revived.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`.
    pub async fn touch(&self, key: impl Into<Key>, timeout: impl Into<Timeout>) -> Result<bool> {
        let key = key.into();
        let Some(life) = self.life(timeout.into()) else {
            return self.delete(key).await.map_err(during("touch"));
        };
        match self.local() {
            Some(local) => Ok(local.touch(self.space(), key.as_str().as_bytes(), life)),
            None => {
                counted(self, "touch", self.core().backend.touch(&self.final_key(key.as_str()), life).await)
            }
        }
    }

    /// Removes the entry; whether there was one.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`: then it is kept, delivered once the store answers, and not read until then.
    pub async fn delete(&self, key: impl Into<Key>) -> Result<bool> {
        let key = key.into();
        if let Some(local) = self.local() {
            return Ok(local.delete(self.space(), key.as_str().as_bytes()));
        }
        let key = self.final_key(key.as_str());
        counted(self, "delete", self.changing(&[&key], self.core().backend.delete(&key)).await)
    }

    /// Removes the entries; how many there were. One round trip.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`: then it is kept, delivered once the store answers, and not read until then.
    pub async fn delete_many<K: Into<Key>>(&self, keys: impl IntoIterator<Item = K>) -> Result<u64> {
        let keys: Vec<Key> = keys.into_iter().map(Into::into).collect();
        if let Some(local) = self.local() {
            let is_removed = |key: &&Key| local.delete(self.space(), key.as_str().as_bytes());
            return Ok(keys.iter().filter(is_removed).count() as u64);
        }
        let keys: Vec<_> = keys.iter().map(|key| self.final_key(key.as_str())).collect();
        counted(self, "delete_many", self.changing(&keys, self.core().backend.delete_many(&keys)).await)
    }

    /// Removes every entry of this cache at this version, and nothing else from its store.
    ///
    /// In a shared store the records of tags stay, eight bytes for each tag, which other versions may share: until
    /// the longest-lived entry that carried the tag would have expired, or the tag is invalidated.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`: then it is kept, delivered once the store answers, and not read until then.
    pub async fn clear(&self) -> Result<()> {
        if let Some(local) = self.local() {
            local.clear(self.space());
            return Ok(());
        }
        let fence = &self.core().fence;
        fence.invalidate_all(|| ());
        let cleared = self.core().backend.clear(&self.final_prefix()).await;
        fence.invalidate_all(|| ()); // As in `changing`.
        counted(self, "clear", cleared)
    }

    /// Invalidates every entry of this cache that carries the tag, at any version; one write.
    ///
    /// Text is taken as it stands; where a tag holds what came from outside, [`key::tag`](crate::key::tag)
    /// renders it as the attribute's `tags` do.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`: then it is kept, delivered once the store answers, and not read until then.
    ///
    /// # Example
    ///
    /// ```
    /// # use cache_runtime::{Caches, Result};
    /// use cache_runtime::key::tag;
    ///
    /// # async fn example() -> Result<()> {
    /// # let cache = Caches::builder().build()?.get("default")?;
    /// cache.invalidate_tag("user:7").await?;
    /// cache.invalidate_tag(tag("user:").part("bob@example.com")).await?; // of `tags = ["user:{email}"]`
    /// # Ok(())
    /// # }
    /// ```
    pub async fn invalidate_tag(&self, tag: impl Into<Tag>) -> Result<()> {
        let tag = tag.into().into_key();
        if let Some(local) = self.local() {
            local.invalidate_tag(self.tag_space(), tag.as_str());
            return Ok(());
        }
        let record = self.tag_record(tag_hash(tag.as_str()));
        counted(
            self,
            "invalidate_tag",
            self.changing(&[&record], self.core().backend.delete(&record)).await.map(drop),
        )
    }

    /// Lets go of connections; the next operation opens them again. Memory keeps its entries.
    ///
    /// # Errors
    ///
    /// `Unavailable` or `TimedOut`.
    pub async fn close(&self) -> Result<()> {
        counted(self, "close", self.core().backend.close().await)
    }

    /// The life of an entry under this timeout; `None` says that it must not be kept.
    pub(crate) fn life(&self, timeout: Timeout) -> Option<Life> {
        timeout.life(self.core().common.timeout)
    }

    fn set_held<T: Cacheable>(&self, local: &dyn Local, key: &Key, value: &T, life: Life) -> Result<()> {
        match local.set(self.space(), key.as_str().as_bytes(), hold(self, value, life)) {
            Filled::Stored | Filled::Refused => Ok(()),
            Filled::TooLarge => {
                let error = Error::new(ErrorKind::TooLarge, "set").context(format!("`{key}`"));
                counted(self, "set", Err(error))
            }
        }
    }

    /// The value as a shared store keeps it; an integer raw, so that `incr` is the store's own.
    fn encoded<T: Cacheable>(&self, value: &T, life: Life) -> Result<Bytes> {
        if let Some(number) = codec::as_integer(value) {
            return Ok(codec::encode_integer(number));
        }
        let meta = Meta { life, compute: Duration::ZERO, tags: &[] };
        counted(self, "set", codec::encode(Kind::Value, value, &meta, &self.encoding()))
    }
}
