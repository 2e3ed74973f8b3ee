//! Conditions as extractors and responses.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use http_body::Frame;

use crate::page::conditioned::{Asked, Conditioned};

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

impl<T: IntoResponse> IntoResponse for Conditioned<T> {
    fn into_response(self) -> Response {
        let (returned, weighed) = self.into_parts();
        let mut response = returned.map_or_else(|| answer(weighed.status()), IntoResponse::into_response);
        let status = response.status();
        weighed.mark(status, response.headers_mut());
        response
    }
}

fn answer(status: StatusCode) -> Response {
    match status {
        StatusCode::NOT_MODIFIED => (status, Body::new(OfOtherLength)).into_response(),
        status => status.into_response(),
    }
}

/// The body of a 304. It is empty, but says no length, of which a router would make a `Content-Length` of zero;
/// that would be the length of the page (RFC 9110 §8.6).
struct OfOtherLength;

impl HttpBody for OfOtherLength {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}
