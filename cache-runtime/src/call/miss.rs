//! A call that found nothing: what is to be done with the value once it is computed.

use std::future::Future;
use std::marker::PhantomData;

use super::flight::Leader;
use super::keep::Keep;
use super::one::Call;
use super::shape::Outcome;
use super::{join, run, running};
use crate::base::entry::Timeout;
use crate::base::key::KeyBuf;
use crate::base::sync::{block_on, unblocked};

/// What a function says about a value before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub(super) keep: bool,
    pub(super) timeout: Option<Timeout>,
}

impl Verdict {
    /// The value is stored for the function's own timeout.
    pub const USUAL: Self = Self { keep: true, timeout: None };

    /// The value is not stored if `condition` holds.
    #[must_use]
    pub const fn unless(self, condition: bool) -> Self {
        Self { keep: self.keep && !condition, ..self }
    }

    /// The value is stored for `timeout`.
    #[must_use]
    pub fn timeout(self, timeout: impl Into<Timeout>) -> Self {
        Self { timeout: Some(timeout.into()), ..self }
    }
}

/// Decides what becomes of a value; closures do, see [`Miss::judge`].
pub trait Judge<V> {
    /// What becomes of `value`.
    fn judge(self, value: &V) -> Verdict;
}

/// Stores every value for the function's own timeout.
#[derive(Debug, Clone, Copy)]
pub struct Usual;

impl<V> Judge<V> for Usual {
    fn judge(self, _: &V) -> Verdict {
        Verdict::USUAL
    }
}

impl<V, F: FnOnce(&V) -> Verdict> Judge<V> for F {
    fn judge(self, value: &V) -> Verdict {
        self(value)
    }
}

/// A call that found nothing yet: it owns its key, and computes, waits, or asks a shared store.
#[must_use = "the value is to be computed"]
pub struct Miss<O: Outcome, K, J = Usual> {
    /// `None`: the body runs, and nothing else happens.
    call: Option<Box<Call>>,
    judge: J,
    shape: PhantomData<fn() -> (O, K)>,
}

impl<O: Outcome, K> Miss<O, K, Usual> {
    pub(super) fn of(call: Box<Call>) -> Self {
        Self { call: Some(call), judge: Usual, shape: PhantomData }
    }

    pub(super) fn bypassing() -> Self {
        Self { call: None, judge: Usual, shape: PhantomData }
    }
}

impl<O: Outcome, K: Keep<O::Value>, J: Judge<O::Value>> Miss<O, K, J> {
    /// Lets `judge` decide about the computed value: whether it is stored, and for how long.
    pub fn judge<F: FnOnce(&O::Value) -> Verdict>(self, judge: F) -> Miss<O, K, F> {
        Miss { call: self.call, judge, shape: PhantomData }
    }

    /// Adds a tag that the entry carries; its text is rendered as a key is.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyBuf)) -> Self {
        if let Some(call) = &mut self.call {
            let mut tag = KeyBuf::new();
            render(&mut tag);
            call.tags.push(tag.into_key().into_string());
        }
        self
    }

    /// Finds the value elsewhere or computes it by `body`, which runs at most once.
    pub fn compute(self, body: impl FnOnce() -> O::Return) -> O::Return {
        let Some(call) = self.call else { return body() };
        block_on(running::<O, K, _, _>(call, self.judge, async { unblocked(body) }))
    }

    /// Finds the value elsewhere or computes it by `body`, which is polled to its end at most once.
    ///
    /// The future of a miss is large, with the body in it: it is boxed, so that a caller's future, of
    /// which this is a part, is not moved around with that room at every hit.
    pub fn compute_async(self, body: impl Future<Output = O::Return>) -> impl Future<Output = O::Return> {
        Box::pin(async move {
            let Some(mut call) = self.call else { return body.await };
            call.leader = Leader::Async;
            join::polled(run::<O, K, _, _>(call, self.judge, body)).await
        })
    }
}
