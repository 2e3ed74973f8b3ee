//! A body that was read to its end, or to a limit, before it is sent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

/// A body while it is read.
pub(super) struct Reading<B: Body> {
    max: usize,
    read: BytesMut,
    trailers: Option<HeaderMap>,
    fault: Option<B::Error>,
    /// There until the body has ended.
    rest: Option<Pin<Box<B>>>,
}

impl<B: Body<Data = Bytes>> Reading<B> {
    /// Reads a body up to `max` bytes.
    pub(super) fn of(body: B, max: u64) -> Self {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let length = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let read = BytesMut::with_capacity(length.unwrap_or(0).min(max));
        Self { max, read, trailers: None, fault: None, rest: Some(Box::pin(body)) }
    }

    /// Ready when the body has ended or failed, or turned out to be longer than it had said.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(body) = &mut self.rest
            && self.read.len() <= self.max
        {
            match ready!(body.as_mut().poll_frame(context)) {
                Some(Ok(frame)) => self.keep(frame),
                Some(Err(fault)) => {
                    self.fault = Some(fault);
                    self.rest = None;
                }
                None => self.rest = None,
            }
        }
        Poll::Ready(())
    }

    fn keep(&mut self, frame: Frame<Bytes>) {
        match frame.into_data() {
            Ok(data) => self.read.extend_from_slice(&data),
            Err(frame) => self.trailers = frame.into_trailers().ok(),
        }
    }

    /// All of the body, if it has ended well and is not empty.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        let is_whole = self.rest.is_none() && self.fault.is_none() && !self.read.is_empty();
        is_whole.then_some(&self.read)
    }

    /// The same body once more: what was read, then what was not.
    pub(super) fn into_body(self) -> ConditionalBody<B> {
        let Self { read, trailers, fault, rest, .. } = self;
        ConditionalBody { passed: None, read: Some(read.freeze()), trailers, fault, rest }
    }
}

pin_project! {
    /// The body of a response behind a layer that may answer instead of the service.
    pub struct ConditionalBody<B: Body> {
        #[pin]
        passed: Option<B>,
        read: Option<Bytes>,
        rest: Option<Pin<Box<B>>>,
        fault: Option<B::Error>,
        trailers: Option<HeaderMap>,
    }
}

impl<B: Body<Data = Bytes>> ConditionalBody<B> {
    /// A body that nobody has touched.
    pub(super) fn passed(body: B) -> Self {
        Self { passed: Some(body), ..Self::empty() }
    }

    /// Nothing, and no word about its length: a 304 has that of the page, which it does not tell (RFC 9110 §8.6).
    pub(super) fn empty() -> Self {
        Self { passed: None, read: None, rest: None, fault: None, trailers: None }
    }
}

impl<B: Body<Data = Bytes>> Body for ConditionalBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        if let Some(body) = this.passed.as_pin_mut() {
            return body.poll_frame(context);
        }
        if let Some(read) = this.read.take().filter(|read| !read.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(read))));
        }
        if let Some(fault) = this.fault.take() {
            return Poll::Ready(Some(Err(fault)));
        }
        if let Some(rest) = this.rest {
            return rest.as_mut().poll_frame(context);
        }
        Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        if let Some(body) = &self.passed {
            return body.is_end_stream();
        }
        let is_read = self.read.as_ref().is_none_or(Bytes::is_empty);
        let has_rest = self.rest.as_ref().is_some_and(|rest| !rest.is_end_stream());
        is_read && !has_rest && self.fault.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if let Some(body) = &self.passed {
            return body.size_hint();
        }
        match (&self.read, &self.rest, &self.fault) {
            (Some(read), None, None) => SizeHint::with_exact(read.len() as u64),
            // It did not do as it had said, or there is nothing to say.
            _ => SizeHint::default(),
        }
    }
}
