//! The operations of a node: the shared store's own, and word to the others of what has changed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::message::News;
use super::tier::Tier;
use crate::backend::{Acquired, Backend, Capability, Claim, Front, Operation, Space, Token};
use crate::base::clock::Moment;
use crate::base::entry::{Held, HeldTag, Life, Record, Shared, Ttl};
use crate::base::error::Result;
use crate::base::fence::Generation;

impl Tier {
    fn store(&self) -> &dyn Backend {
        &*self.journal.store
    }

    /// An entry and what is left of its life.
    ///
    /// The life is read first: if the entry ends and is filled anew in between, the value has the life of the one
    /// before it, which is the shorter one. A change by anybody ends the generation that the caller has noted.
    async fn with_ttl(&self, key: &str) -> Result<Option<(Record, Ttl)>> {
        let Some(left) = self.store().ttl(key).await? else { return Ok(None) };
        Ok(self.store().get(key).await?.map(|record| (record, left)))
    }
}

fn always<T>(_: &T) -> bool {
    true
}

impl Backend for Tier {
    fn name(&self) -> &'static str {
        "tiered"
    }

    fn capability(&self) -> Capability {
        // A write is two operations or three.
        Capability { bounded: false, ..self.store().capability() }
    }

    fn front(&self) -> Option<&dyn Front> {
        Some(self)
    }

    #[inline]
    fn glance(&self, space: Space, key: &[u8], now: Moment) -> Option<Arc<dyn Shared>> {
        self.kept.glance(space, key, now)
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        self.store().get(key)
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        self.store().get_many(keys)
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(self.change(News::of(key), self.store().set(key, value, life), always))
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        let news = News::of_all(entries.iter().map(|(key, _)| key.as_str()));
        Box::pin(self.change(news, self.store().set_many(entries, life), always))
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(self.change(News::of(key), self.store().add(key, value, life), |added| *added))
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(self.change(News::of(key), self.store().touch(key, life), |touched| *touched))
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        self.store().ttl(key)
    }

    /// The others are told in any case: what the shared store has lost, a front may still have.
    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(self.change(News::of(key), self.store().delete(key), always))
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        let news = News::of_all(keys.iter().map(String::as_str));
        Box::pin(self.change(news, self.store().delete_many(keys), always))
    }

    /// Plain integers are not kept in front, so nobody has to be told.
    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        self.store().incr(key, by)
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(self.change(News::Prefix(prefix.to_owned()), self.store().clear(prefix), always))
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        self.store().keys(prefix)
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        self.store().stamp(records, life)
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
            let acquired = self.store().acquire(key, token, life, claim, past).await?;
            // What is refreshed, or could not be used here, may be in the front of others.
            if acquired == Acquired::Granted && claim != Claim::Take && past.is_none() {
                self.quiet.note(token);
            }
            Ok(acquired)
        })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        let fill = self.store().fill(key, token, value, life);
        if self.quiet.take(token) {
            return fill;
        }
        Box::pin(self.change(News::of(key), fill, |filled| *filled))
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        self.store().extend(key, token, life)
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        self.quiet.take(token);
        self.store().release(key, token)
    }

    fn close(&self) -> Operation<'_, ()> {
        self.close_front();
        self.store().close()
    }
}

impl Front for Tier {
    fn space(&self, prefix: &str) -> Space {
        self.kept.space(prefix)
    }

    fn generation(&self, space: Space, key: &str, final_key: &str) -> Option<Generation> {
        self.want();
        if !self.kept.is_trusted(self.clock.now()) {
            return None;
        }
        self.kept.generation(space, key, final_key)
    }

    fn keeps_tags(&self) -> bool {
        true
    }

    fn tag(&self, record: &str) -> Option<HeldTag> {
        Some(self.kept.tag(record))
    }

    fn fetch<'a>(&'a self, final_key: &'a str) -> Operation<'a, Option<(Record, Ttl)>> {
        Box::pin(self.with_ttl(final_key))
    }

    fn keep(&self, space: Space, key: &str, mut held: Held, seen: Generation) {
        held.expires_at = held.expires_at.min(self.clock.now().plus(self.front_timeout));
        self.kept.keep(space, key, held, seen);
    }

    fn forget(&self, final_key: &str) {
        self.kept.forget(&News::of(final_key));
    }

    fn forget_all(&self, prefix: &str) {
        self.kept.forget(&News::Prefix(prefix.to_owned()));
    }
}
