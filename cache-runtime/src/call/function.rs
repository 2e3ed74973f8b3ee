//! A cached function as its attribute describes it: a static.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::begin::Lasting;
use super::entry::FunctionEntry;
use super::keep::Keep;
use super::one::Policy;
use super::refresh;
use super::shape::{Outcome, Shape};
use crate::base::entry::Timeout;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::event::HitCounter;
use crate::base::key::KeyBuf;
use crate::cache::identity::Identity;
use crate::cache::registration::{Annotated, Description};
use crate::cache::written::{Written, written_builders};
use crate::cache::{Cache, cache};

/// How long a caller waits for another's computation, unless the function says otherwise.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// A cached function: what its attribute says, and what it did.
///
/// Made once, as a `static`, by `const fn`s; [`lookup`](Self::lookup) begins a call.
pub struct Function {
    pub(super) name: &'static str,
    written: Written<'static>,
    identity: Option<Identity>,
    pub(super) alias: &'static str,
    pub(super) version: Option<u32>,
    pub(super) timeout: Timeout,
    pub(super) none: Option<Timeout>,
    pub(super) err: Option<Timeout>,
    pub(super) wait: Duration,
    pub(super) local: bool,
    /// What it has outside of all scopes, once it was used there; `None` if there is no usable cache.
    pub(super) lasting: OnceLock<Option<Lasting>>,
    /// What a derived key has of the identity, once it was asked for.
    identified: OnceLock<String>,
    activity: OnceLock<Activity>,
}

/// What a function did besides.
#[derive(Default)]
struct Activity {
    hits: HitCounter,
    computations: AtomicU64,
}

impl Function {
    /// A function of this name (`"reports::report"`), in the cache `default`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            written: Written::UNKNOWN,
            identity: None,
            alias: "default",
            version: None,
            timeout: Timeout::Default,
            none: None,
            err: None,
            wait: DEFAULT_WAIT,
            local: false,
            lasting: OnceLock::new(),
            identified: OnceLock::new(),
            activity: OnceLock::new(),
        }
    }

    written_builders! { 'static }

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
}

impl Annotated for Function {
    fn describe(&self) -> Description {
        self.written
            .describe(self.name, self.alias)
            .identity(self.identity)
            .version(self.version)
            .local(self.local)
            .counts(self.hits(), self.computations())
    }
}
