//! The tiered store: memory in this process, in front of a store that many processes share.
//!
//! A hit in front is a typed value at the speed of memory. Every write goes to the shared store first and then, as a
//! message, into a journal that is kept there, too; every node reads it [`poll_every`](Tiered::poll_every) and forgets
//! what has changed. A Redis server also publishes each message, so that the others hear it at once. Misses that fill
//! are told to nobody.
//!
//! # How stale a value can be
//!
//! After an invalidation of a key, of a tag or of everything, a `set`, or a refresh has returned:
//!
//! - **On the node that did it**: not at all. An older value is never served there.
//! - **On the others**: for [`poll_every`](Tiered::poll_every) and the time of two or three answers of the store; over
//!   Redis (RESP3) usually for as long as a message is on its way.
//! - **At most**, whatever happens to the store or to what is between: for [`trust_for`](Tiered::trust_for). A node
//!   serves a value only if, within this time, it has read the journal to its end and applied all of it. One that cannot
//!   read it keeps its entries, serves none of them once that time is over, and asks the shared store instead; when it
//!   reads again it applies what it has missed. Where messages are missing (a gap, a store that was emptied, more than a
//!   minute or a thousand messages), it trusts nothing that it has kept, and every entry is fetched anew. A store that is
//!   full, and takes no message, loses its journal, so that nobody trusts what is kept until there is room again.
//! - **A process that dies** between a write and its message has told nobody: then for
//!   [`front_timeout`](Tiered::front_timeout), as after a write that the store does later than its limit. A write whose
//!   answer does not come, or whose caller goes away, is told as soon as the store can be reached. One that was done, and
//!   of which nobody could be told, returns the store's error: until it is told, the others may serve what they have.
//!
//! What a node computes or reads before a change, and would keep after it, is refused by the fence of its front, as
//! in memory; the fence of the shared store is what it is.
//!
//! # Limits
//!
//! - **Life**: an entry in front lives no longer than what is left of its life in the shared store, and no longer than
//!   [`front_timeout`](Tiered::front_timeout).
//! - **Rollback**: a store that goes back (to a snapshot, or to a replica that lagged behind) is noticed by the count of its
//!   journal. Where others write as many messages as were lost before a node asks again, it is not: what those messages told
//!   stays in that front for `front_timeout` at most.
//! - **Front**: [`front_entries`](Tiered::front_entries). Plain integers, stored `None`s and errors are not kept
//!   in front; `get_many`, `has_key`, `ttl`, `incr` and `keys` ask the shared store.
//! - **Cost**: a miss in front that the shared store answers is two round trips (life and value); a write is two more
//!   for the journal, and over Redis a third to publish. Every node asks for the count once in `poll_every`.
//! - **Runtimes**: the journal is read by one thread for each tiered store, which begins with the first lookup; over Redis
//!   there is one connection more, to hear on. A user of Redis who may not use channels (`~tier`) reads only.
//! - **All nodes** that write must be tiered: a process that writes to the shared store by itself tells nobody.
//! - **Clusters** of Redis publish nothing: their journal is read once in `poll_every`.
//! - **Replicas** that lag behind must not be read from, and a store must not keep values in this process itself
//!   (`client_cache`): settings that say so are an error.

mod heard;
mod journal;
mod kept;
mod message;
mod quiet;
mod store;
mod tier;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Capability, Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::{Fields, Value};
use crate::base::nearest::unknown;
use crate::base::setup::Setup;
pub use tier::{OWED_AT_MOST, Tier};

