//! The codec `json`: text that people can read in the store, self-describing.

use serde::Serialize;
use serde::de::DeserializeSeed;
use serde_json::Deserializer;

use super::codecs::Fault;

pub(super) fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Fault> {
    serde_json::to_writer(out, value)?;
    Ok(())
}

pub(super) fn read<'a, S: DeserializeSeed<'a>>(seed: S, payload: &'a [u8]) -> Result<S::Value, Fault> {
    let mut input = Deserializer::from_slice(payload);
    let value = seed.deserialize(&mut input)?;
    // `end` forgives white space, which `write` never leaves.
    input.end()?;
    if payload.last().is_some_and(u8::is_ascii_whitespace) {
        return Err("bytes are left after the value".into());
    }
    Ok(value)
}
