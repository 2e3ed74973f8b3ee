//! ⑤ Bytes ⇄ storage: what a store must do, and the stores there are.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::base::clock::{Clock, Moment};
use crate::base::entry::{Held, HeldTag, HeldValue, Life, Record, Shared, Ttl};
use crate::base::error::Result;
pub use crate::base::fence::Generation;
pub use kind::{BACKENDS, Kind};

mod channel;
pub mod custom;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub mod database;
pub mod dummy;
#[cfg(feature = "filesystem")]
pub mod filesystem;
mod front;
mod kind;
#[cfg(any(feature = "redis", feature = "memcached"))]
mod line;
#[cfg(feature = "memcached")]
pub mod memcached;
pub mod memory;
#[cfg(feature = "redis")]
pub mod redis;
pub mod tiered;

pub use channel::{Channel, Ear};
pub use front::Front;

/// What a store operation returns: a boxed future that may move between threads.
pub type Operation<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a backend can do; the shared suite and the call path ask before they rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "independent abilities, each asked for by its name")]
pub struct Capability {
    /// Other processes see the same entries: a lease is worth its round trip.
    pub shared: bool,
    /// Entries are kept at all (the dummy keeps none).
    pub keeps: bool,
    /// `acquire`, `fill`, `extend` and `release` keep the promises of a lease.
    pub leases: bool,
    /// `keys` lists the entries.
    pub lists_keys: bool,
    /// Every operation ends by itself within the `limit`: nobody needs to watch over it.
    pub bounded: bool,
    /// How long one call of a function waits for answers of this store, all together.
    pub limit: Duration,
}

impl Capability {
    /// The limit of a store whose settings name none.
    pub const USUAL_LIMIT: Duration = Duration::from_millis(150);

    /// A store that lives in this process.
    pub const LOCAL: Self = Self {
        shared: false,
        keeps: true,
        leases: false,
        lists_keys: true,
        bounded: true,
        limit: Self::USUAL_LIMIT,
    };
    /// A store that many processes share, with leases and a listing.
    pub const SHARED: Self = Self { shared: true, leases: true, bounded: false, ..Self::LOCAL };
    /// A store that keeps nothing.
    pub const NOTHING: Self = Self { keeps: false, ..Self::LOCAL };
}

/// Who may fill a key: unique for every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub u128);

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

/// How a lease is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Return the value if there is one; else take the lease unless another holds it.
    IfAbsent,
    /// Take the lease from whoever holds it, whatever is stored: for a refresh.
    Take,
    /// Return the value if there is one; else take the lease if this token holds it, or nobody does: of
    /// many who waited in vain for one holder, one takes over.
    TakeFrom(Token),
}

/// The answer to a [`Claim`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// There is a value; no lease was taken.
    Found(Record),
    /// The lease is ours.
    Granted,
    /// Another holds the lease, with this token.
    Held(Token),
}

