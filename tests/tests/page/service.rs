//! Services to put layers around, and how they are asked.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tower_service::Service;

use crate::given::headers;

/// A service that answers every request alike, and counts them.
#[derive(Clone)]
pub(crate) struct Answers<B> {
    head: (StatusCode, HeaderMap),
    body: B,
    runs: Arc<AtomicU32>,
}

/// A service that answers 200 with these headers and this body.
pub(crate) fn page<const N: usize>(lines: [(&str, &str); N], body: &'static str) -> Answers<Full<Bytes>> {
    Answers::of(StatusCode::OK, headers(lines), Full::new(Bytes::from_static(body.as_bytes())))
}

impl<B> Answers<B> {
    pub(crate) fn of(status: StatusCode, headers: HeaderMap, body: B) -> Self {
        Self { head: (status, headers), body, runs: Arc::default() }
    }

    /// How often it was asked.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }
}

impl<A, B: Clone> Service<Request<A>> for Answers<B> {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<A>) -> Self::Future {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let mut response = Response::new(self.body.clone());
        (*response.status_mut(), *response.headers_mut()) = self.head.clone();
        ready(Ok(response))
    }
}

/// What a service answers, the body read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Bytes, String>,
}

impl Answer {
    /// The one value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("it is text"))
    }
}

/// Asks a service for `/`.
pub(crate) async fn ask<S, B, const N: usize>(
    service: &mut S,
    method: Method,
    lines: [(&str, &str); N],
) -> Answer
where
    S: Service<Request<String>, Response = Response<B>, Error = Infallible>,
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let mut request = Request::new(String::new());
    (*request.method_mut(), *request.headers_mut()) = (method, headers(lines));
    std::future::poll_fn(|context| service.poll_ready(context)).await.expect("nothing fails");
    answer(service.call(request).await.expect("nothing fails")).await
}

/// The answer in a response.
pub(crate) async fn answer<B>(response: Response<B>) -> Answer
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let (head, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.map_err(|fault| fault.to_string()),
    }
}
