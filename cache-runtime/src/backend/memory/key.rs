//! The key of an entry in memory, in a form that is looked up without an allocation.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use quick_cache::Equivalent;

use crate::backend::Space;

/// A key that is kept: its text is shared by the map and the deadlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) space: Space,
    pub(super) text: Arc<[u8]>,
}

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
    pub(super) fn to_key(self) -> Key {
        Key { space: self.space, text: self.text.into() }
    }
}

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
