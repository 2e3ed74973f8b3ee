//! Sites of actix on the stage: a handler that follows a script, behind middleware.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, Uri};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse, web};

use crate::stage::{Answer, Runs};

/// What the handler answers, and how often it has.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) runs: Runs,
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

impl Script {
    /// A page with these headers.
    pub(crate) fn new(headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { runs: Runs::default(), status: 200, headers }
    }
}

/// The handler: tells its URL, and the number of its run.
pub(crate) async fn told(script: web::Data<Script>, uri: Uri) -> HttpResponse {
    let run = script.runs.next();
    let mut response = HttpResponse::build(StatusCode::from_u16(script.status).unwrap());
    for line in script.headers {
        response.append_header(*line);
    }
    response.body(format!("{uri} run {run}"))
}

/// An application that is asked without a network.
pub(crate) struct Site(Box<dyn Fn(TestRequest) -> Answering>);

type Answering = Pin<Box<dyn Future<Output = ServiceResponse<BoxBody>>>>;

impl Site {
    /// An application, and how it takes requests: the type has no name in actix.
    pub(crate) fn of<S, R, B>(app: S, take: fn(TestRequest) -> R) -> Self
    where
        S: Service<R, Response = ServiceResponse<B>, Error = Error> + 'static,
        S::Future: 'static,
        R: 'static,
        B: MessageBody + 'static,
    {
        Self(Box::new(move |request| {
            let answer = app.call(take(request));
            Box::pin(async move {
                match answer.await {
                    Ok(response) => response.map_into_boxed_body(),
                    // As the server does.
                    Err(error) => TestRequest::default().to_srv_response(HttpResponse::from_error(error)),
                }
            })
        }))
    }

    /// The response, whose body nobody has read.
    pub(crate) fn call(&self, request: TestRequest) -> Answering {
        self.0(request)
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        read(self.call(request).await).await
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.send(ask("GET", uri, &[])).await
    }

    pub(crate) async fn get_with(&self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(ask("GET", uri, headers)).await
    }
}

/// A request; headers are `("name", "value")`.
pub(crate) fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> TestRequest {
    let mut request = TestRequest::with_uri(uri).method(method.parse().unwrap());
    for line in headers {
        request = request.append_header(*line);
    }
    request
}

pub(crate) async fn read(response: ServiceResponse<BoxBody>) -> Answer {
    let status = http::StatusCode::from_u16(response.status().as_u16()).unwrap();
    let mut headers = http::HeaderMap::new();
    for (name, value) in response.headers() {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
        headers.append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let body = actix_web::test::read_body(response).await;
    Answer { status, headers, body }
}

/// An application whose every URL is answered by a handler, behind middleware.
macro_rules! behind {
    ($middleware:expr, $script:expr) => {
        crate::actix_stage::behind!($middleware, $script, crate::actix_stage::told)
    };
    ($middleware:expr, $script:expr, $handler:expr) => {
        crate::actix_stage::Site::of(
            actix_web::test::init_service(
                actix_web::App::new()
                    .app_data(actix_web::web::Data::new($script.clone()))
                    .wrap($middleware)
                    .default_service(actix_web::web::to($handler)),
            )
            .await,
            actix_web::test::TestRequest::to_request,
        )
    };
}

pub(crate) use behind;
