//! A cached function as its attribute describes it: a static, and the beginning of every call.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::entry::FunctionEntry;
use super::flight::Purpose;
use super::keep::Keep;
use super::lookup::{look, unpack};
use super::miss::{Miss, Usual};
use super::one::{Call, Policy};
use super::refresh;
use super::shape::{Outcome, Shape};
use crate::base::ambient::{self, SCOPED};
use crate::base::entry::{Shared, Timeout};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::{Event, HitCounter, MissReason};
use crate::base::key::KeyBuf;
use crate::cache::identity::Identity;
use crate::cache::registration::{Annotated, Description, EmbeddedSettings};
use crate::cache::{Cache, cache};

/// How long a caller waits for another's computation, unless the function says otherwise.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// A cached function: what its attribute says, and what it did.
///
/// Made once, as a `static`, by `const fn`s; [`lookup`](Self::lookup) begins a call.
pub struct Function {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) line: u32,
    pub(super) template: &'static str,
    identity: Option<Identity>,
    pub(super) alias: &'static str,
    pub(super) version: Option<u32>,
    pub(super) timeout: Timeout,
    pub(super) none: Option<Timeout>,
    pub(super) err: Option<Timeout>,
    pub(super) wait: Duration,
    pub(super) local: bool,
    pub(super) settings: Option<(&'static str, &'static str)>,
    /// What it has outside of all scopes, once it was used there; `None` if there is no usable cache.
    lasting: OnceLock<Option<Lasting>>,
    /// What a derived key has of the identity, once it was asked for.
    identified: OnceLock<String>,
    activity: OnceLock<Activity>,
}

/// The cache of a function for the life of the program, and the hits there.
struct Lasting {
    cache: Cache,
    hits: Arc<HitCounter>,
}

impl Lasting {
    /// The live value under the key, as most entries hold one; nothing from a shared store.
    #[inline]
    fn glance(&self, key: &mut KeyBuf) -> Option<Arc<dyn Shared>> {
        let core = self.cache.core();
        core.backend.glance(self.cache.space(), key.bounded(), core.clock.now())
    }
}

/// What a function did besides.
#[derive(Default)]
struct Activity {
    hits: HitCounter,
    computations: AtomicU64,
}

/// What one call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intent {
    pub(super) bypass: bool,
    pub(super) refresh: bool,
}

impl Intent {
    /// The value from the cache, or else computed and stored.
    pub const USUAL: Self = Self { bypass: false, refresh: false };

    /// The cache is used only if `condition` holds; else the body runs, and nothing is stored.
    #[must_use]
    pub const fn when(self, condition: bool) -> Self {
        Self { bypass: self.bypass || !condition, ..self }
    }

    /// If `flag` is set, the lookup is skipped, and the computed value is stored.
    #[must_use]
    pub const fn force_refresh(self, flag: bool) -> Self {
        Self { refresh: self.refresh || flag, ..self }
    }
}

/// What a lookup found.
#[must_use]
pub enum Lookup<O: Outcome, K> {
    /// The value, as the function returns it.
    Hit(O::Return),
    /// Nothing: the value is to be computed.
    Miss(Miss<O, K, Usual>),
}

