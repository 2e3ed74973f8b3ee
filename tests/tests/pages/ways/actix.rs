//! The site on actix.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App as Application, HttpRequest, HttpResponse, Responder, web};
use bytes::Bytes;
use cache_runtime::__private::actix::{PageInput, Response, serve};
use cache_runtime::actix::CachePage;
use cache_runtime::page::{PageFunction, Policy};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};

use super::page::{self, Page};
use super::script::{Content, Said, Script};
use super::{App, Opened};
use crate::actix_stage::Site;
use crate::stage::Runs;

pub(super) struct Actix {
    site: Rc<Site>,
    /// Whose page the handler's is, under the attribute.
    page: Option<&'static PageFunction>,
}

/// What the handler sees of a request.
fn seen(request: &HttpRequest) -> (String, HeaderMap) {
    let lines = request.headers().iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("it is a name");
        (name, HeaderValue::from_bytes(value.as_bytes()).expect("it is a value"))
    });
    (request.uri().to_string(), lines.collect())
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
    async fn cached(
        page: PageInput<Page>,
        script: web::Data<Script>,
        request: HttpRequest,
    ) -> Response {
        let visit = page.visit();
        let (uri, headers) = seen(&request);
        drop(request);
        serve(page, visit, async move { script.answer(uri, headers).await }).await
    }
    Actix { site: site!(script, cached), page: Some(page) }
}

/// The handler as it is, in a middleware.
pub(super) async fn middleware(policy: Policy, script: Script) -> Actix {
    async fn bare(script: web::Data<Script>, request: HttpRequest) -> Said {
        let (uri, headers) = seen(&request);
        drop(request);
        script.answer(uri, headers).await
    }
    Actix { site: site!(script, bare, CachePage::policy(policy.clone())), page: None }
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
            let lines = response.headers().iter().map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("it is a name");
                (name, HeaderValue::from_bytes(value.as_bytes()).expect("it is a value"))
            });
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(name, value);
            }
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
