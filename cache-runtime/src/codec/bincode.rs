//! The codec `bincode`: compact, positional, the default.
//!
//! Version 2 of the format, `config::standard()`: little-endian, integers as varints. The crate is
//! finished rather than maintained; `oxicode` reads and writes the same bytes.

use bincode::config;
use bincode::serde::{encode_into_std_write, seed_decode_from_slice};
use serde::Serialize;
use serde::de::DeserializeSeed;

use super::codecs::Fault;

pub(super) fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Fault> {
    encode_into_std_write(value, out, config::standard())?;
    Ok(())
}

pub(super) fn read<'a, S: DeserializeSeed<'a>>(seed: S, payload: &'a [u8]) -> Result<S::Value, Fault> {
    let (value, length) = seed_decode_from_slice(seed, payload, config::standard())?;
    if length < payload.len() {
        return Err("bytes are left after the value".into());
    }
    Ok(value)
}
