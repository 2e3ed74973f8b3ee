//! Who may name whom: the layers of the runtime, the stages of the macros, foreign crates, and the time.

use super::names::{Named, names_of};
use super::source::{Finding, Source};

/// The modules of the runtime, each with its height; a module names itself and what is lower.
const LAYERS: &[(&str, u8)] = &[
    ("base", 0),
    ("codec", 1),
    ("backend", 1),
    ("cache", 2),
    ("call", 3),
    ("page", 4),
    ("fragment", 4),
    ("testing", 5),
    ("__private", 6),
    ("", 6), // the root, `lib.rs`
];

/// The modules of the macros, each with its height, as above.
const STAGES: &[(&str, u8)] = &[
    ("diagnostics", 0),
    ("parse", 1),
    ("settings", 1),
    ("option", 2),
    ("plan", 3),
    ("expand", 4),
    ("fragment", 5), // a macro of its own, with the words of the stages
    ("cached", 5),   // the walk through the stages
    ("page", 5),     // the same walk for handlers, with stages of its own within
    ("headers", 5),  // the same for what goes into headers
    ("key_part", 5), // the derives, which need no stages
    ("shared_input", 5),
    ("", 6),
];

/// Foreign crates, each with the only folder that may name it.
const FOREIGN: &[(&str, &str)] = &[
    ("actix_http", "page/adapter"),
    ("actix_web", "page/adapter"),
    ("askama", "fragment/askama"),
    ("axum", "page/adapter"),
    ("axum_core", "page/adapter"),
    ("axum_extra", "page/adapter"),
    ("bincode", "codec"),
    ("futures_core", "page/adapter"),
    ("lz4_flex", "codec"),
    ("minijinja", "fragment/minijinja"),
    ("postcard", "codec"),
    ("quick_cache", "backend/memory"),
    ("redis", "backend/redis"),
    ("rmp_serde", "codec"),
    ("rustls", "backend/redis"),
    ("serde_json", "codec"),
    ("sqlx", "backend/database"),
    ("tera", "fragment/tera"),
    ("zstd", "codec"),
];

/// What asks the time.
const TIME: &[[&str; 2]] =
    &[["Instant", "now"], ["SystemTime", "now"], ["Utc", "now"], ["Timestamp", "now"], ["Zoned", "now"]];

pub(crate) fn runtime(source: &Source) -> Vec<Finding> {
    neighbours(source, "cache-runtime", |from, to| from_above(LAYERS, from, to))
}

pub(crate) fn macros(source: &Source) -> Vec<Finding> {
    let is_way_into_expand = source.path == "cache-macros/src/expand/mod.rs";
    neighbours(source, "cache-macros", |from, to| {
        // The parts of a stage know the words of all before them; its way in takes the whole of the last one.
        if is_way_into_expand && to != "plan" {
            return Some(format!("the way into `{from}` takes a plan, and does not name `{to}`"));
        }
        from_above(STAGES, from, to)
    })
}

/// What is wrong with the module `from` naming the module `to`.
fn from_above(heights: &[(&str, u8)], from: &str, to: &str) -> Option<String> {
    let height = |module| heights.iter().find(|(name, _)| *name == module).map(|(_, height)| *height);
    match (height(from), height(to)) {
        (None, _) => Some(format!("`{from}` has no layer")),
        (_, None) => {
            Some(format!("`{from}` names `crate::{to}`, which is no layer: name the module it is from"))
        }
        (Some(ours), Some(theirs)) if theirs < ours => None,
        _ => Some(format!("`{from}` names `{to}`, which does not stand below it")),
    }
}

/// Puts every pair of neighbours, the module of the file and the module it names, before `objection`.
fn neighbours(
    source: &Source,
    package: &str,
    objection: impl Fn(&str, &str) -> Option<String>,
) -> Vec<Finding> {
    let Some(module) = source.module_in(package).filter(|_| !source.is_test) else { return Vec::new() };
    let from = module.first().cloned().unwrap_or_default();
    let judge = |named: &Named| {
        let path = named.path_from_root()?;
        let to = path.first().map_or("", String::as_str);
        let objection = if to == from { None } else { objection(&from, to) };
        objection.map(|words| source.finding(named.span, words))
    };
    let names = names_of(source, module.clone());
    // What the root itself exports, it may name by its own names.
    if from.is_empty() { Vec::new() } else { names.named.iter().filter_map(judge).collect() }
}

pub(crate) fn foreign_crates(source: &Source) -> Vec<Finding> {
    let Some(module) = source.module_in("cache-runtime").filter(|_| !source.is_test) else {
        return Vec::new();
    };
    let here = module.join("/");
    let names = names_of(source, module);
    let judge = |named: &Named| {
        let word = named.words.first()?;
        let (name, home) = FOREIGN.iter().find(|(name, _)| name == word)?;
        let is_allowed = here.starts_with(home) || names.own.contains(word) || named.words.len() < 2;
        (!is_allowed).then(|| source.finding(named.span, format!("only `{home}` names the crate `{name}`")))
    };
    names.named.iter().filter_map(judge).collect()
}

pub(crate) fn time(source: &Source) -> Vec<Finding> {
    let is_ours = |package| source.module_in(package).filter(|_| !source.is_test);
    let Some(module) = is_ours("cache-runtime").or_else(|| is_ours("cache-macros")) else {
        return Vec::new();
    };
    if module == ["base", "clock"] {
        return Vec::new();
    }
    let asks = |named: &&Named| TIME.iter().any(|asks| named.words.ends_with(&asks.map(str::to_owned)));
    let names = names_of(source, module);
    let findings = names.named.iter().filter(asks);
    findings.map(|named| source.finding(named.span, "only `base/clock` asks the time")).collect()
}
