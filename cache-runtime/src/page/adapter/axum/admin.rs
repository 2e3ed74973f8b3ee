//! A router for operators: what is cached, and what is to be dropped.

use std::fmt::Write;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::base::error::{ErrorKind, Result};
use crate::cache::caches;
use crate::page::invalidate::{
    invalidate, invalidate_handler, invalidate_path, invalidate_prefix, invalidate_tag,
};
use crate::page::purge::Secret;
use crate::page::query::decoded;

/// A router for operators, for whoever brings `Authorization: Bearer secret`; to be nested where nobody strays.
///
/// | request | what it does |
/// | --- | --- |
/// | `GET /` | lists every cached function and page: name, cache, hits, runs (`GET /admin/cache` where it is nested there) |
/// | `POST /invalidate?url=/pricing/` | drops every page of a URL, with all its variants |
/// | `POST /invalidate?path=/pricing/` | drops every page of a path, whatever its query |
/// | `POST /invalidate?prefix=/shop/` | drops every page below a path |
/// | `POST /invalidate?tag=shop` | drops every page that carries a tag |
/// | `POST /invalidate?handler=shop::pricing` | drops every page of a handler |
///
/// # Panics
///
/// If the secret is shorter than 16 bytes.
///
/// # Example
///
/// ```
/// let app: axum::Router = axum::Router::new()
///     .nest("/admin/cache", cache_runtime::page::admin("a secret of sixteen bytes or more"));
/// # let _ = app;
/// ```
pub fn admin<S: Clone + Send + Sync + 'static>(secret: &str) -> Router<S> {
    let guard = from_fn_with_state(Secret::new(secret), admit);
    Router::new().route("/", get(list)).route("/invalidate", post(drop_pages)).layer(guard)
}

async fn admit(State(secret): State<Secret>, request: Request, next: Next) -> Response {
    if secret.is_brought(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))])
        .into_response()
}

async fn list() -> String {
    caches().functions().iter().fold(String::new(), |mut text, cached| {
        let (name, alias) = (cached.name, cached.alias);
        let (hits, runs) = (cached.hits, cached.computations);
        writeln!(text, "{name}\t{alias}\thits {hits}\truns {runs}")
            .expect("a string takes all that is written");
        text
    })
}

async fn drop_pages(RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (Some((what, of)), None) = (pairs.next(), pairs.next()) else { return unclear() };
    let of = decoded(of);
    let dropped = match what {
        "url" => invalidate(&of).await,
        "path" => invalidate_path(&of).await,
        "prefix" => invalidate_prefix(&of).await,
        "tag" => invalidate_tag(&of).await,
        "handler" => invalidate_handler(&of).await,
        _ => return unclear(),
    };
    told(dropped)
}

fn told(dropped: Result<()>) -> Response {
    match dropped {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            (StatusCode::BAD_REQUEST, error.to_string()).into_response()
        }
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

fn unclear() -> Response {
    (StatusCode::BAD_REQUEST, "expected one of url=, path=, prefix=, tag=, handler=").into_response()
}
