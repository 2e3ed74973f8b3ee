//! Runs an example to its end.

use std::process::{Command, Output};

pub(crate) use cache_tests::example;

/// What a command printed.
///
/// # Panics
///
/// If it failed.
#[track_caller]
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().expect("the program was built");
    assert!(output.status.success(), "{command:?} failed: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// How a command that is to fail ended, and what it complained of.
pub(crate) fn complaint(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().expect("the program was built");
    (status.code(), text(&stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the examples print UTF-8")
}
