//! A handler of axum whose arguments were read already.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as AxumBody;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::IntoResponse;
pub use axum::response::Response;
use http::request::Parts;

use crate::page::adapter::tower::PageBody;
use crate::page::dressing::{Dressing, Dressings};
use crate::page::handler::{Ask, Handler};
use crate::page::{
    Begun, CachedPage, Intent, PageFunction, PageRequest, Policy, Refresh, Visit, begin, go_on, query,
};

/// The extractor in front of a cached handler's own.
///
/// It takes the parameters of the query that do not count for the key out of the URL, so that no extractor after
/// it can read what the key lacks.
pub struct PageInput<P> {
    /// In a box, since extractors and arguments are moved many times.
    visit: Box<Visit>,
    dressings: Dressings,
    page: PhantomData<fn() -> P>,
}

impl<P: CachedPage> PageInput<P> {
    /// The request, for the expressions of the attribute.
    pub fn request(&self) -> &PageRequest {
        self.visit.request()
    }

    /// What this visit asks for, as far as the request tells.
    pub fn visit(&self) -> Intent {
        self.visit.intent.clone()
    }

    /// Dresses what the handler answers, before it is stored.
    #[must_use]
    pub fn dressed(mut self, dressing: impl Dressing + Send + Sync + 'static) -> Self {
        self.dressings.add(dressing);
        self
    }
}

impl<S: Sync, P: CachedPage> FromRequestParts<S> for PageInput<P> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let headers =
            if P::SHARES_HEADERS { parts.headers.clone() } else { std::mem::take(&mut parts.headers) };
        let request = PageRequest::new(parts.method.clone(), uri, headers);
        let request = if *uri == parts.uri { request } else { request.rewritten_to(&parts.uri) };
        leave_out_uncounted(P::page().policy(), parts);
        let mut visit = Box::new(P::visit(request));
        visit.look_outside(&parts.extensions);
        Ok(Self { visit, dressings: Dressings::default(), page: PhantomData })
    }
}

/// Each URL by itself: a service outside may have made one of the other, with another query.
fn leave_out_uncounted(policy: &Policy, parts: &mut Parts) {
    if let Some(counted) = query::without_uncounted(policy, &parts.uri) {
        parts.uri = counted;
    }
    if let Some(OriginalUri(uri)) = parts.extensions.get_mut()
        && let Some(counted) = query::without_uncounted(policy, uri)
    {
        *uri = counted;
    }
}

/// A handler whose arguments were read already: its body, not yet run.
struct Ready<F> {
    page: &'static PageFunction,
    dressings: Dressings,
    body: F,
}

impl<F, R> Handler for Ready<F>
where
    F: Future<Output = R> + Send + 'static,
    R: IntoResponse,
{
    type Body = PageBody<AxumBody>;
    type Answer = Pin<Box<dyn Future<Output = http::Response<PageBody<AxumBody>>> + Send>>;

    const CAN_CHANGE: bool = false;

    fn ask(self, _: Ask) -> Self::Answer {
        Box::pin(async move {
            self.page.runs();
            let mut response = self.body.await.into_response();
            self.dressings.dress(response.headers_mut());
            response.map(PageBody::of_handler)
        })
    }

    fn spawn(refresh: Refresh<Self>) {
        drop(tokio::spawn(refresh.run()));
    }
}

/// Answers a visit of a cached handler.
///
/// What has the page in memory is no future but in name: the visit is over before it is polled.
pub fn serve<P, F, R>(input: PageInput<P>, intent: Intent, body: F) -> Serving
where
    P: CachedPage,
    F: Future<Output = R> + Send + 'static,
    R: IntoResponse + 'static,
{
    let mut visit = input.visit;
    visit.intent = intent;
    match begin(&visit) {
        Begun::Hit(response) => Serving::Hit(Some(response.map(AxumBody::new))),
        begun => {
            let ready = Ready { page: P::page(), dressings: input.dressings, body };
            Serving::Else(Box::pin(async { go_on(*visit, begun, ready).await.map(AxumBody::new) }))
        }
    }
}

/// The response of a cached handler, as it comes.
#[must_use]
pub enum Serving {
    /// From memory; nothing once it was taken.
    Hit(Option<Response>),
    /// What is made, or comes from elsewhere.
    Else(Pin<Box<dyn Future<Output = Response> + Send>>),
}

impl Future for Serving {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        match &mut *self {
            Self::Hit(response) => {
                Poll::Ready(response.take().expect("a future is not polled after its end"))
            }
            Self::Else(response) => response.as_mut().poll(context),
        }
    }
}
