//! The codec `msgpack`: compact, self-describing, carries what positional codecs cannot.
//!
//! Structs are maps that name their fields: a field that is left out, a tag, or a flattened part is
//! found again by its name.

use rmp_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::DeserializeSeed;

use super::codecs::Fault;

pub(super) fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<(), Fault> {
    value.serialize(&mut Serializer::new(out).with_struct_map())?;
    Ok(())
}

pub(super) fn read<'a, S: DeserializeSeed<'a>>(seed: S, payload: &'a [u8]) -> Result<S::Value, Fault> {
    let mut input = Deserializer::new(payload);
    let value = seed.deserialize(&mut input)?;
    if !input.get_ref().is_empty() {
        return Err("bytes are left after the value".into());
    }
    Ok(value)
}
