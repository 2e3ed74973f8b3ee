//! The guard while a value is written: a serializer around the codec's own, which refuses what cannot be read back.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Display};

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::MAX_DEPTH;
use crate::base::setup::Codec;

/// What is learnt of a value while it is written.
#[derive(Default)]
pub(super) struct Notes {
    /// Why the guard refused it; the error types of some codecs keep no text.
    pub(super) reason: RefCell<Option<String>>,
    /// How many elements and entries its sequences and maps have.
    pub(super) elements: Cell<usize>,
}

/// What the guard knows at some place within a value.
#[derive(Clone, Copy)]
struct Place<'r> {
    codec: Codec,
    notes: &'r Notes,
    depth: usize,
    /// Whether this is what a `Some` holds, perhaps inside newtype structs, which leave no trace.
    in_some: bool,
}

impl Place<'_> {
    fn within(self) -> Self {
        Self { depth: self.depth + 1, in_some: false, ..self }
    }

    fn refuse<E: Error>(self, reason: fmt::Arguments<'_>) -> E {
        *self.notes.reason.borrow_mut() = Some(reason.to_string());
        E::custom(reason)
    }

    fn positional(self) -> bool {
        matches!(self.codec, Codec::Bincode | Codec::Postcard)
    }

    /// Refuses what the codec writes as it writes `None`, where it stands for `Some`.
    fn refuse_nil<E: Error>(self, what: &str) -> Result<(), E> {
        if self.in_some && !self.positional() {
            let advice = "`codec = \"bincode\"` tells them apart";
            return Err(self.refuse(format_args!("`Some({what})` would read back as `None`; {advice}")));
        }
        Ok(())
    }

    /// JSON has no word for these floats, and writes `null`.
    fn refuse_non_finite<E: Error>(self, float: f64) -> Result<(), E> {
        if self.codec == Codec::Json && !float.is_finite() {
            return Err(self.refuse(format_args!("the float {float} would read back as `null`")));
        }
        Ok(())
    }
}

/// A part of a value, and its place.
pub(in crate::codec) struct Guarded<'a, T: ?Sized> {
    value: &'a T,
    place: Place<'a>,
}

impl<'a, T> Guarded<'a, T> {
    pub(super) fn root(value: &'a T, codec: Codec, notes: &'a Notes) -> Self {
        Self { value, place: Place { codec, notes, depth: 0, in_some: false } }
    }
}

impl<T: Serialize + ?Sized> Serialize for Guarded<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        if self.place.depth > MAX_DEPTH {
            return Err(self.place.refuse(format_args!("more than {MAX_DEPTH} values are nested")));
        }
        self.value.serialize(Writer { inner, place: self.place })
    }
}

struct Writer<'r, S> {
    inner: S,
    place: Place<'r>,
}

macro_rules! forward {
    ($($method:ident($ty:ty))*) => {$(
        #[inline]
        fn $method(self, value: $ty) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )*};
}

macro_rules! parts {
    ($($method:ident($($name:ident: $ty:ty),*) -> $output:ident, $depth:expr;)*) => {$(
        #[inline]
        fn $method(self, $($name: $ty),*) -> Result<Parts<'r, S::$output>, S::Error> {
            let place = self.place.within();
            let place = Place { depth: place.depth + $depth, ..place };
            Ok(Parts { inner: self.inner.$method($($name),*)?, place })
        }
    )*};
}

impl<'r, S: Serializer> Serializer for Writer<'r, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'r, S::SerializeSeq>;
    type SerializeTuple = Parts<'r, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'r, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'r, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'r, S::SerializeMap>;
    type SerializeStruct = Parts<'r, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'r, S::SerializeStructVariant>;

    forward! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
    }

    // An enum counts as one level and its variant as another, as in JSON (`{"V": {…}}`).
    parts! {
        serialize_seq(len: Option<usize>) -> SerializeSeq, 0;
        serialize_tuple(len: usize) -> SerializeTuple, 0;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct, 0;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant, 1;
        serialize_map(len: Option<usize>) -> SerializeMap, 0;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct, 0;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant, 1;
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.place.refuse_non_finite(value.into())?;
        self.inner.serialize_f32(value)
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.place.refuse_non_finite(value)?;
        self.inner.serialize_f64(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.place.refuse_nil("None")?;
        self.inner.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let place = Place { in_some: true, ..self.place.within() };
        self.inner.serialize_some(&Guarded { value, place })
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.place.refuse_nil("()")?;
        self.inner.serialize_unit()
    }

    #[inline]
    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        if self.place.codec == Codec::Json {
            self.place.refuse_nil(name)?;
        }
        self.inner.serialize_unit_struct(name)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = Place { in_some: self.place.in_some, ..self.place.within() };
        self.inner.serialize_newtype_struct(name, &Guarded { value, place })
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = self.place.within();
        self.inner.serialize_newtype_variant(name, index, variant, &Guarded { value, place })
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// What has parts: every part is guarded.
struct Parts<'r, C> {
    inner: C,
    place: Place<'r>,
}

impl<'r, C> Parts<'r, C> {
    fn part<'a, T: ?Sized>(&self, value: &'a T) -> Guarded<'a, T>
    where
        'r: 'a,
    {
        Guarded { value, place: self.place }
    }

    fn count(&self) {
        let elements = &self.place.notes.elements;
        elements.set(elements.get() + 1);
    }

    fn refuse_skip<E: Error>(&self, field: &str) -> Result<(), E> {
        if self.place.positional() {
            let skipped = "is left out (`skip_serializing_if`), and another would be read in its place";
            return Err(self.place.refuse(format_args!("the field `{field}` {skipped}")));
        }
        Ok(())
    }
}

macro_rules! sequence {
    ($($ty:ident $method:ident)*) => {$(
        impl<C: $ty> $ty for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.$method(&part)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

sequence! {
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! named {
    ($($ty:ident)*) => {$(
        impl<C: $ty> $ty for Parts<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.serialize_field(name, &part)
            }

            #[inline]
            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.refuse_skip(name)?;
                self.inner.skip_field(name)
            }

            #[inline]
            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

named! { SerializeStruct SerializeStructVariant }

impl<C: SerializeSeq> SerializeSeq for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.count();
        let part = self.part(value);
        self.inner.serialize_element(&part)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

impl<C: SerializeMap> SerializeMap for Parts<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.count();
        let part = self.part(key);
        self.inner.serialize_key(&part)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let part = self.part(value);
        self.inner.serialize_value(&part)
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}
