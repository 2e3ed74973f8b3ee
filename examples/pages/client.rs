//! A visitor who notes what comes back, and how long it took.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// One visit: its method, the path that is asked for, and the headers.
pub(crate) type Visit<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// A visitor who keeps the connection.
pub(crate) struct Client {
    site: SocketAddr,
    http: legacy::Client<HttpConnector, Body>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) time: Duration,
}

impl Client {
    pub(crate) fn new(site: SocketAddr) -> Self {
        Self { site, http: legacy::Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Reads the answer to its end.
    pub(crate) async fn visit(&self, (method, path, headers): Visit<'_>) -> Result<Answer, Box<dyn Error>> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.site));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty())?;
        let watch = Instant::now();
        let (parts, body) = self.http.request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body, time: watch.elapsed() })
    }
}

impl Answer {
    /// The lines of a header as one text.
    pub(crate) fn header(&self, name: &str) -> String {
        let lines = self.headers.get_all(name).iter();
        lines.filter_map(|line| line.to_str().ok()).collect::<Vec<_>>().join(", ")
    }
}
