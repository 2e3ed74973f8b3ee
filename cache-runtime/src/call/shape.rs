//! What a function returns: taken apart into a value, `None` or an error, and put together again.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

use super::keep::{Keep, Whole};
use crate::base::entry::{HeldValue, Kind, Shared};
use crate::base::error::Result;
use crate::base::event::MissReason;
use crate::codec::{Encoding, Meta, Opened};

/// The shape of a cached function: how its return value is sorted (`O`), and how the value in it is kept (`K`).
///
/// # Example
///
/// ```
/// use cache_runtime::call::Shape;
///
/// let plain = Shape::plain::<u64>();
/// let fallible = Shape::result::<String, std::io::Error>();
/// let in_this_process = Shape::option::<std::sync::Weak<u8>>();
/// # let _ = (plain, fallible, in_this_process);
/// ```
#[must_use]
pub struct Shape<O, K>(PhantomData<fn() -> (O, K)>);

impl<O, K> Clone for Shape<O, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, K> Copy for Shape<O, K> {}

impl Shape<(), ()> {
    /// Every returned value is kept.
    pub const fn plain<V>() -> Shape<Plain<V>, Whole> {
        Shape(PhantomData)
    }

    /// `Some` is kept; `None` only where the function says so.
    pub const fn option<V>() -> Shape<Optional<V>, Whole> {
        Shape(PhantomData)
    }

    /// `Ok` is kept, `Err` is not.
    pub const fn result<V, E>() -> Shape<Fallible<V, E>, Whole> {
        Shape(PhantomData)
    }
}

impl<O, K> Shape<O, K> {
    /// The same outcome with its value kept in another way.
    pub const fn kept<L>(self) -> Shape<O, L> {
        Shape(PhantomData)
    }
}

impl<V, E, K> Shape<Fallible<V, E>, K> {
    /// `Err` is kept too, in the way `L`.
    pub const fn errors_kept<L>(self) -> Shape<FallibleKept<V, E, L>, K> {
        Shape(PhantomData)
    }
}

/// A return value, sorted.
#[derive(Debug)]
pub enum Sorted<'a, V> {
    /// A value.
    Value(&'a V),
    /// `None`.
    Nothing,
    /// `Err`.
    Failure,
}

/// How a return value is taken apart and put together.
pub trait Outcome {
    /// What the function returns.
    type Return;
    /// The value in it.
    type Value;

    /// Takes a return value apart.
    fn sort(returned: &Self::Return) -> Sorted<'_, Self::Value>;

    /// Puts a value into what the function returns.
    fn wrap(value: Self::Value) -> Self::Return;

    /// The value in what the function returned, if there is one.
    fn unwrap(returned: Self::Return) -> Option<Self::Value>;

    /// What stands for a stored `None`, if the function returns an `Option`.
    fn nothing() -> Option<Self::Return> {
        None
    }

    /// The error in `returned`, to be held in memory, if errors are kept.
    fn hold_failure(returned: &Self::Return) -> Option<HeldValue> {
        let _ = returned;
        None
    }

    /// What stands for an error held in memory.
    fn take_failure(held: Arc<dyn Shared>) -> Option<Self::Return> {
        let _ = held;
        None
    }

    /// The error in `returned` as an entry, if errors are kept.
    fn encode_failure(
        returned: &Self::Return,
        meta: &Meta<'_>,
        encoding: &Encoding,
    ) -> Option<Result<Bytes>> {
        let _ = (returned, meta, encoding);
        None
    }

    /// What stands for an error in an entry.
    fn decode_failure(entry: &Opened) -> Result<Self::Return, MissReason> {
        let _ = entry;
        Err(MissReason::OtherLayout)
    }
}

/// A function that returns its value as it is.
pub struct Plain<V>(PhantomData<fn() -> V>);

impl<V> Outcome for Plain<V> {
    type Return = V;
    type Value = V;

    fn sort(returned: &V) -> Sorted<'_, V> {
        Sorted::Value(returned)
    }

    fn wrap(value: V) -> V {
        value
    }

    fn unwrap(returned: V) -> Option<V> {
        Some(returned)
    }
}

/// A function that returns an `Option`.
pub struct Optional<V>(PhantomData<fn() -> V>);

impl<V> Outcome for Optional<V> {
    type Return = Option<V>;
    type Value = V;

    fn sort(returned: &Option<V>) -> Sorted<'_, V> {
        returned.as_ref().map_or(Sorted::Nothing, Sorted::Value)
    }

    fn wrap(value: V) -> Option<V> {
        Some(value)
    }

    fn unwrap(returned: Option<V>) -> Option<V> {
        returned
    }

    fn nothing() -> Option<Option<V>> {
        Some(None)
    }
}

/// A function that returns a `Result` whose errors are not kept.
pub struct Fallible<V, E>(PhantomData<fn() -> (V, E)>);

impl<V, E> Outcome for Fallible<V, E> {
    type Return = Result<V, E>;
    type Value = V;

    fn sort(returned: &Result<V, E>) -> Sorted<'_, V> {
        returned.as_ref().map_or(Sorted::Failure, Sorted::Value)
    }

    fn wrap(value: V) -> Result<V, E> {
        Ok(value)
    }

    fn unwrap(returned: Result<V, E>) -> Option<V> {
        returned.ok()
    }
}

/// A function that returns a `Result` whose errors are kept, in the way `K`.
pub struct FallibleKept<V, E, K>(PhantomData<fn() -> V>, PhantomData<fn() -> (E, K)>);

impl<V, E, K: Keep<E>> Outcome for FallibleKept<V, E, K> {
    type Return = Result<V, E>;
    type Value = V;

    fn sort(returned: &Result<V, E>) -> Sorted<'_, V> {
        returned.as_ref().map_or(Sorted::Failure, Sorted::Value)
    }

    fn wrap(value: V) -> Result<V, E> {
        Ok(value)
    }

    fn unwrap(returned: Result<V, E>) -> Option<V> {
        returned.ok()
    }

    fn hold_failure(returned: &Result<V, E>) -> Option<HeldValue> {
        match K::hold(returned.as_ref().err()?) {
            HeldValue::Typed(error) => Some(HeldValue::Failure(error)),
            HeldValue::Integer(_) | HeldValue::Nothing | HeldValue::Failure(_) => None,
        }
    }

    fn take_failure(held: Arc<dyn Shared>) -> Option<Result<V, E>> {
        K::take(held).map(Err)
    }

    fn encode_failure(
        returned: &Result<V, E>,
        meta: &Meta<'_>,
        encoding: &Encoding,
    ) -> Option<Result<Bytes>> {
        returned.as_ref().err().map(|error| K::encode(Kind::Failure, error, meta, encoding))
    }

    fn decode_failure(entry: &Opened) -> Result<Result<V, E>, MissReason> {
        K::decode(entry).map(Err)
    }
}
