//! A handler of actix whose arguments were read already.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use http::header::{HOST, HeaderName};
use http::{HeaderMap, Uri};

use super::body::PageBody;
use super::payload::brings_body;
use super::{convert, tasks};
use crate::page::adapter::CONDITIONS;
use crate::page::dressing::{Dressing, Dressings};
use crate::page::handler::{Ask, Handler};
use crate::page::{
    Begun, CachedPage, Intent, PageFunction, PageRequest, Refresh, Visit, begin, go_on, query,
};

/// The extractor in front of a cached handler's own.
///
/// An extractor of actix cannot change the URL that those after it see. So where parameters of the query do not
/// count for the key, the handler takes each of them as [`Counted`](super::Counted), which cannot read what the
/// key lacks.
pub struct PageInput<P> {
    visit: Visit,
    dressings: Dressings,
    asked: HttpRequest,
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

impl<P: CachedPage> FromRequest for PageInput<P> {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(asked: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visit = convert::request(asked).map(P::visit);
        let visit = visit.unwrap_or_else(|| {
            // Its URL is none for the path of a page: it passes the cache by.
            let nothing = PageRequest::new(http::Method::GET, &Uri::default(), HeaderMap::new());
            P::visit(nothing).intending(Intent::usual().when(false))
        });
        let visit = visit.with_body(brings_body(asked.version(), payload));
        ready(Ok(Self { visit, dressings: Dressings::default(), asked: asked.clone(), page: PhantomData }))
    }
}

/// A handler whose arguments were read already: its body, not yet run, and the request that its answer is for.
struct Called<F> {
    page: &'static PageFunction,
    dressings: Dressings,
    asked: HttpRequest,
    visit: Visit,
    body: F,
}

/// What of a request a page may be made of: its URL as it counts, and the headers that its pages vary on; with the
/// visitor's preconditions and ranges, if parts are wanted.
fn shared(visit: &Visit, are_parts_wanted: bool) -> HttpRequest {
    let (policy, asked) = (&visit.policy, visit.request());
    let query = query::of(policy, asked);
    let is_seen = |name: &HeaderName| {
        *name == HOST || policy.vary.contains(name) || are_parts_wanted && CONDITIONS.contains(name)
    };
    convert::stand_in(asked, query.as_deref(), is_seen)
}

impl<F, R> Handler for Called<F>
where
    F: Future<Output = R> + 'static,
    R: Responder,
{
    type Body = PageBody;
    type Answer = Pin<Box<dyn Future<Output = http::Response<PageBody>>>>;

    const CAN_CHANGE: bool = false;

    fn ask(self, ask: Ask) -> Self::Answer {
        Box::pin(async move {
            self.page.runs();
            let responder = self.body.await;
            // A responder is no argument, and reads the request all the same.
            let asked = match ask {
                Ask::AsSent => self.asked,
                Ask::InParts => shared(&self.visit, true),
                Ask::Whole | Ask::Confirm(_) => shared(&self.visit, false),
            };
            let answer = responder.respond_to(&asked);
            let mut response = convert::response(answer.map_into_boxed_body());
            self.dressings.dress(response.headers_mut());
            response
        })
    }

    fn spawn(refresh: Refresh<Self>) {
        tasks::spawn(refresh.run());
    }
}

/// Answers a visit of a cached handler.
///
/// What the handler returns is asked to respond to a request that has the URL as it counts for the key, its host, and
/// the headers that the page varies on: no cookie, no data of the application, and nothing that middleware has left in
/// its extensions. Only where the cache is passed by, it is the visitor's own.
pub async fn serve<P, F, R>(input: PageInput<P>, intent: Intent, body: F) -> HttpResponse
where
    P: CachedPage,
    F: Future<Output = R> + 'static,
    R: Responder,
{
    let PageInput { asked, dressings, visit, .. } = input;
    let (method, visit) = (asked.method().clone(), visit.intending(intent));
    let response = match begin(&visit) {
        Begun::Hit(response) => response,
        begun => {
            let handler = Called { page: P::page(), dressings, asked, visit: visit.clone(), body };
            Box::pin(go_on(visit, begun, handler)).await
        }
    };
    convert::answer(&method, response)
}
