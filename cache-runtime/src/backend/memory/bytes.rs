//! The memory store as a store of bytes: what the shared suite examines, and what a tier in front
//! of another store uses.
//!
//! Its entries live in a space of their own. It keeps the promises of a lease, so that the path of
//! a shared store can be tested without a server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::key::Sought;
use super::map::Displaced;
use super::store::Store;
use crate::backend::{
    Acquired, Backend, Capability, Claim, Filled, Local, Operation, Space, Token, is_tag_record,
};
use crate::base::clock::Moment;
use crate::base::entry::{Held, HeldValue, Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

const SPACE: Space = Space(0);

impl Backend for Store {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn capability(&self) -> Capability {
        Capability { leases: true, ..Capability::LOCAL }
    }

    fn local(&self) -> Option<&dyn Local> {
        Some(self)
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move { Ok(self.read(key)) })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move { Ok(keys.iter().map(|key| self.read(key)).collect()) })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move { self.write(key, value, life) })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(
            async move { entries.iter().try_for_each(|(key, value)| self.write(key, value.clone(), life)) },
        )
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.write_absent(key, value, life)) })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.renew(sought(key), life)) })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            Ok(self.live(sought(key)).map(|held| match held.expires_at {
                Moment::NEVER => Ttl::Never,
                at => Ttl::After(at.since(self.clock.now())),
            }))
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.remove(sought(key), || self.leases.end(key))) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(async move {
            let removed = keys.iter().filter(|key| self.remove(sought(key), || self.leases.end(key)));
            Ok(removed.count() as u64)
        })
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move { self.add_to_integer(sought(key), by) })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(async move {
            // Under all locks: a fill that has passed its check is in the map before the walk
            // begins.
            self.fence.invalidate_all(|| self.leases.end_all(prefix));
            self.remove_all(|key| key.space == SPACE && key.text.starts_with(prefix.as_bytes()));
            Ok(())
        })
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        Box::pin(async move {
            let mut keys = Local::keys(self, SPACE);
            keys.retain(|key| key.starts_with(prefix) && !is_tag_record(key));
            Ok(keys)
        })
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(
            async move { records.iter().map(|(key, offered)| self.stamp_one(key, *offered, life)).collect() },
        )
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        Box::pin(async move { Ok(self.claim(key, token, life, claim, past)) })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move { self.fill_bytes(key, token, value, life) })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.if_holder(key, token, || self.lend(key, token, life))) })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move {
            self.if_holder(key, token, || self.leases.end(key));
            Ok(())
        })
    }
}

impl Store {
    fn read(&self, key: &str) -> Option<Record> {
        let held = self.map.get(sought(key))?;
        self.is_live(&held).then(|| Record { bytes: bytes_of(held.value) })
    }

    fn write(&self, key: &str, value: Bytes, life: Life) -> Result<()> {
        let held = self.hold(value, life);
        stored(self.replace(sought(key), held, || self.leases.end(key)), "set")
    }

    fn write_absent(&self, key: &str, value: Bytes, life: Life) -> bool {
        let held = self.hold(value, life);
        self.insert_absent(sought(key), held, || self.leases.end(key))
    }

    /// Reads or makes one tag record, and lengthens its life if need be.
    fn stamp_one(&self, key: &str, offered: u64, life: Life) -> Result<u64> {
        let sought = sought(key);
        let (version, filled, displaced) = self.fence.guard(self.map.hash(sought), || {
            let found = self.live(sought).and_then(|held| Some((version_of(&held)?, held.expires_at)));
            let (version, expires_at) = found.unwrap_or((offered, self.clock.now()));
            let wanted = life.expires_at(self.clock.now());
            if expires_at >= wanted {
                return (version, Filled::Stored, Displaced::default());
            }
            let record = self.hold(Bytes::copy_from_slice(&version.to_le_bytes()), life);
            let (filled, displaced) = self.put(sought, &mut Some(record));
            (version, filled, displaced)
        });
        self.settle(displaced);
        stored(filled, "stamp").map(|()| version)
    }

    fn claim(&self, key: &str, token: Token, life: Duration, claim: Claim, past: Option<&Bytes>) -> Acquired {
        self.fence.guard(self.map.hash(sought(key)), || {
            if claim != Claim::Take
                && let Some(record) = self.read(key)
                && past != Some(&record.bytes)
            {
                return Acquired::Found(record);
            }
            match (claim, self.leases.holder(key, self.clock.now())) {
                (Claim::IfAbsent, Some(holder)) => return Acquired::Held(holder),
                (Claim::TakeFrom(expected), Some(holder)) if holder != expected => {
                    return Acquired::Held(holder);
                }
                _ => self.lend(key, token, life),
            }
            Acquired::Granted
        })
    }

    fn fill_bytes(&self, key: &str, token: Token, value: Bytes, life: Life) -> Result<bool> {
        let held = self.hold(value, life);
        let mut outcome = None;
        self.if_holder(key, token, || {
            self.leases.end(key);
            outcome = Some(self.put(sought(key), &mut Some(held)));
        });
        let Some((filled, displaced)) = outcome else { return Ok(false) };
        self.settle(displaced);
        stored(filled, "fill").map(|()| true)
    }

    /// Runs `then` under the stripe's lock if `token` holds the live lease; whether it does.
    fn if_holder(&self, key: &str, token: Token, then: impl FnOnce()) -> bool {
        self.fence.guard(self.map.hash(sought(key)), || {
            let holds = self.leases.holder(key, self.clock.now()) == Some(token);
            if holds {
                then();
            }
            holds
        })
    }

    fn lend(&self, key: &str, token: Token, life: Duration) {
        self.leases.grant(key, token, self.clock.now(), life);
    }

    fn hold(&self, bytes: Bytes, life: Life) -> Held {
        let weight = u32::try_from(bytes.len()).unwrap_or(u32::MAX).max(1);
        let value = integer_of(&bytes).map_or_else(|| HeldValue::Typed(Arc::new(bytes)), HeldValue::Integer);
        Held { value, expires_at: life.expires_at(self.clock.now()), tags: None, weight }
    }
}

fn sought(key: &str) -> Sought<'_> {
    Sought { space: SPACE, text: key.as_bytes() }
}

fn stored(filled: Filled, operation: &'static str) -> Result<()> {
    match filled {
        Filled::TooLarge => Err(Error::new(ErrorKind::TooLarge, operation)),
        Filled::Stored | Filled::Refused => Ok(()),
    }
}

/// The integer whose plain form these bytes are, so that `incr` can change it.
fn integer_of(bytes: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    // `+1`, `007` and `-0` must come back as they were.
    (itoa::Buffer::new().format(number).as_bytes() == bytes).then_some(number)
}

/// The version in a tag record; `None` if the entry is no such record.
fn version_of(held: &Held) -> Option<u64> {
    let bytes = bytes_of(held.value.clone());
    Some(u64::from_le_bytes(bytes.as_ref().try_into().ok()?))
}

/// The bytes that were stored.
fn bytes_of(value: HeldValue) -> Bytes {
    match value {
        HeldValue::Integer(number) => Bytes::copy_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        HeldValue::Typed(value) => {
            let mut bytes: Option<Arc<Bytes>> = None;
            value.share(&mut bytes);
            bytes.as_deref().cloned().expect("only bytes are stored in this space")
        }
        HeldValue::Nothing | HeldValue::Failure(_) => unreachable!("only bytes are stored in this space"),
    }
}
