//! A tiered store: its settings are its own and those of the store behind it, which its location names.

use std::collections::BTreeMap;
use std::time::Duration;

use super::table::{BACKENDS, Backend, Setting};
use super::value::Value;

/// The name in `backend = "…"`.
pub(super) const NAME: &str = "tiered";

/// Which store has which schemes.
const BEHIND: &[(&str, &[&str])] = &[
    (
        "redis",
        &[
            "redis",
            "rediss",
            "redis+cluster",
            "rediss+cluster",
            "redis+sentinel",
            "rediss+sentinel",
            "unix",
            "valkey",
            "valkeys",
            "valkey+unix",
            "valkey+cluster",
            "valkeys+cluster",
            "valkey+sentinel",
            "valkeys+sentinel",
        ],
    ),
    ("memcached", &["memcached"]),
    ("filesystem", &["file"]),
    ("database", &["sqlite", "postgres", "postgresql", "mysql", "mariadb"]),
];

/// The same settings, with the location as the store behind has it.
pub(super) fn without_tier(fields: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut fields = fields.clone();
    if let Some(Value::Text(location)) = fields.get_mut("location")
        && let Some(behind) = location.strip_prefix("tiered+")
    {
        *location = behind.to_owned();
    }
    fields
}

/// The store behind a location, as the runtime finds it.
pub(super) fn behind(location: &str) -> Option<&'static Backend> {
    let (scheme, _) = location.split_once("://")?;
    let (name, _) = BEHIND.iter().find(|(_, schemes)| schemes.contains(&scheme))?;
    BACKENDS.iter().find(|backend| backend.name == *name)
}

/// The settings of the store behind; all there are while the environment is to say which it is.
pub(super) fn settings_behind(fields: &BTreeMap<String, Value>) -> Vec<&'static Setting> {
    match fields.get("location") {
        Some(Value::Text(location)) if location.contains("${") => {
            BEHIND.iter().filter_map(|(name, _)| named(name)).flat_map(|backend| backend.settings).collect()
        }
        Some(Value::Text(location)) => {
            behind(location).map_or_else(Vec::new, |backend| backend.settings.iter().collect())
        }
        _ => Vec::new(),
    }
}

fn named(name: &str) -> Option<&'static Backend> {
    BACKENDS.iter().find(|backend| backend.name == name)
}

/// What cannot be, if anything, of the store behind and of the front; the runtime says the same of them
/// (`backend/tiered/mod.rs` there).
pub(super) fn contradiction(fields: &BTreeMap<String, Value>) -> Option<&'static str> {
    let behind = match fields.get("location") {
        Some(Value::Text(location)) => behind(location),
        _ => None,
    };
    let of_behind = behind.and_then(|behind| (behind.contradiction)(fields));
    of_behind.or_else(|| contradiction_in_front(fields)).or_else(|| unfit_behind(fields))
}

fn contradiction_in_front(fields: &BTreeMap<String, Value>) -> Option<&'static str> {
    let millisecond = Duration::from_millis(1);
    let time = |name: &str, default: Duration| fields.get(name).map_or(Some(default), duration_of);
    let is_short = |name: &str| time(name, millisecond).is_some_and(|time| time < millisecond);
    let poll_every = time("poll_every", Duration::from_millis(100));
    let trust_for = time("trust_for", Duration::from_secs(2));
    let is_trust_short = poll_every.zip(trust_for).is_some_and(|(poll, trust)| trust <= poll);
    [
        (fields.get("front_entries").and_then(number_of) == Some(0), "`front_entries` takes at least one"),
        (is_short("front_timeout"), "`front_timeout` must be at least a millisecond"),
        (is_short("poll_every"), "`poll_every` must be at least a millisecond"),
        (is_trust_short, "`trust_for` must be longer than `poll_every`"),
    ]
    .into_iter()
    .find_map(|(is_so, text)| is_so.then_some(text))
}

/// Why the store behind cannot stand there.
fn unfit_behind(fields: &BTreeMap<String, Value>) -> Option<&'static str> {
    if fields.contains_key("client_cache") {
        return Some("`client_cache` is a front itself, and another front keeps all that it would");
    }
    let reads_replicas = fields.contains_key("replicas")
        || matches!(fields.get("read_from"), Some(Value::Text(whom)) if whom == "replicas");
    reads_replicas.then_some("a front would keep what a replica says that lags behind: read from the leader")
}

/// The number; `None` for what the environment fills in.
fn number_of(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// The length of time; `None` for what the environment fills in.
fn duration_of(value: &Value) -> Option<Duration> {
    match value {
        Value::Float(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
        Value::Text(text) if text.parse::<u64>().is_err() => humantime::parse_duration(text).ok(),
        whole => number_of(whole).map(Duration::from_secs),
    }
}
