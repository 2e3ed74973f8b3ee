//! A layer that gives pages an `ETag`, and answers whoever has the page already by 304.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::ETAG;
use http::response::Parts;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::conditional_body::{ConditionalBody, Reading};
use crate::page::ConditionalPages;
use crate::page::condition::{has_preconditions, instead};
use crate::page::headers::etag_of;

impl<S> Layer<S> for ConditionalPages {
    type Service = ConditionalService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConditionalService { inner, pages: *self }
    }
}

/// A service behind [`ConditionalPages`].
#[derive(Debug, Clone)]
pub struct ConditionalService<S> {
    inner: S,
    pages: ConditionalPages,
}

impl<S, A, B> Service<Request<A>> for ConditionalService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Response = Response<ConditionalBody<B>>;
    type Error = S::Error;
    type Future = ConditionalFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The headers are copied only where they are looked at.
        let asked = match *request.method() {
            Method::GET if has_preconditions(request.headers()) => {
                Asked::Conditions(request.headers().clone())
            }
            Method::GET => Asked::Page,
            _ => Asked::Other,
        };
        let pages = self.pages;
        ConditionalFuture { state: State::Running { call: self.inner.call(request) }, asked, pages }
    }
}

/// What the request asks, as far as this layer is concerned.
#[derive(Debug)]
enum Asked {
    Conditions(HeaderMap),
    Page,
    Other,
}

pin_project! {
    /// The response of a [`ConditionalService`].
    pub struct ConditionalFuture<F, B: Body> {
        #[pin]
        state: State<F, B>,
        asked: Asked,
        pages: ConditionalPages,
    }
}

pin_project! {
    #[project = StateProjected]
    enum State<F, B: Body> {
        Running { #[pin] call: F },
        Reading { head: Option<Parts>, body: Option<Reading<B>> },
    }
}

impl<F, B, E> Future for ConditionalFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ConditionalBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjected::Running { call } => {
                    let response = ready!(call.poll(context))?;
                    let is_page = !matches!(this.asked, Asked::Other);
                    let (head, body) = response.into_parts();
                    let length = body.size_hint().exact();
                    if !is_page || !this.pages.gives_tag(head.status, &head.headers, length) {
                        return Poll::Ready(Ok(weigh(this.asked, head, ConditionalBody::passed(body))));
                    }
                    let body = Some(Reading::of(body, this.pages.max_body));
                    this.state.set(State::Reading { head: Some(head), body });
                }
                StateProjected::Reading { head, body } => {
                    let reading = body.as_mut().expect(NOT_AGAIN);
                    ready!(reading.poll_end(context));
                    let (mut head, read) = (head.take().expect(NOT_AGAIN), body.take().expect(NOT_AGAIN));
                    if let Some(whole) = read.whole() {
                        head.headers.insert(ETAG, etag_of(whole));
                    }
                    return Poll::Ready(Ok(weigh(this.asked, head, read.into_body())));
                }
            }
        }
    }
}

const NOT_AGAIN: &str = "a future that is ready is not polled again";

/// The page, or what the preconditions put in its place.
fn weigh<B: Body<Data = Bytes>>(
    asked: &Asked,
    mut head: Parts,
    body: ConditionalBody<B>,
) -> Response<ConditionalBody<B>> {
    let replaced = match asked {
        Asked::Conditions(asked) => instead(asked, head.status, &head.headers),
        Asked::Page | Asked::Other => None,
    };
    let Some((status, headers)) = replaced else { return Response::from_parts(head, body) };
    (head.status, head.headers) = (status, headers);
    Response::from_parts(head, ConditionalBody::empty())
}
