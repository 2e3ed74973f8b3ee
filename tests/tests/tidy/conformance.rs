//! The rows of `tests/conformance`: tests name rows that exist, and every row of this release has a test.

use std::collections::BTreeSet;
use std::fs;

use super::source::{Finding, Source, root};

/// The areas of Django's behaviours that this release meets.
const AREAS: [&str; 6] = ["low-level", "backend-specific", "page", "middleware", "headers", "fragment"];

/// The ids of all rows.
pub(crate) fn rows() -> BTreeSet<String> {
    ["django.tsv", "http.tsv"].iter().flat_map(|table| all_rows(&read(table))).collect()
}

/// The ids of the rows of Django's table that this release meets.
pub(crate) fn rows_of_this_release(table: &str) -> BTreeSet<String> {
    ids(table, |row| AREAS.contains(&row[1]))
}

/// The ids of a table of which this release meets all.
pub(crate) fn all_rows(table: &str) -> BTreeSet<String> {
    ids(table, |_| true)
}

/// Those of `rows` that neither a test nor the list of deviations in `tests/README.md` names.
pub(crate) fn unmet(rows: BTreeSet<String>, workspace: &[Source]) -> Vec<String> {
    let is_proof = |source: &&Source| {
        (source.is_rust() && !source.path.starts_with("tests/tests/tidy/"))
            || source.path == "tests/README.md"
    };
    let named: BTreeSet<_> = workspace
        .iter()
        .filter(is_proof)
        .flat_map(|source| words(&source.text))
        .map(str::to_uppercase)
        .collect();
    rows.into_iter().filter(|row| !named.contains(row)).collect()
}

pub(crate) fn read(table: &str) -> String {
    fs::read_to_string(root().join("tests/conformance").join(table)).expect("the table is in the repository")
}

/// The first column of the rows that `is_meant`.
fn ids(table: &str, is_meant: impl Fn(&[&str]) -> bool) -> BTreeSet<String> {
    let rows = table.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|row| is_meant(row)).map(|row| row[0].to_owned()).collect()
}

pub(crate) fn unknown_rows(source: &Source, rows: &BTreeSet<String>) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate();
    let named = lines.flat_map(|(at, line)| words(line).map(move |word| (at + 1, word.to_uppercase())));
    let unknown = named.filter(|(_, word)| has_form_of_id(word, rows) && !rows.contains(word));
    unknown.map(|(line, word)| source.finding_on(line, format!("the row {word} does not exist"))).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
}

/// The letters of a known table, then three digits.
fn has_form_of_id(word: &str, rows: &BTreeSet<String>) -> bool {
    let Some((table, number)) = word.split_at_checked(2) else { return false };
    number.len() == 3
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && rows.iter().any(|row| row.starts_with(table))
}
