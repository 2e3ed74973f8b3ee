//! Layers that dress every response of a service: `NeverCache`, `SetCacheControl`, `VaryOn`, `WeakTags`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::page::dressing::{Dressing, NeverCache, SetCacheControl, VaryOn, WeakTags};

/// A service whose responses are dressed; what the layers make.
#[derive(Debug, Clone)]
pub struct DressedService<S, D> {
    inner: S,
    dressing: D,
}

macro_rules! layers {
    ($($dressing:ty)*) => {$(
        impl<S> Layer<S> for $dressing {
            type Service = DressedService<S, Self>;

            fn layer(&self, inner: S) -> Self::Service {
                DressedService { inner, dressing: self.clone() }
            }
        }
    )*};
}

layers!(NeverCache SetCacheControl VaryOn WeakTags);

impl<S, D, A, B> Service<Request<A>> for DressedService<S, D>
where
    S: Service<Request<A>, Response = Response<B>>,
    D: Dressing + Clone,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = DressedFuture<S::Future, D>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        DressedFuture { call: self.inner.call(request), dressing: self.dressing.clone() }
    }
}

pin_project! {
    /// The response of a [`DressedService`].
    #[derive(Debug)]
    pub struct DressedFuture<F, D> {
        #[pin]
        call: F,
        dressing: D,
    }
}

impl<F, D, B, E> Future for DressedFuture<F, D>
where
    F: Future<Output = Result<Response<B>, E>>,
    D: Dressing,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.call.poll(context));
        if let Ok(response) = &mut response {
            this.dressing.dress(response.headers_mut());
        }
        Poll::Ready(response)
    }
}
