//! Every operation of the store inside, with the fault that it meets.

use std::time::Duration;

use bytes::Bytes;

use super::{Call, FaultyBackend};
use crate::backend::{Acquired, Backend, Capability, Claim, Operation, Token};
use crate::base::entry::{Life, Record, Ttl};

impl Backend for FaultyBackend {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn capability(&self) -> Capability {
        let inner = self.inner.capability();
        let (shared, leases) = (self.shared || inner.shared, inner.leases && !self.leaseless);
        let limit = self.limit.unwrap_or(inner.limit);
        Capability { shared, leases, bounded: self.bounded, limit, ..inner }
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        let garbage = |bytes| Some(Some(Record { bytes }));
        Box::pin(self.attempt(Call::Get, garbage, self.inner.get(key)))
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        let garbage = |bytes| Some(vec![Some(Record { bytes }); keys.len()]);
        Box::pin(self.attempt(Call::GetMany, garbage, self.inner.get_many(keys)))
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        self.pass(Call::Set, self.inner.set(key, value, life))
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        self.pass(Call::SetMany, self.inner.set_many(entries, life))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        self.pass(Call::Add, self.inner.add(key, value, life))
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        self.pass(Call::Touch, self.inner.touch(key, life))
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        self.pass(Call::Ttl, self.inner.ttl(key))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        self.pass(Call::Delete, self.inner.delete(key))
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        self.pass(Call::DeleteMany, self.inner.delete_many(keys))
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        self.pass(Call::Incr, self.inner.incr(key, by))
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        self.pass(Call::Clear, self.inner.clear(prefix))
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        self.pass(Call::Keys, self.inner.keys(prefix))
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        self.pass(Call::Stamp, self.inner.stamp(records, life))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        // A claim to take asks for no value, so it cannot be answered with one.
        let garbage = move |bytes| (claim != Claim::Take).then_some(Acquired::Found(Record { bytes }));
        Box::pin(self.attempt(Call::Acquire, garbage, self.inner.acquire(key, token, life, claim, past)))
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        self.pass(Call::Fill, self.inner.fill(key, token, value, life))
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        self.pass(Call::Extend, self.inner.extend(key, token, life))
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        self.pass(Call::Release, self.inner.release(key, token))
    }

    fn close(&self) -> Operation<'_, ()> {
        self.inner.close()
    }
}
