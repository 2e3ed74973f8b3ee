//! Folders and files that only their owner may read, whatever the umask.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

/// Makes the folder and those above it that are missing; one that is there keeps its mode.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    match make_one(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(parent) = path.parent() else { return Err(error) };
            make_folder(parent)?;
            make_one(path)
        }
        made => made,
    }
}

/// Opens a file as `options` say; one that is made is its owner's alone.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    options.mode(0o600);
    let file = options.open(path)?;
    // A umask can only take from the mode, and it may take what the owner needs.
    #[cfg(unix)]
    if file.metadata()?.mode() & 0o777 != 0o600 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Whether the file still has a name: another may have removed the folder since it was opened.
pub(super) fn is_linked(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    return Ok(file.metadata()?.nlink() > 0);
    #[cfg(not(unix))]
    return file.metadata().map(|_| true);
}

fn make_one(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    match builder.create(path) {
        Ok(()) => complete_mode(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn complete_mode(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if fs::metadata(path)?.mode() & 0o777 != 0o700 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    #[cfg(not(unix))]
    fs::metadata(path)?;
    Ok(())
}
