//! What surrounds a call on this thread: one byte that a hit reads, and the way to set it around polls.
//!
//! The layers above keep their own thread-local state (the caches of a scope, the keys being
//! computed); the byte says whether there is any, so that a hit outside of all scopes reads nothing
//! more.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// This thread is inside `Caches::scope`.
pub(crate) const SCOPED: u8 = 1;
/// This thread is inside `force_refresh`.
pub(crate) const REFRESHING: u8 = 2;
/// The next lookup of one function is to be skipped.
pub(crate) const REFRESH_NEXT: u8 = 4;

thread_local! {
    static FLAGS: Cell<u8> = const { Cell::new(0) };
}

/// What surrounds this thread.
#[inline]
pub(crate) fn flags() -> u8 {
    FLAGS.get()
}

/// Sets a flag until the guard is dropped.
pub(crate) fn raise(flag: u8) -> Raised {
    Raised { before: FLAGS.replace(FLAGS.get() | flag) }
}

/// Clears a flag before its guard is dropped.
pub(crate) fn lower(flag: u8) {
    FLAGS.set(FLAGS.get() & !flag);
}

/// Restores the flags when it is dropped; see [`raise`].
#[must_use]
pub(crate) struct Raised {
    before: u8,
}

impl Drop for Raised {
    fn drop(&mut self) {
        FLAGS.set(self.before);
    }
}

/// A future around each of whose polls `enter` is called, and what it returns is kept.
pub(crate) struct Around<F, E> {
    future: Pin<Box<F>>,
    enter: E,
}

impl<F, E> Around<F, E> {
    pub(crate) fn new(future: F, enter: E) -> Self {
        Self { future: Box::pin(future), enter }
    }
}

impl<F: Future, G, E: FnMut() -> G + Unpin> Future for Around<F, E> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _guard = (self.enter)();
        self.future.as_mut().poll(context)
    }
}
