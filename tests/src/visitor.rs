//! A visitor of a site: sends requests, keeps cookies, and reads what comes back.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// How long one answer may take, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A visitor, who keeps connections and cookies.
#[derive(Debug)]
pub struct Visitor {
    site: String,
    client: Client<HttpConnector, Body>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Visitor {
    /// A visitor of the site at this URL, which has no slash at its end.
    pub fn of(site: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { site: site.to_owned(), client, cookies: Mutex::default() }
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// Asks for a page with these headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, Bytes::new()).await
    }

    /// Sends a form, already encoded.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        let kind = (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        self.send(Method::POST, path, &[kind], Bytes::copy_from_slice(form.as_bytes())).await
    }

    /// Sends a request. A redirection is an answer, and is not followed.
    ///
    /// # Panics
    ///
    /// If no whole answer comes within a minute.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.site));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookies) = self.cookies() {
            request = request.header(COOKIE, cookies);
        }
        let request = request.body(Body::from(body)).expect("the test writes a request that can be sent");
        let answer = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{path} is not answered within {PATIENCE:?}"));
        self.keep_cookies(&answer.headers);
        answer
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.client.request(request).await.expect("the site answers").into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    fn cookies(&self) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if rest.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// The lines of a header as one text; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let lines = self.headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
        lines.collect::<Vec<_>>().join(", ")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
