//! The middleware: a route's pages, a site's pages.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};

use super::convert;
use super::held::Held;
use super::payload::brings_body;
use super::service::{self, Seat};
use super::urls::Urls;
use crate::page::{CachePage, CacheSite, Policy, Visit};

/// A service whose pages are cached; made by a middleware.
#[derive(Debug)]
pub struct PageMiddleware<S> {
    inner: Rc<S>,
    policy: Arc<Policy>,
    held: Rc<Held>,
}

macro_rules! transforms {
    ($($layer:ident)*) => {$(
        impl<S, B> Transform<S, ServiceRequest> for $layer
        where
            S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
            B: MessageBody + 'static,
        {
            type Response = ServiceResponse;
            type Error = Error;
            type Transform = PageMiddleware<S>;
            type InitError = ();
            type Future = Ready<Result<PageMiddleware<S>, ()>>;

            fn new_transform(&self, inner: S) -> Self::Future {
                let (inner, policy) = (Rc::new(inner), self.shared_policy());
                ready(Ok(PageMiddleware { inner, policy, held: Rc::default() }))
            }
        }
    )*};
}

transforms! { CachePage CacheSite }

impl<S, B> Service<ServiceRequest> for PageMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let inner = Rc::clone(&self.inner);
        match convert::request(request.request()) {
            Some(asked) => {
                let (head, payload) = request.parts_mut();
                let brings_body = brings_body(head.version(), payload);
                // Made by a handler that sees what the key lacks, a page would be nobody else's.
                let shows_more =
                    Urls::of(&request).counted(&self.policy).is_some() && !self.held.can_change(&mut request);
                let visit = Visit::new(Arc::clone(&self.policy), asked);
                let visit = visit.with_body(brings_body).for_one(shows_more);
                let visit = visit.nested_in(request.extensions().get());
                let seat = Seat::of(request, Rc::clone(&self.held));
                Box::pin(service::answer(inner, visit, seat))
            }
            None => Box::pin(async move { Ok(inner.call(request).await?.map_into_boxed_body()) }),
        }
    }
}
