//! What can stand in a key: types that render themselves as text, injectively.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::KeyBuf;

/// A value that can stand in a key.
///
/// An implementation must be injective: values that differ under `==` render differently. It must
/// not write the characters `:`, `/`, `|`, `@` or any other reserved one outside of brackets that it
/// balances itself, for those separate the parts of a key. `#[derive(KeyPart)]` keeps both promises.
///
/// Floating-point numbers are left out on purpose: `0.0 == -0.0`, and a NaN equals nothing. Wrap them
/// in [`display`](super::display) where that is no concern.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a cache key",
    label = "no stable key text for `{Self}`",
    note = "derive it with `#[derive(KeyPart)]`, or use a field of it: `{{argument.id}}`",
    note = "`{{key::display(&argument)}}` uses its `Display`, `{{key::digest(&argument)}}` its `Hash`, `{{key::digest_serialized(&argument)}}` its `Serialize`",
    note = "what a wrapper holds has a text where the wrapper has none: `{{argument.0}}` for `Path<String>` and its like, \
            `{{argument.as_str()}}` for what lends text; or take the argument apart, `Path(id): Path<String>`, and write `{{id}}`",
    note = "an argument that does not change the result is named in `ignore(..)`"
)]
pub trait KeyPart {
    /// Appends this value to `key`.
    fn render(&self, key: &mut KeyBuf);
}

macro_rules! unsigned {
    ($($integer:ty)*) => {$(
        impl KeyPart for $integer {
            #[inline]
            fn render(&self, key: &mut KeyBuf) {
                match u64::try_from(*self) {
                    Ok(integer) => key.integer(integer),
                    Err(_) => key.text(itoa::Buffer::new().format(*self)),
                }
            }
        }
    )*};
}

macro_rules! signed {
    ($($integer:ty)*) => {$(
        impl KeyPart for $integer {
            #[inline]
            fn render(&self, key: &mut KeyBuf) {
                if *self < 0 {
                    key.text("-");
                }
                self.unsigned_abs().render(key);
            }
        }
    )*};
}

macro_rules! nonzero {
    ($($integer:ty)*) => {$(
        impl KeyPart for NonZero<$integer> {
            #[inline]
            fn render(&self, key: &mut KeyBuf) {
                self.get().render(key);
            }
        }
    )*};
}

unsigned!(u8 u16 u32 u64 u128 usize);
signed!(i8 i16 i32 i64 i128 isize);
nonzero!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl KeyPart for bool {
    fn render(&self, key: &mut KeyBuf) {
        key.text(if *self { "true" } else { "false" });
    }
}

impl KeyPart for char {
    fn render(&self, key: &mut KeyBuf) {
        key.escaped(self.encode_utf8(&mut [0; 4]));
    }
}

impl KeyPart for str {
    #[inline]
    fn render(&self, key: &mut KeyBuf) {
        key.escaped(self);
    }
}

impl KeyPart for String {
    #[inline]
    fn render(&self, key: &mut KeyBuf) {
        key.escaped(self);
    }
}

impl KeyPart for () {
    fn render(&self, key: &mut KeyBuf) {
        key.text("()");
    }
}

macro_rules! transparent {
    ($($pointer:ty),*) => {$(
        impl<T: KeyPart + ?Sized> KeyPart for $pointer {
            #[inline]
            fn render(&self, key: &mut KeyBuf) {
                (**self).render(key);
            }
        }
    )*};
}

transparent!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: KeyPart + ToOwned + ?Sized> KeyPart for Cow<'_, T> {
    fn render(&self, key: &mut KeyBuf) {
        (**self).render(key);
    }
}

/// `None` is `!`; `Some(x)` is `+` and `x`: neither sign stands in a rendered value.
impl<T: KeyPart> KeyPart for Option<T> {
    fn render(&self, key: &mut KeyBuf) {
        match self {
            None => key.text("!"),
            Some(value) => {
                key.text("+");
                value.render(key);
            }
        }
    }
}

/// `[a,b]`, so that a list in a list, or an empty one, stays apart from its neighbours. A single element
/// without text is `[%]`, for `[]` is the empty list; no text has a `%` that no digits follow.
impl<T: KeyPart> KeyPart for [T] {
    fn render(&self, key: &mut KeyBuf) {
        key.text("[");
        let start = key.as_bytes().len();
        for (index, part) in self.iter().enumerate() {
            if index > 0 {
                key.text(",");
            }
            part.render(key);
        }
        if self.len() == 1 && key.as_bytes().len() == start {
            key.text("%");
        }
        key.text("]");
    }
}

impl<T: KeyPart> KeyPart for Vec<T> {
    fn render(&self, key: &mut KeyBuf) {
        self.as_slice().render(key);
    }
}

impl<T: KeyPart, const N: usize> KeyPart for [T; N] {
    fn render(&self, key: &mut KeyBuf) {
        self.as_slice().render(key);
    }
}

macro_rules! tuples {
    ($(($($part:ident $index:tt),+))*) => {$(
        impl<$($part: KeyPart),+> KeyPart for ($($part,)+) {
            fn render(&self, key: &mut KeyBuf) {
                key.text("(");
                $(
                    self.$index.render(key);
                    key.text(",");
                )+
                key.text(")");
            }
        }
    )*};
}

tuples! {
    (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5) (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

/// Seconds and nanoseconds: `1.500000000`.
impl KeyPart for Duration {
    fn render(&self, key: &mut KeyBuf) {
        key.text(&format!("{}.{:09}", self.as_secs(), self.subsec_nanos()));
    }
}

/// Seconds and nanoseconds since the Unix epoch, with `-` before it.
impl KeyPart for SystemTime {
    fn render(&self, key: &mut KeyBuf) {
        match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => after.render(key),
            Err(before) => {
                key.text("-");
                before.duration().render(key);
            }
        }
    }
}

macro_rules! displayed {
    ($($(#[$feature:meta])? $kind:ty),* $(,)?) => {$(
        $(#[$feature])?
        impl KeyPart for $kind {
            fn render(&self, key: &mut KeyBuf) {
                key.escaped(&self.to_string());
            }
        }
    )*};
}

// The text of each of these is canonical: equal values have one spelling.
displayed! {
    IpAddr, Ipv4Addr, Ipv6Addr,
    #[cfg(feature = "uuid")] uuid::Uuid,
    #[cfg(feature = "chrono")] chrono::NaiveDate,
    #[cfg(feature = "chrono")] chrono::NaiveTime,
    #[cfg(feature = "chrono")] chrono::NaiveDateTime,
    #[cfg(feature = "jiff")] jiff::Timestamp,
    #[cfg(feature = "jiff")] jiff::Zoned,
    #[cfg(feature = "jiff")] jiff::civil::Date,
    #[cfg(feature = "jiff")] jiff::civil::Time,
    #[cfg(feature = "jiff")] jiff::civil::DateTime,
}

/// The instant in UTC: two zones that show the same instant are equal, and share a key.
#[cfg(feature = "chrono")]
impl<Tz: chrono::TimeZone> KeyPart for chrono::DateTime<Tz> {
    fn render(&self, key: &mut KeyBuf) {
        self.naive_utc().render(key);
    }
}
