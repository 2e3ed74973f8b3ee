//! The key of an entry in memory, in a form that is looked up without an allocation.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::Equivalent;

use crate::backend::Space;

/// A key that is kept, with the stamp of the entry under it; its text is shared by the map and the
/// deadlines.
///
/// The stamp is no part of what the key names. It stands here, in four bytes that would be padding:
/// a lookup touches less memory than with a stamp beside the value, and returns the value without
/// another copy.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: Arc<[u8]>,
    pub(super) space: Space,
    pub(super) stamp: Stamp,
}

/// Tells apart the records of one millisecond. It starts again after four thousand million entries;
/// should two that expire in the same millisecond then be alike, one is not removed by itself. It
/// is never returned either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(pub(super) u32);

/// A key that is looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    pub(super) space: Space,
    pub(super) text: &'a [u8],
}

impl Key {
    pub(super) fn sought(&self) -> Sought<'_> {
        Sought { space: self.space, text: &self.text }
    }

    /// The key as text. Keys come from `&str`, so nothing is lost.
    pub(super) fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

impl Sought<'_> {
    pub(super) fn to_key(self, stamp: Stamp) -> Key {
        Key { text: self.text.into(), space: self.space, stamp }
    }
}

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.sought().equivalent(other)
    }
}

impl Eq for Key {}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sought().hash(state);
    }
}

impl Hash for Sought<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.text);
        state.write_u32(self.space.0);
    }
}

impl Equivalent<Key> for Sought<'_> {
    #[inline]
    fn equivalent(&self, key: &Key) -> bool {
        self.space == key.space && *self.text == *key.text
    }
}
