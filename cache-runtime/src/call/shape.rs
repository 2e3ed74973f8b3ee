//! What a function returns, and how its value is kept: the types that a call is made of.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::entry::{HeldValue, Kind, Shared};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::MissReason;
use crate::base::setup::Codec;
use crate::cache::Cache;
use crate::cache::held::weigh;
use crate::codec::{self, Cacheable, Encoding, Meta, Opened};

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
        K::take(HeldValue::Typed(held)).map(Err)
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

/// How a value is kept: in memory as it is, elsewhere as bytes.
pub trait Keep<V> {
    /// The value is never turned into bytes: only a memory cache can keep it.
    const LOCAL: bool = false;

    /// The value, to be held in memory.
    fn hold(value: &V) -> HeldValue;

    /// The value that is held; `None` if it is of another type.
    fn take(held: HeldValue) -> Option<V>;

    /// What the value weighs in the memory of `cache`, in bytes; at least one.
    fn weigh(value: &V, cache: &Cache) -> u32;

    /// The value as an entry.
    fn encode(kind: Kind, value: &V, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes>;

    /// The value in an entry.
    fn decode(entry: &Opened) -> Result<V, MissReason>;
}

/// Kept as a value that is cloned for each caller.
pub struct Whole;

/// Kept as the very `Arc` that the function returned.
pub struct Same;

/// As [`Whole`], with integers in the plain form that `incr` changes: for the low-level API.
pub struct Raw;

/// As [`Whole`], in this process only: the value needs no serde.
pub struct LocalWhole;

/// As [`Same`], in this process only: the value needs no serde.
pub struct LocalSame;

impl<V: Cacheable> Keep<V> for Whole {
    fn hold(value: &V) -> HeldValue {
        HeldValue::Typed(Arc::new(value.clone()))
    }

    #[inline]
    fn take(held: HeldValue) -> Option<V> {
        match held {
            HeldValue::Typed(held) => take_whole(held),
            HeldValue::Integer(integer) => codec::from_integer(integer),
            HeldValue::Nothing | HeldValue::Failure(_) => None,
        }
    }

    fn weigh(value: &V, cache: &Cache) -> u32 {
        weigh(cache, value)
    }

    fn encode(kind: Kind, value: &V, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        codec::encode(kind, value, meta, encoding)
    }

    fn decode(opened: &Opened) -> Result<V, MissReason> {
        decode(opened)
    }
}

impl<V: Cacheable> Keep<V> for Raw {
    fn hold(value: &V) -> HeldValue {
        codec::as_integer(value).map_or_else(|| Whole::hold(value), HeldValue::Integer)
    }

    fn take(held: HeldValue) -> Option<V> {
        Whole::take(held)
    }

    fn weigh(value: &V, cache: &Cache) -> u32 {
        codec::as_integer(value).map_or_else(|| weigh(cache, value), |number| weigh(cache, &number))
    }

    fn encode(kind: Kind, value: &V, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        match codec::as_integer(value) {
            Some(integer) => Ok(codec::encode_integer(integer)),
            None => Whole::encode(kind, value, meta, encoding),
        }
    }

    fn decode(opened: &Opened) -> Result<V, MissReason> {
        decode(opened)
    }
}

impl<U: Send + Sync + 'static> Keep<Arc<U>> for Same
where
    Arc<U>: Cacheable,
{
    #[inline]
    fn hold(value: &Arc<U>) -> HeldValue {
        HeldValue::Typed(Arc::clone(value) as _)
    }

    #[inline]
    fn take(held: HeldValue) -> Option<Arc<U>> {
        match held {
            HeldValue::Typed(held) => take_same(held),
            HeldValue::Integer(integer) => codec::from_integer(integer),
            HeldValue::Nothing | HeldValue::Failure(_) => None,
        }
    }

    fn weigh(value: &Arc<U>, cache: &Cache) -> u32 {
        weigh::<U>(cache, value)
    }

    fn encode(kind: Kind, value: &Arc<U>, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        codec::encode(kind, value, meta, encoding)
    }

    fn decode(opened: &Opened) -> Result<Arc<U>, MissReason> {
        decode(opened)
    }
}

/// A value that stays in this process: cloned to its callers, shared between threads.
///
/// Implemented for every type that has the bounds; there is nothing to write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in this process",
    label = "this type lacks `Clone`, `Send`, `Sync` or `'static`",
    note = "derive `Clone` for it, or return an `Arc` of it"
)]
pub trait LocallyCacheable: Clone + Send + Sync + 'static {}

