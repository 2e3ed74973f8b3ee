//! What the operating system reports → our error: a kind, and words that name the folder.

use std::io;
use std::path::Path;

use crate::base::error::{Error, ErrorKind};

/// Whether there is no such file; one without its folder is as absent.
pub(super) fn is_absence(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Turns an absent file into `None`.
pub(super) fn present<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An operation that another process, or the disk, has kept from its end.
pub(super) fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the shard was locked by others all the time")
}

/// A value that is too large for the bounds.
pub(super) fn too_large(bytes: u64, bound: u64) -> io::Error {
    let text = format!("the entry would have {bytes} bytes, and all together may have {bound}");
    io::Error::new(io::ErrorKind::FileTooLarge, text)
}

/// The error that callers see.
pub(super) fn during(operation: &'static str, folder: &Path, error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ErrorKind::TooLarge
        }
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, operation).context(format!("{}: {error}", folder.display()))
}
