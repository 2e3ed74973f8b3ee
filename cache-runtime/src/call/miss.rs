//! A call that found nothing: what is to be done with the value once it is computed.

use std::future::Future;
use std::marker::PhantomData;

use super::function::Function;
use super::shape::{Keep, Outcome};
use crate::base::entry::Timeout;
use crate::base::key::KeyBuf;

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
    function: &'static Function,
    tags: Vec<String>,
    judge: J,
    shape: PhantomData<fn() -> (O, K)>,
}

impl<O: Outcome, K: Keep<O::Value>, J: Judge<O::Value>> Miss<O, K, J> {
    /// Lets `judge` decide about the computed value: whether it is stored, and for how long.
    pub fn judge<F: FnOnce(&O::Value) -> Verdict>(self, judge: F) -> Miss<O, K, F> {
        Miss { function: self.function, tags: self.tags, judge, shape: PhantomData }
    }

    /// Adds a tag that the entry carries; its text is rendered as a key is.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyBuf)) -> Self {
        let mut tag = KeyBuf::new();
        render(&mut tag);
        self.tags.push(tag.into_key().into_string());
        self
    }

    /// Finds the value elsewhere or computes it by `body`, which runs at most once.
    pub fn compute(self, body: impl FnOnce() -> O::Return) -> O::Return {
        let _ = body;
        todo!()
    }

    /// Finds the value elsewhere or computes it by `body`, which is polled to its end at most once.
    pub async fn compute_async(self, body: impl Future<Output = O::Return>) -> O::Return {
        body.await
    }
}
