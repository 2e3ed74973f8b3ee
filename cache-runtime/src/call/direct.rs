//! A call on a cache, without a function: for `get_or_set`, pages, and fragments.

use std::future::Future;
#[cfg(feature = "http")]
use std::sync::{Arc, atomic::AtomicBool};
#[cfg(feature = "http")]
use std::time::Duration;

use super::flight::{Leader, Purpose};
use super::function::DEFAULT_WAIT;
use super::keep::Keep;
use super::lookup;
use super::miss::Judge;
use super::one::{Call, Policy};
use super::shape::Outcome;
use super::{Apart, join, run, running};
use crate::base::ambient::{self, REFRESHING};
#[cfg(feature = "http")]
use crate::base::entry::HeldValue;
use crate::base::entry::Timeout;
use crate::base::event::Event;
use crate::base::key::Key;
use crate::base::sync::{block_on, unblocked};
use crate::cache::Cache;

/// What this process has under a key, in its store or in front of it; nothing is counted, and no call is made.
#[cfg(feature = "http")]
pub(crate) fn glance<O: Outcome, K: Keep<O::Value>>(cache: &Cache, key: &str) -> Option<O::Return> {
    let key = key.as_bytes();
    let held = match cache.local() {
        Some(local) => lookup::look(local, cache, key).ok()?,
        None => HeldValue::Typed(cache.in_front(key)?),
    };
    lookup::unpack::<O, K>(held)
}

/// Whether everything that is called here and now is a refresh.
#[cfg(feature = "http")]
pub(crate) fn is_refreshing() -> bool {
    ambient::flags() & REFRESHING != 0
}

/// A call that is about to be made.
#[must_use = "a call does nothing until it looks or computes"]
pub(crate) struct Direct(Box<Call>);

impl Direct {
    /// A call for `key`; inside of a [`force_refresh`](super::force_refresh()) it refreshes.
    pub(crate) fn new(cache: &Cache, key: Key) -> Self {
        let policy = Policy { timeout: Timeout::Default, none: None, err: None, wait: DEFAULT_WAIT };
        let call = Self(Box::new(Call::new(cache.clone(), key, policy, Purpose::Fill)));
        if ambient::flags() & REFRESHING == 0 { call } else { call.refreshing() }
    }

    /// How long the value is fresh, unless the judge says otherwise.
    pub(crate) fn timeout(mut self, timeout: Timeout) -> Self {
        self.0.policy.timeout = timeout;
        self
    }

    /// How long a caller waits for another's computation.
    #[cfg(feature = "http")]
    pub(crate) fn wait(mut self, wait: Duration) -> Self {
        self.0.policy.wait = wait;
        self
    }

    /// The tags that the entry carries.
    pub(crate) fn tags(mut self, tags: Vec<String>) -> Self {
        self.0.tags = tags.into_iter().map(|tag| Key::from(tag).into_string()).collect();
        self
    }

    /// Computes although an entry may exist.
    pub(crate) fn refreshing(mut self) -> Self {
        if self.0.purpose == Purpose::Fill {
            self.0.note(Event::Refresh);
            self.0.purpose = Purpose::Refresh;
        }
        self
    }

    /// Those who wait go on by themselves, all at once, where the answer turns out not to be for them and the
    /// body leaves `all` as it is; else one of them computes next.
    #[cfg(feature = "http")]
    pub(crate) fn releasing(mut self, all: &Arc<AtomicBool>) -> Self {
        self.0.releases = Some(Arc::clone(all));
        self
    }

    /// Sets `kept` once the value is stored.
    #[cfg(feature = "http")]
    pub(crate) fn noting(mut self, kept: &Arc<AtomicBool>) -> Self {
        self.0.is_kept = Some(Arc::clone(kept));
        self
    }

    /// Looks into a store of this process, and counts what it found; nothing from a shared store.
    pub(crate) fn look<O: Outcome, K: Keep<O::Value>>(&self) -> Option<O::Return> {
        let local = self.0.cache.local().filter(|_| self.0.purpose == Purpose::Fill)?;
        match lookup::look_for::<O, K>(local, &self.0) {
            Ok(returned) => {
                self.0.hits();
                Some(returned)
            }
            Err(reason) => {
                self.0.missed(reason);
                None
            }
        }
    }

    /// What is stored, in whatever store; nothing is computed or counted, and nobody is waited for.
    #[cfg(feature = "http")]
    pub(crate) async fn peek<O: Outcome, K: Keep<O::Value>>(mut self) -> Option<O::Return> {
        let found = match self.0.cache.local() {
            Some(local) => lookup::look_for::<O, K>(local, &self.0),
            None => lookup::ask::<O, K>(&mut self.0).await,
        };
        found.ok()
    }

    /// Finds the value elsewhere, or computes it by `body`.
    ///
    /// Apart from the caller's future, which would be as large as all that a miss may take.
    pub(crate) fn compute<O: Outcome, K: Keep<O::Value>>(
        mut self,
        judge: impl Judge<O::Value>,
        body: impl Future<Output = O::Return>,
    ) -> Apart<impl Future<Output = O::Return>> {
        self.0.leader = Leader::Async;
        Box::pin(join::polled(run::<O, K, _, _>(self.0, judge, body)))
    }

    /// [`compute`](Self::compute) on this thread.
    pub(crate) fn compute_blocking<O: Outcome, K: Keep<O::Value>>(
        self,
        judge: impl Judge<O::Value>,
        body: impl FnOnce() -> O::Return,
    ) -> O::Return {
        block_on(running::<O, K, _, _>(self.0, judge, async { unblocked(body) }))
    }
}
