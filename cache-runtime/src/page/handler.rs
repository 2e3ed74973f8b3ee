//! What the path of a page needs of a framework: a handler that is asked, and bodies that can be read.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use super::refresh::Refresh;
use super::stored::Page;

/// How a handler is asked.
#[derive(Debug, Clone)]
pub enum Ask {
    /// As the client sent it: the answer is for this client alone.
    AsSent,
    /// With the client's preconditions and ranges. The answer may be a page for many all the same: so without what
    /// the key lacks.
    InParts,
    /// Without the client's preconditions and ranges, since the answer is for many.
    Whole,
    /// Whether this page still holds: with its validators as preconditions.
    Confirm(Arc<Page>),
}

/// Marks the response of a handler that could not be asked in another way than the client did after all.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct AskedAsSent;

/// Marks the response of a handler that could read more than the key of its page holds: it is for its client alone.
#[derive(Debug, Clone, Copy)]
pub(in crate::page) struct KnowsMore;

/// A handler, and the request that it is asked with.
pub trait Handler: Sized {
    /// The body of its responses.
    type Body: Body;
    /// The response, as it comes.
    type Answer: Future<Output = Response<Self::Body>>;

    /// Whether it can be asked in another way than the client did: where its arguments were read before,
    /// it cannot.
    const CAN_CHANGE: bool;

    /// Asks it.
    fn ask(self, ask: Ask) -> Self::Answer;

    /// Runs `refresh.run()` as a task of its own.
    fn spawn(refresh: Refresh<Self>);
}

/// The body of a framework's responses.
pub trait Body: Sized {
    /// The bytes, as they come.
    type Reading: Future<Output = Reading<Self>>;

    /// How many bytes it has, if that is known before.
    fn size(&self) -> Option<u64>;

    /// Reads it, unless there are more than `limit` bytes.
    fn read(self, limit: usize) -> Self::Reading;

    /// A body of these bytes, shared.
    fn whole(bytes: Bytes) -> Self;

    /// No body, of a response that says nothing about how long one would be (304).
    fn none() -> Self {
        Self::whole(Bytes::new())
    }
}

/// What was read of a body.
#[derive(Debug)]
pub enum Reading<B> {
    /// All of it.
    Whole(Bytes),
    /// Something of it: it is longer than the limit, has trailers, or failed. This is a body of the same bytes,
    /// which ends or fails as the first would have.
    Passed(B),
}