impl<V: Clone + Send + Sync + 'static> LocallyCacheable for V {}

impl<V: LocallyCacheable> Keep<V> for LocalWhole {
    const LOCAL: bool = true;

    fn hold(value: &V) -> HeldValue {
        HeldValue::Typed(Arc::new(value.clone()))
    }

    #[inline]
    fn take(held: HeldValue) -> Option<V> {
        let HeldValue::Typed(held) = held else { return None };
        take_whole(held)
    }

    fn weigh(value: &V, cache: &Cache) -> u32 {
        weigh(cache, value)
    }

    fn encode(_: Kind, _: &V, _: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        Err(stays_here::<V>(encoding.codec))
    }

    fn decode(_: &Opened) -> Result<V, MissReason> {
        Err(MissReason::OtherLayout)
    }
}

impl<U: Send + Sync + 'static> Keep<Arc<U>> for LocalSame {
    const LOCAL: bool = true;

    #[inline]
    fn hold(value: &Arc<U>) -> HeldValue {
        HeldValue::Typed(Arc::clone(value) as _)
    }

    #[inline]
    fn take(held: HeldValue) -> Option<Arc<U>> {
        let HeldValue::Typed(held) = held else { return None };
        take_same(held)
    }

    fn weigh(value: &Arc<U>, cache: &Cache) -> u32 {
        weigh::<U>(cache, value)
    }

    fn encode(_: Kind, _: &Arc<U>, _: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
        Err(stays_here::<U>(encoding.codec))
    }

    fn decode(_: &Opened) -> Result<Arc<U>, MissReason> {
        Err(MissReason::OtherLayout)
    }
}

fn stays_here<V>(codec: Codec) -> Error {
    let name = std::any::type_name::<V>();
    let text = format!("`{name}` is kept by a `local` function, and cannot be written with {codec:?}");
    Error::new(ErrorKind::Unsupported, "encode").context(text)
}

/// Reads the payload, whatever kind of entry it is in: the lookup has asked.
fn decode<V: Cacheable>(opened: &Opened) -> Result<V, MissReason> {
    match opened {
        Opened::Integer(integer) => codec::from_integer(*integer).ok_or(MissReason::OtherLayout),
        Opened::Entry(entry) => entry.decode(),
    }
}

/// Clones the value out of its `Arc`; a `V` that is an `Arc` itself may have been kept as it is.
#[inline]
fn take_whole<V: Clone + 'static>(held: Arc<dyn Shared>) -> Option<V> {
    let value: &dyn Any = &*held;
    match value.downcast_ref::<V>() {
        Some(value) => Some(value.clone()),
        None => take_as_it_is(held),
    }
}

/// Returns the very `Arc`; the low-level API may have kept it inside of another.
#[inline]
fn take_same<U: Send + Sync + 'static>(held: Arc<dyn Shared>) -> Option<Arc<U>> {
    let held: Arc<dyn Any + Send + Sync> = held;
    held.downcast().or_else(|held| held.downcast_ref().cloned().ok_or(())).ok()
}

/// The held `Arc` itself, if `V` is its type.
#[cold]
fn take_as_it_is<V: 'static>(held: Arc<dyn Shared>) -> Option<V> {
    let mut slot: Option<V> = None;
    held.share(&mut slot);
    slot
}
