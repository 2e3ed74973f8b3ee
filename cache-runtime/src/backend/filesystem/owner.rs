//! Owners: a file that a process keeps locked for as long as it lives, so that others see at once when
//! the holder of a lease has died.
//!
//! A lease ends with its time in any case. This makes it end with its process, too. The file of one that
//! has ended stays, as the sign that it has, until a sweep comes by.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::failure::present;
use super::private;
use crate::backend::Token;
use crate::base::sync::random;

const FOLDER: &str = ".owners";

/// Who holds a lease: the token of the attempt, and the process that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) token: Token,
    pub(super) owner: u64,
}

impl Holder {
    pub(super) fn to_bytes(self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&self.token.0.to_le_bytes());
        bytes[16..].copy_from_slice(&self.owner.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (token, owner) = bytes.split_first_chunk()?;
        let owner = u64::from_le_bytes(owner.try_into().ok()?);
        Some(Self { token: Token(u128::from_le_bytes(*token)), owner })
    }
}

/// The owner that the leases of one store have; made when the first is taken.
pub(super) struct Owner {
    root: PathBuf,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    id: u64,
    /// Locked until it is closed.
    file: File,
}

impl Owner {
    pub(super) fn under(root: &Path) -> Self {
        Self { root: root.to_owned(), kept: Mutex::default() }
    }

    /// The number that others know this store by.
    ///
    /// Where the file was removed meanwhile there is a new one: the leases of the old one end by their time.
    pub(super) fn id(&self) -> io::Result<u64> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept
            && private::is_linked(&kept.file)?
        {
            return Ok(kept.id);
        }
        let new = keep(&self.root)?;
        let id = new.id;
        *kept = Some(new);
        Ok(id)
    }

    /// Whether the process of this owner has died; where nothing tells, it is taken to live.
    pub(super) fn is_gone(&self, id: u64) -> io::Result<bool> {
        let Some(file) = present(File::open(path(&self.root, id)))? else { return Ok(false) };
        is_free(&file)
    }

    /// Removes the files of owners that have died.
    pub(super) fn sweep(&self) -> io::Result<()> {
        let Some(listing) = present(fs::read_dir(self.root.join(FOLDER)))? else { return Ok(()) };
        for file in listing {
            let file = file?;
            let path = file.path();
            if !file.file_name().to_str().is_some_and(is_id) {
                continue;
            }
            // An owner who has made its file and not locked it yet notices that it is gone.
            if let Some(file) = present(File::open(&path))?
                && is_free(&file)?
            {
                present(fs::remove_file(&path))?;
            }
        }
        Ok(())
    }
}

fn keep(root: &Path) -> io::Result<Kept> {
    loop {
        let id = random();
        let path = path(root, id);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let made = match present(private::open(&mut options, &path)) {
            Ok(None) => {
                private::make_folder(&root.join(FOLDER))?;
                private::open(&mut options, &path)
            }
            Ok(Some(file)) => Ok(file),
            Err(error) => Err(error),
        };
        match made {
            Ok(file) if file.try_lock().is_ok() && private::is_linked(&file)? => {
                return Ok(Kept { id, file });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether nobody holds the lock, which is held here until the file is closed.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_id(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn path(root: &Path, id: u64) -> PathBuf {
    root.join(FOLDER).join(format!("{id:016x}"))
}
