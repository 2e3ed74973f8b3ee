//! Sweeps: expired entries and leases are removed without being asked for, some shards at a time; and
//! walks over keys.

use std::io;
use std::path::PathBuf;
use std::sync::TryLockError;

use super::bounds::Candidate;
use super::crew::Limit;
use super::disk::Disk;
use super::entry::{self, Peeked};
use super::failure::present;
use super::shard::{Found, Missing, SHARDS, Shard, Tally, files_of};
use crate::backend::is_tag_record;

/// How many files one sweep looks at, to the end of the shard it is in.
pub const SWEPT_AT_ONCE: usize = 1024;

/// How many shards one sweep looks at, be they ever so empty.
const SHARDS_AT_ONCE: usize = SHARDS / 8;

/// What a sweep has found in a shard.
#[derive(Default)]
pub(super) struct Swept {
    /// How many files there were.
    seen: usize,
    /// The entries that are left.
    pub(super) left: Vec<Candidate>,
    /// The bytes of their files.
    bytes: u64,
}

impl Disk {
    /// Removes what has expired in the next shards, and counts what is left there.
    ///
    /// Two processes that sweep at once do each other no harm; of the threads of one, one sweeps.
    pub(super) fn sweep(&self) {
        let mut from = match self.sweeps_from.try_lock() {
            Ok(from) => from,
            Err(TryLockError::Poisoned(from)) => from.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let mut seen = 0;
        for _ in 0..SHARDS_AT_ONCE {
            // A shard that cannot be swept now is not the last: the next round comes by.
            seen += self.sweep_shard(*from).unwrap_or_default().seen;
            *from = (*from + 1) % SHARDS;
            if *from == 0 {
                let _ = self.owner.sweep();
            }
            if seen >= SWEPT_AT_ONCE {
                break;
            }
        }
        if self.totals.take_has_changed() {
            self.sum_up();
        }
    }

    /// Removes what has expired in a shard, and counts what is left; nothing if another has its lock.
    pub(super) fn sweep_shard(&self, number: usize) -> io::Result<Swept> {
        let Some(mut shard) = self.shards().try_lock(number)? else { return Ok(Swept::default()) };
        let (files, now) = (shard.files()?, self.now());
        let mut swept = Swept { seen: files.len(), ..Swept::default() };
        for file in files {
            // A file that cannot be removed keeps no other from being swept.
            if let Ok(Some((written, path))) = sweep_file(&mut shard, file, now) {
                swept.bytes += present(std::fs::symlink_metadata(&path))?.map_or(0, |file| file.len());
                swept.left.push(Candidate { written, shard: number, path });
            }
        }
        shard.set_tally(Tally { entries: swept.left.len() as u64, bytes: swept.bytes });
        Ok(swept)
    }

    /// The live keys that begin with `prefix`, from this shard on, as far as one step goes.
    pub(super) fn keys(&self, prefix: &str, from: usize, limit: &Limit) -> io::Result<(Vec<String>, usize)> {
        let mut keys = Vec::new();
        let next = step(from, limit, |shard| {
            let now = self.now();
            for file in files_of(&self.root, shard)? {
                let Found::Entry(path) = file else { continue };
                if let Some(Peeked::Entry(head)) = entry::peek(&path)?
                    && head.times.are_live(now)
                    && head.key.starts_with(prefix)
                    && !is_tag_record(&head.key)
                {
                    keys.push(head.key);
                }
            }
            Ok(())
        })?;
        Ok((keys, next))
    }

    /// Removes leases and entries of keys that begin with `prefix`, from this shard on, as far as one step
    /// goes; the shard for the next one.
    pub(super) fn clear(&self, prefix: &str, from: usize, limit: &Limit) -> io::Result<usize> {
        step(from, limit, |shard| match self.shards().lock(shard, Missing::Leave, limit)? {
            Some(mut shard) => clear_shard(&mut shard, prefix),
            None => Ok(()),
        })
    }
}

/// Visits shards until a part of the limit is over, but one at least; where to go on.
fn step(from: usize, limit: &Limit, mut visit: impl FnMut(usize) -> io::Result<()>) -> io::Result<usize> {
    for shard in from..SHARDS {
        visit(shard)?;
        if limit.is_a_quarter_over() {
            return Ok(shard + 1);
        }
    }
    Ok(SHARDS)
}

/// Removes a file that is of no more use; else, for an entry, when it was written.
fn sweep_file(shard: &mut Shard<'_>, file: Found, now: u64) -> io::Result<Option<(u64, PathBuf)>> {
    match file {
        Found::Entry(path) => match entry::peek(&path)? {
            Some(Peeked::Entry(head)) if head.times.are_live(now) => Ok(Some((head.times.written, path))),
            // Of another release: it goes when there is no room, as the first.
            Some(Peeked::Other) => Ok(Some((0, path))),
            Some(Peeked::Entry(_) | Peeked::Torn) => shard.remove(&path).map(|_| None),
            None => Ok(None),
        },
        Found::Lease(path) => match entry::peek(&path)? {
            Some(Peeked::Entry(head)) if head.times.are_live(now) => Ok(None),
            Some(Peeked::Other) => Ok(None),
            _ => shard.end_lease(&path).map(|()| None),
        },
        // The lock is ours, so whoever wrote it has died.
        Found::New(path) => present(std::fs::remove_file(path)).map(|_| None),
    }
}

/// Under one lock for both: a computation that began before finds its lease gone.
fn clear_shard(shard: &mut Shard<'_>, prefix: &str) -> io::Result<()> {
    let is_meant = |path: &_| -> io::Result<bool> {
        let peeked = entry::peek(path)?;
        Ok(matches!(peeked, Some(Peeked::Entry(head)) if head.key.starts_with(prefix)))
    };
    for file in shard.files()? {
        match file {
            Found::Lease(path) if is_meant(&path)? => shard.end_lease(&path)?,
            Found::Entry(path) if is_meant(&path)? => {
                shard.remove(&path)?;
            }
            _ => {}
        }
    }
    Ok(())
}