/// A store of bytes under text.
///
/// # Contract
///
/// The caller guarantees that keys are not empty and at most 250 bytes of UTF-8 without control characters from us
/// (a key may hold any text that a user chose), that values are not empty, and that `prefix` arguments end where
/// a key's own text begins.
///
/// An implementation must keep these promises; each is examined by `testing::backend_suite` in the same words:
///
/// 1. What was set is there until its life ends, it is deleted, or the store needs the room.
/// 2. An expired entry is never returned, counted, touched, or listed.
/// 3. `add` and `incr` are atomic; of many concurrent `add`s one returns true.
/// 4. `incr` keeps the remaining life, and creates nothing.
/// 5. `touch` changes the life of a live entry only.
/// 6. `clear` and `keys` see the keys that begin with the prefix, and no others.
/// 7. `get_many` answers in the order of its keys, with `None` for what is absent.
/// 8. Every call ends within the backend's stated limit, whatever the server does, and a dropped future harms no later call.
/// 9. (`leases`) Of many concurrent `acquire`s of an absent key one is granted, until it is released, has expired, or was taken;
///    of many `TakeFrom` the same holder one is granted.
/// 10. (`leases`) `fill` stores only with the token of the live lease, and ends the lease; `set`, `set_many`, `add` and `delete`
///     end the lease before, or together with, what they do; so does `clear`.
///
/// The lease methods have default bodies for a store without leases: every claim of an absent key is granted, every fill accepted.
/// Such a store is not fenced against other processes: a value that one computed before another's invalidation may enter after
/// it, and stays until its timeout. Within a process the fence holds, but for the moment between a `set` and the `delete` that
/// takes it back.
pub trait Backend: Send + Sync + 'static {
    /// The name used in settings and messages: `"redis"`.
    fn name(&self) -> &'static str;

    /// What this backend can do.
    fn capability(&self) -> Capability;

    /// The synchronous, typed face of a store in this process.
    ///
    /// Where it is there, cached calls and the low-level API use it instead of the methods below.
    fn local(&self) -> Option<&dyn Local> {
        None
    }

    /// Values that this process keeps in front of a shared store.
    ///
    /// Where it is there, lookups note what is so before they ask the store, ask by [`Front::fetch`], and let
    /// [`Front::keep`] have what they found; `glance` then finds it.
    fn front(&self) -> Option<&dyn Front> {
        None
    }

    /// How processes that share the store tell each other something at once.
    fn channel(&self) -> Option<&dyn Channel> {
        None
    }

    /// The live value in a store of this process, as most entries hold one; for all else `None`, be there an
    /// entry or not, and the caller looks again by [`local`](Self::local).
    ///
    /// A hit makes this one call. It is compiled for each store as one function, and what it returns stays in
    /// registers: copied from place to place, an entry cost a third of a hit. There is nothing to write.
    fn glance(&self, space: Space, key: &[u8], now: Moment) -> Option<Arc<dyn Shared>> {
        match self.local()?.get(space, key) {
            Some(Held { value: HeldValue::Typed(value), expires_at, tags: None, .. }) if now < expires_at => {
                Some(value)
            }
            Some(held) => held.live_value(now),
            None => None,
        }
    }

    /// The entry under `key`.
    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>>;

    /// The entries under `keys`, in their order.
    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>>;

    /// Stores `value` for `life`.
    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()>;

    /// Stores all of `entries` for `life`.
    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()>;

    /// Stores `value` unless there is a live entry; whether it did.
    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool>;

    /// Gives a live entry a new life; whether there was one.
    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool>;

    /// What is left of an entry's life; `None` if there is none.
    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>>;

    /// Removes the entry; whether there was one.
    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool>;

    /// Removes the entries; how many there were.
    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64>;

    /// Adds `by` to the plain integer under `key`; the sum.
    ///
    /// Errors: `NotFound`, `NotANumber`, `Overflow`; nothing changes then.
    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64>;

    /// Removes every entry whose key begins with `prefix`.
    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()>;

    /// The keys that begin with `prefix`, in any order, without leases and tag records.
    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>>;

    /// Reads the versions of tag records, first creating the absent ones with the offered version,
    /// and makes each record live for at least `life` more.
    ///
    /// A tag record is an entry under `key` that holds the version as eight bytes, little end first.
    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>>;

    /// Asks for the lease of `key` for `life`.
    ///
    /// A stored value that equals `past` counts as absent: the caller has read it and cannot use it
    /// (another layout, an invalidated tag), and one of many such callers is to replace it.
    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        let _ = (token, life);
        Box::pin(async move {
            Ok(match claim {
                Claim::IfAbsent | Claim::TakeFrom(_) => {
                    let found = self.get(key).await?.filter(|record| past != Some(&record.bytes));
                    found.map_or(Acquired::Granted, Acquired::Found)
                }
                Claim::Take => Acquired::Granted,
            })
        })
    }

    /// Stores `value` if `token` holds the live lease of `key`, and ends the lease; whether it did.
    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        let _ = token;
        Box::pin(async move { self.set(key, value, life).await.map(|()| true) })
    }

    /// Lets a live lease last for `life` from now; whether `token` still holds it.
    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        let _ = (key, token, life);
        Box::pin(std::future::ready(Ok(true)))
    }

    /// Ends the lease if `token` holds it.
    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        let _ = (key, token);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Lets go of connections; the next operation opens them again.
    fn close(&self) -> Operation<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Which cache an entry of a local store belongs to: one number for each pair of key prefix and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Space(pub u32);

