//! The text of `cache.toml`, as tables of fields.

use std::borrow::Cow;

use toml_span::Value as Node;
use toml_span::value::{Array, Table, ValueInner};

use super::Tables;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::{Fields, Value};
use crate::base::nearest::unknown;

/// Reads the tables `[caches.<alias>]`; `file` is how messages call the text.
pub(super) fn read(text: &str, file: &str) -> Result<Tables> {
    let fault = |text: String| Error::new(ErrorKind::Settings, "settings").context(format!("{file}: {text}"));
    let root = toml_span::parse(text).map_err(|error| fault(described(&error)))?;
    let mut tables = Tables::new();
    for (name, caches) in table("the file", root).map_err(fault)? {
        if name.name != "caches" {
            return Err(fault(unknown("table", &name.name, &["caches"])));
        }
        for (alias, fields) in table("caches", caches).map_err(fault)? {
            let place = format!("caches.{alias}");
            let values = table(&place, fields).map_err(fault)?;
            tables.insert(alias.name.into_owned(), all_of(format!("{file} [{place}]"), values));
        }
    }
    Ok(tables)
}

/// What is wrong with a text that is no TOML, and where.
fn described(error: &toml_span::Error) -> String {
    match error.line_info {
        Some((line, column)) => format!("{error} at line {} column {}", line + 1, column + 1),
        None => error.to_string(),
    }
}

fn all_of(place: String, values: Table<'_>) -> Fields {
    let mut fields = Fields::new(place);
    for (name, value) in values {
        fields.put(name.name, one(value));
    }
    fields
}

fn table<'a>(name: &str, mut node: Node<'a>) -> Result<Table<'a>, String> {
    match node.take() {
        ValueInner::Table(entries) => Ok(entries),
        _ => Err(format!("`{name}` is not a table")),
    }
}

/// Takes everything that TOML has; the field that reads it says what it expects.
fn one(mut node: Node<'_>) -> Value {
    match node.take() {
        ValueInner::String(text) => Value::Text(text.into_owned()),
        ValueInner::Integer(number) => Value::Integer(number),
        ValueInner::Float(number) => Value::Float(number),
        ValueInner::Boolean(flag) => Value::Flag(flag),
        ValueInner::Array(items) => texts(items).map_or(Value::Compound, Value::List),
        ValueInner::Table(_) => Value::Compound,
    }
}

fn texts(items: Array<'_>) -> Option<Vec<String>> {
    let text = |mut item: Node<'_>| item.take_string(None).ok().map(Cow::into_owned);
    items.into_iter().map(text).collect()
}
