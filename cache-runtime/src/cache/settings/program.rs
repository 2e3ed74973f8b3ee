//! The settings of this program: the embedded file, `CACHE_CONFIG`, `CACHE_URL`, `CACHE_<ALIAS>_URL`, in that order.

use super::{Slots, Tables, describe_all, toml, url, variable};
use crate::backend::Kind;
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::nearest::nearest;
use crate::base::setup::Common;
use crate::base::table::Table;
use crate::cache::builder::caches_of;
use crate::cache::registration::{EmbeddedSettings, descriptions};
use crate::cache::registry::{Caches, Origin, Slot};

/// The variable that names a settings file.
const FILE: &str = "CACHE_CONFIG";

/// The program's caches, as its settings describe them: one that cannot be used keeps no other from it.
pub(in crate::cache) fn load() -> Caches {
    slots(false).map_or_else(Caches::unusable, |slots| caches_of(slots, Clock::system(), Origin::File))
}

/// What the settings describe; `whole` says that code describes the whole, without the embedded file.
///
/// # Errors
///
/// `Settings`, if a file cannot be read at all. What is wrong with one cache is in its own place.
pub(in crate::cache) fn slots(whole: bool) -> Result<Slots> {
    let file = variable(FILE);
    let mut tables = if whole { Tables::new() } else { embedded_tables(file.is_some())? };
    if let Some(path) = file {
        tables.extend(read_file(&path)?);
    }
    let faults = apply_urls(&mut tables);
    let mut slots = describe_all(tables);
    slots.extend(faults.into_iter().map(|(alias, fault)| (alias, Slot::faulty(fault))));
    Ok(slots)
}

/// Whether the environment names a settings file, in the place of the embedded one.
pub(super) fn is_chosen() -> bool {
    variable(FILE).is_some()
}

/// What the embedded file says; where two differ, whoever names a file has chosen.
fn embedded_tables(chosen: bool) -> Result<Tables> {
    match embedded() {
        Err(_) if chosen => Ok(Tables::new()),
        found => found?.map_or_else(|| Ok(Tables::new()), |file| toml::read(file.text, file.path)),
    }
}

/// The settings file that the attributes were checked against.
///
/// # Errors
///
/// `Settings`, if there are two that differ.
pub(in crate::cache) fn embedded() -> Result<Option<EmbeddedSettings>> {
    let mut found: Option<EmbeddedSettings> = None;
    for file in descriptions().filter_map(|function| function.settings) {
        match found {
            Some(first) if first.text != file.text => return Err(ambiguous(first.path, file.path)),
            _ => found = Some(file),
        }
    }
    Ok(found)
}

fn ambiguous(first: &str, second: &str) -> Error {
    let text = format!(
        "the crates of this program were built with different settings, `{first}` and `{second}`; choose by \
         setting {FILE} to the path of one, or call `Caches::from_toml(include_str!(…))?.install()` first"
    );
    Error::new(ErrorKind::Settings, "settings").context(text)
}

fn read_file(path: &str) -> Result<Tables> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let text = format!("{FILE} names `{path}`, which cannot be read");
        Error::new(ErrorKind::Settings, "settings").context(text).because(error)
    })?;
    toml::read(&text, path)
}

/// Lets `CACHE_URL` and `CACHE_<ALIAS>_URL` say where the caches are.
///
/// A URL replaces what its alias had, but for the settings that every cache has (and, for the same
/// backend, the backend's own) that its query does not state. The answer is what is wrong with URLs, by alias.
fn apply_urls(tables: &mut Tables) -> Vec<(String, Error)> {
    let mut faults = Vec::new();
    for (name, location) in urls() {
        let Some(alias) = alias_of(&name, tables, &location) else { continue };
        match url::read(&location, &name) {
            Ok(fields) => apply_url(tables, alias, fields),
            Err(fault) => faults.push((alias, fault)),
        }
    }
    faults
}

