//! An entry as a file: its times, its key and its value, under a checksum.
//!
//! ```text
//! 0   4  magic "DCF", then the version of this layout
//! 4   2  length of the key
//! 6   2  zero
//! 8   8  when it was written   (milliseconds since the Unix epoch)
//! 16  8  when it expires       (the same; all ones: never)
//! 24  8  length of the value
//! 32  8  xxh3 of the value, seeded with that of the key, seeded with that of the 32 bytes above
//! 40     the key, then the value
//! ```
//!
//! Numbers have their little end first. A lease is such a file too: its value is the holder.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use bytes::Bytes;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::failure::present;
use crate::base::entry::{Life, Ttl};

const MAGIC: &[u8; 3] = b"DCF";
const VERSION: u8 = 1;
const HEADER: usize = 40;

/// The longest key that is believed; the contract knows none of more than 250 bytes.
const LONGEST_KEY: usize = 1024;

/// What the first read asks for: the whole of a small entry, and the key of any.
const FIRST_READ: usize = 4096;

/// How far the time of writing may lie ahead of the clock before the file is a miss, in milliseconds.
const SKEW: u64 = 1000;

/// What never comes.
const NEVER: u64 = u64::MAX;

/// When an entry was written and when it expires, by the time of day in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) written: u64,
    pub(super) ends: u64,
}

impl Times {
    /// Those of an entry that is written `now`.
    pub(super) fn of(life: Life, now: u64) -> Self {
        Self { written: now, ends: life.millis().map_or(NEVER, |millis| now.saturating_add(millis)) }
    }

    /// The same end, written `now`.
    pub(super) fn rewritten(self, now: u64) -> Self {
        Self { written: now, ..self }
    }

    /// Whether the entry is live: one from the future was written before the clock was set back.
    pub(super) fn are_live(self, now: u64) -> bool {
        now < self.ends && self.written <= now.saturating_add(SKEW)
    }

    /// What is left.
    pub(super) fn ttl(self, now: u64) -> Ttl {
        if self.ends == NEVER {
            return Ttl::Never;
        }
        Ttl::After(std::time::Duration::from_millis(self.ends.saturating_sub(now)))
    }
}

/// What stands before the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) key: String,
    pub(super) times: Times,
    check: u64,
    /// The checksum as far as the key.
    seed: u64,
}

/// An entry as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) times: Times,
    pub(super) value: Bytes,
}

/// What a file turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Peeked {
    /// An entry, as far as its head and its length tell.
    Entry(Head),
    /// An entry of another layout: another release shares the folder.
    Other,
    /// Nothing that can be read.
    Torn,
}

/// The length of the file of an entry.
pub(super) fn size_of(key: &str, value: &[u8]) -> u64 {
    (HEADER + key.len() + value.len()) as u64
}

/// Writes an entry.
pub(super) fn write(file: &mut File, key: &str, value: &[u8], times: Times) -> io::Result<()> {
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let mut head = Vec::with_capacity(HEADER + key.len());
    head.extend_from_slice(MAGIC);
    head.push(VERSION);
    head.extend_from_slice(&u16::try_from(key.len()).map_err(too_long)?.to_le_bytes());
    head.extend_from_slice(&[0; 2]);
    for number in [times.written, times.ends, value.len() as u64] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    let check = xxh3_64_with_seed(value, seed_of(&head, key.as_bytes()));
    head.extend_from_slice(&check.to_le_bytes());
    head.extend_from_slice(key.as_bytes());
    // One write for a small entry; a large value is not copied.
    let mut out = io::BufWriter::with_capacity(FIRST_READ, file);
    out.write_all(&head)?;
    out.write_all(value)?;
    out.flush()
}

/// The entry of this key; `None` if the file is absent, foreign, torn or that of another key.
pub(super) fn read(path: &Path, key: &str) -> io::Result<Option<Entry>> {
    let Some(opened) = Opened::open(path)? else { return Ok(None) };
    let Peeked::Entry(head) = opened.head() else { return Ok(None) };
    if head.key != key {
        return Ok(None);
    }
    let Some(bytes) = opened.whole()? else { return Ok(None) };
    let value = Bytes::from(bytes).slice(HEADER + head.key.len()..);
    let is_whole = xxh3_64_with_seed(&value, head.seed) == head.check;
    Ok(is_whole.then_some(Entry { times: head.times, value }))
}

/// What a file is, by its head alone; `None` if it is absent.
pub(super) fn peek(path: &Path) -> io::Result<Option<Peeked>> {
    Ok(Opened::open(path)?.map(|opened| opened.head()))
}

/// A file, and what the first read brought.
struct Opened {
    file: File,
    length: u64,
    start: Vec<u8>,
}

impl Opened {
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let Some(mut file) = present(File::open(path))? else { return Ok(None) };
        let mut length = file.metadata()?.len();
        let wanted = usize::try_from(length).unwrap_or(FIRST_READ).min(FIRST_READ);
        let mut start = vec![0; wanted];
        let read = fill(&mut file, &mut start);
        if read < wanted {
            start.truncate(read);
            length = read as u64;
        }
        Ok(Some(Self { file, length, start }))
    }

    fn head(&self) -> Peeked {
        let Some(header) = self.start.first_chunk::<HEADER>() else { return Peeked::Torn };
        if !header.starts_with(MAGIC) {
            return Peeked::Torn;
        }
        if header[3] != VERSION {
            return Peeked::Other;
        }
        parse(header, &self.start, self.length).map_or(Peeked::Torn, Peeked::Entry)
    }

    /// The whole file; `None` if it has become shorter.
    ///
    /// The head was believed before: the file is as long as key and value make it.
    fn whole(mut self) -> io::Result<Option<Vec<u8>>> {
        let Ok(length) = usize::try_from(self.length) else { return Ok(None) };
        let have = self.start.len();
        self.start.try_reserve_exact(length - have).map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.start.resize(length, 0);
        let read = fill(&mut self.file, &mut self.start[have..]);
        Ok((have + read == length).then_some(self.start))
    }
}

/// Reads as much as there is; an error (the file is a folder, say) is the end of it.
fn fill(file: &mut File, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    filled
}

fn parse(header: &[u8; HEADER], start: &[u8], length: u64) -> Option<Head> {
    let number = |at: usize| Some(u64::from_le_bytes(header[at..].first_chunk().copied()?));
    let key_length = usize::from(u16::from_le_bytes([header[4], header[5]]));
    let expected = number(24)?.checked_add((HEADER + key_length) as u64)?;
    if key_length > LONGEST_KEY || header[6..8] != [0; 2] || expected != length {
        return None;
    }
    let key = start.get(HEADER..HEADER + key_length)?;
    Some(Head {
        key: std::str::from_utf8(key).ok()?.to_owned(),
        times: Times { written: number(8)?, ends: number(16)? },
        check: number(32)?,
        seed: seed_of(&header[..32], key),
    })
}

fn seed_of(fixed: &[u8], key: &[u8]) -> u64 {
    xxh3_64_with_seed(key, xxh3_64(fixed))
}
