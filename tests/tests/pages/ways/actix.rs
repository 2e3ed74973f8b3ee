//! The site on actix.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, Service};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App as Application, FromRequest, HttpRequest, HttpResponse, Responder, web};
use bytes::Bytes;
use cache_runtime::__private::actix::{PageInput, Response, serve};
use cache_runtime::actix::{CachePage, Condition};
use cache_runtime::page::headers::Directives;
use cache_runtime::page::{
    ConditionalPages, NeverCache, PageFunction, Policy, SetCacheControl, VaryOn, WeakTags,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};

use super::dressed::{self, Dress, dresses};
use super::page::{self, Page};
use super::script::{Call, Content, Said, Script};
use super::{App, Opened};
use crate::actix_stage::Site;
use crate::stage::Runs;

pub(super) struct Actix {
    site: Rc<Site>,
    /// Whose page the handler's is, under the attribute.
    page: Option<&'static PageFunction>,
}

impl FromRequest for Call {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let script = request.app_data::<web::Data<Script>>().expect("the site has a script");
        let (script, uri) = (script.as_ref().clone(), request.uri().to_string());
        ready(Ok(Self { script, uri, headers: lines(request.headers()) }))
    }
}

/// Headers in the words of no framework.
fn lines(given: &actix_web::http::header::HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("it is a name");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("it is a value"));
    }
    headers
}

/// A site of the handler: for every URL, and nested.
macro_rules! site {
    ($script:expr, $handler:expr $(, $cache:expr)?) => {{
        let numbers = Runs::default();
        let app = Application::new()
            .app_data(web::Data::new($script))
            .service(web::scope("/first")$(.wrap($cache))?.default_service(web::to($handler)))
            .service(web::scope("/second")$(.wrap($cache))?.default_service(web::to($handler)))
            .service(web::scope("")$(.wrap($cache))?.default_service(web::to($handler)))
            .wrap_fn(move |request, service| {
                let (number, answer) = (numbers.next(), service.call(request));
                async move {
                    let mut answer = answer.await?;
                    answer.headers_mut().insert("x-number".parse().unwrap(), number.into());
                    Ok(answer)
                }
            });
        Rc::new(Site::of(init_service(app).await, TestRequest::to_request))
    }};
}

/// The handler under `#[cache_page]`, its expansion written out.
pub(super) async fn attribute(page: &'static PageFunction, script: Script) -> Actix {
    async fn cached(page: PageInput<Page>, call: Call) -> Response {
        let visit = page.visit();
        serve(page, visit, async move { call.answer().await }).await
    }
    Actix { site: site!(script, cached), page: Some(page) }
}

/// The handler as it is, in a middleware.
pub(super) async fn middleware(policy: Policy, script: Script) -> Actix {
    Actix { site: site!(script, dressed::bare, CachePage::policy(policy.clone())), page: None }
}

/// A site of one handler in one middleware, or in none.
macro_rules! simple {
    ($script:expr, $handler:expr $(, $around:expr)?) => {
        Rc::new(Site::of(
            init_service(
                Application::new()
                    .app_data(web::Data::new($script))
                    $(.wrap($around))?
                    .default_service(web::to($handler)),
            )
            .await,
            TestRequest::to_request,
        ))
    };
}

/// The handler, dressed by an attribute or by a middleware.
pub(super) async fn dress(dress: Dress, is_attribute: bool, script: Script) -> Actix {
    macro_rules! each {
        ($($name:ident => $handler:ident, $around:expr;)*) => {
            match (dress, is_attribute) {$(
                (Dress::$name, true) => simple!(script, dressed::$handler),
                (Dress::$name, false) => simple!(script, dressed::bare, $around),
            )*}
        };
    }
    Actix { site: dresses!(each), page: None }
}

/// The handler in a cache, in a compression that leaves tags alone, in the middleware that does not.
pub(super) async fn packed(script: Script) -> Actix {
    let app = Application::new()
        .app_data(web::Data::new(script))
        .wrap(CachePage::seconds(60))
        .wrap_fn(|request, service| {
            let answer = service.call(request);
            async move {
                let mut answer = answer.await?;
                answer.headers_mut().insert("content-encoding".parse().unwrap(), "gzip".parse().unwrap());
                Ok(answer)
            }
        })
        .wrap(WeakTags)
        .default_service(web::to(dressed::bare));
    Actix { site: Rc::new(Site::of(init_service(app).await, TestRequest::to_request)), page: None }
}

/// The handler behind a middleware that gives its pages a tag.
pub(super) async fn conditional(pages: ConditionalPages, script: Script) -> Actix {
    Actix { site: simple!(script, dressed::bare, pages), page: None }
}

impl App for Actix {
    fn answer(&self, request: Request<()>) -> Pin<Box<dyn Future<Output = Opened>>> {
        let (site, page) = (Rc::clone(&self.site), self.page);
        let mut asked = TestRequest::with_uri(&request.uri().to_string())
            .method(request.method().as_str().parse().expect("it is a method"));
        for (name, value) in request.headers() {
            asked = asked.append_header((name.as_str(), value.as_bytes()));
        }
        Box::pin(async move {
            let answering = site.call(asked);
            let response = match page {
                Some(page) => page::within(page, answering).await,
                None => answering.await,
            };
            let status = StatusCode::from_u16(response.status().as_u16()).expect("it is a status");
            let headers = lines(response.headers());
            let mut body = response.into_body();
            let body = futures_util::stream::poll_fn(move |context| {
                Pin::new(&mut body).poll_next(context).map_err(|error| error.to_string())
            });
            Opened { status, headers, body: Box::pin(body) }
        })
    }
}

impl Responder for Said {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = actix_web::http::StatusCode::from_u16(self.status).expect("it is a status");
        let mut response = HttpResponse::build(status);
        for (name, value) in self.headers {
            response.append_header((name, value.as_bytes()));
        }
        match self.body {
            Content::Whole(bytes) => response.body(bytes),
            Content::Parts(parts, length) => response.body(Parts { parts: parts.into(), length }),
        }
    }
}

/// A body in parts.
struct Parts {
    parts: VecDeque<Result<&'static str, &'static str>>,
    length: Option<u64>,
}

impl MessageBody for Parts {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.length.map_or(BodySize::Stream, BodySize::Sized)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = self.parts.pop_front();
        Poll::Ready(next.map(|part| part.map(|part| Bytes::from_static(part.as_bytes())).map_err(Into::into)))
    }
}
