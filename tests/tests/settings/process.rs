//! A process of its own for a test of what there is once in a program: its environment, its caches.

use std::process::Command;

/// Tells the inner process that it is one.
const INNER: &str = "SETTINGS_TEST_INNER";

/// Runs `test` in a process of its own, with these variables in its environment.
///
/// Called by a `#[test]` as all it does, with the test's own body: the test program starts itself
/// for this one test, and the inner process runs the body.
pub(crate) fn in_its_own_process<F: FnOnce()>(variables: &[(&str, &str)], test: F) {
    let name = name_of(&test);
    if std::env::var(INNER).is_ok() {
        return test();
    }
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args([name, "--exact", "--nocapture"]).env(INNER, name).env_remove("CARGO_MANIFEST_DIR");
    for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CACHE_"))
    {
        command.env_remove(variable);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let printed =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && printed.contains("1 passed"), "{name} in its own process:\n{printed}");
}

/// `area::test`, from the name of the closure that stands in it.
fn name_of<F>(_: &F) -> &'static str {
    let closure = std::any::type_name::<F>();
    let test = closure.trim_end_matches("::{{closure}}");
    test.split_once("::").expect("a test stands in a crate").1
}