/// A store in this process: synchronous, and holding values as they are.
///
/// Every method is short and never blocks on I/O. Compare-and-insert, delete and set of one key exclude each
/// other, so that a fill whose generation has ended is refused (see [`fill`](Self::fill)).
pub trait Local: Send + Sync {
    /// The space of a key prefix and a version; the same pair gives the same space.
    fn space(&self, prefix: &str, version: u32) -> Space;

    /// The entry, expired or not, tags unchecked: the caller checks both and counts the reason.
    fn get(&self, space: Space, key: &[u8]) -> Option<Held>;

    /// The generation of a key: to be noted before a computation begins.
    fn generation(&self, space: Space, key: &[u8]) -> Generation;

    /// Whether the key's generation has not ended since it was `seen`.
    fn is_current(&self, space: Space, key: &[u8], seen: Generation) -> bool;

    /// Ends the generation and leaves the entry, so that computations that began before are refused.
    fn supersede(&self, space: Space, key: &[u8]);

    /// Stores a computed value if the key's generation [is current](Self::is_current).
    fn fill(&self, space: Space, key: &[u8], held: Held, seen: Generation) -> Filled;

    /// Stores a value and ends the generation.
    fn set(&self, space: Space, key: &[u8], held: Held) -> Filled;

    /// Stores a value unless there is a live entry, and ends the generation if it does.
    fn add(&self, space: Space, key: &[u8], held: Held) -> bool;

    /// Changes when a live entry expires; whether there was one.
    fn touch(&self, space: Space, key: &[u8], life: Life) -> bool;

    /// Removes an entry and ends the generation; whether there was a live one.
    fn delete(&self, space: Space, key: &[u8]) -> bool;

    /// Adds to a plain integer, keeping its life.
    fn incr(&self, space: Space, key: &[u8], by: i64) -> Result<i64>;

    /// Removes every entry of the space and ends every generation.
    fn clear(&self, space: Space);

    /// The keys of the live entries of the space.
    fn keys(&self, space: Space) -> Vec<String>;

    /// The tag as it is now, for an entry to carry. All versions share the tags of a prefix: their space is that
    /// of version zero.
    fn tag(&self, space: Space, tag: &str) -> HeldTag;

    /// Invalidates every entry that carries the tag of this space.
    fn invalidate_tag(&self, space: Space, tag: &str);

    /// What the program says that a value weighs, in bytes; `None` where it says nothing of its type.
    fn weigh(&self, value: &dyn Any) -> Option<u32> {
        let _ = value;
        None
    }

    /// Live and expired entries, their weight, and what the store did by itself.
    fn usage(&self) -> Usage;
}

/// Whether a local store took a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// The value is there.
    Stored,
    /// An invalidation came between.
    Refused,
    /// The value outweighs what one shard of the store may hold; an older one under the key is gone.
    TooLarge,
}

/// What a local store holds, and did by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// Their weight in bytes.
    pub weight: u64,
    /// Entries evicted to make room, since the start.
    pub evictions: u64,
    /// Expired entries removed without being asked for, since the start.
    pub expirations: u64,
}

/// What a backend needs, stated: the options in a [`Setup`](crate::base::setup::Setup).
pub trait Described: Send + Sync + 'static {
    /// Builds the backend; called once, when its cache is first used.
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend>;

    /// Why a [`tiered`] store cannot have this one behind its front, if it cannot.
    fn unfit_behind_a_front(&self) -> Option<&'static str> {
        None
    }
}

/// Where the backends of one [`Caches`](crate::cache::Caches) are built: their clock, and the stores
/// they share.
pub struct Site {
    clock: Clock,
    locations: memory::Locations,
}

impl Site {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, locations: memory::Locations::default() }
    }

    /// The clock of these caches.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// A backend that many caches share.
pub type SharedBackend = Arc<dyn Backend>;

/// Whether a key is that of a tag's record: it ends in `~t:` and sixteen hexadecimal digits.
pub(crate) fn is_tag_record(key: &str) -> bool {
    key.len().checked_sub(19).and_then(|start| key.get(start..)).is_some_and(|end| {
        end.strip_prefix("~t:").is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}
