//! The filesystem store: one entry a file, in a folder that several processes share.
//!
//! # Limits
//!
//! - **Time**: a few threads of the store wait for the disk, so that no executor does. An operation that
//!   has no answer within [`answer_timeout`](Filesystem::answer_timeout) fails; a disk that hangs holds up
//!   [`MOST_THREADS`] threads that read and as many that write, and [`MOST_WAITING`] operations wait for
//!   either at most. What is left undone then is not begun later, but for invalidations; a `set` by hand
//!   that was begun may be done after its caller was told that it is late. `get_many`, `set_many` and `delete_many` take
//!   [`BATCH`] keys at a time, and `keys` and `clear` go through the shards in steps; each step has that
//!   limit, and a walk ends after [`WALK_LIMIT`].
//! - **Bounds**: [`max_entries`](Filesystem::max_entries) and [`max_bytes`](Filesystem::max_bytes), the
//!   latter of the lengths of files, not of blocks of the disk. Each process knows what it has written
//!   itself, and once a second what all have: so the bounds may be passed by what other processes write in
//!   a second. What has expired goes first, then the oldest
//!   (in a folder of more than some 2,000 entries: the oldest of a sample). An entry larger than
//!   `max_bytes` is refused, and an older one under its key is removed.
//! - **Expiry** is by the time of day, in milliseconds, which all processes of a machine share. A clock
//!   that is set forward ends entries early. One that is set back by some time makes those live again that
//!   had expired within it and were not removed yet, for at most that time and at most their own life; an
//!   entry that was written more than a second later than now is a miss. Expired files are removed
//!   in the background: every [`SWEPT_EVERY`] an eighth of the shards is looked through, or less of them
//!   with [`SWEPT_AT_ONCE`] files.
//! - **Files** have the mode 0600 and folders 0700 under any umask; a folder that was there keeps its mode.
//!   Files of other names stay where they are, and what is torn or foreign is a miss. Nothing is synced to
//!   the disk: a machine that loses power loses entries, and a file that it has left half written is one
//!   of those.
//! - **Processes**: who writes holds the lock of one of 256 shards for the few system calls that it takes,
//!   and the operating system frees it when a process dies. A process that is stopped while it holds one
//!   makes the writes to that shard fail until it goes on. File locks must work, as they do on local
//!   file systems; the folder belongs to one machine.
//! - **Leases** end with their time, and at once when the process that holds them dies.

mod bounds;
mod crew;
mod disk;
mod entry;
mod failure;
mod location;
mod owner;
mod private;
mod shard;
mod store;
mod sweep;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::setup::Setup;
use bounds::Bounds;
pub use crew::{MOST_THREADS, MOST_WAITING};
pub use store::{BATCH, SWEPT_EVERY, WALK_LIMIT};
pub use sweep::SWEPT_AT_ONCE;

pub(super) const KIND: Kind = Kind {
    name: "filesystem",
    schemes: &["file"],
    feature: "filesystem",
    available: true,
    settings: &["location", "max_entries", "max_bytes", "answer_timeout"],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a filesystem store needs; the methods of [`Filesystem`] say what each means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder.
    pub location: PathBuf,
    /// The most entries it holds.
    pub max_entries: u64,
    /// The most bytes that its files have together.
    pub max_bytes: u64,
    /// How long the disk may take to answer.
    pub answer_timeout: Duration,
    /// Folders that a web server publishes.
    pub published: Vec<PathBuf>,
}

/// A cache in a folder.
pub type Filesystem = Setup<Options>;

impl Filesystem {
    /// A cache in this folder, which is made when the first entry comes, and again when it was removed.
    ///
    /// The path must be absolute, which is found when the cache is built.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self::over(Options::at(folder))
    }

    /// A cache in the folder at this URL: `file:///var/cache/site`, where what is not plain is
    /// percent-encoded.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such URL or path.
    ///
    /// # Example
    ///
    /// ```
    /// use cache_runtime::backend::filesystem::Filesystem;
    ///
    /// let cache = Filesystem::url("file:///var/cache/my%20site")?.max_bytes(64 << 20);
    /// assert!(Filesystem::url("file://elsewhere/var/cache").is_err());
    /// # Ok::<(), cache_runtime::Error>(())
    /// ```
    pub fn url(url: &str) -> Result<Self> {
        location::folder_of(url).map(Self::at)
    }

    /// The most entries it holds; 100,000 unless stated.
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.options.max_entries = entries;
        self
    }

    /// The most bytes that its files have together; a gibibyte unless stated.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.options.max_bytes = bytes;
        self
    }

    /// How long the disk may take to answer, waiting for other processes included; 100 ms unless stated.
    pub fn answer_timeout(mut self, time: Duration) -> Self {
        self.options.answer_timeout = time;
        self
    }

    /// A folder that a web server publishes: a cache that matches, contains or is inside of it is an
    /// error when it is built.
    pub fn apart_from(mut self, published: impl Into<PathBuf>) -> Self {
        self.options.published.push(published.into());
        self
    }
}

impl Options {
    /// The defaults for this folder, which is not looked at yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            location: folder.into(),
            max_entries: 100_000,
            max_bytes: 1 << 30,
            answer_timeout: Duration::from_millis(100),
            published: Vec::new(),
        }
    }

    /// Takes `location`, which must be there, `max_entries`, `max_bytes` and `answer_timeout`.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let Some(location) = fields.text("location")? else {
            return Err(fields.fault("`location` is missing: the folder"));
        };
        let defaults = Self::at(location::folder_of(&location)?);
        Ok(Self {
            max_entries: fields.bound("max_entries")?.unwrap_or(defaults.max_entries),
            max_bytes: fields.bound_of_bytes("max_bytes")?.unwrap_or(defaults.max_bytes),
            answer_timeout: fields.limit("answer_timeout")?.unwrap_or(defaults.answer_timeout),
            ..defaults
        })
    }

    /// Builds the store; nothing is read or made before the first operation.
    ///
    /// # Errors
    ///
    /// `Settings`, if the path is relative or not apart from a published folder, a bound is zero, or the
    /// limit is less than a millisecond.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let root = location::checked(self.location.clone())?;
        for published in &self.published {
            location::check_apart(&root, published)?;
        }
        for (name, bound) in [("max_entries", self.max_entries), ("max_bytes", self.max_bytes)] {
            if bound == 0 {
                return Err(unusable(format!("`{name}` is zero: use `backend = \"dummy\"` to keep nothing")));
            }
        }
        if self.answer_timeout < Duration::from_millis(1) {
            return Err(unusable("`answer_timeout` must be at least a millisecond".to_owned()));
        }
        let bounds = Bounds { entries: self.max_entries, bytes: self.max_bytes };
        let disk = disk::Disk::new(root, bounds, clock);
        Ok(Arc::new(store::Store::new(disk, self.answer_timeout, clock)))
    }
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}

fn unusable(text: String) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(text)
}
