//! A cached handler as its attribute describes it: a static that registers itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once, OnceLock};

use super::invalidate;
use super::policy::Policy;
use super::request::PageRequest;
use super::visit::Visit;
use crate::base::error::Result;
use crate::base::event::HitCounter;
use crate::cache::cache;
use crate::cache::registration::{Annotated, Description};
use crate::cache::written::{Written, written_builders};

/// A cached handler: what its attribute implements for the type of its companions.
pub trait CachedPage: 'static {
    /// Whether something besides the page may look at the headers of its request: an argument, as a rule. Else a
    /// visit takes them, and copies none.
    const SHARES_HEADERS: bool = true;

    /// What its attribute says.
    fn page() -> &'static PageFunction;

    /// A visit of this handler, whose pages no other handler has, of whatever name it is.
    fn visit(request: PageRequest) -> Visit {
        Self::page().visit(request).kept_by(std::any::type_name::<Self>())
    }
}

/// A cached handler: what its attribute says.
///
/// Made once, as a `static`, by `const fn`s.
pub struct PageFunction {
    name: &'static str,
    alias: &'static str,
    describe: fn() -> Policy,
    written: Written<'static>,
    settled: OnceLock<Settled>,
    warned: Once,
    runs: AtomicU64,
}

/// What a handler has once it was visited.
struct Settled {
    policy: Arc<Policy>,
    visits: HitCounter,
}

impl PageFunction {
    /// A handler of this name (`"shop::pricing"`), whose pages are in the cache `alias`, as `policy` says.
    pub const fn new(name: &'static str, alias: &'static str, policy: fn() -> Policy) -> Self {
        Self {
            name,
            alias,
            describe: policy,
            written: Written::UNKNOWN,
            settled: OnceLock::new(),
            warned: Once::new(),
            runs: AtomicU64::new(0),
        }
    }

    written_builders! { 'static }

    /// What the attribute says, as a policy.
    ///
    /// Its visitors are those that the types of its extractors admit: the attribute has checked them.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.settled().policy
    }

    fn settled(&self) -> &Settled {
        self.settled.get_or_init(|| {
            invalidate::note(self.alias);
            let policy = Arc::new((self.describe)().cache(self.alias).typed());
            Settled { policy, visits: HitCounter::new() }
        })
    }

    /// A visit of a handler of this name.
    #[inline]
    pub fn visit(&'static self, request: PageRequest) -> Visit {
        let settled = self.settled();
        settled.visits.raise();
        let mut visit = Visit::new(Arc::clone(&settled.policy), request);
        visit.handler = self.name;
        visit
    }

    /// Notes that the handler runs.
    pub fn runs(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    /// Says once that its pages are not cached, since they do not vary on what an argument is made of.
    pub(super) fn warn_of_uncovered(&self, argument: &str) {
        self.warned.call_once(|| {
            let page = self.name;
            tracing::warn!(
                page,
                argument,
                "pages are not cached: `vary` does not name the headers of an argument"
            );
        });
    }

    /// Drops every variant of a URL, given as a path with its query, or absolute for one host alone; whoever keeps
    /// pages of this URL in the same cache.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for text that is no URL; those of the cache.
    pub async fn invalidate(&self, uri: &str) -> Result<()> {
        invalidate::invalidate_as(self.policy(), &cache(self.alias)?, uri).await
    }

    /// Drops every page that this handler ever produced.
    ///
    /// # Errors
    ///
    /// Those of the cache.
    pub async fn invalidate_all(&self) -> Result<()> {
        invalidate::invalidate_handler_in(&cache(self.alias)?, self.name).await
    }
}

impl Annotated for PageFunction {
    fn describe(&self) -> Description {
        let visits = self.settled.get().map_or(0, |settled| settled.visits.sum());
        let runs = self.runs.load(Ordering::Relaxed);
        self.written.describe(self.name, self.alias).counts(visits.saturating_sub(runs), runs)
    }
}
