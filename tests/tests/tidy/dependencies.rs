//! Every dependency is named by the package that asks for it.

use std::fs;

use super::source::{Source, root, workspace};

/// Dependencies that work without being named, each with the reason.
const UNNAMED: &[(&str, &str)] = &[
    ("toml-span", "the sources of the macros, which the tests of expansions read as a library, name it"),
    ("humantime", "the same"),
    ("async-trait", "a program that must not compile names it"),
    ("redis", "what the benches compare with"),
    ("hitbox-core", "code that is generated for the benches names it"),
];

/// The dependencies that no file of their package names, as `package: dependency`.
pub(crate) fn unused() -> Vec<String> {
    ["cache-macros", "cache-runtime", "tests", "examples", "benches"]
        .into_iter()
        .flat_map(unused_in)
        .collect()
}

fn unused_in(package: &str) -> Vec<String> {
    let manifest = root().join(package).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("every package has a manifest");
    let is_named = |name: &str| {
        let word = name.replace('-', "_");
        let mut files = workspace().iter().filter(|source| source.path.starts_with(&format!("{package}/")));
        // Documentation of attributes stands in files of its own, whose examples are compiled too.
        let is_compiled = |source: &Source| source.is_rust() || source.is_markdown();
        files.any(|source| is_compiled(source) && names(&source.text, &word))
    };
    let unused = dependencies(&manifest).into_iter().filter(|name| !is_named(name));
    let unused = unused.filter(|name| UNNAMED.iter().all(|(unnamed, _)| unnamed != name));
    unused.map(|name| format!("{package}: {name}")).collect()
}

/// The names in the dependency tables of a manifest.
pub(crate) fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end().ends_with("dependencies]");
        } else if inside && let Some((name, _)) = line.split_once(['.', ' ', '=']) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether `word` stands in `text` as a whole word.
pub(crate) fn names(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}
