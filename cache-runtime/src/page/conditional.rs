//! Pages that are given an `ETag` once they are made, and what preconditions then put in their place.

use http::header::{CONTENT_LENGTH, ETAG};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::condition::{Validators, Verdict, judge, not_modified_headers};
use super::control::CacheControl;

/// Gives the pages of a service an `ETag`, and weighs the preconditions of `GET` requests against the page: a layer of
/// tower, and a middleware of actix.
///
/// The service runs all the same; what is saved is the way to the client. A page gets a tag if its status is 200, its body is
/// not empty, its length is known and within the limit (1 MiB, or [`max_body`](Self::max_body)), it has none, and
/// `no-store` is not said. All others pass through without being buffered.
#[derive(Debug, Clone, Copy)]
pub struct ConditionalPages {
    pub(super) max_body: u64,
}

impl ConditionalPages {
    /// With a limit of 1 MiB.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_body: 1 << 20 }
    }

    /// The largest body, in bytes, that is read to give it a tag.
    #[must_use]
    pub const fn max_body(self, bytes: u64) -> Self {
        Self { max_body: bytes }
    }
}

impl Default for ConditionalPages {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a page is given a tag, whose body says this length.
#[cfg(any(feature = "tower", feature = "actix"))]
pub(super) fn lacks_tag(
    status: StatusCode,
    headers: &HeaderMap,
    length: Option<u64>,
    pages: ConditionalPages,
) -> bool {
    status == StatusCode::OK
        && !headers.contains_key(ETAG)
        && (1..=pages.max_body).contains(&length.unwrap_or(0))
        && !CacheControl::of(headers).forbids_storing()
}

/// What the preconditions of a `GET` request put in the place of a page: a status, its headers, and no body.
#[cfg(any(feature = "tower", feature = "actix"))]
pub(super) fn instead(
    asked: &HeaderMap,
    status: StatusCode,
    headers: &HeaderMap,
) -> Option<(StatusCode, HeaderMap)> {
    if !status.is_success() {
        return None;
    }
    match judge(&Method::GET, asked, &Validators::of(headers)) {
        Verdict::Proceed => None,
        Verdict::NotModified => Some((StatusCode::NOT_MODIFIED, not_modified_headers(headers))),
        Verdict::Failed => {
            let empty = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(0))]);
            Some((StatusCode::PRECONDITION_FAILED, empty))
        }
    }
}
