//! The budget of one call: how much time it spends on its store, whatever the store does.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::base::clock::{Clock, Moment};
use crate::base::error::{Error, ErrorKind, Result};

/// The most time that one call waits for answers of its store.
pub const STORE_BUDGET: Duration = Duration::from_millis(150);

/// What is left of a call's budget.
#[derive(Debug)]
pub(super) struct Budget {
    left: Duration,
    /// The store bounds its answers by itself, so no timer is set beside it.
    is_bounded: bool,
}

impl Budget {
    pub(super) fn new(is_bounded: bool) -> Self {
        Self { left: STORE_BUDGET, is_bounded }
    }

    /// Whether the store has failed once, or taken too long: then this call leaves it alone.
    pub(super) fn is_spent(&self) -> bool {
        self.left.is_zero()
    }

    /// Awaits an answer of the store within what is left; a failure spends the rest.
    ///
    /// A store that panics has failed: that is not the caller's panic.
    pub(super) async fn spend<T>(
        &mut self,
        clock: &Clock,
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if self.is_spent() {
            return Err(Error::new(ErrorKind::Unavailable, "call").context("the store has failed before"));
        }
        let answer =
            if self.is_bounded { unpanicking(operation).await } else { self.watch(clock, operation).await };
        if answer.is_err() {
            self.left = Duration::ZERO;
        }
        answer
    }

    async fn watch<T>(&mut self, clock: &Clock, operation: impl Future<Output = Result<T>>) -> Result<T> {
        let begun = clock.now();
        let answer = within(clock, begun.plus(self.left), unpanicking(operation)).await;
        self.left = self.left.saturating_sub(clock.now().since(begun));
        answer.unwrap_or_else(|| Err(Error::new(ErrorKind::TimedOut, "call")))
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
