//! The middleware that gives pages an `ETag`, and answers whoever has the page already by 304.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use actix_web::{Error, HttpResponse};
use http::header::ETAG;
use http::{HeaderMap, StatusCode};

use super::body::{known, read};
use super::convert;
use crate::page::ConditionalPages;
use crate::page::condition::{has_preconditions, instead};
use crate::page::headers::etag_of;

/// A service behind [`ConditionalPages`].
#[derive(Debug)]
pub struct ConditionalMiddleware<S> {
    inner: Rc<S>,
    pages: ConditionalPages,
}

impl<S, B> Transform<S, ServiceRequest> for ConditionalPages
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = ConditionalMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<ConditionalMiddleware<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ConditionalMiddleware { inner: Rc::new(inner), pages: *self }))
    }
}

impl<S, B> Service<ServiceRequest> for ConditionalMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (inner, pages) = (Rc::clone(&self.inner), self.pages);
        if request.method() != Method::GET {
            return Box::pin(async move { Ok(inner.call(request).await?.map_into_boxed_body()) });
        }
        let asked = convert::headers(request.headers());
        Box::pin(async move {
            let (request, response) = inner.call(request).await?.into_parts();
            let response = answer(&asked, response.map_into_boxed_body(), pages).await;
            Ok(ServiceResponse::new(request, response))
        })
    }
}

/// The page with its tag, or what the preconditions put in its place.
async fn answer(asked: &HeaderMap, response: HttpResponse, pages: ConditionalPages) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or_default();
    let mut headers = convert::headers(response.headers());
    let mut response = response;
    if pages.gives_tag(status, &headers, known(response.body().size())) {
        let limit = usize::try_from(pages.max_body).unwrap_or(usize::MAX);
        let (head, body) = response.into_parts();
        let body = read(body, limit).await.map(|bytes| {
            headers.insert(ETAG, etag_of(&bytes));
            BoxBody::new(bytes)
        });
        response = head.set_body(body.unwrap_or_else(|unread| unread));
    }
    let replaced = has_preconditions(asked).then(|| instead(asked, status, &headers)).flatten();
    if let Some((status, replaced)) = replaced {
        response = convert::empty(status);
        headers = replaced;
    }
    convert::change_headers(response.headers_mut(), |lines| *lines = headers);
    response
}
