//! `reference.toml` documents every setting, and what it says is what is.

use std::collections::BTreeSet;

use cache_runtime::Caches;
use cache_runtime::backend::redis::LEADER_AFTER_WRITE;
use cache_runtime::backend::{BACKENDS, Kind, database, filesystem, redis};
use cache_runtime::base::entry::DEFAULT_TIMEOUT;
use cache_runtime::base::fields::{Fields, Value};
use cache_runtime::base::setup::Common;

use crate::process::in_its_own_process;

const REFERENCE: &str = include_str!("../../../cache-runtime/reference.toml");

/// How the URL of a unix socket calls what the settings call `database`, `username` and `password`.
const IN_URLS: [&str; 3] = ["db", "user", "pass"];

/// Whether a line of the file states this setting.
fn is_documented(name: &str) -> bool {
    REFERENCE
        .lines()
        .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')))
}

#[test]
fn the_reference_can_be_read() {
    in_its_own_process(&[("CACHE_PASSWORD", "secret")], || {
        let caches = Caches::from_toml(REFERENCE).unwrap().build().unwrap();

        assert_eq!(
            caches.aliases().collect::<Vec<_>>(),
            ["clustered", "default", "files", "fleet", "mine", "nothing", "shared", "table", "watched"]
        );
        assert!(caches.get("default").is_ok());
    });
}

#[test]
fn the_defaults_are_what_they_are_said_to_be() {
    let stated = [
        ("timeout", format!("\"{}m\"", DEFAULT_TIMEOUT.as_secs() / 60)),
        ("version", Common::default().version.to_string()),
        ("compress_above", Common::default().compress_above.to_string()),
        ("connect_timeout", format!("\"{}ms\"", redis::Options::at("").connect_timeout.as_millis())),
        ("answer_timeout", format!("\"{}ms\"", redis::Options::at("").answer_timeout.as_millis())),
        ("answer_timeout", format!("\"{}ms\"", filesystem::Options::at("/").answer_timeout.as_millis())),
        ("max_entries", format!("{}_000", filesystem::Options::at("/").max_entries / 1000)),
        ("max_bytes", format!("\"{} GiB\"", filesystem::Options::at("/").max_bytes >> 30)),
        ("leader_after_write", format!("\"{}s\"", LEADER_AFTER_WRITE.as_secs())),
    ];

    let database = database::Options::at("");
    let of_databases = [
        ("table", format!("\"{}\"", database.table)),
        ("create_table", database.create_table.to_string()),
        ("max_entries", "1_000_000".to_owned()),
        ("max_connections", database.max_connections.to_string()),
        ("connect_timeout", format!("\"{}s\"", database.connect_timeout.as_secs())),
        ("answer_timeout", format!("\"{}ms\"", database.answer_timeout.as_millis())),
    ];

    assert_eq!(database.max_entries, 1_000_000);
    for (name, value) in stated.into_iter().chain(of_databases) {
        assert!(REFERENCE.lines().any(|line| line == format!("{name} = {value}")), "{name} = {value}");
    }
}

#[test]
fn every_setting_is_documented() {
    let own = BACKENDS.iter().flat_map(|kind| kind.settings);

    for name in Common::SETTINGS.iter().chain(own) {
        assert!(is_documented(name), "`{name}` is missing in reference.toml");
    }
}

#[test]
fn every_setting_is_commented() {
    let lines: Vec<_> = REFERENCE.lines().collect();

    for (index, line) in
        lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        let is_again = line.starts_with("backend");
        assert!(is_again || lines[index - 1].starts_with('#'), "`{line}` stands there without a word");
    }
}

#[test]
fn every_backend_takes_the_settings_it_lists_and_no_others() {
    for Kind { name, settings, read, schemes, .. } in BACKENDS {
        let mut fields = Fields::new("here");
        fields.put("no such setting", Value::Compound);
        let location = match *name {
            "filesystem" => "file:///cache".to_owned(),
            "database" => "postgres://localhost".to_owned(),
            _ => format!("{}://localhost", schemes[0]),
        };
        fields.put("location", Value::Text(location));
        read(&mut fields).map(drop).unwrap();

        let error = fields.finish().unwrap_err().to_string();

        let taken: BTreeSet<&str> = match error.split_once("(known: ") {
            Some((_, known)) => {
                known.trim_end_matches(')').split(", ").map(|name| name.trim_matches('`')).collect()
            }
            None => BTreeSet::new(),
        };
        let listed: BTreeSet<&str> = settings.iter().copied().collect();
        let others: BTreeSet<_> = taken.difference(&listed).filter(|name| !IN_URLS.contains(name)).collect();
        assert!(listed.is_subset(&taken), "{name} does not take all of {listed:?}: {error}");
        assert_eq!(others, BTreeSet::new(), "{name} takes what it does not list");
    }
}
