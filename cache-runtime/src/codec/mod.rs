//! ④ Value ⇄ bytes: the entry format, its codecs, and the fingerprint that tells old layouts from new.

#[cfg(feature = "bincode")]
mod bincode;
mod codecs;
mod header;
mod integer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::codecs::Fault;
use self::header::{Body, Header};
use crate::base::entry::{Kind, Life, TagStamp};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::MissReason;
use crate::base::setup::{Codec, Compression};

pub use self::codecs::{CODECS, Facts};
pub use self::integer::{as_integer, encode_integer, from_integer};

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
    /// How long it was fresh when it was written.
    pub life: Life,
    body: Option<Body>,
    payload: Bytes,
}

/// Writes `value` as an entry of this kind (`Value` or `Failure`).
///
/// # Errors
///
/// [`ErrorKind::Unserializable`], if the codec cannot carry the type or this value of it;
/// [`ErrorKind::Unsupported`], if the codec or the
/// compression is not compiled in.
pub fn encode<T: Cacheable>(kind: Kind, value: &T, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
    let codec = codecs::usable(encoding.codec)?;
    let body = Body { codec, fingerprint: fingerprint::<T>(), packed: None };
    let mut out = Vec::with_capacity(header::ROOM + size_of::<T>());
    header::write(kind, meta, Some(&body), &mut out);
    codecs::write(codec, value, &mut out).map_err(|fault| unserializable::<T>(codec, fault))?;
    Ok(out.into())
}

/// Writes a stored `None`.
pub fn encode_nothing(meta: &Meta<'_>) -> Bytes {
    let mut out = Vec::with_capacity(header::ROOM);
    header::write(Kind::Nothing, meta, None, &mut out);
    out.into()
}

fn unserializable<T>(codec: &Facts, fault: Fault) -> Error {
    let (name, advice) =
        (codec.name, if codec.positional { "; `codec = \"msgpack\"` carries it" } else { "" });
    let context = format!("`{}` is not carried by {name}{advice}", std::any::type_name::<T>());
    Error::new(ErrorKind::Unserializable, "encode").context(context).because(fault)
}

/// Reads the header of what a store returned.
///
/// # Errors
///
/// [`MissReason::Undecodable`], if it is neither an entry nor a plain integer.
pub fn open(bytes: &Bytes) -> Result<Opened, MissReason> {
    if let Some(integer) = integer::parse(bytes) {
        return Ok(Opened::Integer(integer));
    }
    let (header, payload) = header::read(bytes).ok_or(MissReason::Undecodable)?;
    let Header { kind, created, compute, life, tags, body } = header;
    let payload = bytes.slice_ref(payload);
    Ok(Opened::Entry(Entry { kind, tags, created, compute, life, body, payload }))
}

impl Entry {
    /// Reads the payload as a `T`.
    ///
    /// # Errors
    ///
    /// [`MissReason::OtherLayout`], if it was written for another type, or for `T` as it was before
    /// a change; [`MissReason::Undecodable`], if it is damaged or of a codec that is not compiled in.
    pub fn decode<T: Cacheable>(&self) -> Result<T, MissReason> {
        let body = self.body.filter(|body| body.fingerprint == fingerprint::<T>());
        let body = body.ok_or(MissReason::OtherLayout)?;
        // The user's `Deserialize` may panic on bytes that another program wrote.
        let read = AssertUnwindSafe(|| codecs::read(body.codec, &self.payload));
        catch_unwind(read).ok().and_then(Result::ok).ok_or(MissReason::Undecodable)
    }
}

/// The fingerprint of a type's serde layout.
pub fn fingerprint<T: DeserializeOwned + 'static>() -> u64 {
    xxhash_rust::xxh3::xxh3_64(std::any::type_name::<T>().as_bytes())
}
