//! A release with another format of entries, as a store sees it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Capability, Claim, Operation, SharedBackend, Token};
use cache_runtime::base::entry::{Life, Record, Ttl};

/// The two bytes that entries begin with, before the format version.
const MAGIC: [u8; 2] = [0xCA, 0xCE];

/// The format of this release, and that of the other.
const FORMATS: [u8; 2] = [1, 2];

/// A store as a release sees it whose entries have another format version: what it writes has that version in the store,
/// what it reads of that version is its own, and what the present release has written is foreign to it.
pub(crate) struct OldRelease(SharedBackend);

impl OldRelease {
    pub(crate) fn over(store: SharedBackend) -> Arc<Self> {
        Arc::new(Self(store))
    }
}

/// The entry in the format that one release has where the other has its own.
fn other_format(bytes: &Bytes) -> Bytes {
    let Some(version) = bytes.strip_prefix(&MAGIC).and_then(|rest| rest.first()) else {
        return bytes.clone(); // a plain integer
    };
    let mut changed = bytes.to_vec();
    changed[MAGIC.len()] = if *version == FORMATS[0] { FORMATS[1] } else { FORMATS[0] };
    changed.into()
}

fn read(record: &Record) -> Record {
    Record { bytes: other_format(&record.bytes) }
}

impl Backend for OldRelease {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn capability(&self) -> Capability {
        self.0.capability()
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move { Ok(self.0.get(key).await?.as_ref().map(read)) })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let records = self.0.get_many(keys).await?;
            Ok(records.into_iter().map(|record| record.as_ref().map(read)).collect())
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        self.0.set(key, other_format(&value), life)
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| (key.clone(), other_format(value))).collect();
            self.0.set_many(&entries, life).await
        })
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        self.0.add(key, other_format(&value), life)
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        self.0.touch(key, life)
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        self.0.ttl(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        self.0.delete(key)
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        self.0.delete_many(keys)
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        self.0.incr(key, by)
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        self.0.clear(prefix)
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        self.0.keys(prefix)
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        self.0.stamp(records, life)
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
            let past = past.map(other_format);
            Ok(match self.0.acquire(key, token, life, claim, past.as_ref()).await? {
                Acquired::Found(record) => Acquired::Found(read(&record)),
                answer => answer,
            })
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        self.0.fill(key, token, other_format(&value), life)
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        self.0.extend(key, token, life)
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        self.0.release(key, token)
    }
}
