//! A service whose pages are cached.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::body::PageBody;
use crate::page::adapter::CONDITIONS;
use crate::page::handler::{Ask, Body, Handler};
use crate::page::nesting::Nesting;
use crate::page::{Begun, PageRequest, Policy, Refresh, Visit, begin, go_on, query};

/// A service whose pages are cached; made by a layer.
#[derive(Debug, Clone)]
pub struct PageService<S> {
    inner: S,
    policy: Arc<Policy>,
}

impl<S> PageService<S> {
    pub(super) fn new(inner: S, policy: Arc<Policy>) -> Self {
        Self { inner, policy }
    }
}

type Answering<B, E> = Pin<Box<dyn Future<Output = Result<Response<PageBody<B>>, E>> + Send>>;

impl<S, A, B> Service<Request<A>> for PageService<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: HttpBody + Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    type Response = Response<PageBody<B>>;
    type Error = S::Error;
    type Future = PageFuture<S, A, B, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The one that is ready answers; a clone of it takes its place, and is made ready by the next call.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        PageFuture(State::New(New { policy: Some(Arc::clone(&self.policy)), asked: Some((inner, request)) }))
    }
}

/// The response of a [`PageService`]: what has the page in memory answers at the first poll, without another future.
#[must_use]
pub struct PageFuture<S, A, B: HttpBody, E>(State<S, A, B, E>);

#[expect(clippy::large_enum_variant, reason = "a hit, which is all in the large one, needs no allocation")]
enum State<S, A, B: HttpBody, E> {
    New(New<S, A>),
    Answering(Answering<B, E>),
    Answered,
}

/// A request that was not looked at yet, and whom to ask with it; what is taken out of it is not there again.
struct New<S, A> {
    policy: Option<Arc<Policy>>,
    asked: Option<(S, Request<A>)>,
}

/// Nothing in it is pinned in place: what is polled has a box of its own.
impl<S, A, B: HttpBody, E> Unpin for PageFuture<S, A, B, E> {}

impl<S, A, B> Future for PageFuture<S, A, B, S::Error>
where
    S: Service<Request<A>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: HttpBody + Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    type Output = Result<Response<PageBody<B>>, S::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::New(new) = &mut self.0 {
            // Where it stands: it is large, and a hit moves none of it.
            match new.begin() {
                Ok(response) => {
                    self.0 = State::Answered;
                    return Poll::Ready(Ok(response));
                }
                Err(missed) => self.0 = State::Answering(missed),
            }
        }
        match &mut self.0 {
            State::Answering(answering) => answering.as_mut().poll(context),
            State::New(_) | State::Answered => panic!("a future was polled after it was ready"),
        }
    }
}

impl<S, A, B> New<S, A>
where
    S: Service<Request<A>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: HttpBody + Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    /// The page from memory, or all that is needed to answer otherwise.
    fn begin(&mut self) -> Result<Response<PageBody<B>>, Answering<B, S::Error>> {
        let policy = self.policy.take().expect("a request is looked at once");
        let (_, request) = self.asked.as_mut().expect("a request is looked at once");
        let brings_body = is_silent(request.version()) && !request.body().is_end_stream();
        // They are lent: a hit copies no header of the request.
        let headers = std::mem::take(request.headers_mut());
        let mut visit = Visit::new(policy, asked(request, headers));
        visit.intent.brings_body |= brings_body;
        visit.look_outside(request.extensions());
        match begin(&visit) {
            Begun::Hit(response) => Ok(response),
            begun => {
                let (inner, mut request) = self.asked.take().expect("a request is looked at once");
                request.headers_mut().clone_from(visit.request().headers());
                Err(Box::pin(answer(inner, request, visit, begun)))
            }
        }
    }
}

