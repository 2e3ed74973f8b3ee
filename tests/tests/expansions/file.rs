//! `cache.toml` at compile time: where it is found, and what is said of its faults.

use std::fs;
use std::path::{Path, PathBuf};

use crate::stage::{complaints_in, expansion_in, fragment_complaints_in};

/// A folder for one test, with these files in it.
fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings").join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("the folder is ours");
        fs::write(file, text).expect("the folder is ours");
    }
    folder
}

const SOUND: &str = "
[caches.marketing]
backend = \"memory\"
timeout = \"15m\"

[caches.sessions]
backend = \"redis\"
location = \"${REDIS_URL}\"

[caches.mine]
backend = \"code\"
";

fn named(alias: &str) -> String {
    format!("#[cached(key = \"a\", cache = \"{alias}\")] fn a() -> u8 {{ 1 }}")
}

fn complaint(test: &str, toml: &str, source: &str) -> String {
    let folder = folder(test, &[("Cargo.toml", "[workspace]"), ("cache.toml", toml)]);
    let complaints = complaints_in(&folder, source);
    assert_eq!(complaints.len(), 1, "{complaints:#?}");
    complaints[0].replace(&*folder.to_string_lossy(), "…")
}

fn assert_kept(name: &str, complaint: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("settings_{name}"), complaint);
    });
}

#[test]
fn the_file_is_found_beside_the_package_and_included() {
    let folder = folder("beside", &[("Cargo.toml", "[package]"), ("cache.toml", SOUND)]);

    let expansion = expansion_in(&folder, &named("marketing")).replace(&*folder.to_string_lossy(), "…");

    let expansion: String = expansion.split_whitespace().collect();
    assert!(
        expansion.contains(r#".settings("…/cache.toml",::core::include_str!("…/cache.toml"),)"#),
        "{expansion}"
    );
}

#[test]
fn the_file_is_found_at_the_root_of_the_workspace() {
    let folder = folder(
        "root",
        &[
            ("Cargo.toml", "[workspace]\nmembers = []"),
            ("cache.toml", SOUND),
            ("inner/Cargo.toml", "[package]"),
        ],
    );

    let expansion = expansion_in(&folder.join("inner"), &named("marketing"));

    assert!(expansion.contains("root/cache.toml"), "{expansion}");
}

#[test]
fn no_file_is_looked_for_beyond_the_workspace() {
    let folder = folder("beyond", &[("cache.toml", SOUND), ("inner/Cargo.toml", "[workspace]")]);

    let expansion = expansion_in(&folder.join("inner"), &named("unknown"));

    assert!(!expansion.contains("include_str"), "{expansion}");
}

#[test]
fn sound_settings_are_accepted() {
    for alias in ["default", "marketing", "sessions", "mine"] {
        let folder = folder("sound", &[("Cargo.toml", "[workspace]"), ("cache.toml", SOUND)]);

        assert_eq!(complaints_in(&folder, &named(alias)), [""; 0], "{alias}");
    }
}

#[test]
fn an_unknown_alias_names_the_known_ones() {
    assert_kept("alias", &complaint("alias", SOUND, &named("marketting")));
}

#[test]
fn an_unknown_field_names_the_known_ones() {
    let toml = "[caches.a]\nbackend = \"memory\"\nmax_entires = 5";

    assert_kept("field", &complaint("field", toml, &named("a")));
}

#[test]
fn a_bad_duration_is_said() {
    let toml = "[caches.default]\nbackend = \"memory\"\ntimeout = \"15 parsecs\"";

    assert_kept("duration", &complaint("duration", toml, "#[cached] fn a() -> u8 { 1 }"));
}

#[test]
fn an_unknown_backend_names_the_known_ones() {
    assert_kept("backend", &complaint("backend", "[caches.a]\nbackend = \"reddis\"", &named("a")));
}

#[test]
fn a_missing_backend_is_said() {
    assert_kept("missing", &complaint("missing", "[caches.a]\ntimeout = 5", &named("a")));
}

#[test]
fn a_word_out_of_place_is_said() {
    let toml = "[caches.a]\nbackend = \"memory\"\ncodec = \"xml\"";

    assert_kept("word", &complaint("word", toml, &named("a")));
}

#[test]
fn another_table_is_said() {
    assert_kept("table", &complaint("table", "[cache.a.b]\nbackend = \"memory\"", &named("a")));
}

#[test]
fn text_that_is_no_toml_is_said() {
    assert_kept("toml", &complaint("toml", "[caches.a\n", &named("a")));
}

#[test]
fn local_needs_a_cache_in_this_process() {
    let source = "#[cached(key = \"a\", cache = \"sessions\", local)] fn a() -> u8 { 1 }";

    assert_kept("local", &complaint("local", SOUND, source));
}

#[test]
fn a_fragment_is_checked_as_a_function_is() {
    let folder = folder("fragment", &[("Cargo.toml", "[workspace]"), ("cache.toml", SOUND)]);
    let complaint = |alias: &str| {
        let source = format!("fragment!(500, \"card\", cache = \"{alias}\", \"text\")");
        fragment_complaints_in(&folder, &source)
    };

    assert_eq!(complaint("marketing"), [""; 0]);
    assert!(complaint("marketting")[0].contains("did you mean `marketing`?"));
}
