//! Plain integers: values that a store holds as decimal text, so that `incr` is the store's own.
//!
//! A value is one if serde writes it as exactly one integer that fits `i64`: `u8` to `u64`, `i8` to
//! `i64`, and what serialises like them (`NonZeroU32`, `Wrapping<i8>`). Not `bool`, `char`, floats,
//! 128-bit integers, `Some(5)`; nor a newtype struct, since decimal text would lose its name, and
//! with it the protection of the fingerprint. Reading is more liberal, so that a counter that `incr`
//! made can be read as `Option<i64>` or as the user's own newtype.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use serde::de::{self, DeserializeOwned, Visitor};
use serde::ser::{self, Impossible, Serialize};
use serde::{Deserializer, Serializer, forward_to_deserialize_any};

/// The value as a plain integer, if its serde form is just that and fits; such values are stored raw.
///
/// `from_integer::<T>` gives the value back.
pub fn as_integer<T: Serialize + ?Sized>(value: &T) -> Option<i64> {
    catch_unwind(AssertUnwindSafe(|| value.serialize(ToInteger).ok())).ok().flatten()
}

/// The value that a plain integer stands for, if `T` takes one.
pub fn from_integer<T: DeserializeOwned>(integer: i64) -> Option<T> {
    catch_unwind(|| T::deserialize(FromInteger(integer)).ok()).ok().flatten()
}

/// A plain integer as it is stored: decimal text.
pub fn encode_integer(integer: i64) -> Bytes {
    Bytes::copy_from_slice(itoa::Buffer::new().format(integer).as_bytes())
}

/// Reads decimal text as [`encode_integer`] and the stores write it: no plus, no zeros in front.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let integer: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let canonical = itoa::Buffer::new().format(integer).as_bytes() == text;
    canonical.then_some(integer)
}

/// The error of both directions: the caller asks whether there is one, nothing more.
#[derive(Debug)]
struct NotAnInteger;

impl std::fmt::Display for NotAnInteger {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("not an integer")
    }
}

impl std::error::Error for NotAnInteger {}

impl ser::Error for NotAnInteger {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl de::Error for NotAnInteger {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

struct ToInteger;

type No = Impossible<i64, NotAnInteger>;

macro_rules! accept {
    ($($method:ident($ty:ty))*) => {$(
        fn $method(self, value: $ty) -> Result<i64, NotAnInteger> {
            i64::try_from(value).map_err(|_| NotAnInteger)
        }
    )*};
}

macro_rules! refuse {
    ($($method:ident($($ty:ty),*) -> $output:ty;)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<$output, NotAnInteger> {
            Err(NotAnInteger)
        }
    )*};
}

impl Serializer for ToInteger {
    type Ok = i64;
    type Error = NotAnInteger;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    accept! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
    }

    refuse! {
        serialize_bool(bool) -> i64;
        serialize_f32(f32) -> i64;
        serialize_f64(f64) -> i64;
        serialize_char(char) -> i64;
        serialize_str(&str) -> i64;
        serialize_bytes(&[u8]) -> i64;
        serialize_none() -> i64;
        serialize_unit() -> i64;
        serialize_unit_struct(&'static str) -> i64;
        serialize_unit_variant(&'static str, u32, &'static str) -> i64;
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<i64, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<i64, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<i64, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, _: &T) -> Result<i64, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

struct FromInteger(i64);

macro_rules! give {
    ($($method:ident => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAnInteger> {
            visitor.$visit(self.0.try_into().map_err(|_| NotAnInteger)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for FromInteger {
    type Error = NotAnInteger;

    give! {
        deserialize_i8 => visit_i8 deserialize_i16 => visit_i16
        deserialize_i32 => visit_i32 deserialize_i64 => visit_i64
        deserialize_u8 => visit_u8 deserialize_u16 => visit_u16
        deserialize_u32 => visit_u32 deserialize_u64 => visit_u64
    }

    /// Types that take anything get what a self-describing codec would give them.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAnInteger> {
        match u64::try_from(self.0) {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => visitor.visit_i64(self.0),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAnInteger> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotAnInteger> {
        visitor.visit_newtype_struct(self)
    }

    /// A float would take the integer and lose bits of it.
    fn deserialize_f32<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotAnInteger> {
        Err(NotAnInteger)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_canonical_decimal_text_is_an_integer() {
        for (text, integer) in [("0", 0), ("-1", -1), ("9223372036854775807", i64::MAX)] {
            assert_eq!(parse(text.as_bytes()), Some(integer));
        }
        for text in ["", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "9223372036854775808", "1_000"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
