//! Settings: from the text of `cache.toml` and from URLs to descriptions of caches.
//!
//! # Every setting
//!
//! ```toml
#![doc = include_str!("../../../reference.toml")]
//! ```

pub(super) mod program;
pub(super) mod stale;
mod toml;
mod url;
mod variables;

use super::builder::{self, CachesBuilder};
use super::fallback;
use super::registry::Slot;
use crate::backend::{BACKENDS, Described, Kind, SharedBackend, Site};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::nearest::{listed, unknown};
use crate::base::setup::Common;
use crate::base::table::Table;

/// The backend of aliases that only code describes.
const CODE: &str = "code";

/// The backends that never fail.
const IN_PROCESS: [&str; 2] = ["memory", "dummy"];

/// Caches by alias, each as the fields that describe it.
type Tables = Table<String, Fields>;

/// Caches by alias, each described.
pub(super) type Slots = Table<String, Slot>;

pub(super) fn from_toml(text: &str) -> Result<CachesBuilder> {
    let tables = toml::read(text, "cache.toml")?;
    let mut slots = describe_all(tables);
    fallback::examine_all(&mut slots);
    Ok(CachesBuilder::of(all_usable(slots)?))
}

pub(super) fn from_url(url: &str) -> Result<CachesBuilder> {
    let fields = url::read(url, "the URL")?;
    Ok(CachesBuilder::of(all_usable(describe_all([("default".to_owned(), fields)].into_iter().collect()))?))
}

/// The cache that a URL describes, for this alias.
pub(super) fn of_url(alias: &str, url: &str) -> Result<Slot> {
    let fields = url::read(url, &format!("the URL of `{alias}`"))?;
    describe(alias, fields)
}

/// Checks that code has described every alias that the settings leave to it.
pub(super) fn all_provided(slots: &Slots) -> Result<()> {
    match slots.iter().find(|(_, slot)| slot.left_to_code) {
        Some((alias, _)) => Err(left_to_code(alias)),
        None => Ok(()),
    }
}

/// These descriptions, unless one of them cannot be used.
pub(super) fn all_usable(slots: Slots) -> Result<Slots> {
    let keep = |(alias, slot): (String, Slot)| match slot.described {
        Ok(described) => Ok((alias, Slot { described: Ok(described), ..slot })),
        Err(fault) => Err(fault),
    };
    slots.into_iter().map(keep).collect()
}

/// Describes each by its table; what cannot be used is so in its own place.
fn describe_all(tables: Tables) -> Slots {
    let describe = |(alias, fields): (String, Fields)| {
        let slot = describe(&alias, fields).unwrap_or_else(Slot::faulty);
        (alias, slot)
    };
    tables.into_iter().map(describe).collect()
}

/// Describes the cache of one table; every field must be known.
fn describe(alias: &str, mut fields: Fields) -> Result<Slot> {
    fields.fill_texts(|text| variables::fill(text, variable))?;
    let names: Vec<_> = BACKENDS.iter().map(|kind| kind.name).chain([CODE]).collect();
    let Some(name) = fields.text("backend")? else {
        return Err(fields.fault(&format!("`backend` is missing (known: {})", listed(&names))));
    };
    if name == CODE {
        fields.finish()?;
        let described = LeftToCode { alias: alias.to_owned() };
        return Ok(Slot { left_to_code: true, ..Slot::new(Box::new(described), Common::default()) });
    }
    let Some(kind) = Kind::named(&name) else { return Err(fields.fault(&unknown("backend", &name, &names))) };
    let common = Common::from_fields(&mut fields)?;
    builder::examine(alias, &common.key_prefix)?;
    if common.fallback.is_some() && IN_PROCESS.contains(&kind.name) {
        return Err(fields.fault("a store in this process does not fail; leave `fallback` out"));
    }
    let described = (kind.read)(&mut fields)?;
    fields.finish()?;
    Ok(Slot::new(described, common))
}

/// A variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A cache that code was to describe, and has not.
struct LeftToCode {
    alias: String,
}

impl Described for LeftToCode {
    fn build_in(&self, _: &mut Site) -> Result<SharedBackend> {
        Err(left_to_code(&self.alias))
    }
}

fn left_to_code(alias: &str) -> Error {
    let text = format!(
        "the alias `{alias}` has `backend = \"code\"`, and no code has described it: \
         call `Caches::builder().add(\"{alias}\", …).install()` first"
    );
    Error::new(ErrorKind::Settings, "settings").context(text)
}
