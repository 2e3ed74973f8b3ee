//! Whether `cache.toml` has changed since the attributes were checked against it.

use std::path::{Path, PathBuf};

use super::program::embedded;
use crate::cache::check::Diagnostic;

/// A file that was changed or made after the build; nothing where the sources are not at hand.
pub(in crate::cache) fn findings() -> Option<Diagnostic> {
    let Some(file) = embedded().ok()? else {
        let path = found()?.display().to_string();
        let text = "it was made after the build, so nothing was checked against it; build again from a changed source";
        return Some(Diagnostic::warning(path, text));
    };
    let now = std::fs::read_to_string(file.path).ok()?;
    let text =
        "it was changed after the build, whose text is in use; build again, or name the file in CACHE_CONFIG";
    (now != file.text).then(|| Diagnostic::warning(file.path, text))
}

/// The file that a build would find now: in the package's folder, or above it up to the workspace.
///
/// Cargo says where the package is when it runs the program; a program run otherwise has no sources
/// at hand, and nothing to compare.
fn found() -> Option<PathBuf> {
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
    for folder in package.ancestors() {
        let file = folder.join("cache.toml");
        if file.is_file() {
            return Some(file);
        }
        if is_workspace(folder) {
            break;
        }
    }
    None
}

fn is_workspace(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.lines().any(|line| line.trim_start().starts_with("[workspace")))
}
