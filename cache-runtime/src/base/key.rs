//! Keys: text that names a value, rendered injectively and without an allocation.

mod block;
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
/// Text that is short enough is taken as it is, also where it ends as a shortened key does (`~#` and 32
/// hexadecimal digits): so a key that a cache lists can be handed back to it. Whoever builds keys out of
/// foreign text renders it by a [`KeyBuf`], which leaves no `#` in it.
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

/// What stands before the digest of a shortened key: encoding never leaves a `#` in a value.
const MARK: &str = "~#";

/// The bytes of the mark and of the digest behind it.
const TAIL: usize = MARK.len() + 32;

/// Cuts a text that passes [`KEY_LIMIT`] to a head, `~#` and the xxh3 digest of the whole in hexadecimal.
pub(crate) fn shorten(text: String) -> String {
    if text.len() <= KEY_LIMIT { text } else { cut(&text) }
}

/// Whether a rendered text is not to stand as it is: it is too long, or its template made it end as a
/// shortened key does, and it could name another's entry.
#[inline]
fn is_cut(rendered: &[u8]) -> bool {
    rendered.len() > KEY_LIMIT || has_tail(rendered)
}

#[inline]
fn has_tail(text: &[u8]) -> bool {
    text.last_chunk::<TAIL>().is_some_and(|tail| {
        tail.starts_with(MARK.as_bytes()) && tail[MARK.len()..].iter().all(u8::is_ascii_hexdigit)
    })
}

fn cut(text: &str) -> String {
    let head = &text[..text.floor_char_boundary(KEY_LIMIT - TAIL)];
    let digest = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    format!("{head}{MARK}{digest:032x}")
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

    #[test]
    fn no_value_imitates_a_shortened_key() {
        let rendered = |value: &str| {
            let mut key = KeyBuf::new();
            key.text("name:");
            key.part(value);
            key.into_key()
        };
        let long = rendered(&"a".repeat(300));
        let forged = long.as_str().strip_prefix("name:").expect("the head is kept");

        assert_ne!(rendered(forged), long);
    }

    #[test]
    fn no_template_imitates_a_shortened_key() {
        let rendered = |head: &str, tail: &str| {
            let mut key = KeyBuf::new();
            key.part(head);
            key.text("~#");
            key.part(tail);
            (key.clone().into_key(), key)
        };
        let (long, _) = rendered(&"a".repeat(300), "b");
        let (head, digest) = long.as_str().split_once("~#").expect("it was shortened");

        let (forged, mut bounded) = rendered(head, digest);
        bounded.bounded();

        assert_ne!(forged, long);
        assert_eq!(bounded.as_bytes(), forged.as_str().as_bytes());
        assert_eq!(rendered("a", "b").0.as_str(), "a~#b");
    }
}
