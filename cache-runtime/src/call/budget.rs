//! The budget of one call: how much time it spends on its store, whatever the store does.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use crate::backend::Capability;
use crate::base::clock::{Clock, Moment};
use crate::base::error::{Error, ErrorKind, Result};

/// The most time that one call waits for answers of its store, unless the limits of the store are set otherwise.
pub const STORE_BUDGET: Duration = Capability::USUAL_LIMIT;

/// What is left of a call's budget.
#[derive(Debug)]
pub(super) struct Budget {
    /// In milliseconds, as the clock counts.
    left: AtomicU64,
    /// What there was at first.
    whole: u64,
    /// An operation has failed, or one was wanted when nothing was left.
    has_failed: AtomicBool,
    /// The store bounds its answers by itself, so no timer is set beside the first.
    is_bounded: bool,
}

impl Budget {
    pub(super) fn new(store: Capability) -> Self {
        let whole = u64::try_from(store.limit.as_millis()).unwrap_or(u64::MAX).max(1);
        let (left, has_failed) = (AtomicU64::new(whole), AtomicBool::new(false));
        Self { left, whole, has_failed, is_bounded: store.bounded }
    }

    /// Whether the store has failed once, or taken too long: then this call leaves it alone.
    pub(super) fn is_spent(&self) -> bool {
        self.left() == 0
    }

    /// Notes that the store is left alone from now on; whether that is new.
    pub(super) fn fails(&self) -> bool {
        self.give_back(0);
        !self.has_failed.swap(true, Ordering::Relaxed)
    }

    /// What is left, in milliseconds.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Spends what another has waited for the same store, on behalf of this call too.
    pub(super) fn shares(&self, waited: Duration) {
        let waited = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
        let left = self.left().saturating_sub(waited);
        self.give_back(left);
        if left == 0 {
            // Counted by the one who waited.
            self.has_failed.store(true, Ordering::Relaxed);
        }
    }

    /// Gives back what was spent since there was so much left: the time counted as waiting for another.
    pub(super) fn give_back(&self, left: u64) {
        self.left.store(left, Ordering::Relaxed);
    }

    /// Awaits an answer of the store within what is left; a failure spends the rest.
    ///
    /// A store that panics has failed: that is not the caller's panic. So `operation` is to call the
    /// store when it is polled, not before.
    pub(super) async fn spend<T>(
        &self,
        clock: &Clock,
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if self.is_spent() {
            return Err(Error::new(ErrorKind::TimedOut, "call").context("no time is left for the store"));
        }
        let begun = clock.now();
        let operation = unpanicking(operation);
        // A store with a limit of its own is trusted with the first answer; where that took its time, the
        // limits of several would add up.
        let answer = if self.is_bounded && self.left() == self.whole {
            operation.await
        } else {
            let answer = within(clock, begun.plus_millis(self.left()), operation).await;
            answer.unwrap_or_else(|| Err(Error::new(ErrorKind::TimedOut, "call")))
        };
        let spent = clock.now().as_millis() - begun.as_millis();
        self.left.store(self.left().saturating_sub(spent), Ordering::Relaxed);
        answer
    }
}

/// What `future` returns, or `None` once the deadline has come.
pub(super) async fn within<F: Future>(clock: &Clock, deadline: Moment, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut sleep = pin!(clock.sleep_until(deadline));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        sleep.as_mut().poll(context).map(|()| None)
    })
    .await
}

async fn unpanicking<T>(operation: impl Future<Output = Result<T>>) -> Result<T> {
    let mut operation = pin!(operation);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| operation.as_mut().poll(context)));
        poll.unwrap_or_else(|_| {
            let text = "the store panicked";
            Poll::Ready(Err(Error::new(ErrorKind::Unavailable, "call").context(text)))
        })
    })
    .await
}
