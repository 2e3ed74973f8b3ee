//! The text of `cache.toml`, as tables of values.

use std::collections::BTreeMap;

use toml_span::value::{Table, ValueInner};

use super::value::Value;

/// The caches of a file by their alias, each with its fields.
pub(super) type Caches = BTreeMap<String, BTreeMap<String, Value>>;

/// Reads the tables `[caches.<alias>]`.
pub(super) fn read(text: &str) -> Result<Caches, String> {
    let root = toml_span::parse(text).map_err(|fault| described(&fault))?;
    let mut caches = Caches::new();
    for (name, node) in table("the file", root)? {
        if name.name != "caches" {
            return Err(format!("cache.toml has a table `{name}`; it knows `[caches.<alias>]` only"));
        }
        for (alias, fields) in table("caches", node)? {
            let fields = table(&format!("caches.{alias}"), fields)?.into_iter();
            let fields = fields.map(|(name, value)| (name.name.into_owned(), value.into()));
            caches.insert(alias.name.into_owned(), fields.collect());
        }
    }
    Ok(caches)
}

/// What is wrong with a text that is no TOML, and where.
fn described(fault: &toml_span::Error) -> String {
    match fault.line_info {
        Some((line, column)) => format!("cache.toml: {fault} at line {} column {}", line + 1, column + 1),
        None => format!("cache.toml: {fault}"),
    }
}

fn table<'a>(name: &str, mut node: toml_span::Value<'a>) -> Result<Table<'a>, String> {
    match node.take() {
        ValueInner::Table(entries) => Ok(entries),
        _ => Err(format!("cache.toml: `{name}` is not a table")),
    }
}
