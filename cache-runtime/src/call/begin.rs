//! The beginning of every call: from the arguments to a hit, or to what makes the value.

use std::sync::Arc;

use super::flight::Purpose;
use super::function::Function;
use super::keep::Keep;
use super::lookup::{look, unpack};
use super::miss::{Miss, Usual};
use super::one::Call;
use super::refresh;
use super::shape::{Outcome, Shape};
use crate::base::ambient::{self, SCOPED};
use crate::base::entry::Shared;
use crate::base::event::{Event, HitCounter, MissReason};
use crate::base::key::KeyBuf;
use crate::cache::Cache;

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

/// The cache of a function for the life of the program, and the hits there.
pub(super) struct Lasting {
    cache: Cache,
    pub(super) hits: Arc<HitCounter>,
}

impl Lasting {
    /// The live value under the key, as most entries hold one; nothing from a shared store.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a hit calls it, and a call of its own costs more than what it does"
    )]
    fn glance(&self, key: &mut KeyBuf) -> Option<Arc<dyn Shared>> {
        let core = self.cache.core();
        core.unguarded.glance(self.cache.space(), key.bounded(), core.clock.now())
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