pub(super) const KIND: Kind = Kind {
    name: "tiered",
    schemes: &[
        "tiered+redis",
        "tiered+rediss",
        "tiered+redis+cluster",
        "tiered+rediss+cluster",
        "tiered+redis+sentinel",
        "tiered+rediss+sentinel",
        "tiered+unix",
        "tiered+valkey",
        "tiered+valkeys",
        "tiered+valkey+unix",
        "tiered+valkey+cluster",
        "tiered+valkeys+cluster",
        "tiered+valkey+sentinel",
        "tiered+valkeys+sentinel",
        "tiered+memcached",
        "tiered+file",
        "tiered+sqlite",
        "tiered+postgres",
        "tiered+postgresql",
        "tiered+mysql",
        "tiered+mariadb",
    ],
    feature: "",
    available: true,
    settings: &["location", "front_entries", "front_timeout", "poll_every", "trust_for"],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a tiered store needs; the methods of [`Tiered`] say what each means.
#[derive(Clone)]
pub struct Options {
    /// The shared store.
    pub behind: Arc<dyn Described>,
    /// The most entries in front.
    pub front_entries: usize,
    /// The longest that an entry stays in front.
    pub front_timeout: Duration,
    /// How often the journal is read.
    pub poll_every: Duration,
    /// How long what was heard is believed.
    pub trust_for: Duration,
}

/// A cache in memory, in front of one that many processes share.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use cache_runtime::Caches;
/// use cache_runtime::backend::tiered::Tiered;
///
/// # fn main() -> cache_runtime::Result<()> {
/// # #[cfg(feature = "redis")] {
/// use cache_runtime::backend::redis::Redis;
///
/// let shared = Redis::url("redis://127.0.0.1/1")?.key_prefix("site").timeout(Duration::from_secs(900));
/// let caches = Caches::builder().add("pages", Tiered::over_store(shared).front_entries(10_000)).build()?;
/// assert_eq!(caches.get("pages")?.alias(), "pages");
/// # }
/// # Ok(())
/// # }
/// ```
pub type Tiered = Setup<Options>;

impl Tiered {
    /// Memory in front of this store, whose timeout, prefix, version and codec it takes over.
    pub fn over_store<O: Described>(shared: Setup<O>) -> Self {
        Self { options: Options::over(Arc::new(shared.options)), common: shared.common }
    }

    /// The most entries in front; 10,000 unless stated.
    pub fn front_entries(mut self, entries: usize) -> Self {
        self.options.front_entries = entries;
        self
    }

    /// The longest that an entry stays in front; a minute unless stated.
    pub fn front_timeout(mut self, time: Duration) -> Self {
        self.options.front_timeout = time;
        self
    }

    /// How often the journal of changes is read; 100 ms unless stated.
    pub fn poll_every(mut self, time: Duration) -> Self {
        self.options.poll_every = time;
        self
    }

    /// How long entries in front are served after the journal was last read: the bound of staleness while the store
    /// cannot be reached. Two seconds unless stated; more than [`poll_every`](Self::poll_every).
    pub fn trust_for(mut self, time: Duration) -> Self {
        self.options.trust_for = time;
        self
    }
}

impl Options {
    /// The defaults, in front of this store.
    pub fn over(behind: Arc<dyn Described>) -> Self {
        Self {
            behind,
            front_entries: 10_000,
            front_timeout: Duration::from_mins(1),
            poll_every: Duration::from_millis(100),
            trust_for: Duration::from_secs(2),
        }
    }

    /// Takes `location`, a URL whose scheme says what the shared store is, the settings that the methods of [`Tiered`]
    /// are named after, and those of the shared store.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let front_entries = fields.size("front_entries")?;
        let front_timeout = fields.duration("front_timeout")?;
        let poll_every = fields.duration("poll_every")?;
        let trust_for = fields.duration("trust_for")?;
        let kind = kind_behind(fields)?;
        let defaults = Self::over((kind.read)(fields)?.into());
        let options = Self {
            front_entries: front_entries.unwrap_or(defaults.front_entries),
            front_timeout: front_timeout.unwrap_or(defaults.front_timeout),
            poll_every: poll_every.unwrap_or(defaults.poll_every),
            trust_for: trust_for.unwrap_or(defaults.trust_for),
            ..defaults
        };
        options.contradiction().map_or(Ok(options), |text| Err(fields.fault(text)))
    }

    /// Builds the store behind and a front that hears from others by itself.
    ///
    /// # Errors
    ///
    /// `Settings`, if a setting cannot be used, or the store behind is not one that other processes share.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        self.build_in(&mut Site::new(clock.clone()))
    }

    fn check(&self, behind: Capability) -> Result<()> {
        let is_local = (!behind.shared).then_some("a front is for a store that other processes share");
        match self.contradiction().or(is_local) {
            Some(text) => Err(Error::new(ErrorKind::Settings, "settings").context(text)),
            None => Ok(()),
        }
    }

    /// What the settings say that cannot be; the macros check the same (`settings/tiered.rs` there).
    fn contradiction(&self) -> Option<&'static str> {
        let millisecond = Duration::from_millis(1);
        [
            (self.front_entries == 0, "`front_entries` takes at least one"),
            (self.front_timeout < millisecond, "`front_timeout` must be at least a millisecond"),
            (self.poll_every < millisecond, "`poll_every` must be at least a millisecond"),
            (self.trust_for <= self.poll_every, "`trust_for` must be longer than `poll_every`"),
        ]
        .into_iter()
        .find_map(|(is_so, text)| is_so.then_some(text))
        .or_else(|| self.behind.unfit_behind_a_front())
    }
}

/// The store whose scheme `location` has, which is then without `tiered+`.
fn kind_behind(fields: &mut Fields) -> Result<&'static Kind> {
    let Some(location) = fields.peek("location").map(str::to_owned) else {
        return Err(fields.fault("`location` is missing: the URL of the shared store"));
    };
    let location = location.strip_prefix("tiered+").unwrap_or(&location);
    let scheme = location.split_once("://").map_or("", |(scheme, _)| scheme);
    let known = || KIND.schemes.iter().filter_map(|scheme| scheme.strip_prefix("tiered+"));
    let kind = known().find(|known| *known == scheme).and_then(Kind::of_scheme);
    fields.put("location", Value::Text(location.to_owned()));
    kind.ok_or_else(|| {
        let known: Vec<_> = known().collect();
        fields.fault(&unknown("scheme of a shared store", scheme, &known))
    })
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        let store = self.behind.build_in(site)?;
        Ok(Tier::new(self, store, site.clock(), false)?)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { behind: _, front_entries, front_timeout, poll_every, trust_for } = self;
        out.debug_struct("Options")
            .field("front_entries", front_entries)
            .field("front_timeout", front_timeout)
            .field("poll_every", poll_every)
            .field("trust_for", trust_for)
            .finish_non_exhaustive()
    }
}
