//! Whether a request brings a body that no header announces.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use bytes::Bytes;
use futures_core::Stream;

/// Whether there is a body, or may be one that has not come yet; what was read of it is put back.
///
/// Over HTTP/1 headers announce every body (RFC 9112 §6.3). Over HTTP/2 a request without one ends with its headers.
pub(super) fn brings_body(version: Version, payload: &mut Payload) -> bool {
    if version <= Version::HTTP_11 || matches!(payload, Payload::None) {
        return false;
    }
    let mut rest = payload.take();
    // Whoever reads the body polls it again, and leaves a waker of its own.
    match Pin::new(&mut rest).poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(None) => false,
        Poll::Ready(first) => {
            *payload = Payload::Stream { payload: Box::pin(Begun { first, rest }) };
            true
        }
        Poll::Pending => {
            *payload = rest;
            true
        }
    }
}

/// A body of which the first bytes, or its failure, have been read.
struct Begun {
    first: Option<Result<Bytes, PayloadError>>,
    rest: Payload,
}

impl Stream for Begun {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_next(context),
        }
    }
}
