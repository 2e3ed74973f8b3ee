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
    let weight = weight_of(value);
    let value = codec::as_integer(value)
        .map_or_else(|| HeldValue::Typed(Arc::new(value.clone())), HeldValue::Integer);
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
