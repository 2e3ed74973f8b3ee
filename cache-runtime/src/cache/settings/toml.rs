//! The text of `cache.toml`, as tables of fields.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Tables;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::{Fields, Value};
use crate::base::nearest::unknown;

type Root = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

/// Reads the tables `[caches.<alias>]`; `file` is how messages call the text.
pub(super) fn read(text: &str, file: &str) -> Result<Tables> {
    let fault = |text: String| Error::new(ErrorKind::Settings, "settings").context(text);
    let mut root: Root = basic_toml::from_str(text).map_err(|error| fault(format!("{file}: {error}")))?;
    let caches = root.remove("caches").unwrap_or_default();
    if let Some(name) = root.keys().next() {
        return Err(fault(format!("{file}: {}", unknown("table", name, &["caches"]))));
    }
    Ok(caches.into_iter().map(|(alias, values)| (alias.clone(), table(file, &alias, values))).collect())
}

fn table(file: &str, alias: &str, values: BTreeMap<String, Value>) -> Fields {
    let mut fields = Fields::new(format!("{file} [caches.{alias}]"));
    for (name, value) in values {
        fields.put(name, value);
    }
    fields
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// Takes every value of TOML; the field that reads it says what it expects.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(item) = items.next_element()? {
            match (&mut texts, item) {
                (Some(texts), Value::Text(text)) => texts.push(text),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Value::Compound, Value::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Compound)
    }
}
