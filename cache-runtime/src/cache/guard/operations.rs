//! Every operation of a store, guarded: what is pending is not read, and what invalidates is not lost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::pending::Target;
use super::{Guard, Unconfirmed, boxed};
use crate::backend::{Acquired, Backend, Capability, Claim, Front, Operation, Space, Token};
use crate::base::clock::Moment;
use crate::base::entry::{Life, Record, Shared, Ttl};
use crate::base::error::{Error, Result};

impl Backend for Guard {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    /// What is pending is delivered before an operation, and a fallback is emptied at times: the store's own limit bounds
    /// neither.
    fn capability(&self) -> Capability {
        let own = self.inner.capability();
        Capability { bounded: own.bounded && self.fallback.is_none() && !self.pending.is_any(), ..own }
    }

    fn front(&self) -> Option<&dyn Front> {
        self.inner.front().map(|_| self as &dyn Front)
    }

    /// What awaits an invalidation was forgotten in front when it was noted.
    #[inline]
    fn glance(&self, space: Space, key: &[u8], now: Moment) -> Option<Arc<dyn Shared>> {
        self.inner.glance(space, key, now)
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        let asked = self.run(async move {
            if self.pending.covers(key) {
                return Ok(None);
            }
            self.inner.get(key).await
        });
        boxed(self.or_fall_back(asked, move |store| store.get(key)))
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        let asked = self.run(async move {
            // As they are now: another may deliver them while the store answers, and be too late for this answer.
            let covered = self.pending.covered(keys);
            let mut records = self.inner.get_many(keys).await?;
            for place in covered {
                records[place] = None;
            }
            Ok(records)
        });
        boxed(self.or_fall_back(asked, move |store| store.get_many(keys)))
    }

    /// A `set` that fails leaves the old value, which its caller has replaced: so it is an invalidation too.
    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        let again = value.clone();
        let set = async move { self.inner.set(key, value, life).await };
        let set = self.run_invalidating(move || one(key), set);
        boxed(self.or_fall_back(set, move |store| store.set(key, again, life)))
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        let targets = || entries.iter().map(|(key, _)| Target::Key(key.clone())).collect();
        let set = self.run_invalidating(targets, async move { self.inner.set_many(entries, life).await });
        boxed(self.or_fall_back(set, move |store| store.set_many(entries, life)))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        let again = value.clone();
        let add = async move { self.inner.add(key, value, life).await };
        let asked = self.run_unless_covered("add", key, add);
        boxed(self.or_fall_back(asked, move |store| store.add(key, again, life)))
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        let asked = self.run(async move {
            if self.pending.covers(key) {
                return Ok(false);
            }
            self.inner.touch(key, life).await
        });
        boxed(self.or_fall_back(asked, move |store| store.touch(key, life)))
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        let asked = self.run(async move {
            if self.pending.covers(key) {
                return Ok(None);
            }
            self.inner.ttl(key).await
        });
        boxed(self.or_fall_back(asked, move |store| store.ttl(key)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        let deleted = self.run_invalidating(move || one(key), async move { self.inner.delete(key).await });
        boxed(self.also_in_fallback(deleted, move |store| store.delete(key)))
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        let targets = || keys.iter().cloned().map(Target::Key).collect();
        let deleted = self.run_invalidating(targets, async move { self.inner.delete_many(keys).await });
        boxed(self.also_in_fallback(deleted, move |store| store.delete_many(keys)))
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        let incr = async move { self.inner.incr(key, by).await };
        let asked = self.run_unless_covered("incr", key, incr);
        boxed(self.or_fall_back(asked, move |store| store.incr(key, by)))
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        let targets = move || vec![Target::Prefix(prefix.to_owned())];
        let cleared = self.run_invalidating(targets, async move { self.inner.clear(prefix).await });
        boxed(self.also_in_fallback(cleared, move |store| store.clear(prefix)))
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        let asked = self.run(async move {
            let noted = self.pending.noted();
            let mut keys = self.inner.keys(prefix).await?;
            if let Some(noted) = noted {
                keys.retain(|key| !noted.covers(key));
            }
            Ok(keys)
        });
        boxed(self.or_fall_back(asked, move |store| store.keys(prefix)))
    }

    /// A record that awaits its invalidation keeps its old version here: what is stored under it ends with the delivery.
    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        let asked = self.run(async move { self.inner.stamp(records, life).await });
        boxed(self.or_fall_back(asked, move |store| store.stamp(records, life)))
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        let acquire = async move { self.inner.acquire(key, token, life, claim, past).await };
        let asked = self.run_unless_covered("acquire", key, acquire);
        boxed(self.or_fall_back(asked, move |store| store.acquire(key, token, life, claim, past)))
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        let again = value.clone();
        let asked = self.fill_if_uncovered(key, token, value, life);
        boxed(self.or_fall_back_where(
            |filled| *filled,
            asked,
            move |store| store.fill(key, token, again, life),
        ))
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        let asked = self.run(async move { self.inner.extend(key, token, life).await });
        boxed(self.or_fall_back_where(
            |extended| *extended,
            asked,
            move |store| store.extend(key, token, life),
        ))
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        let asked = self.run(async move { self.inner.release(key, token).await });
        boxed(self.or_fall_back_where(|()| false, asked, move |store| store.release(key, token)))
    }

    fn close(&self) -> Operation<'_, ()> {
        self.inner.close()
    }
}

/// What a refresh does: it has replaced the old value as a `set` has, whether or not it can store the new one.
impl Guard {
    /// [`fill`](Backend::fill), after which the old value must not be read.
    pub(crate) fn refill<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        value: Bytes,
        life: Life,
    ) -> Operation<'a, bool> {
        let again = value.clone();
        let asked = async move {
            let mut unconfirmed = Unconfirmed { guard: self, targets: || one(key), is_confirmed: false };
            let filled = self.fill_if_uncovered(key, token, value, life).await;
            // A refused fill settles nothing: what refused it was an invalidation.
            unconfirmed.is_confirmed = !filled.as_ref().is_err_and(Error::may_leave_the_old);
            filled
        };
        boxed(self.or_fall_back_where(
            |filled| *filled,
            asked,
            move |store| store.fill(key, token, again, life),
        ))
    }

    /// Notes that the store has an older value than its caller, who could not store it.
    pub(crate) fn outdates(&self, key: &str) {
        self.note(one(key));
        self.delivery.want();
    }

    async fn fill_if_uncovered(&self, key: &str, token: Token, value: Bytes, life: Life) -> Result<bool> {
        let fill = async {
            // The lease is older than the invalidation, which would have ended it.
            if self.pending.covers(key) {
                return Ok(false);
            }
            self.inner.fill(key, token, value, life).await
        };
        self.run(fill).await
    }
}

fn one(key: &str) -> Vec<Target> {
    vec![Target::Key(key.to_owned())]
}
