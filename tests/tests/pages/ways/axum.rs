//! The site on axum.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cache_runtime::__private::axum::{PageInput, serve};
use cache_runtime::page::headers::Directives;
use cache_runtime::page::{
    CachePage, Condition, ConditionalPages, NeverCache, PageFunction, Policy, SetCacheControl, VaryOn,
    WeakTags,
};
use futures_util::TryStreamExt;
use http::request::Parts;
use http::{Request, StatusCode};
use http_body::{Frame, SizeHint};
use tower::ServiceExt;

use super::dressed::{self, Dress, dresses};
use super::page::{self, Page};
use super::script::{Call, Content, Said, Script};
use super::{App, Opened};
use crate::stage::Runs;

pub(super) struct Axum {
    router: Router,
    /// Whose page the handler's is, under the attribute.
    page: Option<&'static PageFunction>,
}

impl FromRequestParts<Script> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, script: &Script) -> Result<Self, Infallible> {
        Ok(Self { script: script.clone(), uri: parts.uri.to_string(), headers: parts.headers.clone() })
    }
}

/// The handler under `#[cache_page]`, its expansion written out.
pub(super) fn attribute(page: &'static PageFunction, script: Script) -> Axum {
    async fn cached(page: PageInput<Page>, call: Call) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { call.answer().await }).await
    }
    Axum { router: nested(Router::new().fallback(cached).with_state(script)), page: Some(page) }
}

/// The handler as it is, in a layer.
pub(super) fn layer(policy: Policy, script: Script) -> Axum {
    let bare = Router::new().fallback(dressed::bare).with_state(script);
    Axum { router: nested(bare.layer(CachePage::policy(policy))), page: None }
}

/// The handler, dressed by an attribute or by a layer.
pub(super) fn dress(dress: Dress, is_attribute: bool, script: Script) -> Axum {
    let router = Router::new();
    macro_rules! each {
        ($($name:ident => $handler:ident, $layer:expr;)*) => {
            match (dress, is_attribute) {$(
                (Dress::$name, true) => router.fallback(dressed::$handler),
                (Dress::$name, false) => router.fallback(dressed::bare).layer($layer),
            )*}
        };
    }
    Axum { router: dresses!(each).with_state(script), page: None }
}

/// The handler in a cache, in a compression that leaves tags alone, in the layer that does not.
pub(super) fn packed(script: Script) -> Axum {
    let bare = Router::new().fallback(dressed::bare).with_state(script).layer(CachePage::seconds(60));
    let pack = axum::middleware::map_response(async |mut response: Response| {
        response.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        response
    });
    Axum { router: bare.layer(pack).layer(WeakTags), page: None }
}

/// The handler behind a layer that gives its pages a tag.
pub(super) fn conditional(pages: ConditionalPages, script: Script) -> Axum {
    let router = Router::new().fallback(dressed::bare).with_state(script);
    Axum { router: router.layer(pages), page: None }
}

fn nested(inner: Router) -> Router {
    let numbers = Runs::default();
    Router::new().nest("/first", inner.clone()).nest("/second", inner.clone()).fallback_service(inner).layer(
        axum::middleware::map_response(move |mut response: Response| {
            let number = numbers.next();
            async move {
                response.headers_mut().insert("x-number", number.into());
                response
            }
        }),
    )
}

impl App for Axum {
    fn answer(&self, request: Request<()>) -> Pin<Box<dyn Future<Output = Opened>>> {
        let (router, page) = (self.router.clone(), self.page);
        Box::pin(async move {
            let answering = router.oneshot(request.map(|()| Body::empty()));
            let response = match page {
                Some(page) => page::within(page, answering).await,
                None => answering.await,
            };
            let (parts, body) = response.expect("nothing fails").into_parts();
            let body = Box::pin(body.into_data_stream().map_err(|error| error.to_string()));
            Opened { status: parts.status, headers: parts.headers, body }
        })
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        let body = match self.body {
            Content::Whole(bytes) => Body::from(bytes),
            Content::Parts(parts, length) => Body::new(InParts { parts: parts.into(), length }),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).expect("it is a status");
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// A body in parts.
struct InParts {
    parts: VecDeque<Result<&'static str, &'static str>>,
    length: Option<u64>,
}

impl http_body::Body for InParts {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.parts.pop_front().map(|part| part.map(|part| Frame::data(part.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
