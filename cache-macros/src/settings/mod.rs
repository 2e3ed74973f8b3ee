//! `cache.toml` at compile time: found, checked where an attribute names an alias of it, and embedded.

pub(crate) mod bytes;
mod fallback;
mod names;
mod redis;
mod servers;
pub(crate) mod table;
mod tables;
mod tiered;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostics::{did_you_mean, list};
use table::{BACKENDS, COMMON, Setting};
use tables::Caches;
use value::Value;

/// The package that is being compiled, as far as its settings are concerned.
pub(crate) struct Project {
    folder: Option<PathBuf>,
}

/// The settings that an attribute was checked against.
pub(crate) struct Embedded {
    /// Where the file is; its text is included by the compiler, so that a change rebuilds.
    pub(crate) path: String,
}

/// What an attribute asks of the settings.
pub(crate) struct Wish<'a> {
    /// The alias that it names.
    pub(crate) alias: &'a str,
    /// Whether it says `local`.
    pub(crate) local: bool,
}

impl Project {
    /// A package in this folder; without one there are no settings.
    pub(crate) fn at(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The settings file, if there is one and it can carry out the wish; else what is wrong with it.
    pub(crate) fn check(&self, wish: &Wish<'_>) -> Result<Option<Embedded>, String> {
        let Some(path) = self.folder.as_deref().and_then(find) else { return Ok(None) };
        let path = path.to_string_lossy().into_owned();
        let text =
            std::fs::read_to_string(&path).map_err(|fault| format!("`{path}` cannot be read: {fault}"))?;
        check_text(&text, wish).map_err(|fault| format!("{fault}\nin {path}"))?;
        Ok(Some(Embedded { path }))
    }
}

/// `cache.toml` in the package's folder, or in the nearest of its parents up to the first workspace.
fn find(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let file = folder.join("cache.toml");
        if file.is_file() {
            return Some(file);
        }
        if is_workspace(folder) {
            return None;
        }
    }
    None
}

fn is_workspace(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
}

/// Checks the file as a whole, and the table of the alias in full.
pub(crate) fn check_text(text: &str, wish: &Wish<'_>) -> Result<(), String> {
    let caches = tables::read(text)?;
    match caches.get(wish.alias) {
        Some(fields) => check_cache(fields, wish).and_then(|()| fallback::check(&caches, wish.alias)),
        None if wish.alias == "default" => Ok(()),
        None => Err(unknown_alias(wish.alias, &caches)),
    }
}

fn unknown_alias(alias: &str, caches: &Caches) -> String {
    let defined = caches.keys().map(String::as_str).filter(|name| *name != "default");
    let known: Vec<_> = std::iter::once("default").chain(defined).collect();
    let meant = did_you_mean(alias, known.iter().copied());
    format!(
        "cache.toml defines no cache `{alias}`{meant}; it defines {}; add `[caches.{alias}]`, with \
         `backend = \"code\"` if only code describes it",
        list(known, "none")
    )
}

/// Checks every field of one table.
fn check_cache(fields: &BTreeMap<String, Value>, wish: &Wish<'_>) -> Result<(), String> {
    let place = format!("[caches.{}]", wish.alias);
    if !names::is_alias(wish.alias) {
        return Err(format!("the alias `{}` must consist of letters, digits, `_` and `-`", wish.alias));
    }
    let names = || BACKENDS.iter().map(|backend| backend.name);
    let name = match fields.get("backend") {
        Some(Value::Text(name)) if name.contains("${") => return Ok(()),
        Some(Value::Text(name)) => name,
        Some(_) => return Err(format!("{place}: `backend` takes text; there are {}", list(names(), "none"))),
        None => return Err(format!("{place}: `backend` is missing; there are {}", list(names(), "none"))),
    };
    let Some(backend) = BACKENDS.iter().find(|backend| backend.name == name) else {
        let meant = did_you_mean(name, names());
        return Err(format!("{place}: `{name}` is no backend{meant}; there are {}", list(names(), "none")));
    };
    if wish.local && !backend.in_process {
        return Err(format!(
            "`local` keeps values in this process, and the cache `{}` is kept by `{name}`; name a cache in memory, \
             or leave `local` out",
            wish.alias
        ));
    }
    if backend.in_process && backend.described_here && fields.contains_key("fallback") {
        return Err(format!("{place}: a store in this process does not fail; leave `fallback` out"));
    }
    let common = if backend.described_here { COMMON } else { &[] };
    let (fields, behind) = if name == tiered::NAME {
        let fields = tiered::without_tier(fields);
        let behind = tiered::settings_behind(&fields);
        (Cow::Owned(fields), behind)
    } else {
        (Cow::Borrowed(fields), Vec::new())
    };
    let known: Vec<&Setting> = common.iter().chain(backend.settings).chain(behind).collect();
    let mut stated = fields.iter().filter(|(field, _)| *field != "backend");
    stated.try_for_each(|(field, value)| check_field(&place, field, value, &known))?;
    check_file_of_sqlite(&place, &fields)?;
    (backend.contradiction)(&fields).map_or(Ok(()), |text| Err(format!("{place}: {text}")))
}

/// A file has no user and no password.
fn check_file_of_sqlite(place: &str, fields: &BTreeMap<String, Value>) -> Result<(), String> {
    let is_file =
        matches!(fields.get("location"), Some(Value::Text(location)) if location.starts_with("sqlite://"));
    match ["username", "password"].into_iter().find(|name| is_file && fields.contains_key(*name)) {
        Some(name) => Err(format!("{place}: a file of SQLite has no `{name}`; leave it out")),
        None => Ok(()),
    }
}

fn check_field(place: &str, field: &str, value: &Value, known: &[&Setting]) -> Result<(), String> {
    let mut meant = known.iter().filter(|setting| setting.name == field).peekable();
    if meant.peek().is_none() {
        let names = || known.iter().map(|setting| setting.name).chain(["backend"]);
        let nearest = did_you_mean(field, names());
        return Err(format!(
            "{place}: `{field}` is no setting{nearest}; there are {}",
            list(names(), "none")
        ));
    }
    // A location of two tiers is that of either.
    match meant.find(|setting| !setting.takes.accepts(value)) {
        Some(setting) => {
            Err(format!("{place}: `{field}` takes {}, and is {value}", setting.takes.described()))
        }
        None => Ok(()),
    }
}
