//! ④ Value ⇄ bytes: the entry format, its codecs, and the fingerprint that tells old layouts from new.
//!
//! ```text
//! encode:  layout → header → payload (the first of a type is read back) → smaller, if asked for
//! open:    plain integer, or header
//! decode:  layout → larger, if it was made smaller → payload, within bounds
//! ```
//!
//! Whatever the bytes are, [`open`] and [`Entry::decode`] answer with a value or with a reason to miss:
//! they never panic, and ask for no more memory than the bytes can account for.
//!
//! # What each codec carries
//!
//! | value | `bincode`, `postcard` | `json` | `msgpack` |
//! | --- | --- | --- | --- |
//! | structs, tuples, newtypes, enums, options, sequences, maps, numbers of up to 128 bits, strings, bytes | yes | yes | yes |
//! | maps whose keys are no strings, numbers or unit variants | yes | no | yes |
//! | NaN and infinite floats | yes | no | yes |
//! | `Some(None)`, `Some(())` | yes | no | no |
//! | `skip_serializing_if`, of a field that has a default | only values that leave nothing out | yes | yes |
//! | `flatten`, `tag`, `untagged`, `serde_json::Value` | no | yes | yes |
//! | `tag` with `content` | if all contents have one layout | yes | yes |
//! | a type that refuses all samples, with other parts beside it in a tuple | no | yes | yes |
//! | more than [`MAX_DEPTH`] values in each other | no | no | no |
//! | a sequence of more than [`EMPTY_ELEMENTS`] values without bytes (`vec![(); n]`) | no | yes | yes |
//!
//! "No" is [`ErrorKind::Unserializable`] from [`encode`]; nothing that is written reads back as
//! another value. A payload of more than [`MAX_PAYLOAD`] bytes before compression is
//! [`ErrorKind::TooLarge`].

#[cfg(feature = "bincode")]
mod bincode;
mod codecs;
mod compress;
mod fingerprint;
mod guard;
mod header;
mod integer;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
#[cfg(feature = "postcard")]
mod postcard;
mod storable;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::codecs::Fault;
use self::fingerprint::Layout;
use self::header::{Body, Header};
use crate::base::entry::{Kind, Life, TagStamp};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::MissReason;
use crate::base::setup::{Codec, Compression};

pub use self::codecs::{CODECS, Facts};
pub use self::compress::MAX_PAYLOAD;
pub use self::guard::{EMPTY_ELEMENTS, MAX_DEPTH};
pub use self::header::TAG_LIMIT;
pub use self::integer::{as_integer, encode_integer, from_integer};
pub use self::storable::Storable;

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

impl Encoding {
    /// Whether this program can write so.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`], naming the cargo feature that is missing.
    pub fn check(&self) -> Result<()> {
        codecs::usable(self.codec)?;
        self.compression.map_or(Ok(()), |compression| compress::pack(&[], compression).map(drop))
    }
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
/// [`ErrorKind::TooLarge`] above [`MAX_PAYLOAD`]; [`ErrorKind::Unsupported`], if the codec or the
/// compression is not compiled in.
pub fn encode<T: Cacheable>(kind: Kind, value: &T, meta: &Meta<'_>, encoding: &Encoding) -> Result<Bytes> {
    let codec = codecs::usable(encoding.codec)?;
    let layout = fingerprint::layout::<T>();
    let body = Body { codec: Some(codec), fingerprint: layout.fingerprint, packed: None };
    let mut out = Vec::with_capacity(header::ROOM + size_of::<T>());
    header::write(kind, meta, Some(&body), &mut out);
    let head = out.len();
    write_payload(value, codec, layout, &mut out).map_err(|fault| unserializable::<T>(codec, fault))?;
    pack(kind, meta, body, encoding, head, out)
}

/// Writes the payload; the first one of a type is read again, to see whether the codec carries it.
fn write_payload<T: Cacheable>(
    value: &T,
    codec: &'static Facts,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    if let Some(hidden) = layout.hidden.as_deref().filter(|_| codec.positional) {
        return Err(hidden.into());
    }
    let head = out.len();
    calmly(|| codecs::write(codec, value, out))?;
    if !layout.is_proven(codec) {
        let read: T = calmly(|| codecs::read(codec, &out[head..]))?;
        let mut again = Vec::with_capacity(out.len() - head);
        calmly(|| codecs::write(codec, &read, &mut again))?;
        // Not the bytes: a hash map that was read again has another order.
        if again.len() != out.len() - head {
            return Err("it reads back as another value".into());
        }
        layout.prove(codec);
    }
    Ok(())
}

