//! Scopes: other caches than the program's, for one task and what it awaits.

use std::cell::RefCell;
use std::future::Future;

use super::registry::Caches;
use crate::base::ambient::{Around, Raised, SCOPED, flags, raise};

thread_local! {
    /// The caches of the innermost scope that this thread is in.
    static SCOPE: RefCell<Option<Caches>> = const { RefCell::new(None) };
}

/// The caches of the scope that is active here; background work takes them along.
pub(crate) fn current_scope() -> Option<Caches> {
    if is_scoped() { SCOPE.with_borrow(Clone::clone) } else { None }
}

/// Whether a scope is active here.
pub(crate) fn is_scoped() -> bool {
    flags() & SCOPED != 0
}

impl Caches {
    /// Runs `future` with these caches instead of the program's: one test, its own caches.
    ///
    /// Every cached function and every [`cache`](crate::cache()) in `future`, and in what it awaits,
    /// uses them. A task that it spawns does not, unless the task opens the scope again. The caches of
    /// an outer scope are back when this one ends.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        Around::new(future, move || enter(self.clone())).await
    }

    /// Runs `work` on this thread with these caches instead of the program's; see
    /// [`scope`](Self::scope).
    pub fn scope_blocking<R>(self, work: impl FnOnce() -> R) -> R {
        let _entered = enter(self);
        work()
    }
}

fn enter(caches: Caches) -> Entered {
    Entered { before: SCOPE.replace(Some(caches)), _raised: raise(SCOPED) }
}

/// This thread is in a scope, until this is dropped.
struct Entered {
    before: Option<Caches>,
    _raised: Raised,
}

impl Drop for Entered {
    fn drop(&mut self) {
        // What ends here is dropped after the borrow: stores may be freed with it.
        let _ended = SCOPE.replace(self.before.take());
    }
}
