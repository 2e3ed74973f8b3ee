//! The site on axum.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cache_runtime::__private::axum::{PageInput, serve};
use cache_runtime::page::{CachePage, PageFunction, Policy};
use futures_util::TryStreamExt;
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body::{Frame, SizeHint};
use tower::ServiceExt;

use super::page::{self, Page};
use super::script::{Content, Said, Script};
use super::{App, Opened};
use crate::stage::Runs;

pub(super) struct Axum {
    router: Router,
    /// Whose page the handler's is, under the attribute.
    page: Option<&'static PageFunction>,
}

/// The handler under `#[cache_page]`, its expansion written out.
pub(super) fn attribute(page: &'static PageFunction, script: Script) -> Axum {
    async fn cached(
        page: PageInput<Page>,
        State(script): State<Script>,
        uri: Uri,
        headers: HeaderMap,
    ) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { script.answer(uri.to_string(), headers).await }).await
    }
    Axum { router: nested(Router::new().fallback(cached).with_state(script)), page: Some(page) }
}

/// The handler as it is, in a layer.
pub(super) fn layer(policy: Policy, script: Script) -> Axum {
    async fn bare(State(script): State<Script>, uri: Uri, headers: HeaderMap) -> Said {
        script.answer(uri.to_string(), headers).await
    }
    let inner = Router::new().fallback(bare).with_state(script).layer(CachePage::policy(policy));
    Axum { router: nested(inner), page: None }
}

fn nested(inner: Router) -> Router {
    let numbers = Runs::default();
    Router::new()
        .nest("/first", inner.clone())
        .nest("/second", inner.clone())
        .fallback_service(inner)
        .layer(axum::middleware::map_response(move |mut response: Response| {
            let number = numbers.next();
            async move {
                response.headers_mut().insert("x-number", number.into());
                response
            }
        }))
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
            Content::Parts(parts, length) => Body::new(Parts { parts: parts.into(), length }),
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
struct Parts {
    parts: VecDeque<Result<&'static str, &'static str>>,
    length: Option<u64>,
}

impl http_body::Body for Parts {
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
