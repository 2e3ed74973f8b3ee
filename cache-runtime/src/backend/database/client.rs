//! The operations of a backend as statements on one table.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::dialect::Texts;
use super::driver::{Column, Row};
use super::failure::Failure;
use super::line::Act;
use super::runtimes::Lines;
use super::statement::{Given, Statement, Text, given};
use super::steps::{
    Acquire, Add, Delete, Incr, Read, Stamp, Write, bytes_of, is_for_ever, millis_of, token_of,
};
use super::upkeep::{keys_in, place_of};
use crate::backend::{Acquired, Backend, Capability, Claim, Operation, Token, is_tag_record};
use crate::base::clock::{Chore, Stopwatch};
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

/// How many keys one statement names at most; `set_many` also sends about a mebibyte at a time.
pub const BATCH: usize = 256;

/// How long `keys` and `clear` walk at most.
pub const WALK_LIMIT: Duration = Duration::from_mins(1);

/// How many rows one step of a walk sees.
const STEP: usize = 1000;

/// The longest key: what the column takes in every engine.
const LONGEST_KEY: usize = 512;

/// After every key that is text.
const AFTER_ALL: &[u8] = &[0xff];

/// A store in a table.
pub(super) struct Store {
    pub(super) lines: Arc<Lines>,
    pub(super) place: String,
    pub(super) table: String,
    /// Removes expired rows for as long as the store lives.
    pub(super) _purge: Arc<Chore>,
}

impl Store {
    fn texts(&self) -> &Texts {
        &self.lines.common.texts
    }

    async fn ask<A: Act>(&self, operation: &'static str, act: A) -> Result<A::Answer> {
        self.lines.ask(act).await.map_err(|failure| self.failed(operation, &failure))
    }

    #[cold]
    fn failed(&self, operation: &'static str, failure: &Failure) -> Error {
        failure.during(operation, &self.place, &self.table, self.lines.common.limit())
    }

    /// How many rows a statement changes that may be sent twice.
    async fn write(&self, operation: &'static str, statement: Statement) -> Result<u64> {
        self.ask(operation, Write { statement, stores: Vec::new() }).await
    }

    /// The same for one that stores entries. Where they do not fit, nobody is to read any more what they would
    /// have replaced.
    async fn store(&self, operation: &'static str, statement: Statement, keys: Vec<Bytes>) -> Result<u64> {
        let written = self.ask(operation, Write { statement, stores: keys.clone() }).await;
        if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::TooLarge) {
            // A database that is full may refuse this, too: then it is to be done later.
            self.ask("delete", Delete { keys }).await?;
        }
        written
    }

    async fn rows(
        &self,
        operation: &'static str,
        statement: Statement,
        columns: &'static [Column],
    ) -> Result<Vec<Row>> {
        self.ask(operation, Read { statement, columns }).await
    }

    /// The next keys of a walk, in their order.
    async fn next_keys(&self, operation: &'static str, walk: &mut Walk<'_>) -> Result<Option<Vec<Bytes>>> {
        let Some(cursor) = walk.cursor.take() else { return Ok(None) };
        if walk.watch.elapsed() > WALK_LIMIT {
            let text = format!("{}: not all keys were seen within {WALK_LIMIT:?}", self.place);
            return Err(Error::new(ErrorKind::TimedOut, operation).context(text));
        }
        let limit = i64::try_from(STEP).unwrap_or(i64::MAX);
        let page = walk.text.with(&given! { cursor: cursor, end: walk.end.clone(), limit: limit });
        let keys = keys_in(self.rows(operation, page, &[Column::Bytes]).await?);
        // The first text after the last one.
        let last = keys.last().filter(|_| keys.len() == STEP);
        walk.cursor = last.map(|last| [&last[..], &[0]].concat().into());
        Ok(Some(keys))
    }
}

/// A walk over the keys that begin with a prefix.
struct Walk<'a> {
    text: &'a Text,
    cursor: Option<Bytes>,
    end: Bytes,
    watch: Stopwatch,
}

impl<'a> Walk<'a> {
    fn over(text: &'a Text, prefix: &str) -> Self {
        Self { text, cursor: Some(bytes_of(prefix)), end: after(prefix), watch: Stopwatch::start() }
    }
}

