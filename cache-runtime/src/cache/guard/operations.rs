//! Every operation of a store, guarded: what is pending is not read, and what invalidates is not lost.

use std::time::Duration;

use bytes::Bytes;

use super::pending::Target;
use super::{Guard, awaits_invalidation, boxed};
use crate::backend::{Acquired, Backend, Capability, Claim, Operation, Token};
use crate::base::entry::{Life, Record, Ttl};

impl Backend for Guard {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capability(&self) -> Capability {
        self.inner.capability()
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return Ok(None);
            }
            self.inner.get(key).await
        }))
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        boxed(self.run(async move {
            let mut records = self.inner.get_many(keys).await?;
            if self.pending.is_any() {
                for (key, record) in keys.iter().zip(&mut records) {
                    record.take_if(|_| self.pending.covers(key));
                }
            }
            Ok(records)
        }))
    }

    /// A `set` that fails leaves the old value, which its caller has replaced: so it is an invalidation too.
    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        let set = async move { self.inner.set(key, value, life).await };
        boxed(self.run_invalidating(move || one(key), set))
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        let targets = || entries.iter().map(|(key, _)| Target::Key(key.clone())).collect();
        boxed(self.run_invalidating(targets, async move { self.inner.set_many(entries, life).await }))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return awaits_invalidation("add");
            }
            self.inner.add(key, value, life).await
        }))
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return Ok(false);
            }
            self.inner.touch(key, life).await
        }))
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return Ok(None);
            }
            self.inner.ttl(key).await
        }))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        boxed(self.run_invalidating(move || one(key), async move { self.inner.delete(key).await }))
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        let targets = || keys.iter().cloned().map(Target::Key).collect();
        boxed(self.run_invalidating(targets, async move { self.inner.delete_many(keys).await }))
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return awaits_invalidation("incr");
            }
            self.inner.incr(key, by).await
        }))
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        let targets = move || vec![Target::Prefix(prefix.to_owned())];
        boxed(self.run_invalidating(targets, async move { self.inner.clear(prefix).await }))
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        boxed(self.run(async move {
            let mut keys = self.inner.keys(prefix).await?;
            keys.retain(|key| !self.pending.covers(key));
            Ok(keys)
        }))
    }

    /// A record that awaits its invalidation keeps its old version here: what is stored under it ends with the delivery.
    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        boxed(self.run(async move { self.inner.stamp(records, life).await }))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        boxed(self.run(async move {
            if self.pending.covers(key) {
                return awaits_invalidation("acquire");
            }
            self.inner.acquire(key, token, life, claim, past).await
        }))
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        boxed(self.run(async move {
            // The lease is older than the invalidation, which would have ended it.
            if self.pending.covers(key) {
                return Ok(false);
            }
            self.inner.fill(key, token, value, life).await
        }))
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        boxed(self.run(async move { self.inner.extend(key, token, life).await }))
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        boxed(self.run(async move { self.inner.release(key, token).await }))
    }

    fn close(&self) -> Operation<'_, ()> {
        self.inner.close()
    }
}

fn one(key: &str) -> Vec<Target> {
    vec![Target::Key(key.to_owned())]
}
