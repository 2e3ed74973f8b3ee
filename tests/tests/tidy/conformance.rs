//! The ids of `tests/conformance`: a test that names one names a row that exists.

use std::collections::BTreeSet;
use std::fs;

use super::source::{Finding, Source, root};

/// The ids of all rows.
pub(crate) fn rows() -> BTreeSet<String> {
    let tables = ["django.tsv", "http.tsv"].map(|name| {
        fs::read_to_string(root().join("tests/conformance").join(name))
            .expect("the table is in the repository")
    });
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    rows.filter_map(|row| row.split('\t').next().map(str::to_owned)).collect()
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

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_ascii_alphanumeric())
}

/// The letters of a known table, then three digits.
fn has_form_of_id(word: &str, rows: &BTreeSet<String>) -> bool {
    let Some((table, number)) = word.split_at_checked(2) else { return false };
    number.len() == 3
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && rows.iter().any(|row| row.starts_with(table))
}
