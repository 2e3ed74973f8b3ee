//! `reference.toml` documents every setting, and what it says is what is.

use cache_runtime::Caches;
use cache_runtime::backend::{BACKENDS, Kind};
use cache_runtime::base::fields::{Fields, Value};
use cache_runtime::base::setup::Common;

const REFERENCE: &str = include_str!("../../../cache-runtime/reference.toml");

/// Whether a line of the file states this setting.
fn is_documented(name: &str) -> bool {
    REFERENCE
        .lines()
        .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')))
}

#[test]
fn the_reference_can_be_read() {
    let caches = Caches::from_toml(REFERENCE).unwrap();

    assert!(caches.build().unwrap().get("default").is_ok());
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
    for Kind { name, settings, read, available, .. } in BACKENDS.iter().filter(|kind| kind.available) {
        let mut fields = Fields::new("here");
        fields.put("no such setting", Value::Compound);
        // A backend may ask for its location first.
        fields.put("location", Value::Text("redis://localhost".to_owned()));
        read(&mut fields).map(drop).unwrap();
        let error = fields.finish().unwrap_err().to_string();

        assert!(available);
        for setting in *settings {
            assert!(error.contains(&format!("`{setting}`")), "{name} does not take `{setting}`: {error}");
        }
        let known = error.split_once("known: ").unwrap().1.matches(", ").count();
        assert!(known < settings.len().max(1), "{name} takes what it does not list: {error}");
    }
}
