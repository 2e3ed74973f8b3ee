//! A layer that weighs preconditions before the service runs, by validators that are cheaper than the page.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::conditional_body::ConditionalBody;
use crate::page::condition::{Validators, Verdict, entity_tag, judge};

/// Answers a request by its preconditions alone: 304 to `GET` and `HEAD`, 412 to all others.
///
/// The functions tell the validators of the page that the request asks for, without making it; `None` says that there is
/// none. Where the service runs, a response to `GET` or `HEAD` carries them, unless it has its own.
///
/// ```
/// use cache_runtime::page::Condition;
///
/// let article = Condition::new().etag(|request| Some(format!("article-{}", request.uri.path())));
/// ```
#[derive(Clone, Default)]
pub struct Condition {
    etag: Option<Arc<Ask<Option<String>>>>,
    last_modified: Option<Arc<Ask<Option<SystemTime>>>>,
    ask: Option<Arc<Ask<Asked>>>,
}

type Ask<T> = dyn Fn(&Parts) -> T + Send + Sync;
type Asked = Pin<Box<dyn Future<Output = Validators> + Send>>;

impl Condition {
    /// A condition without validators, which lets every request pass.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The entity tag of the page; one without quotation marks is given them, and what can be none is left out.
    #[must_use]
    pub fn etag(mut self, etag: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.etag = Some(Arc::new(etag));
        self
    }

    /// When the page was last modified.
    #[must_use]
    pub fn last_modified(
        mut self,
        last_modified: impl Fn(&Parts) -> Option<SystemTime> + Send + Sync + 'static,
    ) -> Self {
        self.last_modified = Some(Arc::new(last_modified));
        self
    }

    /// Both at once, from a future: for whoever asks a database. It stands in the place of the other two.
    #[must_use]
    pub fn validators<F>(mut self, validators: impl Fn(&Parts) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Validators> + Send + 'static,
    {
        self.ask = Some(Arc::new(move |request| Box::pin(validators(request))));
        self
    }

    fn known(&self, request: &Parts) -> Validators {
        let etag = self.etag.as_ref().and_then(|etag| entity_tag(&etag(request)?));
        Validators::new(etag, self.last_modified.as_ref().and_then(|last_modified| last_modified(request)))
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Condition")
            .field("etag", &self.etag.is_some())
            .field("last_modified", &self.last_modified.is_some())
            .field("validators", &self.ask.is_some())
            .finish()
    }
}

impl<S> Layer<S> for Condition {
    type Service = ConditionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConditionService { inner, condition: self.clone() }
    }
}

/// A service behind a [`Condition`].
#[derive(Debug, Clone)]
pub struct ConditionService<S> {
    inner: S,
    condition: Condition,
}

impl<S, A, B> Service<Request<A>> for ConditionService<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone,
    B: Body<Data = Bytes>,
{
    type Response = Response<ConditionalBody<B>>;
    type Error = S::Error;
    type Future = ConditionFuture<S, Request<A>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The service that is ready is the one to call; its clone may have to become so.
        let clone = self.inner.clone();
        let service = std::mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        let asked = match &self.condition.ask {
            Some(ask) => ask(&parts),
            None => Box::pin(std::future::ready(self.condition.known(&parts))),
        };
        let request = Request::from_parts(parts, body);
        ConditionFuture { state: State::Asking { asked, service, request: Some(request) } }
    }
}

pin_project! {
    /// The response of a [`ConditionService`].
    pub struct ConditionFuture<S: Service<R>, R> {
        #[pin]
        state: State<S, R, S::Future>,
    }
}

pin_project! {
    #[project = StateProjected]
    enum State<S, R, F> {
        Asking { asked: Asked, service: S, request: Option<R> },
        Running { #[pin] call: F, validators: Option<Validators> },
    }
}

impl<S, A, B> Future for ConditionFuture<S, Request<A>>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ConditionalBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjected::Asking { asked, service, request } => {
                    let validators = ready!(asked.as_mut().poll(context));
                    let request = request.take().expect("a future that is ready is not polled again");
                    if let Some(answer) = answer(request.method(), request.headers(), &validators) {
                        return Poll::Ready(Ok(answer));
                    }
                    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
                    let call = service.call(request);
                    state.set(State::Running { call, validators: is_read.then_some(validators) });
                }
                StateProjected::Running { call, validators } => {
                    let mut response = ready!(call.poll(context));
                    if let (Ok(response), Some(validators)) = (&mut response, validators) {
                        mark(response, validators);
                    }
                    return Poll::Ready(response.map(|response| response.map(ConditionalBody::passed)));
                }
            }
        }
    }
}

/// The answer that the preconditions alone give, if they give one.
fn answer<B: Body<Data = Bytes>>(
    method: &Method,
    asked: &HeaderMap,
    page: &Validators,
) -> Option<Response<ConditionalBody<B>>> {
    let status = match judge(method, asked, page) {
        Verdict::Proceed => return None,
        Verdict::NotModified => StatusCode::NOT_MODIFIED,
        Verdict::Failed => StatusCode::PRECONDITION_FAILED,
    };
    let mut response = Response::new(ConditionalBody::empty());
    *response.status_mut() = status;
    if status == StatusCode::NOT_MODIFIED {
        page.add_to(response.headers_mut());
    } else {
        response.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Some(response)
}

fn mark<B>(response: &mut Response<B>, validators: &Validators) {
    if response.status().is_success() {
        validators.add_to(response.headers_mut());
    }
}
