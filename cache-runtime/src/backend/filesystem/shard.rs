//! Shards: the folders that entries are spread over, each with a lock and a tally of what it holds.
//!
//! The lock is that of a file, held for the few system calls of one operation, so that the operating
//! system frees it when a process dies. Everything that writes holds it; who only reads an entry does
//! not, since an entry appears and goes by one system call.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::bounds::Totals;
use super::crew::Limit;
use super::entry::{self, Times, size_of};
use super::failure::{late, present};
use super::private;

/// How many shards there are; a part of the layout, so that all processes agree on it.
pub(super) const SHARDS: usize = 256;

/// The file that is locked, which holds the tally.
const LOCK: &str = ".lock";
/// The file that becomes an entry by its new name; whoever holds the lock may write over a dead one.
const NEW: &str = ".new";

const ENTRY: &str = "entry";
const LEASE: &str = "lease";

/// The pauses between two attempts at a lock that another process holds, at first and at last.
const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LAST_PAUSE: Duration = Duration::from_millis(2);

/// Where a key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) shard: usize,
    folder: PathBuf,
    stem: String,
}

impl Place {
    /// The place of a key under `root`: files are named by a digest, so that any text is a key.
    pub(super) fn of(root: &Path, key: &str) -> Self {
        let digest = xxh3_128(key.as_bytes());
        let name = format!("{digest:032x}");
        let shard = (digest >> 120) as usize;
        Self { shard, folder: root.join(&name[..2]), stem: name[2..].to_owned() }
    }

    /// The file of the entry.
    pub(super) fn entry(&self) -> PathBuf {
        self.folder.join(format!("{}.{ENTRY}", self.stem))
    }

    /// The file of the lease.
    pub(super) fn lease(&self) -> PathBuf {
        self.folder.join(format!("{}.{LEASE}", self.stem))
    }
}

/// How many entries there are, and how many bytes their files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

impl Tally {
    const LENGTH: usize = 24;

    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..8].copy_from_slice(&self.entries.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.bytes.to_le_bytes());
        let check = xxh3_64(&bytes[..16]);
        bytes[16..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(bytes[at..].first_chunk().copied()?));
        let tally = Self { entries: number(0)?, bytes: number(8)? };
        (tally.to_bytes() == *bytes).then_some(tally)
    }

    fn read(mut file: &File) -> Option<Self> {
        let mut bytes = [0; Self::LENGTH];
        file.read_exact(&mut bytes).ok()?;
        Self::from_bytes(&bytes)
    }

    /// The tally of a shard as its last writer left it; `None` if there is none that can be read.
    pub(super) fn noted(root: &Path, shard: usize) -> Option<Self> {
        Self::read(&File::open(folder(root, shard).join(LOCK)).ok()?)
    }
}

/// The locks of this process, before those of the files: threads wait for each other without asking
/// again and again.
pub(super) struct Stripes(Vec<Mutex<()>>);

impl Stripes {
    pub(super) fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

/// A shard whose lock is held.
pub(super) struct Shard<'a> {
    folder: PathBuf,
    lock: File,
    before: Tally,
    tally: Tally,
    totals: &'a Totals,
    _stripe: MutexGuard<'a, ()>,
}

/// Whether a shard that is not there is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Make,
    Leave,
}

/// Where the shards are, and where changes are counted.
pub(super) struct Shards<'a> {
    pub(super) root: &'a Path,
    pub(super) stripes: &'a Stripes,
    pub(super) totals: &'a Totals,
}

impl<'a> Shards<'a> {
    /// The shard, locked; `None` if it is not there and is not to be made.
    pub(super) fn lock(
        &self,
        shard: usize,
        missing: Missing,
        limit: &Limit,
    ) -> io::Result<Option<Shard<'a>>> {
        let stripe = self.stripes.0[shard].lock().unwrap_or_else(PoisonError::into_inner);
        self.lock_file(shard, missing, limit, stripe)
    }

    /// The shard, unless another has its lock.
    pub(super) fn try_lock(&self, shard: usize) -> io::Result<Option<Shard<'a>>> {
        let stripe = match self.stripes.0[shard].try_lock() {
            Ok(stripe) => stripe,
            Err(TryLockError::Poisoned(stripe)) => stripe.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        match self.lock_file(shard, Missing::Leave, &Limit::over(), stripe) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(None),
            locked => locked,
        }
    }

    fn lock_file(
        &self,
        shard: usize,
        missing: Missing,
        limit: &Limit,
        stripe: MutexGuard<'a, ()>,
    ) -> io::Result<Option<Shard<'a>>> {
        let folder = folder(self.root, shard);
        let lock = loop {
            let Some(lock) = open_lock(&folder, missing)? else { return Ok(None) };
            wait_for(&lock, limit)?;
            // Who removes the folder takes the lock's name: others would lock another file.
            if private::is_linked(&lock)? {
                break lock;
            }
        };
        let tally = match Tally::read(&lock) {
            Some(tally) => tally,
            None => count(&folder)?,
        };
        Ok(Some(Shard { folder, lock, before: tally, tally, totals: self.totals, _stripe: stripe }))
    }
}

