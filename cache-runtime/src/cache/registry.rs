//! The registry: which caches there are, and the program's own.

use std::sync::{Arc, OnceLock};

use once_cell::sync::OnceCell;

use super::builder::CachesBuilder;
use super::registration::{Description, descriptions};
use super::scope::current_scope;
use super::settings;
use super::{Cache, fallback};
use crate::backend::{Described, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::nearest::unknown;
use crate::base::setup::Common;
use crate::base::sync::Mutex;
use crate::base::table::Table;

/// Named caches; clones are cheap and show the same caches.
///
/// A cache is built when it is first asked for, so an alias that nobody uses costs nothing.
///
/// # Example
///
/// ```
/// use cache_runtime::backend::memory::Memory;
/// use cache_runtime::{Caches, Timeout};
///
/// # fn main() -> cache_runtime::Result<()> {
/// let caches = Caches::builder().add("pages", Memory::new().max_entries(1000)).build()?;
///
/// assert_eq!(caches.aliases().collect::<Vec<_>>(), ["default", "pages"]);
/// assert!(caches.get("page").is_err()); // … did you mean `pages`?
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Caches(Arc<Inner>);

struct Inner {
    slots: Table<String, Slot>,
    site: Mutex<Site>,
    clock: Clock,
    /// Why the settings cannot be read at all: then there are no slots.
    fault: Option<Error>,
    origin: Origin,
}

/// Which settings of the program caches come from, besides code: the start-up check examines those too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// None: they are those of a scope.
    Code,
    /// The environment, while code describes the whole.
    Environment,
    /// The embedded file as well.
    File,
}

/// A place for one cache, described and perhaps built.
pub(super) struct Slot {
    /// Or why what describes it cannot be used: that is no fault of the other caches.
    pub(super) described: Result<Box<dyn Described>>,
    pub(super) common: Common,
    pub(super) cache: OnceCell<Cache>,
    /// The settings leave it to code, and code has not described it yet.
    pub(super) left_to_code: bool,
}

impl Slot {
    pub(super) fn new(described: Box<dyn Described>, common: Common) -> Self {
        Self { described: Ok(described), common, cache: OnceCell::new(), left_to_code: false }
    }

    /// A place whose description cannot be used.
    pub(super) fn faulty(fault: Error) -> Self {
        let common = Common::default();
        Self { described: Err(fault), common, cache: OnceCell::new(), left_to_code: false }
    }
}

/// The program's own caches, as the settings made them at first use, or as code installed them.
static PROGRAM: OnceLock<Caches> = OnceLock::new();

/// The caches of this program, or of the scope that is active.
pub fn caches() -> Caches {
    current_scope().unwrap_or_else(program)
}

/// The cache under `alias`: `caches().get(alias)`.
///
/// # Errors
///
/// `UnknownAlias` if there is none, `Settings` if the settings cannot be used.
pub fn cache(alias: &str) -> Result<Cache> {
    caches().get(alias)
}

fn program() -> Caches {
    PROGRAM.get_or_init(settings::program::load).clone()
}

/// Makes `caches` the program's own, unless it has some already.
pub(super) fn install(caches: Caches) -> Result<()> {
    PROGRAM.set(caches).map_err(|_| {
        let text =
            "the caches are in use already; `install()` must come once, before the first use of any cache";
        Error::new(ErrorKind::Settings, "install").context(text)
    })
}

impl Caches {
    /// Caches to be described in code; `default` is memory unless it is added.
    pub fn builder() -> CachesBuilder {
        CachesBuilder::default()
    }

    /// Caches as the text of a `cache.toml` describes them.
    ///
    /// # Errors
    ///
    /// `Settings`: the text names what is wrong, where, and what is known there.
    pub fn from_toml(text: &str) -> Result<CachesBuilder> {
        settings::from_toml(text)
    }

