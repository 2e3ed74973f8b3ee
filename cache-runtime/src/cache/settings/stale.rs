//! Whether `cache.toml` has changed since the attributes were checked against it.

use std::path::{Path, PathBuf};

use super::program::{embedded, is_chosen};
use crate::cache::check::Diagnostic;

/// A file that was changed or made after the build; nothing where the sources are not at hand, or another file is named
/// in the place of this one. Only where functions are `annotated` does a build read it.
pub(in crate::cache) fn finding(annotated: bool) -> Option<Diagnostic> {
    // Cargo says where the package is when it runs the program; a program run otherwise has no sources at hand, and
    // nothing to compare.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    if is_chosen() { None } else { finding_in(package.as_deref(), annotated) }
}

fn finding_in(package: Option<&Path>, annotated: bool) -> Option<Diagnostic> {
    let Some(file) = embedded().ok()? else {
        let text = if annotated { MADE_LATER } else { NEVER_READ };
        return Some(Diagnostic::warning(found(package?)?.display().to_string(), text));
    };
    let now = std::fs::read_to_string(file.path).ok()?;
    let text =
        "it was changed after the build, whose text is in use; build again, or name the file in CACHE_CONFIG";
    (now != file.text).then(|| Diagnostic::warning(file.path, text))
}

const MADE_LATER: &str = "it was made after the build, so that nothing was checked against it, and it is not in use. Cargo does \
                          not notice a first file: compile the package again, by `cargo clean -p <package>` or a change \
                          of its source, or name the file in CACHE_CONFIG";

const NEVER_READ: &str = "it is not in use: the attributes of functions bring it into a program, and there is none. Name the file in \
                          CACHE_CONFIG, or call `Caches::from_toml(include_str!(\"…/cache.toml\"))?.install()?` first";

/// The file that a build would find now: in the package's folder, or above it up to the workspace.
fn found(package: &Path) -> Option<PathBuf> {
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_brings_a_file_into_use_depends_on_whether_functions_are_annotated() {
        let package = std::env::temp_dir().join(format!("cache-runtime-stale-{}", std::process::id()));
        std::fs::create_dir_all(&package).unwrap();
        std::fs::write(package.join("cache.toml"), "").unwrap();

        let [annotated, bare] = [true, false].map(|annotated| finding_in(Some(&package), annotated));
        std::fs::remove_dir_all(&package).unwrap();

        let (annotated, bare) = (annotated.unwrap().text, bare.unwrap().text);
        assert!(annotated.contains("`cargo clean -p <package>`"), "{annotated}");
        assert!(bare.contains("CACHE_CONFIG") && bare.contains("`Caches::from_toml("), "{bare}");
    }
}
