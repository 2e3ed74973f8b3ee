//! Ways to put a foreign type into a key: by its `Display`, or by a digest of its `Hash`.

use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3;

use super::{KeyBuf, KeyPart};

/// A value in a key by its `Display`; see [`display`].
#[derive(Debug, Clone, Copy)]
pub struct Displayed<'a, T: ?Sized>(&'a T);

/// Puts `value` into a key as its `Display` prints it.
///
/// The key is as injective as the `Display` is: two values that print alike share an entry.
pub const fn display<T: fmt::Display + ?Sized>(value: &T) -> Displayed<'_, T> {
    Displayed(value)
}

impl<T: fmt::Display + ?Sized> KeyPart for Displayed<'_, T> {
    fn render(&self, key: &mut KeyBuf) {
        let mut writer = Escaping(key);
        write!(writer, "{}", self.0).expect("a buffer takes everything; a `Display` must not fail");
    }
}

struct Escaping<'a>(&'a mut KeyBuf);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.escaped(text);
        Ok(())
    }
}

/// A value in a key by a digest; see [`digest`].
#[derive(Debug, Clone, Copy)]
pub struct Digest<'a, T: ?Sized>(&'a T);

/// Puts a value that is too large to spell out into a key: 128 bits of xxh3 over what its `Hash` feeds.
///
/// The standard library does not promise that `Hash` feeds the same bytes in every release or on every
/// platform: in a shared store a change of either is a miss, never a wrong value. The digest
/// is not meant to resist someone who chooses the input to collide.
pub const fn digest<T: Hash + ?Sized>(value: &T) -> Digest<'_, T> {
    Digest(value)
}

impl<T: Hash + ?Sized> KeyPart for Digest<'_, T> {
    fn render(&self, key: &mut KeyBuf) {
        let mut hasher = Digesting(Xxh3::new());
        self.0.hash(&mut hasher);
        key.text(&format!("{:032x}", hasher.0.digest128()));
    }
}

struct Digesting(Xxh3);

impl Hasher for Digesting {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.digest()
    }
}
