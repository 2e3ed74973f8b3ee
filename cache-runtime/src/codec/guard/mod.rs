//! The guard between a value and its codec: it refuses what would read back as something else, or cost too much.
//!
//! Codecs accept some values that they cannot give back: `MessagePack` writes `Some(None)` as it
//! writes `None`, and bincode leaves out a skipped field without a trace, so that a later field is
//! read in its place. Such a value is refused while it is written. While an entry is read, the
//! guard bounds what bytes of unknown origin can ask for: nesting (a recursive type would overflow
//! the stack, which no handler catches), elements (a `Vec<()>` costs no bytes), and memory.

mod read;
mod write;

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use self::read::{Budget, Seed};
use self::write::{Guarded, Notes};
use super::codecs::Fault;
use crate::base::setup::Codec;

/// The deepest nesting of a value that is stored: structs, enums, options, sequences in each other.
///
/// `serde_json` stops at the same depth.
pub const MAX_DEPTH: usize = 127;

/// How many elements an entry may have beyond the number of its bytes (`vec![(); n]` has none).
pub const EMPTY_ELEMENTS: usize = 65_536;

/// Runs `write` with `value` in the form that `codec` may append to `out`.
pub(super) fn writing<T: Serialize>(
    value: &T,
    codec: Codec,
    out: &mut Vec<u8>,
    write: impl FnOnce(Guarded<'_, T>, &mut Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let notes = Notes::default();
    let head = out.len();
    let result = write(Guarded::root(value, codec, &notes), out);
    result.map_err(|fault| notes.reason.take().map_or(fault, Fault::from))?;
    if notes.elements.get() > Budget::of(out.len() - head).elements() {
        return Err(format!("more than {EMPTY_ELEMENTS} elements take no bytes").into());
    }
    Ok(())
}

/// Runs `read` with a seed that reads a `T` within the bounds of a payload of `length` bytes.
pub(super) fn reading<T: DeserializeOwned>(
    length: usize,
    read: impl FnOnce(Root<'_, T>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    read(Root(Seed::root(&Budget::of(length))))
}

/// The seed of a whole value.
pub(super) struct Root<'b, T>(Seed<'b, std::marker::PhantomData<T>>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Root<'_, T> {
    type Value = T;

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<T, D::Error> {
        self.0.deserialize(input)
    }
}
