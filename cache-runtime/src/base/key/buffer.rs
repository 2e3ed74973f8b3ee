//! The buffer that a key is rendered into: on the stack while it is short.

use super::block::{
    BLOCK, EIGHT_DIGITS, are_plain, block_of, digits_of, ends, is_long_and_plain, is_plain_block,
};
use super::{Key, KeyPart, TAIL, cut, is_cut};

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
    inline: Line,
    /// `SPILLED` or `CUT` once the key has moved to the heap, so that one comparison tells both.
    len: usize,
    spilled: Vec<u8>,
}

/// A line of the processor's cache, never parts of two: a key across two of them was read up to ten
/// nanoseconds later, depending on where the stack of the caller happened to be.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Line([u8; INLINE]);

impl KeyBuf {
    /// An empty key.
    #[inline]
    pub const fn new() -> Self {
        Self { inline: Line([0; INLINE]), len: 0, spilled: Vec::new() }
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
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most texts take the first arm, which is short")]
    pub fn escaped(&mut self, text: &str) {
        match ends::<16>(text.as_bytes()) {
            Some((first, last)) if are_plain(first) && are_plain(last) => self.overlapping(first, last, text),
            _ => self.escaped_otherwise(text),
        }
    }

    /// [`escaped`](Self::escaped) for text that is short, or long, or not as plain as most.
    #[inline(never)]
    fn escaped_otherwise(&mut self, text: &str) {
        if text.len() <= BLOCK {
            self.short(text);
        } else if is_long_and_plain(text.as_bytes()) {
            self.text(text);
        } else {
            self.escape(text);
        }
    }

    /// Appends a text of at most a block: what is plain by one write of a whole one, of which the text is kept.
    #[inline]
    fn short(&mut self, text: &str) {
        let block = block_of(text.as_bytes());
        if !is_plain_block(&block) {
            self.escape(text);
        } else if let Some(free) = self.inline.0.get_mut(self.len..self.len + BLOCK) {
            free.copy_from_slice(&block);
            self.len += text.len();
        } else {
            self.text(text);
        }
    }

    /// Appends a text of which the two ends are all, without a call of a function that copies any length.
    #[inline]
    fn overlapping<const N: usize>(&mut self, first: &[u8; N], last: &[u8; N], text: &str) {
        if let Some(free) = self.inline.0.get_mut(self.len..self.len + text.len())
            && let Some(place) = free.first_chunk_mut()
        {
            *place = *first;
            if let Some(place) = free.last_chunk_mut() {
                *place = *last;
            }
            self.len += text.len();
        } else {
            self.text(text);
        }
    }

    /// Appends an integer in decimal digits, eight at once: this takes half of what it costs to render them
    /// elsewhere one by one, and to copy them here.
    #[inline]
    pub(super) fn integer(&mut self, integer: u64) {
        if integer < EIGHT_DIGITS {
            let digits = digits_of(integer);
            let zeros = (digits.trailing_zeros() / 8).min(7);
            self.ascii(digits >> (8 * zeros), 8 - zeros as usize);
        } else {
            self.long_integer(integer);
        }
    }

    #[inline(never)]
    fn long_integer(&mut self, integer: u64) {
        self.integer(integer / EIGHT_DIGITS);
        self.ascii(digits_of(integer % EIGHT_DIGITS), 8);
    }

    /// Appends `count` digits, of which the first is in the lowest byte.
    #[inline]
    fn ascii(&mut self, digits: u64, count: usize) {
        let text = (digits | u64::from_le_bytes([b'0'; 8])).to_le_bytes();
        if let Some(free) = self.inline.0.get_mut(self.len..self.len + 8) {
            free.copy_from_slice(&text);
            self.len += count;
        } else {
            self.bytes(&text[..count]);
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
        self.inline.0.get(..self.len).unwrap_or(&self.spilled)
    }

    /// The key, shortened if it passes [`KEY_LIMIT`](super::KEY_LIMIT), as [`into_key`](Self::into_key) does.
    #[inline]
    pub(crate) fn bounded(&mut self) -> &[u8] {
        if self.len >= TAIL {
            self.bound();
        }
        self.as_bytes()
    }

    /// [`bounded`](Self::bounded) for a key that is long enough to end as a shortened one does.
    #[inline(never)]
    fn bound(&mut self) {
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
        if let Some(free) = self.inline.0.get_mut(self.len..self.len + bytes.len()) {
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
            self.spilled.extend_from_slice(&self.inline.0[..self.len]);
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
    fn integers_of_every_length_are_their_digits() {
        let powers = (0..20).map(|power| 10_u64.pow(power));
        for integer in
            powers.flat_map(|power| [power - 1, power, power + 1, 7 * (power / 9)]).chain([u64::MAX])
        {
            let mut key = KeyBuf::new();
            key.part(&integer);

            assert_eq!(key.as_bytes(), integer.to_string().as_bytes());
        }
    }

    #[test]
    fn text_of_every_length_is_encoded_where_it_must_be() {
        for length in 0..100 {
            for at in 0..length {
                let mut text = vec![b'x'; length];
                text[at] = b':';
                let text = String::from_utf8(text).unwrap();
                let mut key = KeyBuf::new();
                key.part(&text);

                assert_eq!(key.as_bytes(), text.replace(':', "%3A").as_bytes());
            }
        }
    }

    #[test]
    fn every_character_stands_for_itself_only_if_it_is_kept() {
        for character in (0..0x250).filter_map(char::from_u32) {
            let mut key = KeyBuf::new();
            key.part(&character.to_string().repeat(20));

            let is_as_it_is = key.as_bytes() == character.to_string().repeat(20).as_bytes();
            assert_eq!(is_as_it_is, is_kept(character), "{character:?}");
        }
    }

    #[test]
    fn a_bounded_key_is_the_owned_key() {
        let mut key = KeyBuf::new();
        key.text(&"long ".repeat(100));
        let owned = key.clone().into_key();

        assert_eq!(key.bounded(), owned.as_str().as_bytes());
        assert_eq!(key.bounded(), owned.as_str().as_bytes());
        assert_eq!(key.into_key(), owned);
    }

    #[test]
    fn a_value_cannot_imitate_a_separator() {
        let mut key = KeyBuf::new();
        key.part("a:b%/ ü\n");

        assert_eq!(key.as_bytes(), "a%3Ab%25%2F%20ü%0A".as_bytes());
    }
}
