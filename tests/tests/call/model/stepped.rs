//! A store that many processes share, each of whose lease operations is a step of its own.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Backend, Capability, Claim, Operation, SharedBackend, Token};
use cache_runtime::base::entry::{Life, Record, Ttl};

use crate::stage::now;

/// What a store may get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// A fill is a plain set, whoever holds the lease.
    FillByAnyone,
    /// A deletion leaves the lease.
    DeleteKeepsLease,
    /// Everyone who asks is told to hold the lease.
    LeaseForEveryone,
}

impl Mistake {
    pub(crate) const ALL: [Self; 3] = [Self::FillByAnyone, Self::DeleteKeepsLease, Self::LeaseForEveryone];
}

/// A memory store as bytes; operations on leases yield once before they are done.
pub(crate) struct Stepped {
    inner: SharedBackend,
    mistake: Option<Mistake>,
}

impl Stepped {
    pub(crate) fn over(inner: SharedBackend, mistake: Option<Mistake>) -> Self {
        Self { inner, mistake }
    }

    /// Ends a lease without its holder.
    pub(crate) fn lose_lease(&self, key: &str) {
        let stranger = Token(u128::MAX);
        now(self.inner.acquire(key, stranger, Duration::from_secs(1), Claim::Take, None)).unwrap();
        now(self.inner.release(key, stranger)).unwrap();
    }
}

/// Is ready at the second poll.
pub(crate) async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|_| if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

/// The process is dead: nobody releases its leases for it.
fn is_in_the_background() -> bool {
    std::thread::current().name() == Some("cache-heartbeat")
}

impl Backend for Stepped {
    fn name(&self) -> &'static str {
        "stepped"
    }

    fn capability(&self) -> Capability {
        Capability::SHARED
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        self.inner.get(key)
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        self.inner.get_many(keys)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        self.inner.set(key, value, life)
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        self.inner.set_many(entries, life)
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        self.inner.add(key, value, life)
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        self.inner.touch(key, life)
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        self.inner.ttl(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        if self.mistake != Some(Mistake::DeleteKeepsLease) {
            return self.inner.delete(key);
        }
        Box::pin(async move {
            let (stranger, life) = (Token(1), Duration::from_secs(3));
            let held = self.inner.acquire(key, stranger, life, Claim::IfAbsent, None).await?;
            let was_there = self.inner.delete(key).await?;
            if let Acquired::Held(holder) = held {
                self.inner.acquire(key, holder, life, Claim::Take, None).await?;
            }
            Ok(was_there)
        })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        self.inner.delete_many(keys)
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        self.inner.incr(key, by)
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        self.inner.clear(prefix)
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        self.inner.keys(prefix)
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        self.inner.stamp(records, life)
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
            yield_once().await;
            let found = self.inner.acquire(key, token, life, claim, past).await?;
            let is_wrong = self.mistake == Some(Mistake::LeaseForEveryone);
            Ok(if is_wrong && matches!(found, Acquired::Held(_)) { Acquired::Granted } else { found })
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            yield_once().await;
            if self.mistake == Some(Mistake::FillByAnyone) {
                return self.inner.set(key, value, life).await.map(|()| true);
            }
            self.inner.fill(key, token, value, life).await
        })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        self.inner.extend(key, token, life)
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        if is_in_the_background() {
            return Box::pin(std::future::ready(Ok(())));
        }
        self.inner.release(key, token)
    }
}
