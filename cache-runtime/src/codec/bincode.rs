//! The codec `bincode`: compact, positional, the default.
//!
//! Version 2 of the format, `config::standard()`: little-endian, integers as varints. The crate is
//! finished rather than maintained; `oxicode` reads and writes the same bytes.

use bincode::config;
use bincode::serde::{borrow_decode_from_slice, encode_into_std_write};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codecs::Fault;

pub(super) fn write<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), Fault> {
    encode_into_std_write(value, out, config::standard())?;
    Ok(())
}

pub(super) fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Fault> {
    let (value, length) = borrow_decode_from_slice(payload, config::standard())?;
    if length < payload.len() {
        return Err("bytes are left after the value".into());
    }
    Ok(value)
}