fn open_lock(folder: &Path, missing: Missing) -> io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    if let Some(file) = present(private::open(&mut options, &path))? {
        return Ok(Some(file));
    }
    if missing == Missing::Leave {
        return Ok(None);
    }
    private::make_folder(folder)?;
    private::open(&mut options, &path).map(Some)
}

fn wait_for(lock: &File, limit: &Limit) -> io::Result<()> {
    let mut pause = FIRST_PAUSE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(fs::TryLockError::Error(error)) => return Err(error),
            Err(fs::TryLockError::WouldBlock) if limit.is_over() => return Err(late()),
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

impl Shard<'_> {
    /// Puts an entry in the place of whatever was there, by one rename.
    pub(super) fn put(&mut self, place: &Place, key: &str, value: &[u8], times: Times) -> io::Result<()> {
        let path = place.entry();
        let replaced = present(fs::metadata(&path))?.map(|metadata| metadata.len());
        self.write(key, value, times)?;
        fs::rename(self.folder.join(NEW), &path)?;
        self.left(replaced);
        self.tally.entries += 1;
        self.tally.bytes += size_of(key, value);
        Ok(())
    }

    /// Removes an entry; whether there was a file.
    pub(super) fn remove(&mut self, path: &Path) -> io::Result<bool> {
        let Some(metadata) = present(fs::symlink_metadata(path))? else { return Ok(false) };
        let is_removed = present(fs::remove_file(path))?.is_some();
        self.left(is_removed.then_some(metadata.len()));
        Ok(is_removed)
    }

    /// Writes a lease. In place: nobody reads it without the lock, and one that is torn is none.
    #[expect(clippy::unused_self, reason = "the lock must be held")]
    pub(super) fn put_lease(
        &mut self,
        place: &Place,
        key: &str,
        holder: &[u8],
        times: Times,
    ) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        entry::write(&mut private::open(&mut options, &place.lease())?, key, holder, times)
    }

    /// Ends a lease, be there one or not.
    #[expect(clippy::unused_self, reason = "the lock must be held")]
    pub(super) fn end_lease(&mut self, path: &Path) -> io::Result<()> {
        present(fs::remove_file(path)).map(drop)
    }

    /// The files of the shard.
    pub(super) fn files(&self) -> io::Result<Vec<Found>> {
        files_in(&self.folder)
    }

    /// Notes what was counted, in place of what was noted so far.
    pub(super) fn set_tally(&mut self, tally: Tally) {
        self.tally = tally;
    }

    fn write(&mut self, key: &str, value: &[u8], times: Times) -> io::Result<()> {
        let path = self.folder.join(NEW);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        let mut file = private::open(&mut options, &path)?;
        entry::write(&mut file, key, value, times).inspect_err(|_| {
            // On a full disk its part of the value is in the way of others.
            let _ = fs::remove_file(&path);
        })
    }

    fn left(&mut self, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            self.tally.entries = self.tally.entries.saturating_sub(1);
            self.tally.bytes = self.tally.bytes.saturating_sub(bytes);
        }
    }
}

/// Notes the tally for the next, whatever process it is in. The lock ends with its file.
impl Drop for Shard<'_> {
    fn drop(&mut self) {
        if self.tally != self.before {
            self.totals.change(self.before, self.tally, || {
                // What cannot be noted is counted again by the next sweep.
                let _ = self.lock.rewind().and_then(|()| self.lock.write_all(&self.tally.to_bytes()));
            });
        }
    }
}

/// A file of ours in a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Entry(PathBuf),
    Lease(PathBuf),
    /// What a process that died did not finish, if the lock is ours.
    New(PathBuf),
}

/// The files of a shard; none if it is not there. A name that is none of ours is passed over.
pub(super) fn files_of(root: &Path, shard: usize) -> io::Result<Vec<Found>> {
    files_in(&folder(root, shard))
}

fn files_in(folder: &Path) -> io::Result<Vec<Found>> {
    let Some(listing) = present(fs::read_dir(folder))? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for file in listing {
        let file = file?;
        let name = file.file_name();
        let Some(name) = name.to_str() else { continue };
        match name.split_once('.') {
            Some((stem, ENTRY)) if is_stem(stem) => found.push(Found::Entry(file.path())),
            Some((stem, LEASE)) if is_stem(stem) => found.push(Found::Lease(file.path())),
            _ if name == NEW => found.push(Found::New(file.path())),
            _ => {}
        }
    }
    Ok(found)
}

fn is_stem(text: &str) -> bool {
    text.len() == 30 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn folder(root: &Path, shard: usize) -> PathBuf {
    root.join(format!("{shard:02x}"))
}

fn count(folder: &Path) -> io::Result<Tally> {
    let mut tally = Tally::default();
    for file in files_in(folder)? {
        if let Found::Entry(path) = file
            && let Some(metadata) = present(fs::symlink_metadata(path))?
        {
            tally.entries += 1;
            tally.bytes += metadata.len();
        }
    }
    Ok(tally)
}
