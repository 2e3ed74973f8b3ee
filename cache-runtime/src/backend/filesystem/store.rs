//! The operations of a backend as work for the crew.

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;

use super::crew::{Abandoned, Crew, Limit};
use super::disk::Disk;
use super::failure::during;
use super::shard::SHARDS;
use crate::backend::{Acquired, Backend, Capability, Claim, Operation, Token};
use crate::base::clock::{Chore, Clock, Stopwatch};
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

/// How many keys one piece of work has at most: few enough to be done within the limit.
pub const BATCH: usize = 250;

/// How long `keys` and `clear` walk at most.
pub const WALK_LIMIT: Duration = Duration::from_mins(1);

/// How often expired entries are looked for.
pub const SWEPT_EVERY: Duration = Duration::from_secs(1);

/// How long a thread of the crew makes room ahead of need.
const KEEPING_ROOM: Duration = Duration::from_secs(5);

/// A store in a folder.
pub(super) struct Store {
    disk: Arc<Disk>,
    readers: Crew,
    writers: Arc<Crew>,
    answer_timeout: Duration,
    /// Sweeps as long as the store is there.
    _sweeper: Arc<Chore>,
}

impl Store {
    pub(super) fn new(disk: Disk, answer_timeout: Duration, clock: &Clock) -> Self {
        let (disk, readers, writers) = (Arc::new(disk), Crew::new(), Arc::new(Crew::new()));
        let sweeper = sweeper(Arc::downgrade(&disk), Arc::downgrade(&writers));
        clock.every(SWEPT_EVERY, &sweeper);
        Self { disk, readers, writers, answer_timeout, _sweeper: sweeper }
    }

    /// Reads; nobody needs it once the caller has gone.
    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Disk) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let read = move |disk: &Disk, _: &Limit| work(disk);
        self.ask(&self.readers, operation, Abandoned::LeftUndone, read, |_| ()).await
    }

    /// Writes, and makes room ahead of the next write.
    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Disk, &Limit) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let keep_room = |disk: &Disk| disk.keep_room(&Limit::of(KEEPING_ROOM));
        self.ask(&self.writers, operation, Abandoned::LeftUndone, work, keep_room).await
    }

    /// Invalidates or releases, be the caller still there or not.
    async fn end<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Disk, &Limit) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.ask(&self.writers, operation, Abandoned::Done, work, |_| ()).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        crew: &Crew,
        operation: &'static str,
        abandoned: Abandoned,
        work: impl FnOnce(&Disk, &Limit) -> io::Result<T> + Send + 'static,
        afterwards: impl FnOnce(&Disk) + Send + 'static,
    ) -> Result<T> {
        let limit = Limit::of(self.answer_timeout);
        let (disk, kept) = (Arc::clone(&self.disk), Arc::clone(&self.disk));
        let answer = crew.ask(limit, abandoned, move || work(&disk, &limit), move || afterwards(&kept)).await;
        answer.map_err(|error| during(operation, &self.disk.root, &error))
    }

    /// An error, if a walk in steps has taken too long.
    fn check_walk(&self, operation: &'static str, watch: Stopwatch) -> Result<()> {
        if watch.elapsed() <= WALK_LIMIT {
            return Ok(());
        }
        let text = format!("{}: not all files were seen within {WALK_LIMIT:?}", self.disk.root.display());
        Err(Error::new(ErrorKind::TimedOut, operation).context(text))
    }
}

/// Leaves a sweep to the crew, unless the last one is still under way.
fn sweeper(disk: Weak<Disk>, crew: Weak<Crew>) -> Arc<Chore> {
    let last = Arc::new(());
    Arc::new(move |_| {
        let (Some(disk), Some(crew)) = (disk.upgrade(), crew.upgrade()) else { return };
        if Arc::strong_count(&last) == 1 {
            let under_way = Arc::clone(&last);
            // One that is not taken is left to the next second.
            crew.submit(Box::new(move || {
                disk.sweep();
                drop(under_way);
            }));
        }
    })
}