impl Function {
    /// A function of this name (`"reports::report"`), in the cache `default`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            file: "",
            line: 0,
            template: "",
            identity: None,
            alias: "default",
            version: None,
            timeout: Timeout::Default,
            none: None,
            err: None,
            wait: DEFAULT_WAIT,
            local: false,
            settings: None,
            lasting: OnceLock::new(),
            identified: OnceLock::new(),
            activity: OnceLock::new(),
        }
    }

    /// Where it is written.
    #[must_use]
    pub const fn at(mut self, file: &'static str, line: u32) -> Self {
        self.file = file;
        self.line = line;
        self
    }

    /// Its key template as it is written; left out where the key is derived.
    #[must_use]
    pub const fn key(mut self, template: &'static str) -> Self {
        self.template = template;
        self
    }

    /// Who it is, where the key is derived: such a key begins with [`identity`](Self::identity).
    #[must_use]
    pub const fn derived(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The alias of its cache.
    #[must_use]
    pub const fn cache(mut self, alias: &'static str) -> Self {
        self.alias = alias;
        self
    }

    /// The version in its final keys, instead of the cache's own.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// How long its values are fresh.
    #[must_use]
    pub const fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }

    /// Stores `None` as well, for `timeout` (`Timeout::Default`: as long as a value).
    #[must_use]
    pub const fn cache_none(mut self, timeout: Timeout) -> Self {
        self.none = Some(timeout);
        self
    }

    /// Stores `Err` as well, for `timeout` (`Timeout::Default`: as long as a value); its shape says how
    /// ([`Shape::errors_kept`]).
    #[must_use]
    pub const fn cache_err(mut self, timeout: Timeout) -> Self {
        self.err = Some(timeout);
        self
    }

    /// How long a caller waits for another's computation before one of those who wait takes over; 5 seconds
    /// if not stated.
    ///
    /// After twice that time those who still wait are let go to compute without storing: one, and with every
    /// further `wait` twice as many.
    ///
    /// # Panics
    ///
    /// If it is less than a millisecond, the step of the clock: nobody could wait.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        assert!(
            wait.as_millis() > 0,
            "a `wait` of zero would let every caller compute; state a millisecond or more"
        );
        self.wait = wait;
        self
    }

    /// Its values stay in this process: only a memory cache can keep them.
    #[must_use]
    pub const fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// The settings file that its attribute was checked against: path and text.
    #[must_use]
    pub const fn settings(mut self, path: &'static str, text: &'static str) -> Self {
        self.settings = Some((path, text));
        self
    }

    /// Begins a call: renders the key and looks it up.
    ///
    /// In memory a hit allocates nothing. A shared store is asked by what follows a miss, so that this
    /// function never waits.
    #[inline]
    pub fn lookup<O: Outcome, K: Keep<O::Value>>(
        &'static self,
        shape: Shape<O, K>,
        intent: Intent,
        key: impl FnOnce(&mut KeyBuf),
    ) -> Lookup<O, K> {
        let _ = shape;
        if ambient::flags() != 0 || intent != Intent::USUAL {
            return self.look_around(intent, key);
        }
        let mut rendered = KeyBuf::new();
        key(&mut rendered);
        if let Some(lasting) = self.lasting()
            && let Some(value) = lasting.glance(&mut rendered)
            && let Some(value) = K::take(value)
        {
            lasting.hits.raise();
            return Lookup::Hit(O::wrap(value));
        }
        self.look_closely(false, rendered)
    }

    /// [`lookup`](Self::lookup) where something is out of the ordinary.
    #[cold]
    fn look_around<O: Outcome, K: Keep<O::Value>>(
        &'static self,
        intent: Intent,
        key: impl FnOnce(&mut KeyBuf),
    ) -> Lookup<O, K> {
        // Before all else: a mark for this call is not for one that its body, or its key, makes.
        let is_refresh = refresh::is_due(ambient::flags(), self) || intent.refresh;
        if intent.bypass {
            return self.bypass();
        }
        let mut rendered = KeyBuf::new();
        key(&mut rendered);
        self.look_closely(is_refresh, rendered)
    }

    /// The rest of [`lookup`](Self::lookup): scopes, refreshes, and the reason of a miss.
    #[cold]
    fn look_closely<O: Outcome, K: Keep<O::Value>>(
        &'static self,
        is_refresh: bool,
        mut key: KeyBuf,
    ) -> Lookup<O, K> {
        let Some(place) = self.place(ambient::flags()) else { return Lookup::Miss(self.run_alone()) };
        let cache = place.cache();
        key.bounded();
        if is_refresh {
            return Lookup::Miss(Miss::of(self.call(cache, &key, Purpose::Refresh)));
        }
        if let Some(local) = cache.local() {
            let held = look(local, cache, key.as_bytes());
            match held.and_then(|held| unpack::<O, K>(held).ok_or(MissReason::OtherLayout)) {
                Ok(returned) => {
                    cache.core().counters.hits.raise();
                    self.note_hit();
                    return Lookup::Hit(returned);
                }
                Err(reason) => cache.core().counters.miss(reason),
            }
        } else if let Some(kept) = cache.in_front(key.as_bytes())
            && let Some(value) = K::take(kept)
        {
            cache.core().counters.hits.raise();
            self.note_hit();
            return Lookup::Hit(O::wrap(value));
        }
        Lookup::Miss(Miss::of(self.call(cache, &key, Purpose::Fill)))
    }

    /// What a derived key begins with, or has after the name of the type that a method is of.
    #[inline]
    pub fn identity(&self) -> &str {
        let text = || self.identity.map_or_else(|| self.name.to_owned(), |identity| identity.text());
        self.identified.get_or_init(text)
    }

    /// The entry of one set of arguments, for what a person does to it by hand.
    pub fn entry<O: Outcome, K: Keep<O::Value>>(
        &'static self,
        shape: Shape<O, K>,
        key: impl FnOnce(&mut KeyBuf),
    ) -> FunctionEntry<O, K> {
        let _ = shape;
        let mut rendered = KeyBuf::new();
        key(&mut rendered);
        FunctionEntry::new(self, rendered.into_key())
    }

    /// Runs `call`, a call of this very function, with its lookup skipped.
    ///
    /// Calls of other cached functions inside are looked up as usual.
    pub async fn refresh<F: Future>(&'static self, call: F) -> F::Output {
        refresh::next_of_async(self, call).await
    }

    /// [`refresh`](Self::refresh) for a function that is not `async`.
    pub fn refresh_blocking<R>(&'static self, call: impl FnOnce() -> R) -> R {
        refresh::next_of(self, call)
    }

    /// How often a lookup of this function returned a value.
    pub fn hits(&self) -> u64 {
        let lasting = self.lasting.get().and_then(Option::as_ref);
        self.activity().hits.sum() + lasting.map_or(0, |lasting| lasting.hits.sum())
    }

    /// How often its body ran, with or without the cache.
    pub fn computations(&self) -> u64 {
        self.activity().computations.load(Ordering::Relaxed)
    }

    /// Its cache, here and now.
    ///
    /// # Errors
    ///
    /// Those of [`cache`](crate::cache()); and `Unsupported`, if the function is `local` and the cache
    /// is not in this process.
    pub(super) fn find_cache(&self) -> Result<Cache> {
        let cache = cache(self.alias)?;
        if self.local && cache.local().is_none() {
            let text = format!("`{}` is `local`, and cache `{}` is not in memory", self.name, self.alias);
            return Err(Error::new(ErrorKind::Unsupported, "call").context(text));
        }
        Ok(self.version.map_or_else(|| cache.clone(), |version| cache.with_version(version)))
    }

    pub(super) fn policy(&self) -> Policy {
        Policy { timeout: self.timeout, none: self.none, err: self.err, wait: self.wait }
    }

    pub(super) fn note_hit(&self) {
        self.activity().hits.raise();
    }

    pub(super) fn note_computation(&self) {
        self.activity().computations.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    fn activity(&self) -> &Activity {
        self.activity.get_or_init(Activity::default)
    }

    /// The cache of a call; `None` if there is no usable one.
    #[inline]
    fn place(&'static self, flags: u8) -> Option<Place> {
        if flags & SCOPED == 0 {
            return self.lasting().map(|lasting| Place::Lasting(&lasting.cache));
        }
        self.resolve().map(Place::Scoped)
    }

    #[inline]
    fn lasting(&'static self) -> Option<&'static Lasting> {
        self.lasting.get_or_init(|| self.settle()).as_ref()
    }

    #[cold]
    fn settle(&self) -> Option<Lasting> {
        let cache = self.resolve()?;
        let hits = cache.core().counters.of_function();
        Some(Lasting { cache, hits })
    }

    #[cold]
    fn bypass<O: Outcome, K>(&'static self) -> Lookup<O, K> {
        if let Some(place) = self.place(ambient::flags()) {
            place.cache().core().counters.note(Event::Bypass);
        }
        Lookup::Miss(self.run_alone())
    }

    /// Counts a body that runs, whatever the cache is; the caches count those that run for them.
    fn run_alone<O: Outcome, K>(&self) -> Miss<O, K> {
        self.note_computation();
        Miss::bypassing()
    }

    /// A cache that cannot be used is said once, and the function runs uncached.
    #[cold]
    fn resolve(&self) -> Option<Cache> {
        let found = self.find_cache();
        if let Err(error) = &found {
            tracing::warn!(function = self.name, alias = self.alias, %error, "runs uncached");
        }
        found.ok()
    }

    #[cold]
    fn call(&'static self, cache: &Cache, key: &KeyBuf, purpose: Purpose) -> Box<Call> {
        if purpose == Purpose::Refresh {
            cache.core().counters.note(Event::Refresh);
        }
        let mut call = Call::new(cache.clone(), key.to_key(), self.policy(), purpose);
        call.function = Some(self);
        Box::new(call)
    }
}

impl Annotated for Function {
    fn describe(&self) -> Description {
        let settings = self.settings.map(|(path, text)| EmbeddedSettings { path, text });
        Description::new(self.name, self.alias)
            .key(self.template)
            .identity(self.identity)
            .version(self.version)
            .at(self.file, self.line)
            .local(self.local)
            .settings(settings)
            .counts(self.hits(), self.computations())
    }
}

/// Where a call looks.
enum Place {
    Lasting(&'static Cache),
    Scoped(Cache),
}

impl Place {
    #[inline]
    fn cache(&self) -> &Cache {
        match self {
            Self::Lasting(cache) => cache,
            Self::Scoped(cache) => cache,
        }
    }
}
