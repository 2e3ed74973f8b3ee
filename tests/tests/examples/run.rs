//! Runs an example: all are built once, with what the tests themselves were built with.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The folder of the built examples.
static EXAMPLES: LazyLock<PathBuf> = LazyLock::new(build);

/// The example, ready to be given arguments; it sees no settings of the machine it runs on.
pub(crate) fn example(name: &str) -> Command {
    let mut command = Command::new(EXAMPLES.join(name));
    for setting in ["CACHE_URL", "CACHE_CONFIG", "CACHE_DEFAULT_URL", "NO_COLOR"] {
        command.env_remove(setting);
    }
    command
}

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

/// Builds together with this package, so that both have one set of features, and one build of the runtime.
fn build() -> PathBuf {
    let this = std::env::current_exe().expect("the system knows this program");
    let profile = this.ancestors().nth(2).expect("it stands in target/profile/deps");
    let target = profile.parent().expect("and so in a target folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--examples", "-p", "cache-tests", "-p", "cache-examples", "--target-dir"]);
    command.arg(target);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let output = command.output().expect("cargo ran this test");
    assert!(output.status.success(), "the examples do not compile: {}", text(&output.stderr));
    profile.join("examples")
}