impl Backend for Store {
    fn name(&self) -> &'static str {
        "filesystem"
    }

    fn capability(&self) -> Capability {
        Capability { bounded: true, limit: self.answer_timeout, ..Capability::SHARED }
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move {
            let key = key.to_owned();
            self.read("get", move |disk| disk.get(&key)).await
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let mut records = Vec::with_capacity(keys.len());
            for batch in keys.chunks(BATCH) {
                let batch = batch.to_vec();
                let read = move |disk: &Disk| batch.iter().map(|key| disk.get(key)).collect();
                let found: Vec<_> = self.read("get_many", read).await?;
                records.extend(found);
            }
            Ok(records)
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            let key = key.to_owned();
            self.write("set", move |disk, limit| disk.set(&key, &value, life, limit)).await
        })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            for batch in entries.chunks(BATCH) {
                let batch = batch.to_vec();
                let set = move |disk: &Disk, limit: &Limit| {
                    batch.iter().try_for_each(|(key, value)| disk.set(key, value, life, limit))
                };
                self.write("set_many", set).await?;
            }
            Ok(())
        })
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let key = key.to_owned();
            self.write("add", move |disk, limit| disk.add(&key, &value, life, limit)).await
        })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let key = key.to_owned();
            self.write("touch", move |disk, limit| disk.touch(&key, life, limit)).await
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            let key = key.to_owned();
            self.read("ttl", move |disk| disk.ttl(&key)).await
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move {
            let key = key.to_owned();
            self.end("delete", move |disk, limit| disk.delete(&key, limit)).await
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(async move {
            let mut removed = 0;
            for batch in keys.chunks(BATCH) {
                let batch = batch.to_vec();
                let delete = move |disk: &Disk, limit: &Limit| {
                    batch.iter().try_fold(0, |count, key| Ok(count + u64::from(disk.delete(key, limit)?)))
                };
                removed += self.end("delete_many", delete).await?;
            }
            Ok(removed)
        })
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move {
            let sought = key.to_owned();
            let sum = self.write("incr", move |disk, limit| disk.incr(&sought, by, limit)).await?;
            sum.map_err(|kind| Error::new(kind, "incr").context(format!("`{key}`")))
        })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(async move {
            let (watch, mut from) = (Stopwatch::start(), 0);
            while from < SHARDS {
                self.check_walk("clear", watch)?;
                let prefix = prefix.to_owned();
                from = self.end("clear", move |disk, limit| disk.clear(&prefix, from, limit)).await?;
            }
            Ok(())
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        Box::pin(async move {
            let (watch, mut from, mut keys) = (Stopwatch::start(), 0, Vec::new());
            while from < SHARDS {
                self.check_walk("keys", watch)?;
                let prefix = prefix.to_owned();
                let limit = Limit::of(self.answer_timeout);
                let step = self.read("keys", move |disk| disk.keys(&prefix, from, &limit));
                let (found, next) = step.await?;
                keys.extend(found);
                from = next;
            }
            Ok(keys)
        })
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(async move {
            let records = records.to_vec();
            let stamp = move |disk: &Disk, limit: &Limit| {
                records.iter().map(|(key, offered)| disk.stamp(key, *offered, life, limit)).collect()
            };
            self.write("stamp", stamp).await
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        Box::pin(async move {
            let (key, past) = (key.to_owned(), past.cloned());
            let acquire = move |disk: &Disk, limit: &Limit| {
                disk.acquire(&key, token, life, claim, past.as_ref(), limit)
            };
            self.write("acquire", acquire).await
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let key = key.to_owned();
            self.write("fill", move |disk, limit| disk.fill(&key, token, &value, life, limit)).await
        })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        Box::pin(async move {
            let key = key.to_owned();
            self.write("extend", move |disk, limit| disk.extend(&key, token, life, limit)).await
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move {
            let key = key.to_owned();
            self.end("release", move |disk, limit| disk.release(&key, token, limit)).await
        })
    }
}
