//! A process of its own for a test of what a process has once: its umask, its view of the disks.

use std::path::Path;
use std::process::Command;

use cache_tests::Folder;

/// Tells the inner process that it is one.
const INNER: &str = "FILESYSTEM_TEST_INNER";

/// Runs `test` in a process of its own, which `before` starts: `["sh", "-c", "umask 000; exec \"$@\"", "sh"]`.
///
/// Called by a `#[test]` as all it does, with the test's own body: the test program starts itself for
/// this one test, and the inner process runs the body.
pub(crate) fn in_its_own_process<F: FnOnce()>(before: &[&str], test: F) {
    in_named_process(before, name_of(&test), test);
}

fn in_named_process(before: &[&str], name: &str, test: impl FnOnce()) {
    if std::env::var(INNER).is_ok() {
        return test();
    }
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(before[0]);
    command.args(&before[1..]).arg(program).args([name, "--exact", "--nocapture"]).env(INNER, name);
    let output = command.output().unwrap();
    let printed =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && printed.contains("1 passed"), "{name} in its own process:\n{printed}");
}

/// Runs `test` with a small disk of its own: others do not see it, and it goes with the process.
pub(crate) fn on_a_small_disk<F: FnOnce(&Folder)>(test: F) {
    // Whoever is not root becomes the root of a namespace of users.
    let before = "if [ \"$(id -u)\" = 0 ]; then exec unshare -m \"$@\"; else exec unshare -rm \"$@\"; fi";
    let name = name_of(&test);
    let inner = move || {
        let disk = Folder::new();
        mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], disk.path());
        test(&disk);
        let _ = Command::new("umount").arg(disk.path()).status();
    };
    in_named_process(&["sh", "-c", before, "sh"], name, inner);
}

/// Makes the disk at `path` one that takes no writes.
pub(crate) fn make_read_only(path: &Path) {
    mount(&["-o", "remount,ro"], path);
}

fn mount(arguments: &[&str], path: &Path) {
    let status = Command::new("mount").args(arguments).arg(path).status().unwrap();
    assert!(status.success(), "a process in a namespace of its own may mount");
}

/// `area::test`, from the name of the closure that stands in it.
fn name_of<F>(_: &F) -> &'static str {
    let closure = std::any::type_name::<F>();
    let test = closure.trim_end_matches("::{{closure}}");
    test.split_once("::").expect("a test stands in a crate").1
}
