//! What the macros write is free of warnings under lints that its user forbids.

use std::process::Command;

#[test]
fn a_strict_user_sees_no_warning() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());

    let checked = Command::new(cargo)
        .args(["clippy", "--quiet", "--package", "cache-strict", "--all-targets", "--", "--deny", "warnings"])
        .args(["--deny", "clippy::pedantic"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there");

    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && !said.contains("cache-strict"), "{said}");
}
