//! The buffer that a key is rendered into: on the stack while it is short.

use super::{Key, KeyPart, cut, is_cut};

/// Bytes that fit without an allocation.
const INLINE: usize = 64;

/// The length of a key on the heap.
const SPILLED: usize = INLINE + 1;

/// The length of a key on the heap that was shortened: once is enough.
const CUT: usize = INLINE + 2;

/// A key that is being rendered.
///
/// Literal text goes in by [`text`](Self::text), values by [`part`](Self::part). Up to 64 bytes stay
/// on the stack; a longer key moves to the heap.
///
/// # Example
///
/// ```
/// use cache_runtime::key::KeyBuf;
///
/// let mut key = KeyBuf::new();
/// key.text("user:");
/// key.part(&42);
///
/// assert_eq!(key.as_bytes(), b"user:42");
/// ```
#[derive(Debug, Clone)]
pub struct KeyBuf {
    inline: [u8; INLINE],
    /// `SPILLED` or `CUT` once the key has moved to the heap, so that one comparison tells both.
    len: usize,
    spilled: Vec<u8>,
}

impl KeyBuf {
    /// An empty key.
    #[inline]
    pub const fn new() -> Self {
        Self { inline: [0; INLINE], len: 0, spilled: Vec::new() }
    }

    /// Appends literal text as it is.
    #[inline]
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Appends a value as its type renders it.
    #[inline]
    pub fn part<P: KeyPart + ?Sized>(&mut self, part: &P) {
        part.render(self);
    }

    /// Appends the name of the type of `value`, for a value whose text does not tell it: `1_u8` and `1_u16`
    /// are both `1`.
    ///
    /// It is the name that [`type_name`](std::any::type_name) gives, encoded.
    #[inline]
    pub fn type_of<T: ?Sized>(&mut self, value: &T) {
        let _ = value;
        self.escaped(std::any::type_name::<T>());
    }

    /// Appends text that came from a value: everything but RFC 3986's unreserved characters and
    /// non-ASCII letters and digits is percent-encoded, so that no value can imitate a separator.
    #[inline]
    pub fn escaped(&mut self, text: &str) {
        match text.bytes().position(|byte| !PLAIN[usize::from(byte)]) {
            None => self.text(text),
            Some(_) => self.escape(text),
        }
    }

    #[inline(never)]
    fn escape(&mut self, text: &str) {
        let mut clean = 0;
        for (at, character) in text.char_indices() {
            if is_kept(character) {
                continue;
            }
            self.text(&text[clean..at]);
            clean = at + character.len_utf8();
            for byte in &text.as_bytes()[at..clean] {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                self.bytes(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        self.text(&text[clean..]);
    }

    /// The key so far.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.inline.get(..self.len).unwrap_or(&self.spilled)
    }

    /// Shortens a key that passes [`KEY_LIMIT`](super::KEY_LIMIT), as [`into_key`](Self::into_key) does.
    #[inline]
    pub(crate) fn bound(&mut self) {
        if self.is_to_cut() {
            self.cut();
        }
    }

    #[inline]
    fn is_to_cut(&self) -> bool {
        self.len != CUT && is_cut(self.as_bytes())
    }

    #[cold]
    fn cut(&mut self) {
        self.spilled = cut(&self.to_text()).into_bytes();
        self.len = CUT;
    }

    /// The finished key, owned and within the limit.
    ///
    /// What is too long keeps a head and ends in `~#` and a digest; so does what ends like that by itself,
    /// so that no rendered key names the entry of another.
    ///
    /// # Panics
    ///
    /// Never: only whole strings go in.
    pub fn into_key(self) -> Key {
        self.to_key()
    }

    /// [`into_key`](Self::into_key) for one who keeps the buffer.
    pub(crate) fn to_key(&self) -> Key {
        let text = self.to_text();
        Key(if self.is_to_cut() { cut(&text) } else { text })
    }

    fn to_text(&self) -> String {
        String::from_utf8(self.as_bytes().to_vec()).expect("only whole strings went in")
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(free) = self.inline.get_mut(self.len..self.len + bytes.len()) {
            free.copy_from_slice(bytes);
            self.len += bytes.len();
        } else {
            self.spill(bytes);
        }
    }

    #[cold]
    fn spill(&mut self, bytes: &[u8]) {
        if self.len <= INLINE {
            self.spilled.reserve(2 * INLINE + bytes.len());
            self.spilled.extend_from_slice(&self.inline[..self.len]);
        }
        self.len = SPILLED;
        self.spilled.extend_from_slice(bytes);
    }
}

impl Default for KeyBuf {
    fn default() -> Self {
        Self::new()
    }
}

/// The bytes that stand for themselves, whatever is around them.
#[expect(clippy::cast_possible_truncation, reason = "a byte below 128")]
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = is_unreserved(byte as u8 as char);
        byte += 1;
    }
    plain
};

const fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

fn is_kept(character: char) -> bool {
    is_unreserved(character) || (!character.is_ascii() && character.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_spills_without_losing_a_byte() {
        let mut key = KeyBuf::new();
        let mut expected = String::new();
        for number in 0..100_u32 {
            key.text(":");
            key.part(&number);
            expected.extend([":".to_owned(), number.to_string()]);
        }

        assert_eq!(key.as_bytes(), expected.as_bytes());
    }

    #[test]
    fn a_bounded_key_is_the_owned_key() {
        let mut key = KeyBuf::new();
        key.text(&"long ".repeat(100));
        let owned = key.clone().into_key();

        key.bound();
        key.bound();

        assert_eq!(key.as_bytes(), owned.as_str().as_bytes());
        assert_eq!(key.into_key(), owned);
    }

    #[test]
    fn a_value_cannot_imitate_a_separator() {
        let mut key = KeyBuf::new();
        key.part("a:b%/ ü\n");

        assert_eq!(key.as_bytes(), "a%3Ab%25%2F%20ü%0A".as_bytes());
    }
}
