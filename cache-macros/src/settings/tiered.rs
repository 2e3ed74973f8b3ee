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
        ],
    ),
    ("memcached", &["memcached"]),
    ("filesystem", &["file"]),
    ("database", &["sqlite", "postgres", "postgresql", "mysql", "mariadb"]),
];

/// The store behind a location, as the runtime finds it.
pub(super) fn behind(location: &str) -> Option<&'static Backend> {
    let location = location.strip_prefix("tiered+").unwrap_or(location);
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

/// What the settings say that cannot be; the runtime checks the same (`backend/tiered/mod.rs` there).
pub(super) fn check(place: &str, fields: &BTreeMap<String, Value>) -> Result<(), String> {
    let millisecond = Duration::from_millis(1);
    let time = |name: &str, default: Duration| fields.get(name).map_or(Some(default), duration_of);
    let is_short = |name: &str| time(name, millisecond).is_some_and(|time| time < millisecond);
    if fields.get("front_entries").and_then(number_of) == Some(0) {
        return Err(format!("{place}: `front_entries` takes at least one"));
    }
    if let Some(name) = ["front_timeout", "poll_every"].into_iter().find(|name| is_short(name)) {
        return Err(format!("{place}: `{name}` must be at least a millisecond"));
    }
    let poll_every = time("poll_every", Duration::from_millis(100));
    let trust_for = time("trust_for", Duration::from_secs(2));
    match (poll_every, trust_for) {
        (Some(poll), Some(trust)) if trust <= poll => {
            Err(format!("{place}: `trust_for` must be longer than `poll_every`"))
        }
        _ => Ok(()),
    }
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