impl Backend for Store {
    fn name(&self) -> &'static str {
        "database"
    }

    fn capability(&self) -> Capability {
        Capability { limit: self.lines.common.answer_timeout, ..Capability::SHARED }
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move {
            let found =
                self.lines.get(bytes_of(key)).await.map_err(|failure| self.failed("get", &failure))?;
            Ok(found.map(|bytes| Record { bytes }))
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let mut found = HashMap::new();
            for batch in keys.chunks(BATCH) {
                let batch: Vec<_> = batch.iter().map(|key| bytes_of(key)).collect();
                let get = self.texts().get_many.in_list(&batch, &given! {});
                for row in self.rows("get_many", get, &[Column::Bytes, Column::Bytes]).await? {
                    if let Ok([key, value]) = <[_; 2]>::try_from(row) {
                        found.insert(key.bytes(), Bytes::from(value.bytes()));
                    }
                }
            }
            let record = |key: &String| found.get(key.as_bytes()).cloned().map(|bytes| Record { bytes });
            Ok(keys.iter().map(record).collect())
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            let entry = entry("set", key, value, life)?;
            let set = self.texts().set.for_each(&[entry], &given! {});
            self.store("set", set, vec![bytes_of(key)]).await.map(drop)
        })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            let mut sorted = Vec::with_capacity(entries.len());
            // The last of several under one key counts: no statement may write a row twice.
            let last: HashMap<_, _> = entries.iter().map(|(key, value)| (key, value)).collect();
            for (key, value) in last {
                sorted.push((bytes_of(key), value.len(), entry("set_many", key, value.clone(), life)?));
            }
            // In one order, so that two such statements never wait for each other.
            sorted.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
            let mut rest = &sorted[..];
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(batch_of(rest));
                let keys = batch.iter().map(|(key, ..)| key.clone()).collect();
                let rows: Vec<_> = batch.iter().map(|(.., row)| row.clone()).collect();
                let set = self.texts().set.for_each(&rows, &given! {});
                self.store("set_many", set, keys).await?;
                rest = later;
            }
            Ok(())
        })
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let entry = entry("add", key, value, life)?;
            self.ask("add", Add { keys: [bytes_of(key)], entry }).await
        })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let given = given! { key: bytes_of(key), life: millis_of(life) };
            Ok(self.write("touch", self.texts().touch.with(&given)).await? > 0)
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            let ttl = self.texts().ttl.with(&given! { key: bytes_of(key) });
            let rows = self.rows("ttl", ttl, &[Column::Number]).await?;
            Ok(rows.iter().flatten().next().map(|left| match left.number() {
                left if is_for_ever(left) => Ttl::Never,
                left => Ttl::After(Duration::from_millis(left.unsigned_abs())),
            }))
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.ask("delete", Delete { keys: vec![bytes_of(key)] }).await? == 1) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(async move {
            let mut sorted: Vec<_> = keys.iter().map(|key| bytes_of(key)).collect();
            sorted.sort_unstable();
            sorted.dedup();
            let mut removed = 0;
            for batch in sorted.chunks(BATCH) {
                removed += self.ask("delete_many", Delete { keys: batch.to_vec() }).await?;
            }
            Ok(removed)
        })
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move {
            let sum = self.ask("incr", Incr { key: bytes_of(key), by }).await?;
            sum.map_err(|kind| Error::new(kind, "incr").context(format!("`{key}`")))
        })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(async move {
            // A row is an entry and its lease: nobody who began before can fill behind the walk.
            let mut walk = Walk::over(&self.texts().rows, prefix);
            while let Some(keys) = self.next_keys("clear", &mut walk).await? {
                for batch in keys.chunks(BATCH) {
                    self.write("clear", self.texts().remove.in_list(batch, &given! {})).await?;
                }
            }
            Ok(())
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        Box::pin(async move {
            let mut listed = Vec::new();
            let mut walk = Walk::over(&self.texts().keys, prefix);
            while let Some(keys) = self.next_keys("keys", &mut walk).await? {
                // What is no text is not ours.
                let names = keys.into_iter().filter_map(|key| String::from_utf8(key.into()).ok());
                listed.extend(names.filter(|name| !is_tag_record(name)));
            }
            Ok(listed)
        })
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(async move {
            if records.is_empty() {
                return Ok(Vec::new());
            }
            let mut rows = HashMap::new();
            for (key, version) in records {
                let value = Bytes::copy_from_slice(&version.to_le_bytes());
                rows.entry(bytes_of(key)).or_insert(entry("stamp", key, value, life)?);
            }
            let mut rows: Vec<_> = rows.into_iter().collect();
            rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            let rows = rows.into_iter().map(|(_, row)| row).collect();
            let records = records.iter().map(|(key, version)| (bytes_of(key), *version)).collect();
            self.ask("stamp", Stamp { rows, records }).await
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
            check_key("acquire", key)?;
            let key = bytes_of(key);
            let (place, past) = (place_of(&key), past.cloned());
            self.ask("acquire", Acquire { key, place, token, life, claim, past }).await
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let given = given! {
                key: bytes_of(key), token: token_of(token), value: value, life: millis_of(life)
            };
            let fill = self.texts().fill.with(&given);
            Ok(self.store("fill", fill, vec![bytes_of(key)]).await? > 0)
        })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        Box::pin(async move {
            let life = millis_of(Life::For(life));
            let given = given! { key: bytes_of(key), token: token_of(token), life: life };
            Ok(self.write("extend", self.texts().extend.with(&given)).await? > 0)
        })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move {
            let given = given! { key: bytes_of(key), token: token_of(token) };
            self.write("release", self.texts().release.with(&given)).await.map(drop)
        })
    }

    fn close(&self) -> Operation<'_, ()> {
        Box::pin(async move {
            for line in self.lines.all() {
                line.close();
            }
            Ok(())
        })
    }
}

/// The names of one row that stores an entry.
fn entry(operation: &'static str, key: &str, value: Bytes, life: Life) -> Result<Given> {
    check_key(operation, key)?;
    let key = bytes_of(key);
    Ok(given! { place: place_of(&key), key: key, value: value, life: millis_of(life) })
}

fn check_key(operation: &'static str, key: &str) -> Result<()> {
    if key.len() > LONGEST_KEY {
        let text = format!("the key has {} bytes, and the table takes {LONGEST_KEY}", key.len());
        return Err(Error::new(ErrorKind::InvalidArgument, operation).context(text));
    }
    Ok(())
}

/// What comes after all keys that begin with `prefix`, and before all others.
fn after(prefix: &str) -> Bytes {
    let mut end = prefix.as_bytes().to_vec();
    // No byte of text is 255, so each has one that comes after it.
    match end.last_mut() {
        Some(last) => *last += 1,
        None => end = AFTER_ALL.to_vec(),
    }
    end.into()
}

/// How many of these entries go into one statement: as many as it names, and about a mebibyte.
fn batch_of(entries: &[(Bytes, usize, Given)]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take(BATCH).take_while(|(key, length, _)| {
        let is_first = bytes == 0;
        bytes += key.len() + length;
        is_first || bytes <= 1 << 20
    });
    fits.count()
}
