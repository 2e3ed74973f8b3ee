//! Refresh: computing although an entry exists, for all calls in a scope or for the next call of one function.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;

use super::function::Function;
use crate::base::ambient::{self, Around, REFRESH_NEXT, REFRESHING};

thread_local! {
    /// The address of the function whose next lookup is to be skipped.
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// Refreshes every cached call inside of `future`: each skips its lookup, computes, and stores.
///
/// The scope follows the future from thread to thread; it does not cross into tasks that it spawns.
///
/// # Example
///
/// ```
/// use cache_runtime::force_refresh;
/// # async fn example() {
/// let answer = force_refresh(async { 6 * 7 }).await;
/// assert_eq!(answer, 42);
/// # }
/// ```
pub async fn force_refresh<F: Future>(future: F) -> F::Output {
    Around::new(future, || ambient::raise(REFRESHING)).await
}

/// [`force_refresh`] for code that is not `async`.
///
/// # Example
///
/// ```
/// let answer = cache_runtime::force_refresh_blocking(|| 6 * 7);
/// assert_eq!(answer, 42);
/// ```
pub fn force_refresh_blocking<R>(code: impl FnOnce() -> R) -> R {
    let _raised = ambient::raise(REFRESHING);
    code()
}

/// Whether this call is to skip its lookup; a mark for this very function is used up.
pub(super) fn is_due(flags: u8, function: &'static Function) -> bool {
    flags & REFRESHING != 0 || (flags & REFRESH_NEXT != 0 && take_mark(function))
}

#[cold]
fn take_mark(function: &'static Function) -> bool {
    let is_marked = NEXT.get() == address(function);
    if is_marked {
        NEXT.set(0);
        ambient::lower(REFRESH_NEXT);
    }
    is_marked
}

/// Runs `call` with the first lookup of `function` in it skipped.
pub(super) fn next_of<R>(function: &'static Function, call: impl FnOnce() -> R) -> R {
    let _raised = ambient::raise(REFRESH_NEXT);
    let _mark = Mark { before: NEXT.replace(address(function)) };
    call()
}

/// [`next_of`] for a call that is `async`: its lookup is in its first poll.
pub(super) async fn next_of_async<F: Future>(function: &'static Function, call: F) -> F::Output {
    let mut call = pin!(call);
    let mut is_first = true;
    poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            next_of(function, || call.as_mut().poll(context))
        } else {
            call.as_mut().poll(context)
        }
    })
    .await
}

fn address(function: &'static Function) -> usize {
    std::ptr::from_ref(function).addr()
}

struct Mark {
    before: usize,
}

impl Drop for Mark {
    fn drop(&mut self) {
        NEXT.set(self.before);
    }
}
