//! How a value is kept: as it is in memory, as bytes elsewhere.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::entry::{HeldValue, Kind, Shared};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::MissReason;
use crate::base::setup::Codec;
use crate::cache::Cache;
use crate::cache::held::weigh;
use crate::codec::{self, Cacheable, Encoding, Meta, Opened};

/// How a value is kept: in memory as it is, elsewhere as bytes.
pub trait Keep<V> {
    /// The value is never turned into bytes: only a memory cache can keep it.
    const LOCAL: bool = false;

    /// The value, to be held in memory.
    fn hold(value: &V) -> HeldValue;

    /// The value that is held; `None` if it is of another type.
    fn take(held: Arc<dyn Shared>) -> Option<V>;

    /// The value that the low-level API has kept as a plain integer; `None` if it cannot be one.
    fn take_integer(integer: i64) -> Option<V> {
        let _ = integer;
        None
    }

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

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a hit calls it, and a call of its own costs more than what it does"
    )]
    fn take(held: Arc<dyn Shared>) -> Option<V> {
        take_whole(held)
    }

    fn take_integer(integer: i64) -> Option<V> {
        codec::from_integer(integer)
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

    fn take(held: Arc<dyn Shared>) -> Option<V> {
        take_whole(held)
    }

    fn take_integer(integer: i64) -> Option<V> {
        codec::from_integer(integer)
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

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a hit calls it, and a call of its own costs more than what it does"
    )]
    fn take(held: Arc<dyn Shared>) -> Option<Arc<U>> {
        take_same(held)
    }

    fn take_integer(integer: i64) -> Option<Arc<U>> {
        codec::from_integer(integer)
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

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a hit calls it, and a call of its own costs more than what it does"
    )]
    fn take(held: Arc<dyn Shared>) -> Option<V> {
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

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a hit calls it, and a call of its own costs more than what it does"
    )]
    fn take(held: Arc<dyn Shared>) -> Option<Arc<U>> {
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
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a hit calls it, and a call of its own costs more than what it does"
)]
fn take_whole<V: Clone + 'static>(held: Arc<dyn Shared>) -> Option<V> {
    let value: &dyn Any = &*held;
    match value.downcast_ref::<V>() {
        Some(value) => Some(value.clone()),
        None => take_as_it_is(held),
    }
}

/// Returns the very `Arc`; the low-level API may have kept it inside of another.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a hit calls it, and a call of its own costs more than what it does"
)]
fn take_same<U: Send + Sync + 'static>(held: Arc<dyn Shared>) -> Option<Arc<U>> {
    let held: Arc<dyn Any + Send + Sync> = held;
    match held.downcast() {
        Ok(same) => Some(same),
        Err(held) => take_inner(&held),
    }
}

/// The `Arc` in the held one, if `V` is its type.
#[cold]
fn take_inner<V: Clone + 'static>(held: &Arc<dyn Any + Send + Sync>) -> Option<V> {
    held.downcast_ref().cloned()
}

/// The held `Arc` itself, if `V` is its type.
#[cold]
fn take_as_it_is<V: 'static>(held: Arc<dyn Shared>) -> Option<V> {
    let mut slot: Option<V> = None;
    held.share(&mut slot);
    slot
}
