//! Values of a settings file, whatever their type.

use std::borrow::Cow;
use std::fmt;

use toml_span::Value as Node;
use toml_span::value::{Array, ValueInner};

/// A value.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    /// An array of texts.
    Texts(Vec<String>),
    /// Another array or a table, which no setting takes.
    Compound,
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(out, "\"{text}\""),
            Self::Integer(number) => number.fmt(out),
            Self::Float(number) => number.fmt(out),
            Self::Flag(flag) => flag.fmt(out),
            Self::Texts(_) => out.write_str("a list of texts"),
            Self::Compound => out.write_str("an array or a table"),
        }
    }
}

impl From<Node<'_>> for Value {
    fn from(mut node: Node<'_>) -> Self {
        match node.take() {
            ValueInner::String(text) => Self::Text(text.into_owned()),
            ValueInner::Integer(number) => Self::Integer(number),
            ValueInner::Float(number) => Self::Float(number),
            ValueInner::Boolean(flag) => Self::Flag(flag),
            ValueInner::Array(items) => texts(items).map_or(Self::Compound, Self::Texts),
            ValueInner::Table(_) => Self::Compound,
        }
    }
}

fn texts(items: Array<'_>) -> Option<Vec<String>> {
    let text = |mut item: Node<'_>| item.take_string(None).ok().map(Cow::into_owned);
    items.into_iter().map(text).collect()
}
