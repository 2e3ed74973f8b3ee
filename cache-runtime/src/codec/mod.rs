//! ④ Value ⇄ bytes: the entry format, its codecs, and the fingerprint that tells old layouts from new.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::entry::{Kind, Life, TagStamp};
use crate::base::error::Result;
use crate::base::event::MissReason;
use crate::base::setup::{Codec, Compression};

/// A value that any cache can keep: written by serde, cloned to its callers, shared between threads.
///
/// Implemented for every type that has the bounds; there is nothing to write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a cache",
    label = "this type lacks `Serialize`, `DeserializeOwned`, `Clone`, `Send`, `Sync` or `'static`",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `Clone` for it",
    note = "or add `local` to keep values in this process as they are, without serde"
)]
pub trait Cacheable: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Cacheable for T {}

/// How a cache writes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// The codec of the payload.
    pub codec: Codec,
    /// The compression of payloads that are long enough.
    pub compression: Option<Compression>,
    /// The smallest payload worth compressing, in bytes.
    pub compress_above: usize,
}

/// What an entry says of itself besides its value.
#[derive(Debug, Clone, Copy)]
pub struct Meta<'a> {
    /// How long it is fresh.
    pub life: Life,
    /// What it cost to compute.
    pub compute: Duration,
    /// The tags it carries.
    pub tags: &'a [TagStamp],
}

/// Bytes from a store, as far as they can be understood without the value's type.
#[derive(Debug, Clone)]
pub enum Opened {
    /// A plain integer of the low-level API.
    Integer(i64),
    /// An entry with a header.
    Entry(Entry),
}

/// An entry whose header was read, and whose payload was not.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Value, `None` or `Err`.
    pub kind: Kind,
    /// The tags it carries, with the versions read before it was computed.
    pub tags: Vec<TagStamp>,
    /// When it was written, in milliseconds since the Unix epoch, by the writer's clock.
    pub created: u64,
    /// What it cost to compute.
    pub compute: Duration,
}

/// Writes `value` as an entry of this kind (`Value` or `Failure`).
pub fn encode<T: Cacheable>(kind: Kind, value: &T, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
    let _ = (kind, value, meta, encoding);
    todo!()
}

/// Writes a stored `None`.
pub fn encode_nothing(meta: &Meta<'_>) -> Bytes {
    let _ = meta;
    todo!()
}

/// The value as a plain integer, if its serde form is just that and fits; such values are stored raw.
pub fn as_integer<T: Serialize + ?Sized>(value: &T) -> Option<i64> {
    let _ = value;
    todo!()
}

/// The value that a plain integer stands for, if `T` takes one.
pub fn from_integer<T: DeserializeOwned>(integer: i64) -> Option<T> {
    let _ = integer;
    todo!()
}

/// A plain integer as it is stored: decimal text.
pub fn encode_integer(integer: i64) -> Bytes {
    Bytes::from(integer.to_string())
}

/// Reads the header of what a store returned.
pub fn open(bytes: &Bytes) -> Result<Opened, MissReason> {
    let _ = bytes;
    todo!()
}

impl Entry {
    /// Reads the payload as a `T`.
    pub fn decode<T: Cacheable>(&self) -> Result<T, MissReason> {
        todo!()
    }
}

/// The fingerprint of a type's serde layout.
pub fn fingerprint<T: DeserializeOwned + 'static>() -> u64 {
    todo!()
}
