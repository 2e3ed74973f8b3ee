//! Keys: text that names a value, rendered injectively and without an allocation.

mod buffer;
mod part;
mod serialized;
mod tag;
mod wrap;

pub use buffer::KeyBuf;
/// Renders a type of one's own as key text; see the trait of this name.
pub use cache_macros::KeyPart;
pub use part::KeyPart;
pub use serialized::{SerializedDigest, digest_serialized};
pub use tag::{Tag, tag};
pub use wrap::{Digest, Displayed, digest, display};

/// The longest key in bytes; a longer one keeps a readable head and ends in a 128-bit digest.
pub const KEY_LIMIT: usize = 250;

/// A key of the low-level API: any text.
///
/// Text longer than [`KEY_LIMIT`] is shortened as a cached function's key is, so both name one entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Key {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Key {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(shorten(text))
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Key> for Key {
    fn from(key: &Key) -> Self {
        key.clone()
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// Cuts a text that passes [`KEY_LIMIT`] to a head, `~` and the xxh3 digest of the whole in hexadecimal.
pub(crate) fn shorten(text: String) -> String {
    if text.len() <= KEY_LIMIT {
        return text;
    }
    let mut end = KEY_LIMIT - 33;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let digest = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    format!("{}~{digest:032x}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_keeps_its_head_and_ends_in_a_digest() {
        let key = Key::from("ä".repeat(200));

        assert!(key.as_str().starts_with("äää"));
        assert!(key.as_str().len() <= KEY_LIMIT);
        assert_ne!(key, Key::from("ä".repeat(201)));
    }

    #[test]
    fn a_shortened_key_is_shortened_no_further() {
        let key = Key::from("x".repeat(1000));

        assert_eq!(Key::from(key.as_str()), key);
    }
}
