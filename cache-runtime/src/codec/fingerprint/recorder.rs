//! A deserializer without input: it notes what a type asks for, and gives it something that fits.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{self, DeserializeSeed, Visitor};
use serde::{Deserializer, de::IntoDeserializer};

use super::access::{Elements, Entries, Fields, Variant};
use super::graph::{EdgeId, Form, Graph, Leaf, NodeId, Target};
use super::samples::{self, Anything};

/// The deepest nesting that is followed; recursion ends sooner.
const MAX_DEPTH: usize = 100;

/// The most values that are offered while one type is examined.
const MOST_OFFERS: usize = 1 << 20;

/// What all parts of one examination share. The graph is never borrowed while the type's code runs.
pub(super) struct Probe {
    pub(super) graph: RefCell<Graph>,
    offers: Cell<usize>,
    /// Counts the numbers given in this pass, for [`samples::VARIATIONS`].
    numbers: Cell<i64>,
}

impl Probe {
    pub(super) fn new() -> Self {
        Self { graph: RefCell::new(Graph::new()), offers: Cell::new(0), numbers: Cell::new(0) }
    }

    pub(super) fn begin_pass(&self) -> bool {
        self.numbers.set(0);
        self.graph.borrow_mut().next_pass()
    }

    fn next_number(&self) -> i64 {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }
}

/// Why a pass ended early. The text of an error is never looked at.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// A field that the type misses.
    pub(super) missing: Option<&'static str>,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the sample was refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::default()
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field) }
    }
}

/// The end of an edge, where some part of the type is about to be read.
#[derive(Clone, Copy)]
pub(super) struct Recorder<'p> {
    pub(super) probe: &'p Probe,
    pub(super) edge: EdgeId,
    pub(super) depth: usize,
    /// Which variation of the numbers a part around this one asks for.
    pub(super) variation: usize,
}

/// A node that is being read.
#[derive(Clone, Copy)]
pub(super) struct Inside<'p> {
    pub(super) probe: &'p Probe,
    pub(super) node: NodeId,
    pub(super) depth: usize,
    pub(super) variation: usize,
    /// Whether to explore it, or to make the smallest value of it.
    pub(super) explore: bool,
}

impl<'p> Inside<'p> {
    pub(super) fn at(self, index: usize) -> Recorder<'p> {
        let Self { probe, node, depth, variation, .. } = self;
        Recorder { probe, edge: EdgeId(node, index), depth: depth + 1, variation }
    }

    pub(super) fn is_live(self, index: usize) -> bool {
        self.explore && self.probe.graph.borrow().is_live(EdgeId(self.node, index))
    }

    /// Whether to follow an edge that the value could do without.
    pub(super) fn follows(self, index: usize) -> bool {
        let edge = EdgeId(self.node, index);
        if self.is_live(index) {
            self.probe.graph.borrow_mut().choices.push(edge);
            return true;
        }
        // A part around this one refused the smallest value: perhaps it wants one that is not empty.
        let mut graph = self.probe.graph.borrow_mut();
        self.variation > 0 && graph.node(self.node).open == 1 && graph.edge(edge).accepted.is_some()
    }
}

impl<'p> Recorder<'p> {
    /// Runs `read` at this edge and notes how it ended.
    pub(super) fn follow<T>(self, read: impl FnOnce(Self) -> Result<T, Refused>) -> Result<T, Refused> {
        let probe = self.probe;
        probe.offers.set(probe.offers.get() + 1);
        if self.depth > MAX_DEPTH || probe.offers.get() > MOST_OFFERS {
            probe.graph.borrow_mut().cut_short = Some("it is too large to be examined");
            return Err(Refused::default());
        }
        probe.graph.borrow_mut().edge(self.edge).open = true;
        let result = read(self);
        let mut graph = probe.graph.borrow_mut();
        graph.edge(self.edge).open = false;
        graph.finish(self.edge, result.is_ok(), self.variation > 0);
        result
    }

