//! A middleware that weighs preconditions before the service runs, by validators that are cheaper than the page.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpRequest};
use http::{HeaderMap, Method, StatusCode};

use super::convert;
use crate::page::condition::{Validators, Verdict, entity_tag, judge};

type Question<T> = dyn Fn(&HttpRequest) -> T + Send + Sync;
type Asked = Pin<Box<dyn Future<Output = Validators>>>;

/// Answers a request by its preconditions alone: 304 to `GET` and `HEAD`, 412 to all others.
///
/// The functions tell the validators of the page that the request asks for, without making it; `None` says that there is
/// none. Where the service runs, a response to `GET` or `HEAD` carries them, unless it has its own.
///
/// ```
/// use cache_runtime::actix::Condition;
///
/// let article = Condition::new().etag(|request| Some(format!("article-{}", request.path())));
/// # let _ = actix_web::App::new().wrap(article);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Condition {
    etag: Option<Arc<Question<Option<String>>>>,
    last_modified: Option<Arc<Question<Option<SystemTime>>>>,
    ask: Option<Arc<Question<Asked>>>,
}

impl Condition {
    /// A condition without validators, which lets every request pass.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entity tag of the page; one without quotation marks is given them, and what can be none is left out.
    pub fn etag(self, etag: impl Fn(&HttpRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { etag: Some(Arc::new(etag)), ..self }
    }

    /// When the page was last modified.
    pub fn last_modified(
        self,
        last_modified: impl Fn(&HttpRequest) -> Option<SystemTime> + Send + Sync + 'static,
    ) -> Self {
        Self { last_modified: Some(Arc::new(last_modified)), ..self }
    }

    /// Both at once, from a future: for whoever asks a database. It stands in the place of the other two. It keeps no
    /// clone of the request, which the service needs alone.
    pub fn validators<F>(self, validators: impl Fn(&HttpRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Validators> + 'static,
    {
        Self { ask: Some(Arc::new(move |request| Box::pin(validators(request)))), ..self }
    }

    fn ask(&self, request: &HttpRequest) -> Asked {
        if let Some(ask) = &self.ask {
            return ask(request);
        }
        let etag = self.etag.as_ref().and_then(|etag| entity_tag(&etag(request)?));
        let last_modified = self.last_modified.as_ref().and_then(|last_modified| last_modified(request));
        Box::pin(ready(Validators::new(etag, last_modified)))
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

/// A service behind a [`Condition`].
#[derive(Debug)]
pub struct ConditionMiddleware<S> {
    inner: Rc<S>,
    condition: Condition,
}

impl<S, B> Transform<S, ServiceRequest> for Condition
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ConditionMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<ConditionMiddleware<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ConditionMiddleware { inner: Rc::new(inner), condition: self.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for ConditionMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (inner, validators) = (Rc::clone(&self.inner), self.condition.ask(request.request()));
        Box::pin(async move {
            let validators = validators.await;
            if let Some(status) = answered(&request, &validators) {
                let mut answer = convert::empty(status);
                if status == StatusCode::NOT_MODIFIED {
                    convert::change_headers(answer.headers_mut(), |headers| validators.add_to(headers));
                }
                return Ok(request.into_response(answer).map_into_right_body());
            }
            let mut answer = inner.call(request).await?;
            if is_read(answer.request()) && answer.status().is_success() {
                convert::change_headers(answer.headers_mut(), |headers| validators.add_to(headers));
            }
            Ok(answer.map_into_left_body())
        })
    }
}

fn is_read(request: &HttpRequest) -> bool {
    use actix_web::http::Method;
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The status of the answer that the preconditions alone give, if they give one.
fn answered(request: &ServiceRequest, page: &Validators) -> Option<StatusCode> {
    let method = Method::from_bytes(request.method().as_str().as_bytes()).ok()?;
    let asked: HeaderMap = convert::headers(request.headers());
    match judge(&method, &asked, page) {
        Verdict::Proceed => None,
        Verdict::NotModified => Some(StatusCode::NOT_MODIFIED),
        Verdict::Failed => Some(StatusCode::PRECONDITION_FAILED),
    }
}
