//! A layer that gives pages an `ETag`, and answers whoever has the page already by 304.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::conditional_body::{ConditionalBody, Reading};
use crate::page::condition::{Validators, Verdict, has_preconditions, judge, not_modified_headers};
use crate::page::control::CacheControl;
use crate::page::headers::etag_of;

/// Gives the pages of a service an `ETag`, and weighs the preconditions of `GET` requests against the page.
///
/// The service runs all the same; what is saved is the way to the client. A page gets a tag if its status is 200, its body is
/// not empty, its length is known and within the limit (1 MiB, or [`max_body`](Self::max_body)), it has none, and
/// `no-store` is not said. All others pass through without being buffered.
#[derive(Debug, Clone, Copy)]
pub struct ConditionalPages {
    max_body: u64,
}

impl ConditionalPages {
    /// With a limit of 1 MiB.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_body: 1 << 20 }
    }

    /// The largest body, in bytes, that is read to give it a tag.
    #[must_use]
    pub const fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes }
    }
}

impl Default for ConditionalPages {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ConditionalPages {
    type Service = ConditionalService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConditionalService { inner, max_body: self.max_body }
    }
}

/// A service behind [`ConditionalPages`].
#[derive(Debug, Clone)]
pub struct ConditionalService<S> {
    inner: S,
    max_body: u64,
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
        let max_body = self.max_body;
        ConditionalFuture { state: State::Running { call: self.inner.call(request) }, asked, max_body }
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
        max_body: u64,
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
                    if !is_page || !lacks_tag(&response, *this.max_body) {
                        let (head, body) = response.into_parts();
                        return Poll::Ready(Ok(weigh(this.asked, head, ConditionalBody::passed(body))));
                    }
                    let (head, body) = response.into_parts();
                    let body = Some(Reading::of(body, *this.max_body));
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

/// Whether this page is given a tag.
fn lacks_tag<B: Body>(response: &Response<B>, max_body: u64) -> bool {
    let length = response.body().size_hint().exact().unwrap_or(0);
    response.status() == StatusCode::OK
        && !response.headers().contains_key(ETAG)
        && (1..=max_body).contains(&length)
        && !CacheControl::of(response.headers()).forbids_storing()
}

/// The page, or what the preconditions put in its place.
fn weigh<B: Body<Data = Bytes>>(
    asked: &Asked,
    mut head: Parts,
    body: ConditionalBody<B>,
) -> Response<ConditionalBody<B>> {
    let verdict = match asked {
        Asked::Conditions(asked) if head.status.is_success() => {
            judge(&Method::GET, asked, &Validators::of(&head.headers))
        }
        _ => Verdict::Proceed,
    };
    let (status, headers) = match verdict {
        Verdict::Proceed => return Response::from_parts(head, body),
        Verdict::NotModified => (StatusCode::NOT_MODIFIED, not_modified_headers(&head.headers)),
        Verdict::Failed => {
            (StatusCode::PRECONDITION_FAILED, HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(0))]))
        }
    };
    (head.status, head.headers) = (status, headers);
    Response::from_parts(head, ConditionalBody::empty())
}
