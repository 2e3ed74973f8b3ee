//! The codecs there are, each with its name, its place on the wire, and the feature that brings it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::guard;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::setup::Codec;

/// Why a codec could not write or read a value.
pub(super) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What is known of a codec whether or not it is compiled in.
#[derive(Debug)]
pub struct Facts {
    /// The codec.
    pub codec: Codec,
    /// Its name in settings, and the cargo feature that brings it.
    pub name: &'static str,
    /// What stands for it in an entry's header; never given to another codec.
    pub id: u8,
    /// Whether its bytes mean something only beside the exact layout of the type.
    pub positional: bool,
    /// Whether this program can use it.
    pub compiled_in: bool,
}

/// Every codec. To add one: a line here, a variant of [`Codec`], a file beside this one.
pub const CODECS: [Facts; 4] = [
    Facts {
        codec: Codec::Bincode,
        name: "bincode",
        id: 1,
        positional: true,
        compiled_in: cfg!(feature = "bincode"),
    },
    Facts {
        codec: Codec::Postcard,
        name: "postcard",
        id: 2,
        positional: true,
        compiled_in: cfg!(feature = "postcard"),
    },
    Facts { codec: Codec::Json, name: "json", id: 3, positional: false, compiled_in: cfg!(feature = "json") },
    Facts {
        codec: Codec::Msgpack,
        name: "msgpack",
        id: 4,
        positional: false,
        compiled_in: cfg!(feature = "msgpack"),
    },
];

static TABLE: [Facts; 4] = CODECS;

/// The codec with this id in a header.
pub(super) fn by_id(id: u8) -> Option<&'static Facts> {
    TABLE.iter().find(|facts| facts.id == id)
}

/// What is known of this codec, if values can be written by it.
pub(super) fn usable(codec: Codec) -> Result<&'static Facts> {
    let facts = TABLE.iter().find(|facts| facts.codec == codec).expect("the table lists every codec");
    if !facts.compiled_in {
        let name = facts.name;
        let context = format!("codec \"{name}\" needs the cargo feature `{name}` of cache-runtime");
        return Err(Error::new(ErrorKind::Unsupported, "encode").context(context));
    }
    Ok(facts)
}

/// Appends the payload of `value` to `out`.
pub(super) fn write<T: Serialize>(facts: &Facts, value: &T, out: &mut Vec<u8>) -> Result<(), Fault> {
    guard::writing(value, facts.codec, out, |value, out| match facts.codec {
        #[cfg(feature = "bincode")]
        Codec::Bincode => super::bincode::write(&value, out),
        #[cfg(feature = "postcard")]
        Codec::Postcard => super::postcard::write(&value, out),
        #[cfg(feature = "json")]
        Codec::Json => super::json::write(&value, out),
        #[cfg(feature = "msgpack")]
        Codec::Msgpack => super::msgpack::write(&value, out),
        #[allow(unreachable_patterns, reason = "which codecs are left depends on the features")]
        _ => {
            let _ = (value, out);
            Err(absent(facts))
        }
    })
}

/// Reads a payload, all of it.
pub(super) fn read<T: DeserializeOwned>(facts: &Facts, payload: &[u8]) -> Result<T, Fault> {
    guard::reading(payload.len(), |seed| match facts.codec {
        #[cfg(feature = "bincode")]
        Codec::Bincode => super::bincode::read(seed, payload),
        #[cfg(feature = "postcard")]
        Codec::Postcard => super::postcard::read(seed, payload),
        #[cfg(feature = "json")]
        Codec::Json => super::json::read(seed, payload),
        #[cfg(feature = "msgpack")]
        Codec::Msgpack => super::msgpack::read(seed, payload),
        #[allow(unreachable_patterns, reason = "which codecs are left depends on the features")]
        _ => {
            let _ = seed;
            Err(absent(facts))
        }
    })
}

#[allow(dead_code, reason = "with every codec compiled in, none is absent")]
fn absent(facts: &Facts) -> Fault {
    format!("{} is not compiled in", facts.name).into()
}
