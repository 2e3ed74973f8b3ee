//! The codec `postcard`: compact, positional, with a published wire format.

use postcard::Deserializer;
use serde::Serialize;
use serde::de::DeserializeSeed;

use super::codecs::Fault;

pub(super) fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Fault> {
    postcard::to_io(value, out)?;
    Ok(())
}

pub(super) fn read<'a, S: DeserializeSeed<'a>>(seed: S, payload: &'a [u8]) -> Result<S::Value, Fault> {
    let mut input = Deserializer::from_bytes(payload);
    let value = seed.deserialize(&mut input)?;
    if !input.finalize()?.is_empty() {
        return Err("bytes are left after the value".into());
    }
    Ok(value)
}
