//! A digest of what a value's `Serialize` writes: for values with floats or maps, which have no `Hash`.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};
use xxhash_rust::xxh3::Xxh3;

use super::{KeyBuf, KeyPart};

/// A value in a key by a digest of what it serialises; see [`digest_serialized`].
#[derive(Debug, Clone, Copy)]
pub struct SerializedDigest<'a, T: ?Sized>(&'a T);

/// Puts a value that is too large to spell out into a key: 128 bits of xxh3 over what its `Serialize` writes.
///
/// It is the same on every platform and in every release of Rust, as long as the type serialises
/// alike. A map counts as what it holds, in whatever order; the order of a set, which serialises as
/// a sequence, is the set's own: use one that is sorted. As for [`digest`](super::digest), the digest is
/// not meant to resist someone who chooses the input to collide.
///
/// # Panics
///
/// When the key is rendered, if the type's `Serialize` fails.
///
/// # Example
///
/// ```
/// use cache_runtime::{cached, key};
///
/// #[derive(serde::Serialize)]
/// struct Query {
///     radius: f64,
///     words: Vec<String>,
/// }
///
/// #[cached(key = "places:{key::digest_serialized(&query)}")]
/// fn places(query: Query) -> usize {
///     query.words.len()
/// }
///
/// assert_eq!(places(Query { radius: 1.5, words: vec!["tea".to_owned()] }), 1);
/// assert_eq!(places(Query { radius: 1.5, words: Vec::new() }), 0);
/// ```
pub const fn digest_serialized<T: Serialize + ?Sized>(value: &T) -> SerializedDigest<'_, T> {
    SerializedDigest(value)
}

impl<T: Serialize + ?Sized> KeyPart for SerializedDigest<'_, T> {
    fn render(&self, key: &mut KeyBuf) {
        let mut feed = Feed(Xxh3::new());
        self.0.serialize(&mut feed).expect("a `Serialize` that stands in a key must not fail");
        key.text(&format!("{:032x}", feed.0.digest128()));
    }
}

/// What stands before a piece, so that no two sequences of pieces are alike.
#[derive(Clone, Copy)]
enum Mark {
    Number,
    Text,
    Bytes,
    None,
    Some,
    Name,
    Variant,
    Begin,
    End,
    Map,
}

/// The bytes that are digested.
struct Feed(Xxh3);

impl Feed {
    fn mark(&mut self, mark: Mark) {
        self.0.update(&[mark as u8]);
    }

    /// A piece and its length; numbers of different widths are different pieces.
    fn piece(&mut self, mark: Mark, bytes: &[u8]) {
        self.mark(mark);
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn variant(&mut self, index: u32, name: &str) {
        self.mark(Mark::Variant);
        self.0.update(&index.to_le_bytes());
        self.piece(Mark::Name, name.as_bytes());
    }
}

/// What a type's own `Serialize` says when it fails.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

type Fed<T = ()> = Result<T, Refused>;

macro_rules! numbers {
    ($($method:ident: $number:ty),*) => {$(
        fn $method(self, number: $number) -> Fed {
            self.piece(Mark::Number, &number.to_le_bytes());
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Feed {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_f32: f32, serialize_f64: f64
    }

    fn serialize_bool(self, flag: bool) -> Fed {
        self.serialize_u8(u8::from(flag))
    }

    fn serialize_char(self, character: char) -> Fed {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Fed {
        self.piece(Mark::Text, text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Fed {
        self.piece(Mark::Bytes, bytes);
        Ok(())
    }

    fn serialize_none(self) -> Fed {
        self.mark(Mark::None);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Fed {
        self.mark(Mark::Some);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Fed {
        self.piece(Mark::Bytes, &[]);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Fed {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, name: &'static str) -> Fed {
        self.variant(index, name);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Fed {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Fed {
        self.variant(index, name);
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Fed<Self> {
        self.mark(Mark::Begin);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Fed<Self> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Fed<Self> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(self, _: &'static str, index: u32, name: &'static str, _: usize) -> Fed<Self> {
        self.variant(index, name);
        self.serialize_seq(None)
    }

    fn serialize_map(self, _: Option<usize>) -> Fed<Entries<'a>> {
        Ok(Entries { outer: self, entry: Feed(Xxh3::new()), sum: 0, count: 0 })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Fed<Self> {
        self.serialize_seq(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Fed<Self> {
        self.serialize_tuple_variant("", index, name, 0)
    }
}

macro_rules! sequences {
    ($($kind:ident: $method:ident),*) => {$(
        impl ser::$kind for &mut Feed {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Fed {
                value.serialize(&mut **self)
            }

            fn end(self) -> Fed {
                self.mark(Mark::End);
                Ok(())
            }
        }
    )*};
}

sequences! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

macro_rules! structs {
    ($($kind:ident),*) => {$(
        impl ser::$kind for &mut Feed {
            type Ok = ();
            type Error = Refused;

            /// By name: a field may be left out.
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Fed {
                self.piece(Mark::Name, name.as_bytes());
                value.serialize(&mut **self)
            }

            fn end(self) -> Fed {
                self.mark(Mark::End);
                Ok(())
            }
        }
    )*};
}

structs!(SerializeStruct, SerializeStructVariant);

/// The entries of a map, whose order may be another each time: the sum of their digests counts.
struct Entries<'a> {
    outer: &'a mut Feed,
    entry: Feed,
    sum: u128,
    count: u64,
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Fed {
        self.entry = Feed(Xxh3::new());
        key.serialize(&mut self.entry)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Fed {
        value.serialize(&mut self.entry)?;
        self.sum = self.sum.wrapping_add(self.entry.0.digest128());
        self.count += 1;
        Ok(())
    }

    fn end(self) -> Fed {
        self.outer.mark(Mark::Map);
        self.outer.0.update(&self.count.to_le_bytes());
        self.outer.0.update(&self.sum.to_le_bytes());
        Ok(())
    }
}
