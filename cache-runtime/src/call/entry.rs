//! The entry of one set of arguments: what the companions of a cached function do to it.

use std::marker::PhantomData;

use super::function::Function;
use super::shape::{Keep, Outcome};
use crate::base::entry::Timeout;
use crate::base::error::Result;
use crate::base::key::{Key, KeyBuf};

/// The entry of one set of arguments.
#[must_use]
pub struct FunctionEntry<O: Outcome, K> {
    function: &'static Function,
    key: Key,
    tags: Vec<String>,
    timeout: Option<Timeout>,
    shape: PhantomData<fn() -> (O, K)>,
}

impl<O: Outcome, K: Keep<O::Value>> FunctionEntry<O, K> {
    /// The key, as the low-level API takes it.
    pub fn key(&self) -> Key {
        self.key.clone()
    }

    /// A tag that a value stored by [`set`](Self::set) carries; its text is rendered as a key is.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyBuf)) -> Self {
        let mut tag = KeyBuf::new();
        render(&mut tag);
        self.tags.push(tag.into_key().into_string());
        self
    }

    /// How long a value stored by [`set`](Self::set) is fresh, instead of the function's own timeout.
    pub fn timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.timeout = Some(timeout.into());
        self
    }

    /// Removes the entry, and keeps out what is being computed now; whether there was one.
    pub async fn invalidate(&self) -> Result<bool> {
        todo!()
    }

    /// The value in the entry, if there is one; never computes.
    pub async fn peek(&self) -> Result<Option<O::Value>> {
        todo!()
    }

    /// What the function would return from the entry, if there is one; never computes.
    pub async fn peek_returned(&self) -> Result<Option<O::Return>> {
        todo!()
    }

    /// Stores a value that was computed elsewhere.
    pub async fn set(&self, value: &O::Value) -> Result<()> {
        let _ = value;
        todo!()
    }

    /// Stores what the function would have returned; `None` and `Err` only if the function stores them.
    pub async fn set_returned(&self, returned: &O::Return) -> Result<()> {
        let _ = returned;
        todo!()
    }

    /// The same operations for a function that is not `async`; works inside and outside of a runtime.
    pub fn blocking(self) -> BlockingEntry<O, K> {
        BlockingEntry(self)
    }
}

/// [`FunctionEntry`] for code that is not `async`.
#[must_use]
pub struct BlockingEntry<O: Outcome, K>(FunctionEntry<O, K>);

impl<O: Outcome, K: Keep<O::Value>> BlockingEntry<O, K> {
    /// See [`FunctionEntry::invalidate`].
    pub fn invalidate(&self) -> Result<bool> {
        let _ = &self.0;
        todo!()
    }

    /// See [`FunctionEntry::peek`].
    pub fn peek(&self) -> Result<Option<O::Value>> {
        todo!()
    }

    /// See [`FunctionEntry::peek_returned`].
    pub fn peek_returned(&self) -> Result<Option<O::Return>> {
        todo!()
    }

    /// See [`FunctionEntry::set`].
    pub fn set(&self, value: &O::Value) -> Result<()> {
        let _ = value;
        todo!()
    }

    /// See [`FunctionEntry::set_returned`].
    pub fn set_returned(&self, returned: &O::Return) -> Result<()> {
        let _ = returned;
        todo!()
    }
}
