//! The guard while an entry is read: a deserializer around the codec's own, which bounds what bytes can ask for.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{EMPTY_ELEMENTS, MAX_DEPTH};

/// What is left of the elements that one payload may have.
pub(super) struct Budget {
    elements: Cell<usize>,
    /// The largest number of elements that room is made for at once.
    room: usize,
}

impl Budget {
    /// The budget of a payload of `length` bytes.
    pub(super) fn of(length: usize) -> Self {
        Self { elements: Cell::new(length.saturating_add(EMPTY_ELEMENTS)), room: length }
    }

    pub(super) fn elements(&self) -> usize {
        self.elements.get()
    }

    fn take<E: Error>(&self) -> Result<(), E> {
        let left = self.elements.get().checked_sub(1);
        let left = left.ok_or_else(|| E::custom("more elements than the payload has bytes"))?;
        self.elements.set(left);
        Ok(())
    }

    fn room(&self, hint: Option<usize>) -> Option<usize> {
        hint.map(|hint| hint.min(self.room))
    }
}

/// A seed, and how deep it stands.
pub(super) struct Seed<'b, T> {
    inner: T,
    budget: &'b Budget,
    depth: usize,
}

impl<'b, T> Seed<'b, PhantomData<T>> {
    pub(super) fn root(budget: &'b Budget) -> Self {
        Self { inner: PhantomData, budget, depth: 0 }
    }
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T::Value, D::Error> {
        self.inner.deserialize(Reader::new(inner, self.budget, self.depth)?)
    }
}

/// What stands around a part of the codec (its deserializer, an access) or of the type (its visitor).
struct Reader<'b, D> {
    inner: D,
    budget: &'b Budget,
    depth: usize,
    /// Whether the bytes say how many elements there are, rather than the type.
    open_ended: bool,
}

impl<'b, D> Reader<'b, D> {
    fn new<E: Error>(inner: D, budget: &'b Budget, depth: usize) -> Result<Self, E> {
        if depth > MAX_DEPTH {
            return Err(E::custom(format_args!("more than {MAX_DEPTH} values are nested")));
        }
        Ok(Self { inner, budget, depth, open_ended: false })
    }

    fn around<T>(&self, inner: T) -> Reader<'b, T> {
        Reader { inner, budget: self.budget, depth: self.depth, open_ended: self.open_ended }
    }

    fn seed<T>(&self, seed: T) -> Seed<'b, T> {
        Seed { inner: seed, budget: self.budget, depth: self.depth + 1 }
    }

    /// Pays for an element; it is one byte at least, or has none and is paid from the allowance.
    fn pay<T, E: Error>(&self, element: Option<T>) -> Result<Option<T>, E> {
        if self.open_ended && element.is_some() {
            self.budget.take()?;
        }
        Ok(element)
    }
}

macro_rules! forward {
    ($($method:ident($($name:ident: $ty:ty),*) => $to:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, $($name: $ty,)* visitor: V) -> Result<V::Value, D::Error> {
            let visitor = self.around(visitor);
            self.inner.$to($($name,)* visitor)
        }
    )*};
}

macro_rules! open_ended {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            let visitor = Reader { open_ended: true, ..self.around(visitor) };
            self.inner.$method(visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Reader<'_, D> {
    type Error = D::Error;

    // Owned strings and bytes are read as borrowed ones, whose length every codec compares with the
    // bytes that are there. bincode makes room for an owned one first.
    forward! {
        deserialize_string() => deserialize_str;
        deserialize_byte_buf() => deserialize_bytes;
        deserialize_bool() => deserialize_bool;
        deserialize_i8() => deserialize_i8;
        deserialize_i16() => deserialize_i16;
        deserialize_i32() => deserialize_i32;
        deserialize_i64() => deserialize_i64;
        deserialize_i128() => deserialize_i128;
        deserialize_u8() => deserialize_u8;
        deserialize_u16() => deserialize_u16;
        deserialize_u32() => deserialize_u32;
        deserialize_u64() => deserialize_u64;
        deserialize_u128() => deserialize_u128;
        deserialize_f32() => deserialize_f32;
        deserialize_f64() => deserialize_f64;
        deserialize_char() => deserialize_char;
        deserialize_str() => deserialize_str;
        deserialize_bytes() => deserialize_bytes;
        deserialize_option() => deserialize_option;
        deserialize_unit() => deserialize_unit;
        deserialize_unit_struct(name: &'static str) => deserialize_unit_struct;
        deserialize_newtype_struct(name: &'static str) => deserialize_newtype_struct;
        deserialize_tuple(len: usize) => deserialize_tuple;
        deserialize_tuple_struct(name: &'static str, len: usize) => deserialize_tuple_struct;
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) => deserialize_struct;
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) => deserialize_enum;
        deserialize_identifier() => deserialize_identifier;
        deserialize_ignored_any() => deserialize_ignored_any;
    }

    open_ended! { deserialize_any deserialize_seq deserialize_map }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visit {
    ($($method:ident($ty:ty);)*) => {$(
        #[inline]
        fn $method<E: Error>(self, value: $ty) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Reader<'_, V> {
    type Value = V::Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(out)
    }

    visit! {
        visit_bool(bool);
        visit_i8(i8);
        visit_i16(i16);
        visit_i32(i32);
        visit_i64(i64);
        visit_i128(i128);
        visit_u8(u8);
        visit_u16(u16);
        visit_u32(u32);
        visit_u64(u64);
        visit_u128(u128);
        visit_f32(f32);
        visit_f64(f64);
        visit_char(char);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Reader::new(inner, self.budget, self.depth + 1)?)
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(Reader::new(inner, self.budget, self.depth + 1)?)
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = self.around(access);
        self.inner.visit_seq(access)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = self.around(access);
        self.inner.visit_map(access)
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = self.around(access);
        self.inner.visit_enum(access)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Reader<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        let seed = self.seed(seed);
        let element = self.inner.next_element_seed(seed)?;
        self.pay(element)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.budget.room(self.inner.size_hint())
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Reader<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        let seed = self.seed(seed);
        let key = self.inner.next_key_seed(seed)?;
        self.pay(key)
    }

    #[inline]
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.seed(seed);
        self.inner.next_value_seed(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.budget.room(self.inner.size_hint())
    }
}

impl<'de, 'b, A: EnumAccess<'de>> EnumAccess<'de> for Reader<'b, A> {
    type Error = A::Error;
    type Variant = Reader<'b, A::Variant>;

    #[inline]
    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), A::Error> {
        let around = self.around(());
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, around.around(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Reader<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        let seed = self.seed(seed);
        self.inner.newtype_variant_seed(seed)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = Reader::new(visitor, self.budget, self.depth + 1)?;
        self.inner.tuple_variant(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Reader::new(visitor, self.budget, self.depth + 1)?;
        self.inner.struct_variant(fields, visitor)
    }
}
