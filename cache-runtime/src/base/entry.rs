//! Entries: how long they live, and the two forms they take (held in memory, recorded as bytes).

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::clock::Moment;

/// How long an entry is fresh, as a caller says it.
///
/// The unit of every store here is the millisecond. Zero means "do not keep".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timeout {
    /// The timeout of the cache: five minutes unless its settings say otherwise.
    #[default]
    Default,
    /// The entry never expires; it may still be evicted.
    Never,
    /// The entry expires after this time.
    After(Duration),
}

impl Timeout {
    /// The entry never expires.
    pub const NEVER: Self = Self::Never;

    /// A timeout in seconds.
    pub const fn secs(seconds: u64) -> Self {
        Self::After(Duration::from_secs(seconds))
    }

    /// A timeout in milliseconds.
    pub const fn millis(milliseconds: u64) -> Self {
        Self::After(Duration::from_millis(milliseconds))
    }

    /// The life of an entry under this timeout; `None` says that it must not be kept at all.
    pub fn life(self, default: Self) -> Option<Life> {
        match self {
            Self::Default => match default {
                Self::Default => Some(Life::For(DEFAULT_TIMEOUT)),
                stated => stated.life(stated),
            },
            Self::Never => Some(Life::Forever),
            Self::After(time) if time < Duration::from_millis(1) => None,
            Self::After(time) => Some(Life::For(time)),
        }
    }
}

/// The timeout of a cache whose settings name none, as in Django.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(5);

impl From<Duration> for Timeout {
    fn from(time: Duration) -> Self {
        Self::After(time)
    }
}

impl From<u64> for Timeout {
    fn from(seconds: u64) -> Self {
        Self::secs(seconds)
    }
}

/// How long a store keeps an entry; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Until it is evicted or deleted.
    Forever,
    /// At least one millisecond.
    For(Duration),
}

impl Life {
    /// Whole milliseconds, at least one and at most half of `i64::MAX`; `None` for ever.
    pub fn millis(self) -> Option<u64> {
        const MOST: u128 = i64::MAX as u128 / 2;
        match self {
            Self::Forever => None,
            Self::For(time) => u64::try_from(time.as_millis().clamp(1, MOST)).ok(),
        }
    }

    /// When an entry that is stored at `now` expires.
    pub fn expires_at(self, now: Moment) -> Moment {
        self.millis().map_or(Moment::NEVER, |millis| now.plus_millis(millis))
    }
}

/// What is left of an entry's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ttl {
    /// The entry does not expire.
    Never,
    /// The entry expires after this time.
    After(Duration),
}

/// A value that many callers hold at once.
///
/// Implemented for every type that may be shared; there is nothing to write.
pub trait Shared: Any + Send + Sync {
    /// Puts this very `Arc` into `slot`, if `slot` is an `Option<Arc<Self>>`.
    fn share(self: Arc<Self>, slot: &mut dyn Any);
}

impl<T: Any + Send + Sync> Shared for T {
    fn share(self: Arc<Self>, slot: &mut dyn Any) {
        if let Some(slot) = slot.downcast_mut::<Option<Arc<T>>>() {
            *slot = Some(self);
        }
    }
}

/// What an entry in memory holds.
#[derive(Clone)]
pub enum HeldValue {
    /// A value of some type, as it is.
    Typed(Arc<dyn Shared>),
    /// A plain integer of the low-level API, which `incr` may change.
    Integer(i64),
    /// A stored `None` (`cache_none`).
    Nothing,
    /// A stored `Err` (`cache_err`), holding the error.
    Failure(Arc<dyn Shared>),
}

/// An entry in memory: its value, its times, its tags.
#[derive(Clone)]
pub struct Held {
    /// The value.
    pub value: HeldValue,
    /// When it expires.
    pub expires_at: Moment,
    /// The tags it carries; `None` for most entries, so that a hit touches nothing more.
    pub tags: Option<Arc<[HeldTag]>>,
    /// Its weight, in the unit of the store's weigher (bytes); at least one.
    pub weight: u32,
}

impl Held {
    /// The value, if it is one of some type and live.
    #[inline(never)]
    pub(crate) fn live_value(self, now: Moment) -> Option<Arc<dyn Shared>> {
        let is_live = now < self.expires_at && self.tags_hold();
        match self.value {
            HeldValue::Typed(value) if is_live => Some(value),
            _ => None,
        }
    }

    /// Whether no tag of this entry was invalidated since it was computed.
    #[inline]
    pub fn tags_hold(&self) -> bool {
        self.tags.as_deref().is_none_or(|tags| tags.iter().all(HeldTag::holds))
    }
}

/// A tag as an entry in memory carries it: the shared counter, and its value before the body ran.
#[derive(Clone, Debug)]
pub struct HeldTag {
    counter: Arc<AtomicU64>,
    seen: u64,
}

impl HeldTag {
    /// Notes what `counter` says now.
    pub fn now(counter: Arc<AtomicU64>) -> Self {
        let seen = counter.load(Ordering::Acquire);
        Self { counter, seen }
    }

    /// Whether the tag was not invalidated since.
    pub fn holds(&self) -> bool {
        self.counter.load(Ordering::Acquire) == self.seen
    }
}

/// An entry as a shared store returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The bytes that were stored.
    pub bytes: Bytes,
}

/// A tag as a stored entry carries it: the hash of its name and the version read before the body ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagStamp {
    /// 64-bit xxh3 of the tag's name.
    pub tag: u64,
    /// The random version of the tag's record.
    pub version: u64,
}

/// What a stored entry holds, as its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value.
    Value,
    /// A stored `None`.
    Nothing,
    /// A stored `Err`.
    Failure,
}
