//! Vary values: what a fragment depends on, put into a digest by type and length.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::text::Fragment;
use crate::base::key::{Digest, Displayed, KeyBuf, KeyPart};

/// A value that a fragment varies on.
///
/// Implemented for integers of every size, which are one type here, floats, `bool`, `char`, text, `Option`
/// (nothing, or its value; `Some(None)` is nothing, as in a template), slices, vectors, tuples, addresses and `Uuid` (as text). `1` and `"1"` differ,
/// and so do `["a:b", "c"]` and `["a", "b:c"]`. A value has the same digest in Rust and in a template.
///
/// For a type of one's own, vary on a field of it, or wrap it in [`keyed`], or implement this trait.
///
/// # Example
///
/// ```
/// use cache_runtime::fragment::{Vary, VaryDigest, make_fragment_key};
///
/// struct User {
///     id: u64,
///     name: String,
/// }
///
/// impl Vary for User {
///     fn vary(&self, digest: &mut VaryDigest) {
///         self.id.vary(digest);
///     }
/// }
///
/// let user = User { id: 7, name: "Ada".to_owned() };
/// assert_eq!(make_fragment_key("card", &[&user]), make_fragment_key("card", &[&7]));
/// assert_ne!(make_fragment_key("card", &[&user]), make_fragment_key("card", &[&"7"]));
/// # let _ = user.name;
/// ```
#[diagnostic::on_unimplemented(
    message = "a fragment cannot vary on `{Self}`",
    label = "no stable digest for `{Self}`",
    note = "use a field of it: `vary = [user.id]`",
    note = "`cache_runtime::fragment::keyed(&value)` takes every `KeyPart`, which can be derived",
    note = "or implement `cache_runtime::fragment::Vary` for it"
)]
pub trait Vary {
    /// Puts this value into the digest.
    fn vary(&self, digest: &mut VaryDigest);

    /// As all vary values of a fragment: a tuple stands for as many values as it has parts.
    #[doc(hidden)]
    fn vary_all(&self, digest: &mut VaryDigest) {
        self.vary(digest);
    }
}

/// What vary values are put into: SHA-256 over each value's type, length, and content.
///
/// A value is a tag byte, the length of its content as eight bytes (little end first), and the content:
/// `i` and an integer's decimal text, `f` and the eight bytes of a float, `b` and `0` or `1`, `s` and text,
/// `y` and bytes, `k` and the text of a [`KeyPart`], `n` and nothing. A list is `l`, the number of its
/// values, and the values; a map is `m`, the number of its pairs, and keys and values in the order of
/// their encoding. The digest is the first 128 bits, in hexadecimal. This is kept from release to release.
///
/// Visitors choose some of these values, search words for one: nobody can make two of them meet in one
/// entry, as in a hash that is made for speed alone.
pub struct VaryDigest(Sink);

enum Sink {
    Digest(hmac_sha256::Hash),
    /// The pairs of a map are put in order first.
    Bytes(Vec<u8>),
}

impl VaryDigest {
    pub(super) fn new() -> Self {
        Self(Sink::Digest(hmac_sha256::Hash::new()))
    }

