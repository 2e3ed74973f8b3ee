//! A handler of axum whose arguments were read already.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use axum::body::Body as AxumBody;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::IntoResponse;
pub use axum::response::Response;
use http::request::Parts;

use crate::page::adapter::tower::PageBody;
use crate::page::dressing::{Dressing, Dressings};
use crate::page::handler::{Ask, Handler};
use crate::page::{
    Begun, CachedPage, Intent, PageFunction, PageRequest, Refresh, Visit, begin, go_on, query,
};

/// The extractor in front of a cached handler's own.
///
/// It takes the parameters of the query that do not count for the key out of the URL, so that no extractor after
/// it can read what the key lacks.
pub struct PageInput<P> {
    visit: Visit,
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
        let request = PageRequest::new(parts.method.clone(), uri, parts.headers.clone());
        let request = if *uri == parts.uri { request } else { request.rewritten_to(&parts.uri) };
        if let Some(query) = uri.query() {
            let counted = query::counted(P::page().policy(), query);
            if counted.as_deref() != Some(query) {
                let original = query::with_query(uri, counted.as_deref());
                parts.uri = query::with_query(&parts.uri, counted.as_deref());
                parts.extensions.insert(OriginalUri(original));
            }
        }
        Ok(Self {
            visit: P::visit(request).seen_in(&parts.extensions),
            dressings: Dressings::default(),
            page: PhantomData,
        })
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
pub async fn serve<P, F, R>(input: PageInput<P>, intent: Intent, body: F) -> Response
where
    P: CachedPage,
    F: Future<Output = R> + Send + 'static,
    R: IntoResponse,
{
    let visit = input.visit.intending(intent);
    let response = match begin(&visit) {
        Begun::Hit(response) => response,
        // Apart from the path of a hit, whose future is the smaller for it.
        begun => {
            let handler = Ready { page: P::page(), dressings: input.dressings, body };
            Box::pin(go_on(visit, begun, handler)).await
        }
    };
    response.map(AxumBody::new)
}
