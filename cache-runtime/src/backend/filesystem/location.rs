//! Settings → where the folder is: a path, or a `file://` URL.

use std::path::{Component, Path, PathBuf};

use crate::base::error::{Error, ErrorKind, Result};

/// The folder that a setting or a URL names.
pub(super) fn folder_of(location: &str) -> Result<PathBuf> {
    let path = match location.strip_prefix("file://") {
        Some(rest) => path_of(rest.strip_prefix("localhost").unwrap_or(rest))?,
        None => PathBuf::from(location),
    };
    checked(path)
}

/// The folder, if its path is absolute and leads to one place only.
pub(super) fn checked(path: PathBuf) -> Result<PathBuf> {
    if !path.is_absolute() {
        // A relative one would be another folder wherever the program is started from.
        return Err(wrong(
            "expected an absolute path, such as \"/var/cache/site\", or `file:///var/cache/site`",
        ));
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(wrong("expected a path without `..`"));
    }
    Ok(path)
}

/// Refuses a folder that a web server publishes, or that holds or lies in one.
pub(super) fn check_apart(folder: &Path, published: &Path) -> Result<()> {
    let relation = if folder == published {
        "matches"
    } else if published.starts_with(folder) {
        "contains"
    } else if folder.starts_with(published) {
        "is inside"
    } else {
        return Ok(());
    };
    let (folder, published) = (folder.display(), published.display());
    Err(wrong(&format!("the folder {folder} {relation} {published}, which is published")))
}

fn path_of(encoded: &str) -> Result<PathBuf> {
    decoded(encoded)
        .filter(|path| path.starts_with('/'))
        .map(PathBuf::from)
        .ok_or_else(|| wrong("expected a URL such as `file:///var/cache/site`, percent-encoded"))
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(format!("filesystem location: {text}"))
}
