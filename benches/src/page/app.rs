//! The application that all sites serve: three pages, and one whose handler is slow.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::task::SLOW;

/// A page of a certain size.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// As people say it.
    pub name: &'static str,
    /// Where it is.
    pub path: &'static str,
    /// Bytes of its body.
    pub bytes: usize,
}

/// The pages, the smallest first.
pub const SIZES: [Size; 3] = [
    Size { name: "10 kB", path: "/pages/small", bytes: 10_000 },
    Size { name: "100 kB", path: "/pages/medium", bytes: 100_000 },
    Size { name: "1 MB", path: "/pages/large", bytes: 1_000_000 },
];

static BODIES: LazyLock<[Bytes; 3]> = LazyLock::new(|| SIZES.map(|size| text(size.bytes)));

/// Text that is no page of zeros, which some would compress to nothing.
fn text(length: usize) -> Bytes {
    let line = |number: usize| format!("<p>Line {number} of a page, numbered {}.</p>\n", number * 617 % 1009);
    let mut text: String = (0..length / 32).map(line).collect();
    text.truncate(length);
    text.into()
}

static RUNS: AtomicU32 = AtomicU32::new(0);

/// How many handlers ran.
pub fn runs() -> u32 {
    RUNS.load(Ordering::Relaxed)
}

/// The pages, without a cache.
pub(super) fn pages() -> Router {
    Router::new()
        .route(SIZES[0].path, get(async || page(0)))
        .route(SIZES[1].path, get(async || page(1)))
        .route(SIZES[2].path, get(async || page(2)))
        .route("/slow/{number}", get(slow))
}

/// What is never cached: the number of handlers that ran.
pub(super) fn counter() -> Router {
    Router::new().route("/runs", get(async || runs().to_string()))
}

/// The page of this place in [`SIZES`]: its bytes are shared, so that the comparison is as hard as can be.
pub(super) fn page(size: usize) -> Response {
    RUNS.fetch_add(1, Ordering::Relaxed);
    ([(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], BODIES[size].clone())
        .into_response()
}

/// The smallest page, after a while.
pub(super) async fn slow() -> Response {
    tokio::time::sleep(SLOW).await;
    page(0)
}
