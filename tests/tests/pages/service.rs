//! A small service of axum that counts its runs, behind a layer.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get as on_get;
use http::{StatusCode, Uri};

use crate::stage::Runs;

/// A router whose `/page` answers with the number of its run and these headers, behind `layer`.
pub(crate) fn app<L>(layer: L, runs: &Runs, headers: &'static [(&'static str, &'static str)]) -> Router
where
    L: tower::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: tower::Service<axum::extract::Request> + Clone + Send + Sync + 'static,
    <L::Service as tower::Service<axum::extract::Request>>::Response: IntoResponse + 'static,
    <L::Service as tower::Service<axum::extract::Request>>::Error: Into<std::convert::Infallible> + 'static,
    <L::Service as tower::Service<axum::extract::Request>>::Future: Send + 'static,
{
    let runs = runs.clone();
    let handler = move |uri: Uri| {
        let run = runs.next();
        async move { answer(StatusCode::OK, headers, format!("{uri} run {run}")) }
    };
    Router::new().route("/page", on_get(handler.clone()).post(handler.clone())).fallback(handler).layer(layer)
}

pub(crate) fn answer(status: StatusCode, headers: &[(&'static str, &'static str)], body: String) -> Response {
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    response
}