    /// The cache `default` as a URL describes it: `memory://?max_entries=1000`,
    /// `redis://localhost/1?timeout=5m`.
    ///
    /// # Errors
    ///
    /// `Settings`: the text names what is wrong, without the URL, which may hold a password.
    pub fn from_url(url: &str) -> Result<CachesBuilder> {
        settings::from_url(url)
    }

    pub(super) fn new(slots: Table<String, Slot>, clock: Clock, origin: Origin) -> Self {
        let site = Mutex::new(Site::new(clock.clone()));
        Self(Arc::new(Inner { slots, site, clock, fault: None, origin }))
    }

    /// The program's caches where its settings cannot be read at all: every question is answered by this.
    pub(super) fn unusable(fault: Error) -> Self {
        let clock = Clock::system();
        let site = Mutex::new(Site::new(clock.clone()));
        Self(Arc::new(Inner { slots: Table::new(), site, clock, fault: Some(fault), origin: Origin::File }))
    }

    /// The cache under `alias`, built if this is its first use.
    ///
    /// # Errors
    ///
    /// `UnknownAlias` names the known ones; `Settings` says why this cache, or all, cannot be used.
    pub fn get(&self, alias: &str) -> Result<Cache> {
        if let Some(fault) = &self.0.fault {
            return Err(fault.repeat());
        }
        let Some(slot) = self.0.slots.get(alias) else { return Err(self.unknown_alias(alias)) };
        slot.cache.get_or_try_init(|| self.build(alias, slot)).cloned()
    }

    /// The clock by which entries expire.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The aliases, in alphabetical order.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.0.slots.keys().map(String::as_str)
    }

    /// The aliases of the caches that were built because something used them.
    pub fn aliases_in_use(&self) -> impl Iterator<Item = &str> {
        let built = self.0.slots.iter().filter(|(_, slot)| slot.cache.get().is_some());
        built.map(|(alias, _)| alias.as_str())
    }

    /// Every cached function and page of this program, with what it did so far.
    pub fn functions(&self) -> Vec<Description> {
        descriptions().collect()
    }

    pub(super) fn fault(&self) -> Option<&Error> {
        self.0.fault.as_ref()
    }

    /// These caches, unless one of them has a fault.
    pub(super) fn without_faults(self) -> Result<Self> {
        let fault = self.0.slots.values().find_map(|slot| slot.described.as_ref().err());
        fault.map_or(Ok(()), |fault| Err(fault.repeat()))?;
        Ok(self)
    }

    pub(super) fn origin(&self) -> Origin {
        self.0.origin
    }

    pub(crate) fn knows(&self, alias: &str) -> bool {
        self.0.slots.contains_key(alias)
    }

    pub(super) fn unknown_alias(&self, alias: &str) -> Error {
        let known: Vec<_> = self.aliases().collect();
        Error::new(ErrorKind::UnknownAlias, "cache").context(unknown("alias", alias, &known))
    }

    fn build(&self, alias: &str, slot: &Slot) -> Result<Cache> {
        let described = slot.described.as_ref().map_err(Error::repeat)?;
        // Nobody waits in a circle here: `caches_of` has seen that no fallback leads back.
        let others = self.fallbacks(slot)?;
        let mut site = self.0.site.lock();
        let backend = described.build_in(&mut site)?;
        if !others.is_empty() && !backend.capability().shared {
            return Err(fallback::needless(alias));
        }
        if let Some(other) = others.iter().find(|other| other.shares_keys_with(&slot.common)) {
            return Err(fallback::of_the_same_keys(alias, other.alias()));
        }
        Ok(Cache::over(alias, backend, slot.common.clone(), site.clock().clone(), others.first()))
    }

    /// The cache that answers for one, the cache that answers for that, and so on.
    fn fallbacks(&self, slot: &Slot) -> Result<Vec<Cache>> {
        let mut others = Vec::new();
        let mut next = slot.common.fallback.as_deref();
        while let Some(alias) = next {
            others.push(self.get(alias)?);
            next = self.0.slots.get(alias).and_then(|slot| slot.common.fallback.as_deref());
        }
        Ok(others)
    }
}
