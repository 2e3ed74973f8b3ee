//! Middleware that dresses every response, dressed values as responses, and conditions as extractors and responses.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::body::EitherBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, Responder};
use http::{Method, StatusCode};

use super::convert;
use crate::page::conditioned::{Asked, Conditioned};
use crate::page::dressing::{Dressed, Dressing, NeverCache, SetCacheControl, VaryOn, WeakTags};

/// A service whose responses are dressed; made by a middleware.
#[derive(Debug, Clone)]
pub struct DressedMiddleware<S, D> {
    inner: S,
    dressing: D,
}

macro_rules! transforms {
    ($($dressing:ty)*) => {$(
        impl<S, B> Transform<S, ServiceRequest> for $dressing
        where
            S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
            S::Future: 'static,
            B: 'static,
        {
            type Response = ServiceResponse<B>;
            type Error = Error;
            type Transform = DressedMiddleware<S, Self>;
            type InitError = ();
            type Future = Ready<Result<DressedMiddleware<S, Self>, ()>>;

            fn new_transform(&self, inner: S) -> Self::Future {
                ready(Ok(DressedMiddleware { inner, dressing: self.clone() }))
            }
        }
    )*};
}

transforms! { NeverCache SetCacheControl VaryOn WeakTags }

impl<S, B, D> Service<ServiceRequest> for DressedMiddleware<S, D>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
    D: Dressing + Clone + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse<B>, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (answer, dressing) = (self.inner.call(request), self.dressing.clone());
        Box::pin(async move {
            let mut answer = answer.await?;
            convert::change_headers(answer.headers_mut(), |headers| dressing.dress(headers));
            Ok(answer)
        })
    }
}

impl<T: Responder, D: Dressing> Responder for Dressed<T, D> {
    type Body = T::Body;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<T::Body> {
        let (returned, dressing) = self.into_parts();
        let mut response = returned.respond_to(request);
        convert::change_headers(response.headers_mut(), |headers| dressing.dress(headers));
        response
    }
}

impl FromRequest for Asked {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // actix refuses a method that the newer crate refuses.
        let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
        ready(Ok(Self::of(&method, &convert::headers(request.headers()))))
    }
}

impl<T: Responder> Responder for Conditioned<T> {
    type Body = EitherBody<T::Body>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        let (returned, weighed) = self.into_parts();
        let mut response = match returned {
            Some(returned) => returned.respond_to(request).map_into_left_body(),
            None => convert::empty(weighed.status()).map_into_right_body(),
        };
        let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or_default();
        convert::change_headers(response.headers_mut(), |headers| weighed.mark(status, headers));
        response
    }
}
