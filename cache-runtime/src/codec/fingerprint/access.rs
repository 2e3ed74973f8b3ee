//! How a type under examination reaches its parts: elements, entries, fields, variants.

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::graph::{EdgeId, Form, NodeId, Target};
use super::recorder::{Inside, Recorder, Refused};

/// The elements of a sequence or tuple.
pub(super) struct Elements<'p> {
    inside: Inside<'p>,
    length: usize,
    next: usize,
}

impl<'p> Elements<'p> {
    pub(super) fn new(inside: Inside<'p>, length: usize) -> Self {
        Self { inside, length, next: 0 }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.next >= self.length {
            return Ok(None);
        }
        // Beyond a limit the elements of a tuple share an edge.
        let edges = self.inside.probe.graph.borrow_mut().node(self.inside.node).edges.len();
        let index = self.next.min(edges - 1);
        self.next += 1;
        self.inside.at(index).follow(|at| seed.deserialize(at)).map(Some)
    }
}

/// The entries of a map: one of any key, then one for every field that it was found to miss.
pub(super) struct Entries<'p> {
    inside: Inside<'p>,
    /// What is given next: the edge of its value, and its name if it has one.
    next: usize,
    value: usize,
}

const KEY: usize = 0;
const VALUE: usize = 1;
const LEARNED: usize = 2;

impl<'p> Entries<'p> {
    pub(super) fn new(inside: Inside<'p>) -> Self {
        let any = inside.follows(KEY) || inside.follows(VALUE);
        Self { inside, next: if any { VALUE } else { LEARNED }, value: VALUE }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        self.value = self.next;
        self.next += 1;
        if self.value == VALUE {
            return self.inside.at(KEY).follow(|at| seed.deserialize(at)).map(Some);
        }
        let mut graph = self.inside.probe.graph.borrow_mut();
        let name = graph.node(self.inside.node).learned.get(self.value - LEARNED).copied();
        drop(graph);
        name.map(|name| seed.deserialize(text(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        self.inside.at(self.value).follow(|at| seed.deserialize(at))
    }
}

/// The fields of a struct, by name; by place, if the type reads them only so.
pub(super) struct Fields<'a, 'p> {
    inside: Inside<'p>,
    names: &'static [&'static str],
    order: std::vec::IntoIter<usize>,
    /// The field whose name was given, and whose value was not asked for yet.
    named: &'a mut Option<usize>,
    asked: &'a mut bool,
}

impl<'p> Fields<'_, 'p> {
    pub(super) fn read<'de, V: Visitor<'de>>(
        inside: Inside<'p>,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let (order, by_place) = order(inside, names.len());
        if by_place {
            return visitor.visit_seq(Elements::new(inside, names.len()));
        }
        let (mut last, mut asked) = (None, false);
        let order = order.into_iter();
        let result = visitor.visit_map(Fields { inside, names, order, named: &mut last, asked: &mut asked });
        if result.is_err() {
            let mut graph = inside.probe.graph.borrow_mut();
            if !asked {
                graph.node(inside.node).by_place = true;
                graph.explain();
            } else if let Some(field) = last {
                graph.edge(EdgeId(inside.node, field)).alias = true;
                graph.explain();
            }
        }
        result
    }
}

/// The fields in the order of this pass, and whether they are read by place.
fn order(inside: Inside<'_>, fields: usize) -> (Vec<usize>, bool) {
    let mut graph = inside.probe.graph.borrow_mut();
    let node = graph.node(inside.node);
    let mut order: Vec<usize> = (0..fields).filter(|&field| !node.edges[field].alias).collect();
    if let Some(place) = order.iter().position(|&field| field == node.first) {
        order[..=place].rotate_right(1);
    }
    (order, node.by_place)
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        *self.asked = true;
        *self.named = self.order.next();
        self.named.map(|field| seed.deserialize(text(self.names[field]))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let field = self.named.take().ok_or_else(Refused::default)?;
        self.inside.at(field).follow(|at| seed.deserialize(at))
    }
}

fn text(name: &'static str) -> StrDeserializer<'static, Refused> {
    name.into_deserializer()
}

/// The variant of an enum that this pass reads.
pub(super) struct Variant<'p> {
    pub(super) at: Recorder<'p>,
    pub(super) name: &'static str,
}

impl<'p> Variant<'p> {
    /// Notes the form of the payload, and enters it.
    fn payload<T>(
        self,
        form: Form,
        read: impl FnOnce(Inside<'p>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let mut graph = self.at.probe.graph.borrow_mut();
        let node = graph.payload(self.at.edge, form);
        graph.note(self.at.edge, Target::Node(node));
        drop(graph);
        self.at.enter(node, read)
    }

    fn enumeration(&self) -> NodeId {
        self.at.edge.0
    }
}

impl<'de, 'p> EnumAccess<'de> for Variant<'p> {
    type Error = Refused;
    type Variant = Variant<'p>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self::Variant), Refused> {
        let by_place = self.at.probe.graph.borrow_mut().node(self.enumeration()).by_place;
        let variant = if by_place {
            let index = u32::try_from(self.at.edge.1).map_err(|_| Refused::default())?;
            let number: U32Deserializer<Refused> = index.into_deserializer();
            seed.deserialize(number)
        } else {
            seed.deserialize(text(self.name))
        };
        if variant.is_err() && !by_place {
            let mut graph = self.at.probe.graph.borrow_mut();
            graph.node(self.enumeration()).by_place = true;
            graph.explain();
        }
        Ok((variant?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        self.at.probe.graph.borrow_mut().note(self.at.edge, Target::Nothing);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refused> {
        self.payload(Form::NewtypeVariant, |inside| inside.at(0).follow(|at| seed.deserialize(at)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Refused> {
        self.payload(Form::TupleVariant(len), |inside| visitor.visit_seq(Elements::new(inside, len)))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.payload(Form::StructVariant(fields), |inside| Fields::read(inside, fields, visitor))
    }
}
