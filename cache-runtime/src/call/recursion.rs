//! Recursion: a key that is asked for from within its own computation is noticed, and run through.
//!
//! The keys being computed are kept in a thread-local set around each poll of a body, so no runtime
//! is needed. A body that asks through a task of its own (`spawn`) is not noticed: that costs the
//! `wait`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use super::flight::Id;

thread_local! {
    static COMPUTING: RefCell<Vec<Arc<Id>>> = const { RefCell::new(Vec::new()) };
}

/// Whether this thread is inside a computation of `id`.
pub(super) fn is_computing(id: &Id) -> bool {
    COMPUTING.with_borrow(|computing| computing.iter().any(|inner| **inner == *id))
}

/// Runs `body` as the computation of `id`.
pub(super) async fn computing<F: Future>(id: &Arc<Id>, body: F) -> F::Output {
    let mut body = pin!(body);
    poll_fn(|context| {
        COMPUTING.with_borrow_mut(|computing| computing.push(Arc::clone(id)));
        let _entered = Entered;
        body.as_mut().poll(context)
    })
    .await
}

struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        COMPUTING.with_borrow_mut(|computing| drop(computing.pop()));
    }
}
