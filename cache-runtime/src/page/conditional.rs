//! Pages that are given an `ETag` once they are made.

use http::header::ETAG;
use http::{HeaderMap, StatusCode};

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

    /// Whether a page is given a tag, whose body says that it is so long.
    #[must_use]
    pub fn gives_tag(&self, status: StatusCode, headers: &HeaderMap, length: Option<u64>) -> bool {
        status == StatusCode::OK
            && !headers.contains_key(ETAG)
            && (1..=self.max_body).contains(&length.unwrap_or(0))
            && !CacheControl::of(headers).forbids_storing()
    }
}

impl Default for ConditionalPages {
    fn default() -> Self {
        Self::new()
    }
}
