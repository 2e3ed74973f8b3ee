//! Values in memory: held as they are, weighed, and recovered by their type.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as Mismatch, UnitDeserializer};

use super::Cache;
use crate::backend::Local;
use crate::base::entry::{Held, HeldValue, Life};
use crate::base::event::MissReason;
use crate::base::key::Key;
use crate::codec::{self, Cacheable};

/// What a value weighs in the memory cache: as the program says, or else as [`weight_of`] sees it.
pub(crate) fn weigh<T: Any>(cache: &Cache, value: &T) -> u32 {
    cache.local().and_then(|local| local.weigh(value)).unwrap_or_else(|| weight_of(value))
}

/// What a value weighs, in bytes: its own size, and that of its text or bytes where it is just that.
///
/// What a value of the program's own types keeps elsewhere (a vector of rows) is not seen.
pub(crate) fn weight_of<T: Any>(value: &T) -> u32 {
    let value: &dyn Any = value;
    let elsewhere = if let Some(text) = value.downcast_ref::<String>() {
        text.capacity()
    } else if let Some(bytes) = value.downcast_ref::<Vec<u8>>() {
        bytes.capacity()
    } else if let Some(bytes) = value.downcast_ref::<Bytes>() {
        bytes.len()
    } else if let Some(text) = value.downcast_ref::<Arc<str>>() {
        text.len()
    } else if let Some(text) = value.downcast_ref::<Box<str>>() {
        text.len()
    } else {
        0
    };
    u32::try_from(size_of::<T>() + elsewhere).unwrap_or(u32::MAX).max(1)
}

/// An entry that holds a clone of the value; an integer in a form that `incr` can change.
pub(super) fn hold<T: Cacheable>(cache: &Cache, value: &T, life: Life) -> Held {
    let (weight, value) = if let Some(number) = codec::as_integer(value) {
        (weigh(cache, &number), HeldValue::Integer(number))
    } else {
        let value = value.clone();
        (weigh(cache, &value), HeldValue::Typed(Arc::new(value)))
    };
    Held { value, expires_at: life.expires_at(cache.core().clock.now()), tags: None, weight }
}

/// The entry under `key`, if it is live.
pub(super) fn find(cache: &Cache, local: &dyn Local, key: &Key) -> Result<Held, MissReason> {
    let held = local.get(cache.space(), key.as_str().as_bytes()).ok_or(MissReason::Absent)?;
    if cache.core().clock.now() >= held.expires_at {
        Err(MissReason::Expired)
    } else if held.tags_hold() {
        Ok(held)
    } else {
        Err(MissReason::Invalidated)
    }
}

/// The value as a `T`; a value of another type is none.
pub(super) fn recover<T: Cacheable>(value: HeldValue) -> Result<T, MissReason> {
    let recovered = match value {
        HeldValue::Typed(shared) => {
            let mut whole: Option<Arc<T>> = None;
            Arc::clone(&shared).share(&mut whole);
            whole.map(|value| T::clone(&value)).or_else(|| {
                // Where `T` is itself an `Arc<U>`, a cached function has stored that very `Arc`.
                let mut same: Option<T> = None;
                shared.share(&mut same);
                same
            })
        }
        HeldValue::Integer(number) => codec::from_integer(number),
        HeldValue::Nothing => nothing(),
        HeldValue::Failure(_) => None,
    };
    recovered.ok_or(MissReason::OtherLayout)
}

/// A stored `None` as a `T`, which is to be an `Option` or take null.
pub(super) fn nothing<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(UnitDeserializer::<Mismatch>::new()).ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::entry::Shared;
    use crate::base::sync::block_on;
    use crate::cache::Caches;

    fn keep(value: HeldValue) -> Cache {
        let cache = Caches::builder().build().unwrap().get("default").unwrap();
        let expires_at = cache.core().clock.now().plus(Duration::from_mins(1));
        let held = Held { value, expires_at, tags: None, weight: 1 };
        cache.local().unwrap().set(cache.space(), b"key", held);
        cache
    }

    fn typed<T: Any + Send + Sync>(value: Arc<T>) -> HeldValue {
        HeldValue::Typed(value as Arc<dyn Shared>)
    }

    #[test]
    fn an_arc_that_a_function_stored_as_it_is_is_found_as_value_and_as_arc() {
        let report = Arc::new("report".to_owned());
        let cache = keep(typed(Arc::clone(&report)));

        let as_arc: Arc<String> = block_on(cache.get("key")).unwrap().unwrap();
        let as_value: String = block_on(cache.get("key")).unwrap().unwrap();

        assert!(Arc::ptr_eq(&as_arc, &report));
        assert_eq!(as_value, *report);
    }

    #[test]
    fn a_none_that_a_function_stored_is_read_as_an_option() {
        let cache = keep(HeldValue::Nothing);

        assert_eq!(block_on(cache.get::<Option<u8>>("key")).unwrap(), Some(None));
        assert_eq!(block_on(cache.get::<u8>("key")).unwrap(), None);
    }

    #[test]
    fn an_error_that_a_function_stored_is_no_value() {
        let cache = keep(HeldValue::Failure(Arc::new("failure".to_owned())));

        assert_eq!(block_on(cache.get::<String>("key")).unwrap(), None);
        assert_eq!(cache.stats().misses["other layout"], 1);
    }

    #[test]
    fn an_invalidated_tag_makes_a_miss() {
        let cache = keep(typed(Arc::new(1.5)));
        let local = cache.local().unwrap();
        let tags = Some(Arc::from([local.tag(cache.tag_space(), "tag")]));
        let held = Held { tags, ..local.get(cache.space(), b"key").unwrap() };
        local.set(cache.space(), b"key", held);
        assert_eq!(block_on(cache.get("key")).unwrap(), Some(1.5));

        block_on(cache.invalidate_tag("tag")).unwrap();

        assert_eq!(block_on(cache.get::<f64>("key")).unwrap(), None);
        assert_eq!(cache.stats().misses["invalidated"], 1);
    }

    #[test]
    fn text_and_bytes_weigh_what_they_hold() {
        let size = u32::try_from(size_of::<String>()).unwrap();

        assert_eq!(weight_of(&"x".repeat(100)), size + 100);
        assert_eq!(weight_of(&vec![0_u8; 50]), size + 50);
        assert_eq!(weight_of(&Bytes::from_static(b"four")), u32::try_from(size_of::<Bytes>()).unwrap() + 4);
        assert_eq!(weight_of(&()), 1);
    }
}
