//! The last argument of a cached handler, which alone may be the body of a request.

use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use http_body::Body as _;

use crate::page::adapter::tower::is_silent;

/// The last argument of a cached handler, and whether the request brings a body that no header announces.
#[derive(Debug, Clone, Copy)]
pub struct LastInput<T> {
    value: T,
    brings_body: bool,
}

impl<T> LastInput<T> {
    /// The argument, and whether there is such a body.
    pub fn into_parts(self) -> (T, bool) {
        (self.value, self.brings_body)
    }
}

/// The way in which a [`LastInput`] is extracted, around that of the argument itself: from parts of a request, or
/// from all of it.
#[derive(Debug, Clone, Copy)]
pub struct Via<M>(PhantomData<M>);

impl<S, M, T> FromRequest<S, Via<M>> for LastInput<T>
where
    S: Send + Sync,
    T: FromRequest<S, M>,
{
    type Rejection = T::Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, T::Rejection> {
        let brings_body = is_silent(request.version()) && !request.body().is_end_stream();
        T::from_request(request, state).await.map(|value| Self { value, brings_body })
    }
}