fn apply_url(tables: &mut Tables, alias: String, mut fields: Fields) {
    if let Some(before) = tables.get(&alias) {
        fields.inherit(before, &Common::SETTINGS[1..]);
        let kind = fields.peek("backend").and_then(Kind::named);
        if let Some(kind) = kind.filter(|kind| before.peek("backend") == Some(kind.name)) {
            fields.inherit(before, kind.settings);
        }
    }
    tables.insert(alias, fields);
}

/// The variables `CACHE_URL` and `CACHE_<ALIAS>_URL`.
fn urls() -> Table<String, String> {
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let is_url = name == "CACHE_URL" || (name.starts_with("CACHE_") && name.ends_with("_URL"));
        Some((name, value.into_string().ok()?)).filter(|(_, url)| is_url && !url.is_empty())
    });
    variables.collect()
}

/// The alias that a variable speaks of: a known one, or else a new one if the URL is plainly that of
/// a cache. Other variables of such a name are somebody else's.
fn alias_of(variable: &str, tables: &Tables, url: &str) -> Option<String> {
    let Some(word) = variable.strip_prefix("CACHE_").and_then(|rest| rest.strip_suffix("_URL")) else {
        return Some("default".to_owned());
    };
    let is_meant = |alias: &&str| in_capitals(alias) == word;
    let in_tables = || tables.keys().map(String::as_str).find(is_meant);
    let in_use = || descriptions().map(|function| function.alias).filter(is_meant).min();
    match in_tables().or_else(in_use).or_else(|| Some("default").filter(is_meant)) {
        Some(named) => Some(named.to_owned()),
        None => url::has_known_scheme(url).then(|| word.to_lowercase()),
    }
}

/// What is odd about variables that look like the URL of a cache: they were left alone, or have made a cache whose
/// alias is nearly that of another.
pub(in crate::cache) fn odd_variables(caches: &Caches) -> Vec<(String, String)> {
    let file = variable(FILE).and_then(|path| read_file(&path).ok());
    let tables = [embedded_tables(true).ok(), file].into_iter().flatten().flatten();
    let named: Vec<String> = descriptions()
        .map(|function| function.alias.to_owned())
        .chain(tables.map(|(alias, _)| alias))
        .chain(["default".to_owned()])
        .map(|alias| in_capitals(&alias))
        .collect();
    let aliases: Vec<_> = caches.aliases().map(in_capitals).collect();
    let of = |(name, url): (String, String)| {
        let word = name.strip_prefix("CACHE_")?.strip_suffix("_URL")?;
        let oddity = oddity_of(word, &url, &named, &aliases)?;
        Some((name, oddity))
    };
    urls().into_iter().filter_map(of).collect()
}

/// What is odd about the variable of this alias in capitals. Some are `named` by a function or a file; all have caches.
fn oddity_of(word: &str, url: &str, named: &[String], all: &[String]) -> Option<String> {
    let is_of_a_cache = url::has_known_scheme(url);
    if named.iter().any(|name| name == word) || (!is_of_a_cache && all.iter().any(|name| name == word)) {
        return None;
    }
    // Caches that only the environment describes may be called alike.
    let all = if is_of_a_cache { &[] } else { all };
    let others = named.iter().chain(all).map(String::as_str).filter(|name| *name != word);
    let near = nearest(word, &others.collect::<Vec<_>>());
    let hint = near.map(|near| format!("; did you mean `CACHE_{near}_URL`?"));
    if is_of_a_cache {
        return Some(format!("no function and no file names the cache that it describes{}", hint?));
    }
    let hint = hint.unwrap_or_default();
    Some(format!("no cache has this alias, and the URL is none of a cache: it is ignored{hint}"))
}

/// `my-pages` as it stands in the name of a variable: `MY_PAGES`.
fn in_capitals(alias: &str) -> String {
    alias.to_uppercase().replace('-', "_")
}