async fn answer<S, A, B>(
    inner: S,
    request: Request<A>,
    visit: Visit,
    begun: Begun<PageBody<B>>,
) -> Result<Response<PageBody<B>>, S::Error>
where
    S: Service<Request<A>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let (policy, failure) = (Arc::clone(&visit.policy), Failure::default());
    let handler = ServiceHandler { inner, request, policy, failure: failure.clone() };
    let response = go_on(visit, begun, handler).await;
    // A stale page may have taken the place of the failure.
    match response.extensions().get::<HasFailed>().and_then(|_| failure.take()) {
        Some(error) => Err(error),
        None => Ok(response),
    }
}

/// Marks what stands for a service's own error on the path of a page.
#[derive(Debug, Clone, Copy)]
struct HasFailed;

/// The error of a service, which is kept aside: no page is made of it.
struct Failure<E>(Arc<Mutex<Option<E>>>);

impl<E> Default for Failure<E> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Failure<E> {
    fn put(&self, error: E) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<E> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The service inside, which is asked at most once.
struct ServiceHandler<S, A, E> {
    inner: S,
    request: Request<A>,
    policy: Arc<Policy>,
    failure: Failure<E>,
}

impl<S, A, B> Handler for ServiceHandler<S, A, S::Error>
where
    S: Service<Request<A>, Response = Response<B>> + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    type Body = PageBody<B>;
    type Answer = Pin<Box<dyn Future<Output = Response<PageBody<B>>> + Send>>;

    const CAN_CHANGE: bool = true;

    fn ask(mut self, ask: Ask) -> Self::Answer {
        if matches!(ask, Ask::Whole | Ask::Confirm(_)) {
            change(self.request.headers_mut(), &ask);
        }
        if !matches!(ask, Ask::AsSent) {
            leave_out_uncounted(&self.policy, &mut self.request);
        }
        let extensions = self.request.extensions_mut();
        extensions.insert(Nesting::inside_of(extensions.get(), self.policy.keeper));
        let answer = self.inner.call(self.request);
        Box::pin(async move {
            match answer.await {
                Ok(response) => response.map(PageBody::of_handler),
                Err(error) => {
                    self.failure.put(error);
                    failed()
                }
            }
        })
    }

    fn spawn(refresh: Refresh<Self>) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(refresh.run()));
        } else {
            tracing::warn!("a stale page is not made anew: there is no tokio runtime to do it in");
        }
    }
}

fn failed<B: Body>() -> Response<B> {
    let mut response = Response::new(B::whole(Bytes::new()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.extensions_mut().insert(HasFailed);
    response
}

/// Asks for the whole page, or for the word that one still holds.
fn change(headers: &mut HeaderMap, ask: &Ask) {
    for name in &CONDITIONS {
        headers.remove(name);
    }
    let Ask::Confirm(page) = ask else { return };
    for (name, value) in page.preconditions() {
        headers.insert(name, value.clone());
    }
}

/// Takes the parameters of the query that do not count for the key out of the URL: a page is made without them.
fn leave_out_uncounted<A>(policy: &Policy, request: &mut Request<A>) {
    if let Some(uri) = query::without_uncounted(policy, request.uri()) {
        *request.uri_mut() = uri;
    }
    #[cfg(feature = "axum")]
    if let Some(axum::extract::OriginalUri(uri)) = request.extensions_mut().get_mut()
        && let Some(counted) = query::without_uncounted(policy, uri)
    {
        *uri = counted;
    }
}

/// What of the request counts for the cache.
fn asked<A>(request: &Request<A>, headers: HeaderMap) -> PageRequest {
    let uri = original_uri(request);
    let asked = PageRequest::new(request.method().clone(), uri, headers);
    if uri == request.uri() { asked } else { asked.rewritten_to(request.uri()) }
}

/// Whether a request of this version may bring a body that no header announces. Over HTTP/1 headers announce every one
/// (RFC 9112 §6.3), whatever services outside have made of it.
pub(in crate::page::adapter) fn is_silent(version: Version) -> bool {
    version > Version::HTTP_11
}

/// The URL that the client asked for: nested routers of axum cut the front of the path off.
fn original_uri<A>(request: &Request<A>) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(original) = request.extensions().get::<axum::extract::OriginalUri>() {
        return &original.0;
    }
    request.uri()
}
