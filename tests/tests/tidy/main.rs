//! The house rules of this repository, each enforced on every file and each shown to find a breach.

mod breaches;
mod conformance;
mod dependencies;
mod layers;
mod names;
mod shape;
mod source;
mod waits;
mod words;

use source::{Finding, Source, workspace};

/// Fails with every finding of `rule` in the workspace, one on a line.
#[track_caller]
fn enforce(rule: impl Fn(&Source) -> Vec<Finding>) {
    let findings: Vec<_> = workspace().iter().flat_map(rule).map(|finding| finding.to_string()).collect();

    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn a_module_of_the_runtime_names_only_what_stands_below_it() {
    enforce(layers::runtime);
}

#[test]
fn a_stage_of_the_macros_names_only_the_stages_before_it() {
    enforce(layers::macros);
}

#[test]
fn a_foreign_crate_is_named_only_where_it_belongs() {
    enforce(layers::foreign_crates);
}

#[test]
fn only_the_clock_asks_the_time() {
    enforce(layers::time);
}

#[test]
fn every_file_opens_with_one_sentence() {
    enforce(shape::first_line);
}

#[test]
fn no_file_passes_its_limit() {
    enforce(shape::file_length);
}

#[test]
fn no_function_passes_its_limit() {
    enforce(shape::function_length);
}

#[test]
fn nothing_is_left_unfinished() {
    enforce(words::unfinished);
}

#[test]
fn no_test_is_ignored() {
    enforce(words::ignored);
}

#[test]
fn no_machine_or_registry_is_named() {
    enforce(words::machines);
}

#[test]
fn no_test_sleeps_but_for_a_stated_reason() {
    enforce(waits::sleeps);
}

#[test]
fn every_reason_to_sleep_is_still_needed() {
    let needless = waits::needless(workspace());

    assert!(needless.is_empty(), "nothing sleeps there any more: {needless:?}");
}

#[test]
fn every_row_that_a_test_names_exists() {
    let rows = conformance::rows();

    enforce(|source| conformance::unknown_rows(source, &rows));
}

#[test]
fn every_row_of_this_release_is_met() {
    let mut rows = conformance::rows_of_this_release(&conformance::read("django.tsv"));
    rows.extend(conformance::all_rows(&conformance::read("http.tsv")));

    let unmet = conformance::unmet(rows, workspace());

    assert!(unmet.is_empty(), "neither a test nor `tests/README.md` names {unmet:?}");
}

#[test]
fn every_dependency_is_used() {
    let unused = dependencies::unused();

    assert!(unused.is_empty(), "unused: {unused:?}");
}