/// Writes a payload that has a form of its own, known by its mark: no codec, no serde.
///
/// `payload` appends it, and may be asked once only. The cache's compression applies.
///
/// # Errors
///
/// [`ErrorKind::TooLarge`] above [`MAX_PAYLOAD`]; [`ErrorKind::Unsupported`], if the compression is not
/// compiled in.
pub fn encode_form(
    mark: u64,
    payload: impl FnOnce(&mut Vec<u8>),
    meta: &Meta<'_>,
    encoding: &Encoding,
) -> Result<Bytes> {
    let body = Body { codec: None, fingerprint: mark, packed: None };
    let mut out = Vec::with_capacity(header::ROOM);
    header::write(Kind::Value, meta, Some(&body), &mut out);
    let head = out.len();
    payload(&mut out);
    pack(Kind::Value, meta, body, encoding, head, out)
}

/// Runs the user's own serde code, whose panic is a fault like any other.
fn calmly<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("its serde code panicked".into()))
}

/// The finished entry: with a smaller payload, if that was asked for and is possible.
fn pack(
    kind: Kind,
    meta: &Meta<'_>,
    body: Body,
    encoding: &Encoding,
    head: usize,
    out: Vec<u8>,
) -> Result<Bytes> {
    let payload = &out[head..];
    if payload.len() > MAX_PAYLOAD {
        let context = format!("{} bytes, where {MAX_PAYLOAD} are the most", payload.len());
        return Err(Error::new(ErrorKind::TooLarge, "encode").context(context));
    }
    let worth_it = encoding.compression.filter(|_| payload.len() >= encoding.compress_above);
    let packed = worth_it.map(|compression| compress::pack(payload, compression)).transpose()?;
    let Some((packed, smaller)) = packed.flatten() else { return Ok(out.into()) };
    let mut out = Vec::with_capacity(head + header::ROOM + smaller.len());
    header::write(kind, meta, Some(&Body { packed: Some(packed), ..body }), &mut out);
    out.extend_from_slice(&smaller);
    Ok(out.into())
}

/// Writes a stored `None`.
pub fn encode_nothing(meta: &Meta<'_>) -> Bytes {
    let mut out = Vec::with_capacity(header::ROOM);
    header::write(Kind::Nothing, meta, None, &mut out);
    out.into()
}

fn unserializable<T>(codec: &Facts, fault: Fault) -> Error {
    let advice = if codec.positional { "; `codec = \"msgpack\"` carries every layout" } else { "" };
    let context = format!("{} cannot carry `{}`{advice}", codec.name, std::any::type_name::<T>());
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
        let codec = body.codec.ok_or(MissReason::OtherLayout)?;
        let read = || match body.packed {
            None => codecs::read(codec, &self.payload),
            Some(packed) => codecs::read(codec, &compress::unpack(packed, &self.payload)?),
        };
        calmly(read).map_err(|_| MissReason::Undecodable)
    }

    /// The payload that [`encode_form`] wrote under this mark; shared with the bytes it was read from,
    /// unless it was compressed.
    ///
    /// # Errors
    ///
    /// [`MissReason::OtherLayout`], if it was written by a codec or under another mark;
    /// [`MissReason::Undecodable`], if it is damaged.
    pub fn form(&self, mark: u64) -> Result<Bytes, MissReason> {
        let body = self.body.filter(|body| body.codec.is_none() && body.fingerprint == mark);
        match body.ok_or(MissReason::OtherLayout)?.packed {
            None => Ok(self.payload.clone()),
            Some(packed) => {
                let unpacked = compress::unpack(packed, &self.payload);
                unpacked.map(Bytes::from).map_err(|_| MissReason::Undecodable)
            }
        }
    }
}

/// The fingerprint of a type's serde layout: equal in every process and build, another after a change.
pub fn fingerprint<T: DeserializeOwned + 'static>() -> u64 {
    fingerprint::layout::<T>().fingerprint
}

/// What the fingerprint is the hash of, for people who wonder why an entry is of another layout.
pub fn layout<T: DeserializeOwned + 'static>() -> &'static str {
    &fingerprint::layout::<T>().text
}
