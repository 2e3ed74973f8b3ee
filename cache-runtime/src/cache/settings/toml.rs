//! The text of `cache.toml`, as tables of fields.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Tables;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::{Fields, Value};
use crate::base::nearest::unknown;

/// Whatever the text holds: one type for all, since each takes its own copy of the reader.
enum Node {
    Table(Vec<(String, Self)>),
    Value(Value),
}

/// Reads the tables `[caches.<alias>]`; `file` is how messages call the text.
pub(super) fn read(text: &str, file: &str) -> Result<Tables> {
    let fault = |text: String| Error::new(ErrorKind::Settings, "settings").context(format!("{file}: {text}"));
    let root: Node = basic_toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    let mut tables = Tables::new();
    for (name, caches) in root.table("the file").map_err(fault)? {
        if name != "caches" {
            return Err(fault(unknown("table", &name, &["caches"])));
        }
        for (alias, fields) in caches.table("caches").map_err(fault)? {
            let place = format!("caches.{alias}");
            let values = fields.table(&place).map_err(fault)?;
            tables.insert(alias, table(format!("{file} [{place}]"), values));
        }
    }
    Ok(tables)
}

fn table(place: String, values: Vec<(String, Node)>) -> Fields {
    let mut fields = Fields::new(place);
    for (name, value) in values {
        fields.put(name, value.value());
    }
    fields
}

impl Node {
    fn table(self, name: &str) -> Result<Vec<(String, Self)>, String> {
        match self {
            Self::Table(entries) => Ok(entries),
            Self::Value(_) => Err(format!("`{name}` is not a table")),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Table(_) => Value::Compound,
            Self::Value(value) => value,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

/// Takes everything that TOML has; the field that reads it says what it expects.
struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Value(Value::Text(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Value(Value::Integer(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Value(Value::Float(number)))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Value(Value::Flag(flag)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(item) = items.next_element()? {
            match (&mut texts, item) {
                (Some(texts), Node::Value(Value::Text(text))) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(Node::Value(texts.map_or(Value::Compound, Value::List)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Table(entries))
    }
}