    /// Text.
    pub fn text(&mut self, text: &str) {
        self.value(b's', text.as_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.value(b'y', bytes);
    }

    /// An integer that fits.
    pub fn integer(&mut self, integer: i128) {
        self.value(b'i', itoa::Buffer::new().format(integer).as_bytes());
    }

    /// An integer that is not negative.
    pub fn natural(&mut self, integer: u128) {
        self.value(b'i', itoa::Buffer::new().format(integer).as_bytes());
    }

    /// A float; what differs in its bits differs here.
    pub fn float(&mut self, float: f64) {
        self.value(b'f', &float.to_bits().to_le_bytes());
    }

    /// A truth value.
    pub fn boolean(&mut self, boolean: bool) {
        self.value(b'b', if boolean { b"1" } else { b"0" });
    }

    /// The absence of a value.
    pub fn nothing(&mut self) {
        self.value(b'n', b"");
    }

    /// A value by the text it has in keys.
    pub fn part<P: KeyPart + ?Sized>(&mut self, part: &P) {
        let mut text = KeyBuf::new();
        part.render(&mut text);
        self.value(b'k', text.as_bytes());
    }

    /// The beginning of a list; as many values follow.
    pub fn list(&mut self, values: usize) {
        self.head(b'l', values);
    }

    /// A map: `pair` puts in the key and then the value.
    pub fn map<T>(&mut self, pairs: impl IntoIterator<Item = T>, mut pair: impl FnMut(&mut Self, T)) {
        let encode = |entry| {
            let mut digest = Self(Sink::Bytes(Vec::new()));
            pair(&mut digest, entry);
            digest.into_bytes()
        };
        let mut encoded: Vec<_> = pairs.into_iter().map(encode).collect();
        encoded.sort();
        self.head(b'm', encoded.len());
        for pair in &encoded {
            self.put(pair);
        }
    }

    /// The first 128 bits.
    pub(super) fn finish(self) -> u128 {
        let Sink::Digest(digest) = self.0 else { return 0 };
        let bytes = digest.finalize();
        let (first, _) = bytes.split_first_chunk().expect("256 bits are more than 128");
        u128::from_be_bytes(*first)
    }

    fn value(&mut self, tag: u8, content: &[u8]) {
        self.head(tag, content.len());
        self.put(content);
    }

    fn head(&mut self, tag: u8, length: usize) {
        self.put(&[tag]);
        self.put(&(length as u64).to_le_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Sink::Digest(digest) => digest.update(bytes),
            Sink::Bytes(collected) => collected.extend_from_slice(bytes),
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        match self.0 {
            Sink::Bytes(bytes) => bytes,
            Sink::Digest(digest) => digest.finalize().to_vec(),
        }
    }
}

macro_rules! vary {
    ($(|$digest:ident, $value:ident: $($(#[$feature:meta])? $kind:ty),+| $put:expr;)*) => {$($(
        $(#[$feature])?
        impl Vary for $kind {
            fn vary(&self, $digest: &mut VaryDigest) {
                let $value = self;
                $put;
            }
        }
    )+)*};
}

vary! {
    |digest, value: i8, i16, i32, i64, u8, u16, u32, u64| digest.integer(i128::from(*value));
    |digest, value: i128| digest.integer(*value);
    |digest, value: isize| digest.integer(*value as i128);
    |digest, value: usize| digest.natural(*value as u128);
    |digest, value: u128| digest.natural(*value);
    |digest, value: f32| digest.float(f64::from(*value));
    |digest, value: f64| digest.float(*value);
    |digest, value: bool| digest.boolean(*value);
    |digest, value: char| digest.text(value.encode_utf8(&mut [0; 4]));
    |digest, value: str, String, Fragment| digest.text(value);
    |digest, value: std::net::IpAddr, std::net::Ipv4Addr, std::net::Ipv6Addr, #[cfg(feature = "uuid")] uuid::Uuid|
        digest.text(&value.to_string());
}

macro_rules! transparent {
    ($($pointer:ty),*) => {$(
        impl<T: Vary + ?Sized> Vary for $pointer {
            fn vary(&self, digest: &mut VaryDigest) {
                (**self).vary(digest);
            }

            fn vary_all(&self, digest: &mut VaryDigest) {
                (**self).vary_all(digest);
            }
        }
    )*};
}

transparent!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Vary + ToOwned + ?Sized> Vary for Cow<'_, T> {
    fn vary(&self, digest: &mut VaryDigest) {
        (**self).vary(digest);
    }
}

/// Nothing, or the value itself, as a template sees it: so `Some(None)` is nothing as well.
impl<T: Vary> Vary for Option<T> {
    fn vary(&self, digest: &mut VaryDigest) {
        match self {
            Some(value) => value.vary(digest),
            None => digest.nothing(),
        }
    }
}

impl<T: Vary> Vary for [T] {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.list(self.len());
        for value in self {
            value.vary(digest);
        }
    }
}

impl<T: Vary> Vary for Vec<T> {
    fn vary(&self, digest: &mut VaryDigest) {
        self.as_slice().vary(digest);
    }
}

impl<T: Vary, const N: usize> Vary for [T; N] {
    fn vary(&self, digest: &mut VaryDigest) {
        self.as_slice().vary(digest);
    }
}

impl<K: Vary, V: Vary> Vary for BTreeMap<K, V> {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.map(self, |digest, (key, value)| {
            key.vary(digest);
            value.vary(digest);
        });
    }
}

/// No vary value at all.
impl Vary for () {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.list(0);
    }

    fn vary_all(&self, _: &mut VaryDigest) {}
}

macro_rules! tuples {
    ($(($count:literal: $($part:ident $index:tt),+))*) => {$(
        impl<$($part: Vary),+> Vary for ($($part,)+) {
            fn vary(&self, digest: &mut VaryDigest) {
                digest.list($count);
                self.vary_all(digest);
            }

            fn vary_all(&self, digest: &mut VaryDigest) {
                $(self.$index.vary(digest);)+
            }
        }
    )*};
}

tuples! {
    (1: A 0) (2: A 0, B 1) (3: A 0, B 1, C 2) (4: A 0, B 1, C 2, D 3) (5: A 0, B 1, C 2, D 3, E 4)
    (6: A 0, B 1, C 2, D 3, E 4, F 5)
}

/// A value by the text it has in keys; see [`keyed`].
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a, T: ?Sized>(&'a T);

/// Varies on any [`KeyPart`], which types of one's own derive, and dates and times are.
///
/// # Example
///
/// ```
/// use cache_runtime::KeyPart;
/// use cache_runtime::fragment::{keyed, make_fragment_key};
///
/// #[derive(KeyPart)]
/// enum Plan {
///     Free,
///     Team { seats: u32 },
/// }
///
/// let free = make_fragment_key("prices", &[&keyed(&Plan::Free)]);
/// assert_ne!(free, make_fragment_key("prices", &[&keyed(&Plan::Team { seats: 3 })]));
/// ```
pub const fn keyed<T: KeyPart + ?Sized>(value: &T) -> Keyed<'_, T> {
    Keyed(value)
}

impl<T: KeyPart + ?Sized> Vary for Keyed<'_, T> {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.part(self.0);
    }
}

impl<T: std::fmt::Display + ?Sized> Vary for Displayed<'_, T> {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.part(self);
    }
}

impl<T: std::hash::Hash + ?Sized> Vary for Digest<'_, T> {
    fn vary(&self, digest: &mut VaryDigest) {
        digest.part(self);
    }
}