    /// Enters the node that this visitor reads, runs `read` in it, and leaves it.
    fn node<V, T>(
        self,
        form: Form,
        visitor: V,
        read: impl FnOnce(Inside<'p>, V) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let node = self.probe.graph.borrow_mut().node_of(typeid::of::<V>(), form);
        let node = node.ok_or_else(Refused::default)?;
        self.probe.graph.borrow_mut().note(self.edge, Target::Node(node));
        self.enter(node, |inside| read(inside, visitor))
    }

    /// Enters the node at the end of this edge.
    pub(super) fn enter<T>(
        self,
        node: NodeId,
        read: impl FnOnce(Inside<'p>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let explore = self.probe.graph.borrow_mut().enter(node);
        let varied = self.probe.graph.borrow_mut().edge(self.edge).attempt;
        let Self { probe, depth, variation, .. } = self;
        let variation = if varied > 0 { varied } else { variation };
        let result = read(Inside { probe, node, depth, variation, explore });
        self.probe.graph.borrow_mut().leave(node);
        result
    }

    /// Notes a value without parts; the answer is the number of the sample to give.
    fn leaf(self, leaf: Leaf) -> usize {
        let mut graph = self.probe.graph.borrow_mut();
        graph.note(self.edge, Target::Leaf(leaf));
        graph.edge(self.edge).attempt
    }

    /// Like [`leaf`](Self::leaf); an early variation is as good as a late sample.
    fn sample(self, leaf: Leaf) -> usize {
        match self.leaf(leaf) {
            0 => self.variation,
            sample => sample,
        }
    }

    fn integer(self, leaf: Leaf) -> i64 {
        let sample = samples::INTEGERS[self.leaf(leaf) % samples::INTEGERS.len()];
        match self.variation {
            0 => sample,
            1 => self.probe.next_number(),
            2 => 100 - self.probe.next_number(),
            _ => 1,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
    fn float(self, leaf: Leaf) -> f64 {
        let sample = samples::FLOATS[self.leaf(leaf) % samples::FLOATS.len()];
        match self.variation {
            0 => sample,
            1 => self.probe.next_number() as f64,
            2 => 100.0 - self.probe.next_number() as f64,
            _ => 1.0,
        }
    }

    fn string(self, leaf: Leaf) -> &'static str {
        samples::STRINGS[self.sample(leaf) % samples::STRINGS.len()]
    }
}

macro_rules! numbers {
    ($($method:ident($leaf:ident) => $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            let number = self.integer(Leaf::$leaf);
            // A sample that the type cannot hold is as good as one that it refuses.
            visitor.$visit(number.try_into().map_err(|_| Refused::default())?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Recorder<'_> {
    type Error = Refused;

    numbers! {
        deserialize_i8(I8) => visit_i8;
        deserialize_i16(I16) => visit_i16;
        deserialize_i32(I32) => visit_i32;
        deserialize_i64(I64) => visit_i64;
        deserialize_i128(I128) => visit_i128;
        deserialize_u8(U8) => visit_u8;
        deserialize_u16(U16) => visit_u16;
        deserialize_u32(U32) => visit_u32;
        deserialize_u64(U64) => visit_u64;
        deserialize_u128(U128) => visit_u128;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.sample(Leaf::Anything);
        match samples::ANYTHING[sample % samples::ANYTHING.len()] {
            Anything::Unit => visitor.visit_unit(),
            Anything::Integer(number) => visitor.visit_u64(number),
            Anything::Text(text) => visitor.visit_str(text),
            Anything::Bool(flag) => visitor.visit_bool(flag),
            Anything::Float(float) => visitor.visit_f64(float),
            Anything::EmptyMap => visitor.visit_map(Nothing),
            Anything::EmptySequence => visitor.visit_seq(Nothing),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_bool(self.leaf(Leaf::Bool) % 2 == 1)
    }

    #[expect(clippy::cast_possible_truncation, reason = "every sample is exact in 32 bits")]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f32(self.float(Leaf::F32) as f32)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_f64(self.float(Leaf::F64))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_char(samples::CHARS[self.leaf(Leaf::Char) % samples::CHARS.len()])
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_str(self.string(Leaf::Text))
    }

    /// On the wire it is what `deserialize_str` reads.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let length = samples::BYTES[self.leaf(Leaf::Bytes) % samples::BYTES.len()];
        visitor.visit_bytes(&[0; 64][..length])
    }

    /// On the wire it is what `deserialize_bytes` reads.
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.leaf(Leaf::Unit);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.leaf(Leaf::UnitStruct(name));
        visitor.visit_unit()
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_str(self.string(Leaf::Identifier))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.leaf(Leaf::Ignored);
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.node(Form::Option, visitor, |inside, visitor| {
            if inside.follows(0) {
                inside.at(0).follow(|some| visitor.visit_some(some))
            } else {
                visitor.visit_none()
            }
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.node(Form::Newtype(name), visitor, |inside, visitor| {
            inside.at(0).follow(|inner| visitor.visit_newtype_struct(inner))
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.node(Form::Sequence, visitor, |inside, visitor| {
            let length = usize::from(inside.follows(0));
            visitor.visit_seq(Elements::new(inside, length))
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Refused> {
        self.node(Form::Tuple(len), visitor, |inside, visitor| visitor.visit_seq(Elements::new(inside, len)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.node(Form::TupleStruct(name, len), visitor, |inside, visitor| {
            visitor.visit_seq(Elements::new(inside, len))
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.node(Form::Map, visitor, |inside, visitor| {
            let entries = Entries::new(inside);
            let result = visitor.visit_map(entries);
            if let Err(Refused { missing: Some(field) }) = result {
                inside.probe.graph.borrow_mut().learn(inside.node, field);
            }
            result
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.node(Form::Struct(name, fields), visitor, |inside, visitor| {
            Fields::read(inside, fields, visitor)
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.node(Form::Enum(name, variants), visitor, |inside, visitor| {
            let index = inside.probe.graph.borrow_mut().variant(inside.node, inside.explore);
            let index = index.ok_or_else(Refused::default)?;
            inside.at(index).follow(|at| visitor.visit_enum(Variant { at, name: variants[index] }))
        })
    }

    /// Compact codecs are the ones that depend on the layout.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// An empty map or sequence.
struct Nothing;

impl<'de> de::MapAccess<'de> for Nothing {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>, Refused> {
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        seed.deserialize(().into_deserializer())
    }
}

impl<'de> de::SeqAccess<'de> for Nothing {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Result<Option<T::Value>, Refused> {
        Ok(None)
    }
}
