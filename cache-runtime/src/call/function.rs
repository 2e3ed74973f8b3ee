//! A cached function as its attribute describes it: a static, and the beginning of every call.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use super::entry::FunctionEntry;
use super::miss::{Miss, Usual};
use super::shape::{Keep, Outcome, Shape};
use crate::base::entry::Timeout;
use crate::base::key::KeyBuf;

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
    pub(super) alias: &'static str,
    pub(super) version: Option<u32>,
    pub(super) timeout: Timeout,
    pub(super) none: Option<Timeout>,
    pub(super) err: Option<Timeout>,
    pub(super) wait: Duration,
    pub(super) local: bool,
    pub(super) settings: Option<(&'static str, &'static str)>,
    pub(super) state: OnceLock<()>,
}

/// What one call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intent {
    bypass: bool,
    refresh: bool,
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
            alias: "default",
            version: None,
            timeout: Timeout::Default,
            none: None,
            err: None,
            wait: DEFAULT_WAIT,
            local: false,
            settings: None,
            state: OnceLock::new(),
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

    /// How long a caller waits for another's computation before it computes alone; 5 seconds if not stated.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
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
        let _ = (shape, intent, key);
        todo!()
    }

    /// The entry of one set of arguments, for what a person does to it by hand.
    pub fn entry<O: Outcome, K: Keep<O::Value>>(
        &'static self,
        shape: Shape<O, K>,
        key: impl FnOnce(&mut KeyBuf),
    ) -> FunctionEntry<O, K> {
        let _ = (shape, key);
        todo!()
    }

    /// Runs `call`, a call of this very function, with its lookup skipped.
    ///
    /// Calls of other cached functions inside are looked up as usual.
    pub fn refresh<F: Future>(&'static self, call: F) -> impl Future<Output = F::Output> {
        call
    }

    /// [`refresh`](Self::refresh) for a function that is not `async`.
    pub fn refresh_blocking<R>(&'static self, call: impl FnOnce() -> R) -> R {
        call()
    }
}
